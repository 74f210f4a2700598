package dev.mirrorspark.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The control group of a slot, made once and used by one program after the other: it bounds the
 * memory and the processes of everything in it, and ends it.
 *
 * <p>Knows version 1, one folder for each controller, and version 2, one folder for all.
 */
final class ControlGroup {
  private static final String PARENT = "mirrorspark-sandbox";
  private static final int KILL_ATTEMPTS = 500;
  private static final int KILL_PAUSE_MS = 10;

  private final Path memory;
  private final Path pids;
  private final Optional<Path> cpu;
  private final boolean second;

  /** What {@link #limit} has set and still holds; nothing: to be set. */
  private volatile String set = "";

  private ControlGroup(Path memory, Path pids, Optional<Path> cpu, boolean second) {
    this.memory = memory;
    this.pids = pids;
    this.cpu = cpu;
    this.second = second;
  }

  /** A mounted hierarchy of this machine, from {@code /proc/mounts}. */
  private record Mount(Path path, String type, List<String> options) {
    static List<Mount> all() throws IOException {
      return Files.readAllLines(Path.of("/proc/mounts")).stream()
          .map(line -> line.split(" "))
          .filter(cells -> cells.length > 3 && cells[2].startsWith("cgroup"))
          .map(cells -> new Mount(Path.of(cells[1]), cells[2], List.of(cells[3].split(","))))
          .toList();
    }

    static Optional<Path> first(List<Mount> mounts, String controller) {
      return mounts.stream()
          .filter(mount -> mount.type.equals("cgroup") && mount.options.contains(controller))
          .map(Mount::path)
          .findFirst();
    }
  }

  /**
   * The group of that name, emptied of what a process that is gone may have left in it.
   *
   * @return empty if this machine has no such groups, or this process may not make any
   */
  static Optional<ControlGroup> open(String name) {
    try {
      List<Mount> mounts = Mount.all();
      Optional<ControlGroup> group = first(mounts, name);
      if (group.isEmpty()) {
        group = second(mounts, name);
      }
      return group.filter(found -> found.kill(-1));
    } catch (IOException noGroups) {
      return Optional.empty();
    }
  }

  private static Optional<ControlGroup> first(List<Mount> mounts, String name) throws IOException {
    Optional<Path> memory = Mount.first(mounts, "memory");
    Optional<Path> pids = Mount.first(mounts, "pids");
    if (memory.isEmpty() || pids.isEmpty()) {
      return Optional.empty();
    }
    Optional<Path> cpu = Mount.first(mounts, "cpuacct");
    return Optional.of(
        new ControlGroup(
            made(memory.get(), name),
            made(pids.get(), name),
            cpu.isEmpty() ? cpu : Optional.of(made(cpu.get(), name)),
            false));
  }

  private static Optional<ControlGroup> second(List<Mount> mounts, String name) throws IOException {
    for (Mount mount : mounts) {
      if (mount.type.equals("cgroup2")
          && Files.readString(mount.path.resolve("cgroup.controllers")).contains("memory")) {
        Path parent = Files.createDirectories(mount.path.resolve(PARENT));
        for (Path above : List.of(mount.path, parent)) {
          write(above.resolve("cgroup.subtree_control"), "+memory +pids");
        }
        Path group = made(mount.path, name);
        return Optional.of(new ControlGroup(group, group, Optional.of(group), true));
      }
    }
    return Optional.empty();
  }

  private static Path made(Path mount, String name) throws IOException {
    return Files.createDirectories(mount.resolve(PARENT).resolve(name));
  }

  /**
   * The files that a process of one thread writes 0 to in order to join. Of version 1 those for
   * threads: for a whole process the kernel first makes sure that none on the machine forks, which
   * takes it until all processors have taken note, some 5 to 20 ms.
   */
  List<Path> doors() {
    return Stream.concat(Stream.of(memory, pids), cpu.stream())
        .distinct()
        .map(folder -> folder.resolve(second ? "cgroup.procs" : "tasks"))
        .toList();
  }

  /**
   * Sets the limits for the next program.
   *
   * @throws IOException if the kernel does not take them
   */
  void limit(long bytes, int processes) throws IOException {
    String wanted = bytes + " " + processes;
    if (wanted.equals(set)) {
      return;
    }
    set = "";
    write(pids.resolve("pids.max"), Integer.toString(processes));
    if (second) {
      write(memory.resolve("memory.max"), Long.toString(bytes));
      writeIfThere(memory.resolve("memory.swap.max"), "0");
      writeIfThere(memory.resolve("memory.oom.group"), "1");
    } else {
      writeIfThere(memory.resolve("memory.memsw.limit_in_bytes"), "-1");
      write(memory.resolve("memory.limit_in_bytes"), Long.toString(bytes));
      writeIfThere(memory.resolve("memory.memsw.limit_in_bytes"), Long.toString(bytes));
    }
    set = wanted;
  }

  /** Starts counting anew where the kernel lets it: the most memory. */
  void resetPeak() throws IOException {
    if (!second) {
      write(memory.resolve("memory.max_usage_in_bytes"), "0");
    }
  }

  /** The most memory used, in bytes; of version 2 since the group was made. */
  long peakBytes() throws IOException {
    Path file = memory.resolve(second ? "memory.peak" : "memory.max_usage_in_bytes");
    return Files.exists(file) ? Long.parseLong(Files.readString(file).strip()) : 0;
  }

  /** How often the kernel has killed for want of memory, ever. */
  long memoryKills() throws IOException {
    return value(memory.resolve(second ? "memory.events" : "memory.oom_control"), "oom_kill");
  }

  /** Processor time of all that ever ran here, in seconds; 0 where nothing counts it. */
  double cpuSeconds() throws IOException {
    if (cpu.isEmpty()) {
      return 0;
    }
    return second
        ? value(cpu.get().resolve("cpu.stat"), "usage_usec") / 1e6
        : Long.parseLong(Files.readString(cpu.get().resolve("cpuacct.usage")).strip()) / 1e9;
  }

  private static long value(Path file, String key) throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith(key + " "))
        .mapToLong(line -> Long.parseLong(line.substring(key.length() + 1).strip()))
        .findFirst()
        .orElse(0);
  }

  /** The processes in the group. */
  List<Long> members() throws IOException {
    return Files.readAllLines(pids.resolve("cgroup.procs")).stream().map(Long::valueOf).toList();
  }

  /**
   * Kills all that is in the group, and lets nothing new begin meanwhile.
   *
   * @param except a process that stays, to reap the others; negative: none
   * @return whether all are gone
   */
  boolean kill(long except) {
    try {
      for (int i = 0; i < KILL_ATTEMPTS; i++) {
        List<Long> members = members().stream().filter(pid -> pid != except).toList();
        if (members.isEmpty()) {
          return true;
        }
        set = "";
        write(pids.resolve("pids.max"), "0");
        members.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        Thread.sleep(KILL_PAUSE_MS);
      }
      return false;
    } catch (IOException gone) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Removes the group, which must be empty; where it is not, it stays. */
  void remove() {
    Stream.concat(Stream.of(memory, pids), cpu.stream())
        .distinct()
        .forEach(folder -> folder.toFile().delete());
  }

  private static void write(Path file, String value) throws IOException {
    Files.writeString(file, value);
  }

  private static void writeIfThere(Path file, String value) throws IOException {
    if (Files.exists(file)) {
      write(file, value);
    }
  }
}
