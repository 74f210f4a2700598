package dev.mirrorspark.view;

import dev.mirrorspark.table.Rewards;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which prompts a file of responses has: their hashes, kept for each file that was read once, since
 * a file never changes. Its size is bounded; what was not asked for the longest is forgotten.
 */
final class PromptIndex {
  /** Hashes that are kept: 32 MiB. */
  private static final long MOST = 4L << 20;

  private final Map<String, long[]> files = new LinkedHashMap<>(16, 0.75f, true);
  private long kept;

  /** Whether a file of the table has responses to a prompt. */
  boolean has(TableVersion table, DataFile file, String prompt) {
    String path = file.file().getPath();
    long[] hashes;
    synchronized (this) {
      hashes = files.get(path);
    }
    if (hashes == null) {
      hashes = read(table, file);
      keep(path, hashes);
    }
    return Arrays.binarySearch(hashes, hash(prompt)) >= 0;
  }

  private static long[] read(TableVersion table, DataFile file) {
    Set<Long> found = new HashSet<>();
    table.read(
        file,
        RowFilter.ALL,
        List.of(Rewards.PROMPT_ID),
        row -> found.add(hash(row.text(Rewards.PROMPT_ID))) || true);
    return found.stream().mapToLong(Long::longValue).sorted().toArray();
  }

  private synchronized void keep(String path, long[] hashes) {
    if (files.put(path, hashes) == null) {
      kept += hashes.length;
    }
    var eldest = files.entrySet().iterator();
    while (kept > MOST && eldest.hasNext()) {
      kept -= eldest.next().getValue().length;
      eldest.remove();
    }
  }

  private static long hash(String prompt) {
    long hash = 1125899906842597L;
    for (int i = 0; i < prompt.length(); i++) {
      hash = 31 * hash + prompt.charAt(i);
    }
    return hash;
  }
}
