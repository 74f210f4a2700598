package dev.mirrorspark.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The control group of a slot, made once and used by one program after the other: it bounds the
 * memory and the processes of everything in it, and ends it.
 *
 * <p>Memory is counted for the box alone: the {@code bwrap} outside, which reaps the box, counts as
 * a process and is never what the kernel kills for want of memory. Knows version 1, one folder for
 * each controller, and version 2, one folder for all with one for the outside and one for the box
 * in it.
 */
final class ControlGroup {
  private static final String PARENT = "mirrorspark-sandbox";
  private static final String BOX = "box";
  private static final String OUTSIDE = "outside";
  private static final int KILL_ATTEMPTS = 500;
  private static final int KILL_PAUSE_MS = 10;

  /** How the kernel names a process that this one's container does not hold. */
  private static final long OF_ANOTHER_CONTAINER = 0;

  /** What may stay counted for a group between two programs: its own books, some shared pages. */
  private static final long RESIDUE = 4L << 20;

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

    static Optional<Path> second(List<Mount> mounts) throws IOException {
      for (Mount mount : mounts) {
        if (mount.type.equals("cgroup2")
            && Files.readString(mount.path.resolve("cgroup.controllers")).contains("memory")) {
          return Optional.of(mount.path);
        }
      }
      return Optional.empty();
    }
  }

  /**
   * The group of that name; a process that is gone may have left something in it.
   *
   * @return empty if this machine has no such groups, or this process may not make any
   */
  static Optional<ControlGroup> open(String name) {
    try {
      List<Mount> mounts = Mount.all();
      Optional<ControlGroup> group = first(mounts, name);
      return group.isPresent() ? group : second(mounts, name);
    } catch (IOException noGroups) {
      return Optional.empty();
    }
  }

  /** The names of the groups that there are, whoever has made them. */
  static List<String> names() {
    try {
      List<Mount> mounts = Mount.all();
      Optional<Path> first = Mount.first(mounts, "pids");
      Optional<Path> mount = first.isPresent() ? first : Mount.second(mounts);
      if (mount.isEmpty() || !Files.isDirectory(mount.get().resolve(PARENT))) {
        return List.of();
      }
      try (Stream<Path> groups = Files.list(mount.get().resolve(PARENT))) {
        return groups
            .filter(Files::isDirectory)
            .map(path -> path.getFileName().toString())
            .toList();
      }
    } catch (IOException noGroups) {
      return List.of();
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
    Optional<Path> mount = Mount.second(mounts);
    if (mount.isEmpty()) {
      return Optional.empty();
    }
    Path parent = Files.createDirectories(mount.get().resolve(PARENT));
    Path group = made(mount.get(), name);
    for (Path above : List.of(mount.get(), parent, group)) {
      write(above.resolve("cgroup.subtree_control"), "+memory +pids");
    }
    Files.createDirectories(group.resolve(OUTSIDE));
    Path box = Files.createDirectories(group.resolve(BOX));
    return Optional.of(new ControlGroup(box, group, Optional.of(group), true));
  }

  private static Path made(Path mount, String name) throws IOException {
    return Files.createDirectories(mount.resolve(PARENT).resolve(name));
  }

  /**
   * The files that the process outside, of one thread, writes 0 to in order to join. Of version 1
   * those for threads: for a whole process the kernel first makes sure that none on the machine
   * forks, which takes it until all processors have taken note, some 5 to 20 ms.
   */
  List<Path> doors() {
    return second
        ? List.of(pids.resolve(OUTSIDE).resolve("cgroup.procs"))
        : Stream.concat(Stream.of(pids), cpu.stream())
            .map(folder -> folder.resolve("tasks"))
            .toList();
  }

  /** The file that process 1 of the box writes 0 to, for its memory to be counted. */
  Path memoryDoor() {
    return memory.resolve(second ? "cgroup.procs" : "tasks");
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

  /**
   * Starts counting memory anew. What a program has read stays in the kernel's cache, counted for
   * its group: where that is much, the next program gets a fresh group, and the cache stays warm.
   */
  void resetPeak() throws IOException {
    Path usage = memory.resolve(second ? "memory.current" : "memory.usage_in_bytes");
    if (Long.parseLong(Files.readString(usage).strip()) > RESIDUE) {
      set = "";
      Files.delete(memory);
      Files.createDirectory(memory);
    } else if (!second) {
      write(memory.resolve("memory.max_usage_in_bytes"), "0");
    }
  }

  /** The most memory used, in bytes; of version 2 since the group was made. */
  long peakBytes() throws IOException {
    Path file = memory.resolve(second ? "memory.peak" : "memory.max_usage_in_bytes");
    return Files.exists(file) ? Long.parseLong(Files.readString(file).strip()) : 0;
  }

  /** How often the kernel has killed for want of memory since the group was made. */
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

  /** The processes in the group that have not ended. */
  private List<Long> members() throws IOException {
    List<Long> members = new ArrayList<>();
    for (Path folder :
        second ? List.of(pids, pids.resolve(OUTSIDE), pids.resolve(BOX)) : List.of(pids)) {
      Files.readAllLines(folder.resolve("cgroup.procs")).stream()
          .map(Long::valueOf)
          .forEach(members::add);
    }
    return members;
  }

  /** Whether nothing is in the group, not even a process that has ended and that nobody reaps. */
  boolean empty() throws IOException {
    return Files.readString(pids.resolve("pids.current")).strip().equals("0");
  }

  /**
   * Kills all that is in the group, and lets nothing new begin meanwhile.
   *
   * @param except a process that stays, to reap the others; negative: none
   * @return whether all are gone; those that have ended and are not reaped are not
   */
  boolean kill(long except) {
    try {
      for (int i = 0; i < KILL_ATTEMPTS; i++) {
        List<Long> members = members().stream().filter(pid -> pid != except).toList();
        if (members.isEmpty() && (except >= 0 || empty())) {
          return true;
        }
        if (members.contains(OF_ANOTHER_CONTAINER)) {
          return false;
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
    Stream<Path> folders =
        second
            ? Stream.of(memory, pids.resolve(OUTSIDE), pids)
            : Stream.concat(Stream.of(memory, pids), cpu.stream());
    folders.forEach(folder -> folder.toFile().delete());
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
