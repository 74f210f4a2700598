package dev.mirrorspark.sandbox;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.http.Reply;
import dev.mirrorspark.sandbox.RunJson.BadRequest;
import java.util.concurrent.Callable;
import java.util.function.BinaryOperator;

/** What each request of the service does. */
final class Requests {
  private final Runner runner;
  private final Limits limits;
  private final FusionRequests fusion;

  /**
   * @param limits of a program, which a request may lower
   * @param program finds the program in a completion, of a language
   */
  Requests(Runner runner, Limits limits, BinaryOperator<String> program) {
    this.runner = runner;
    this.limits = limits;
    this.fusion = new FusionRequests(runner, limits, program);
  }

  /** What a body asks to be done. */
  Callable<Reply> read(ServicePath endpoint, byte[] body) throws BadRequest {
    return switch (endpoint) {
      case RUN_CODE -> fusion.runCode(body);
      case SUBMIT -> fusion.submit(body);
      default -> run(RunJson.run(body, limits));
    };
  }

  private Callable<Reply> run(Run run) {
    return () -> {
      try {
        return reply(runner.judge(run));
      } catch (UserError e) {
        return Reply.refusal(400, e.getMessage());
      }
    };
  }

  /** The answer to a run: one that the sandbox failed at is to come again. */
  static Reply reply(Outcome outcome) {
    boolean failed = outcome.verdict() == ProgramVerdict.ERROR;
    Reply reply = Reply.of(failed ? 503 : 200, RunJson.json(outcome));
    return failed ? reply.with(Reply.LATER) : reply;
  }

  /** How the service stands. */
  Reply standing(ServicePath endpoint, int taken, int queue) {
    if (endpoint == ServicePath.PING) {
      return Reply.of(200, RunJson.JSON.getNodeFactory().textNode("pong"));
    }
    var json =
        RunJson.JSON
            .createObjectNode()
            .put("status", "ok")
            .put("slots", runner.slots())
            .put("taken", taken)
            .put("queue", queue);
    var languages = json.putArray("languages");
    runner.languages().forEach(languages::add);
    return Reply.of(200, json);
  }
}
