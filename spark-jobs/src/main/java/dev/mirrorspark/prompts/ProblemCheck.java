package dev.mirrorspark.prompts;

import java.io.Serializable;
import java.util.List;
import java.util.Set;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * What is looked at before a problem of programming is taken: whether its tests tell right programs
 * from those that solve nothing. It runs in Spark tasks, where the sandbox is.
 */
@FunctionalInterface
public interface ProblemCheck extends Serializable {
  /** Nothing speaks against any answer. */
  ProblemCheck NONE = (answer, answerType) -> "";

  /** Answer types of which answers are looked at; of others there is nothing to run. */
  Set<String> ANSWER_TYPES = Set.of("python_tests", "stdin_stdout");

  /** Tasks for each that runs at a time: problems differ in what their tests take. */
  int TASKS_A_CORE = 8;

  /**
   * Why no response to a problem can be judged; blank: nothing speaks against it.
   *
   * @param answer as in table {@code prompts}
   * @throws InterruptedException if the task is ended
   */
  String fault(String answer, String answerType) throws InterruptedException;

  /** A problem's answer. */
  record Answer(String text, String type) implements Serializable {}

  /** The faults of answers of {@link #ANSWER_TYPES}, in their order, found in Spark tasks. */
  default List<String> faults(SparkSession spark, List<Answer> answers) {
    if (answers.isEmpty()) {
      return List.of();
    }
    var context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    int tasks = Math.min(answers.size(), context.defaultParallelism() * TASKS_A_CORE);
    var check = this;
    return context
        .parallelize(answers, tasks)
        .map(answer -> check.fault(answer.text(), answer.type()))
        .collect();
  }
}
