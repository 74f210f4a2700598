package dev.mirrorspark.sandbox;

import dev.mirrorspark.config.RunConfig;

/**
 * What one program may use.
 *
 * @param cpuSeconds processor time of all its processes together; where no control group counts it,
 *     of each of them
 * @param wallSeconds time from the start of the box to its end
 * @param memoryMb memory of all its processes and its files together, in MiB; where no control
 *     group counts it, address space of each process
 * @param processes processes and threads side by side
 * @param outputKb standard output and standard error together, in KiB
 * @param diskMb the largest size of a file, of {@code /tmp} and of {@code /work}, in MiB
 */
public record Limits(
    double cpuSeconds, double wallSeconds, int memoryMb, int processes, int outputKb, int diskMb) {

  /** The limits of a run file. */
  public static Limits of(RunConfig.Sandbox config) {
    return new Limits(
        config.cpuSeconds(),
        config.wallSeconds(),
        config.memoryMb(),
        config.processes(),
        config.outputKb(),
        config.diskMb());
  }

  /** The same with other times, in seconds. */
  public Limits within(double cpu, double wall) {
    return new Limits(cpu, wall, memoryMb, processes, outputKb, diskMb);
  }

  /** The same with other memory, in MiB. */
  public Limits withMemory(int megabytes) {
    return new Limits(cpuSeconds, wallSeconds, megabytes, processes, outputKb, diskMb);
  }

  /** The same with a process more, for the harness that runs tests beside the program. */
  Limits besideHarness() {
    return new Limits(cpuSeconds, wallSeconds, memoryMb, processes + 1, outputKb, diskMb);
  }

  /** Limits that a compiler gets along with where those of its product are tighter. */
  Limits forCompiling() {
    return new Limits(
        Math.max(cpuSeconds, 20),
        Math.max(wallSeconds, 60),
        Math.max(memoryMb, 512),
        Math.max(processes, 64),
        Math.max(outputKb, 16 * 1024),
        Math.max(diskMb, 64));
  }

  /** Limits that a problem's checker gets along with where those of programs are tighter. */
  Limits forChecking() {
    return new Limits(
        Math.max(cpuSeconds, 10),
        Math.max(wallSeconds, 20),
        Math.max(memoryMb, 512),
        Math.max(processes, 16),
        Math.max(outputKb, 64),
        Math.max(diskMb, 16));
  }
}
