package dev.mirrorspark.experiment;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.loop.Session;
import dev.mirrorspark.loop.TestedProblems;
import dev.mirrorspark.prompts.PromptImport;
import dev.mirrorspark.prompts.PromptSampling;
import dev.mirrorspark.prompts.PromptSets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/**
 * The problems of several runs, each prompt set made or imported once.
 *
 * @param answerTypes answer types that imported problems may have
 */
record PreparedProblems(Function<RunConfig, Set<String>> answerTypes, Set<String> prepared) {

  PreparedProblems(Function<RunConfig, Set<String>> answerTypes) {
    this(answerTypes, new HashSet<>());
  }

  /** Makes or imports the problems that a run works on, and looks whether they are enough. */
  void prepare(Session of) {
    var config = of.config();
    if (prepared.add(config.prompts().dataset() + config.prompts())) {
      int made = PromptSets.generate(of.warehouse(), config);
      if (made > 0) {
        of.progress()
            .line(
                String.format(
                    Locale.ROOT,
                    "problems: %,d made, data set %s",
                    made,
                    config.prompts().dataset()));
      }
      PromptImport.importAll(
              of.spark(),
              of.warehouse(),
              config,
              answerTypes.apply(config),
              TestedProblems.check(config))
          .forEach(report -> report.lines().forEach(of.progress()::line));
    }
    if (config.train().iterations() > 0) {
      PromptSampling.check(of.warehouse(), config);
    }
  }
}
