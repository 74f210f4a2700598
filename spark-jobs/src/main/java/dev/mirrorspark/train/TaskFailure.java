package dev.mirrorspark.train;

import dev.mirrorspark.config.UserError;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;

/** A fault that a user can mend stays one when it happens in a task. */
final class TaskFailure {
  private TaskFailure() {}

  /**
   * Runs the job.
   *
   * @throws UserError the one that made the job fail, if there is one
   */
  static <T> List<T> collect(JavaRDD<T> job) {
    try {
      return job.collect();
    } catch (Exception e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof UserError error) {
          throw error;
        }
      }
      throw e;
    }
  }
}
