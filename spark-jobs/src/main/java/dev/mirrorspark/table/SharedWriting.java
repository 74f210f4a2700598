package dev.mirrorspark.table;

import dev.mirrorspark.config.UserError;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Whether several drivers may write to the tables of a warehouse. On S3 a commit is atomic among
 * the writers of one driver only, unless Delta is given a log store that makes it so for all: of
 * two drivers that commit at once, one would lose its rows.
 */
final class SharedWriting {
  private static final Set<String> S3 = Set.of("s3", "s3a", "s3n");
  private static final String ONE_DRIVER = "io.delta.storage.S3SingleDriverLogStore";

  private SharedWriting() {}

  /**
   * Spark's setting that names the log store of a warehouse's storage.
   *
   * @param root folder of the warehouse
   */
  static String setting(String root) {
    return "spark.delta.logStore.%s.impl".formatted(new Path(root).toUri().getScheme());
  }

  /**
   * Whether one driver alone may write.
   *
   * @param logStore the value of {@link #setting}; empty: Delta's default
   */
  static boolean oneDriverOnly(String root, String logStore) {
    String scheme = new Path(root).toUri().getScheme();
    return scheme != null
        && S3.contains(scheme)
        && (logStore.isEmpty() || logStore.equals(ONE_DRIVER));
  }

  /**
   * Refuses a second driver where one alone may write.
   *
   * @param own the runs that this driver holds
   * @throws UserError if another driver holds another run of the warehouse
   */
  static void require(String root, String logStore, Set<String> own, Configuration hadoop) {
    if (!oneDriverOnly(root, logStore)) {
      return;
    }
    for (String run : runs(root, hadoop)) {
      var holder = own.contains(run) ? null : RunLease.holder(root, run, hadoop).orElse(null);
      if (holder != null && !holder.ended()) {
        throw new UserError(
            ("warehouse %s: another driver (%s) writes to it for run %s, and on S3 Delta makes commits"
                    + " atomic within one driver only; wait for it, take another warehouse, or set"
                    + " %s=io.delta.storage.S3DynamoDBLogStore for both (docs/clusters.md)")
                .formatted(root, holder.owner(), run, setting(root)));
      }
    }
  }

  private static List<String> runs(String root, Configuration hadoop) {
    var locks = new Path(root, LeaseFiles.FOLDER);
    List<String> runs = new ArrayList<>();
    try {
      for (var entry : locks.getFileSystem(hadoop).listStatus(locks)) {
        if (entry.isDirectory()) {
          runs.add(entry.getPath().getName());
        }
      }
      return runs;
    } catch (FileNotFoundException e) {
      return runs;
    } catch (IOException e) {
      throw new UserError("%s: cannot be read: %s".formatted(locks, e.getMessage()), e);
    }
  }
}
