package dev.mirrorspark.testgen;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.decode.DecodeJob;
import dev.mirrorspark.decode.FencedBlock;
import dev.mirrorspark.decode.ProgressSink;
import dev.mirrorspark.decode.PromptRequest;
import dev.mirrorspark.decode.Sampling;
import dev.mirrorspark.policy.PolicyVersion;
import dev.mirrorspark.sandbox.Sandbox;
import dev.mirrorspark.testgen.CodingProblem.Draft;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.spark.sql.SparkSession;
import scala.Tuple3;

/**
 * Generators that a policy writes (Kimi k1.5, 2.3.5): it reads each problem in a template, and the
 * last fenced block of a response is a generator.
 *
 * @param config its testcases section says how it is asked; rollout.max_tokens bounds a response
 */
public record PolicyGenerators(
    SparkSession spark, RunConfig config, PolicyVersion policy, ProgressSink progress) {
  private static final String QUESTION = "{question}";

  /** The problems with the generators of the responses that hold one, in their order. */
  public List<CodingProblem> write(List<CodingProblem> problems) {
    var asked = config.testcases().policy();
    List<PromptRequest> requests = new ArrayList<>();
    for (CodingProblem problem : problems) {
      String text = asked.template().replace(QUESTION, problem.question());
      requests.addAll(
          PromptRequest.group(
              config.seed(), InputMaker.GENERATING, problem.id(), text, asked.tries()));
    }
    Map<String, List<Draft>> drafts = new HashMap<>();
    var sampling = new Sampling(asked.temperature(), config.rollout().maxTokens());
    try (var job = new DecodeJob(spark, config, policy, sampling, requests, progress)) {
      for (var response :
          job.responses()
              .map(
                  one -> {
                    var request = one.decoded().request();
                    return new Tuple3<>(request.promptId(), request.sample(), one.text());
                  })
              .collect()) {
        draft(config, response._2(), response._3())
            .ifPresent(
                draft -> drafts.computeIfAbsent(response._1(), id -> new ArrayList<>()).add(draft));
      }
      job.totals();
    }
    return problems.stream()
        .map(problem -> problem.with(different(drafts.getOrDefault(problem.id(), List.of()))))
        .toList();
  }

  /** In their order, each program once. */
  private static List<Draft> different(List<Draft> drafts) {
    Set<Source> seen = new HashSet<>();
    return drafts.stream()
        .sorted(Comparator.comparingInt(Draft::number))
        .filter(draft -> seen.add(draft.source()))
        .toList();
  }

  /** The generator of a response; empty if it holds none that can be run. */
  static Optional<Draft> draft(RunConfig config, int number, String response) {
    Set<String> languages = Sandbox.languages(config.sandbox());
    int most = config.testcases().sourceKb() * 1024;
    String usual = config.testcases().language();
    Predicate<String> takes =
        name -> name.equals(usual) || languages.contains(name) && !FencedBlock.shell(name);
    return FencedBlock.program(response, takes)
        .map(
            block ->
                new Source(
                    block.language().isEmpty() ? usual : block.languageIn(languages::contains),
                    block.source()))
        .filter(source -> languages.contains(source.language()))
        .filter(source -> !source.text().isBlank())
        .filter(source -> source.text().getBytes(StandardCharsets.UTF_8).length <= most)
        .map(source -> new Draft(number, source));
  }
}
