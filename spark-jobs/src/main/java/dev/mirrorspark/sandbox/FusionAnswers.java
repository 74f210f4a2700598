package dev.mirrorspark.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.regex.Pattern;

/** Outcomes in the form of SandboxFusion. */
final class FusionAnswers {

  /** How a judgement on several tests names the one that failed. */
  private static final Pattern WHICH = Pattern.compile("test (\\d+) of \\d+: ");

  private FusionAnswers() {}

  /** What became of a completion: the tests up to the first one of each run that fails. */
  static ObjectNode submission(
      JsonNode id, List<Run> runs, List<Outcome> outcomes, boolean compiled, List<String> notes) {
    boolean accepted =
        outcomes.stream().allMatch(outcome -> outcome.verdict() == ProgramVerdict.PASSED);
    ObjectNode json = RunJson.JSON.createObjectNode();
    json.set("id", id);
    json.put("accepted", accepted).put("extracted_code", runs.get(0).source());
    json.putNull("full_code").putNull("test_code");
    var tests = json.putArray("tests");
    for (int i = 0; i < runs.size(); i++) {
      Outcome outcome = outcomes.get(i);
      for (int k = passed(runs.get(i), outcome); k > 0; k--) {
        tests.add(test(true, ran(outcome.seconds())));
      }
      if (outcome.verdict() != ProgramVerdict.PASSED) {
        tests.add(test(false, result(outcome, compiled, notes)));
      }
    }
    return json;
  }

  /** How many tests hold; of those before the first that does not, as far as the judge says. */
  private static int passed(Run run, Outcome outcome) {
    int all = run.check() instanceof Run.Cases cases ? cases.cases().size() : 1;
    if (outcome.verdict() == ProgramVerdict.PASSED) {
      return all;
    }
    var which = WHICH.matcher(outcome.detail());
    return which.lookingAt() ? Math.min(all, Integer.parseInt(which.group(1))) - 1 : 0;
  }

  private static ObjectNode test(boolean passed, ObjectNode info) {
    ObjectNode test = RunJson.JSON.createObjectNode().put("passed", passed);
    test.set("exec_info", info);
    return test.putNull("test_info");
  }

  /**
   * A run's end: of a compiler where it was no program, else of the program.
   *
   * @param compiled whether its language is compiled before it runs
   * @param notes on what was taken otherwise than asked
   */
  static ObjectNode result(Outcome outcome, boolean compiled, List<String> notes) {
    ProgramVerdict verdict = outcome.verdict();
    if (verdict == ProgramVerdict.ERROR) {
      return whole("SandboxError", outcome.detail());
    }
    ObjectNode json =
        whole(verdict == ProgramVerdict.PASSED ? "Success" : "Failed", String.join("; ", notes));
    if (compiled && verdict == ProgramVerdict.COMPILE_ERROR) {
      json.set("compile_result", command(outcome));
      return json;
    }
    if (compiled) {
      json.set("compile_result", finished(0, 0));
    }
    json.set("run_result", command(outcome));
    ObjectNode files = json.putObject("files");
    outcome.files().forEach(files::put);
    return json;
  }

  private static ObjectNode command(Outcome outcome) {
    boolean late = outcome.verdict() == ProgramVerdict.TIME_LIMIT;
    boolean passed = outcome.verdict() == ProgramVerdict.PASSED;
    ObjectNode json = finished(passed ? 0 : Math.max(1, outcome.exitCode()), outcome.seconds());
    if (late) {
      json.put("status", "TimeLimitExceeded").putNull("return_code");
    }
    return json.put("stdout", outcome.stdout()).put("stderr", outcome.stderr());
  }

  private static ObjectNode ran(double seconds) {
    ObjectNode json = whole("Success", "");
    json.set("run_result", finished(0, seconds));
    return json;
  }

  private static ObjectNode finished(int code, double seconds) {
    return RunJson.JSON
        .createObjectNode()
        .put("status", "Finished")
        .put("execution_time", seconds)
        .put("return_code", code)
        .put("stdout", "")
        .put("stderr", "");
  }

  private static ObjectNode whole(String status, String message) {
    ObjectNode json = RunJson.JSON.createObjectNode().put("status", status).put("message", message);
    json.putNull("compile_result").putNull("run_result").putNull("executor_pod_name");
    json.putObject("files");
    return json;
  }
}
