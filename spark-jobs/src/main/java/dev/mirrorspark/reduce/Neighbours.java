package dev.mirrorspark.reduce;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Which ranks share the memory of a process.
 *
 * @param here the ranks of this process, ascending
 * @param processes by rank, the process that it runs in
 */
record Neighbours(List<Integer> here, List<String> processes) {

  /** The ranks of other processes, ascending. */
  List<Integer> elsewhere() {
    return IntStream.range(0, processes.size())
        .filter(rank -> !here.contains(rank))
        .boxed()
        .toList();
  }

  /**
   * The one rank of each other process that takes in the shard of a rank, so that loads are even.
   */
  List<Integer> takersOf(int rank) {
    return elsewhere().stream()
        .filter(other -> taker(rank, processes.get(other)) == other)
        .toList();
  }

  /** The ranks of other processes whose shard that rank of this process takes in, ascending. */
  List<Integer> takenBy(int rank) {
    String process = processes.get(rank);
    return elsewhere().stream().filter(other -> taker(other, process) == rank).toList();
  }

  private int taker(int rank, String process) {
    int[] there =
        IntStream.range(0, processes.size())
            .filter(other -> processes.get(other).equals(process))
            .toArray();
    return there[rank % there.length];
  }
}
