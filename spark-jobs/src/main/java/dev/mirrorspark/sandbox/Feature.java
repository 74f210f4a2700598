package dev.mirrorspark.sandbox;

import java.util.Locale;

/** What the sandbox wants of the machine. */
public enum Feature {
  USER_NAMESPACES(
      "a view of its own of processes, files and network",
      "nothing: no box can be started",
      "let unprivileged users make user namespaces (sysctl user.max_user_namespaces; in a pod a"
          + " seccomp profile that allows it)"),
  SECCOMP(
      "a filter of the system calls",
      "the whole kernel can be attacked from the box",
      "use an x86-64 or aarch64 kernel with seccomp"),
  RLIMITS(
      "limits on each process",
      "files of any size, and processor time that wall time alone bounds",
      "use a /bin/sh with ulimit"),
  UID_SWITCH(
      "a user of its own, who is nobody on the host",
      "a program that breaks out of the box has your rights",
      "run as root with chroot (coreutils) installed"),
  MEMORY_CGROUP(
      "a limit on the memory of all processes together",
      "memory is bounded for each process alone",
      "run as root where /sys/fs/cgroup can be written"),
  PIDS_CGROUP(
      "a limit on the number of processes",
      "processes are counted by the kernel's limit for users alone",
      "run as root where /sys/fs/cgroup can be written");

  private final String gives;
  private final String without;
  private final String mend;

  Feature(String gives, String without, String mend) {
    this.gives = gives;
    this.without = without;
    this.mend = mend;
  }

  /** The value in {@code sandbox.allow_missing}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What a box has by it. */
  public String gives() {
    return gives;
  }

  /** What is weaker without it. */
  public String without() {
    return without;
  }

  /** How a machine gets it. */
  public String mend() {
    return mend;
  }
}
