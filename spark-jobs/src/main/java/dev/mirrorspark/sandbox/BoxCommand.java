package dev.mirrorspark.sandbox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The command that starts a box: a shell that joins the control group and opens the descriptors,
 * {@code chroot}, {@code bwrap}, and in the box a shell that has its memory counted from there on,
 * sets the limits of processes and waits for the program. Each but the last replaces the one
 * before, so the process that the JVM started is {@code bwrap}'s.
 *
 * <p>In the box the shell is process 1, or the program itself where that is closed to others: when
 * it ends, the kernel ends all others there, and only then does {@code bwrap} end. So a box that
 * has ended has left nothing behind, no zombie either.
 *
 * @param bubblewrap path of {@code bwrap}
 * @param filter file with the system call filter
 * @param chroot path of {@code chroot}, which changes the user here and no root: it does so in half
 *     the time of {@code setpriv}, which asks the machine's list of users; empty: no user of its
 *     own
 * @param limits whether the machine's shell sets limits of processes
 */
record BoxCommand(
    Path bubblewrap,
    Optional<Path> filter,
    Optional<Path> chroot,
    boolean limits,
    PreparedRoot root) {

  /** Number of the user and of the group that a program sees itself as. */
  static final int USER = 1000;

  /** Exit code of the shell outside where it cannot prepare the box. */
  private static final String UNPREPARED = "125";

  private static final int OPEN_FILES = 256;

  /** RLIMIT_AS of a program gets this much beside its memory, for libraries. */
  private static final int ADDRESS_SPACE_MARGIN_MB = 64;

  /**
   * What differs from slot to slot.
   *
   * @param uid the host user of the box; empty: the one that runs the JVM
   * @param doors files of the control group to write 0 to, the writer itself
   * @param memoryDoor the file for process 1 of the box; it opens outside, which decides what may
   *     be written
   * @param box folder with the program's files
   * @param status file that {@code bwrap} reports to
   */
  record Place(
      Optional<Integer> uid, List<Path> doors, Optional<Path> memoryDoor, Path box, Path status) {}

  /** The words of the command. */
  List<String> words(Place place, BoxRunner.Job job) {
    Limits limits = job.limits();
    boolean waits = job.ownStreams() && place.uid().isPresent();
    List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", outside(place, waits), "sh"));
    place
        .uid()
        .ifPresent(
            uid ->
                words.addAll(
                    List.of(
                        chroot.orElseThrow().toString(),
                        String.join("", "--userspec=+", uid.toString(), ":+", uid.toString()),
                        "--groups=",
                        "/")));
    words.addAll(List.of(bubblewrap.toString(), "--unshare-all", "--unshare-user", "--as-pid-1"));
    words.addAll(List.of("--new-session", "--die-with-parent", "--cap-drop", "ALL"));
    words.addAll(List.of("--uid", "" + USER, "--gid", "" + USER, "--hostname", "box"));
    words.addAll(List.of("--clearenv", "--setenv", "PATH", String.join(":", root.path())));
    words.addAll(List.of("--setenv", "HOME", PreparedRoot.WORK, "--setenv", "LANG", "C.UTF-8"));
    job.environment().forEach((name, value) -> words.addAll(List.of("--setenv", name, value)));
    words.addAll(List.of("--ro-bind", root.folder().toString(), "/"));
    for (Path bind : root.binds()) {
      words.addAll(List.of("--ro-bind", bind.toString(), bind.toString()));
    }
    job.closed()
        .ifPresent(
            closed ->
                words.addAll(
                    List.of("--ro-bind", closed.copy().toString(), closed.program().toString())));
    words.addAll(List.of("--proc", "/proc"));
    for (String device : PreparedRoot.DEVICES) {
      words.addAll(List.of("--dev-bind", device, device));
    }
    words.addAll(List.of("--ro-bind", place.box().toString(), PreparedRoot.BOX));
    String bytes = Long.toString((long) limits.diskMb() << 20);
    for (String folder : List.of("/tmp", PreparedRoot.WORK)) {
      words.addAll(List.of("--perms", "1777", "--size", bytes, "--tmpfs", folder));
    }
    words.addAll(List.of("--chdir", PreparedRoot.WORK, "--json-status-fd", "4"));
    filter.ifPresent(file -> words.addAll(List.of("--seccomp", "3")));
    boolean addressSpace = place.doors().isEmpty() && job.limitAddressSpace();
    String inside = inside(limits, addressSpace, place.memoryDoor().isPresent(), job.closed());
    words.addAll(List.of("--", root.shell(), "-c", inside, "sh"));
    words.addAll(job.command());
    return words;
  }

  /** {@code waits}: until a line says that the streams have been given to the slot's user. */
  private String outside(Place place, boolean waits) {
    List<String> words = new ArrayList<>(waits ? List.of("read -r go && ") : List.of());
    place.doors().forEach(door -> words.addAll(List.of("echo 0 >", quoted(door), " && ")));
    filter.ifPresent(file -> words.addAll(List.of("exec 3<", quoted(file), " && ")));
    place.memoryDoor().ifPresent(door -> words.addAll(List.of("exec 5>", quoted(door), " && ")));
    words.addAll(List.of("exec 4>", quoted(place.status()), " && exec \"$@\"; exit ", UNPREPARED));
    return String.join("", words);
  }

  private String inside(
      Limits limits,
      boolean addressSpace,
      boolean memoryDoor,
      Optional<PreparedRoot.Closed> closed) {
    long cpu = (long) Math.ceil(limits.cpuSeconds());
    List<String> set = new ArrayList<>();
    if (memoryDoor) {
      set.add("echo 0 >&5 && exec 5>&-");
    }
    if (this.limits) {
      // The program that ignores the signal at the soft limit is killed at the hard one.
      set.add("ulimit -S -t " + cpu);
      set.add("ulimit -H -t " + (cpu + 1));
      set.add("ulimit -f " + ((long) limits.diskMb() << 11)); // in blocks of 512 bytes
      set.add("ulimit -c 0");
      set.add("ulimit -n " + OPEN_FILES);
      // dash knows the number of processes by another letter than other shells
      String processes = Integer.toString(limits.processes() + 1);
      set.add("{ ulimit -u " + processes + " 2>/dev/null || ulimit -p " + processes + "; }");
      if (addressSpace) {
        set.add("ulimit -v " + ((long) (limits.memoryMb() + ADDRESS_SPACE_MARGIN_MB) << 10));
      }
    }
    closed
        .flatMap(PreparedRoot.Closed::library)
        .ifPresent(library -> set.add("export LD_PRELOAD=" + library));
    set.add(closed.isPresent() ? "exec \"$@\"" : "\"$@\"");
    return String.join(" && ", set) + "; exit $?";
  }

  private static String quoted(Path path) {
    return String.join("", "'", path.toString().replace("'", "'\\''"), "'");
  }
}
