package dev.mirrorspark.prompts;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.table.Prompts;
import dev.mirrorspark.table.Warehouse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import scala.Tuple2;

/**
 * Makes the prompt set of a run from problem generators: training, held-out and warm-up problems,
 * no two of them with the same text.
 */
public final class PromptSets {
  /** Problems drawn in a row that were all there already, before a level counts as used up. */
  private static final int MAX_REPEATS = 5000;

  /** What the source of a generated problem begins with. */
  static final String SOURCE_PREFIX = "generated: ";

  /**
   * One generated problem.
   *
   * @param split {@code train}, {@code heldout} or {@code warmup}
   * @param solution the long chain of thought of a warm-up example; else empty
   */
  public record Generated(String split, Problem problem, Optional<String> solution) {}

  private PromptSets() {}

  /**
   * Writes the generated problems of {@code config.prompts} once; when they are there, does
   * nothing.
   *
   * @return problems appended
   * @throws UserError if the data set holds problems that were generated otherwise, or a generator
   *     is unknown, lacks a level or has too few different problems of it
   */
  public static int generate(Warehouse warehouse, RunConfig config) {
    var prompts = config.prompts();
    if (prompts.generators().isEmpty()) {
      return 0;
    }
    var source = source(prompts, config.seed());
    var app = "prompts/%s/generate/%s".formatted(prompts.dataset(), PromptIdentity.sha256(source));
    if (warehouse.committed(Prompts.TABLE, app).isPresent()) {
      return 0; // the table's log says it: no query
    }
    var generatedBefore =
        warehouse
            .read(Prompts.TABLE)
            .where(functions.col(Prompts.DATASET).equalTo(prompts.dataset()))
            .where(functions.col(Prompts.SOURCE).startsWith(SOURCE_PREFIX))
            .select(Prompts.SOURCE)
            .limit(1)
            .collectAsList();
    if (!generatedBefore.isEmpty()) {
      String before = generatedBefore.get(0).getAs(Prompts.SOURCE);
      if (before.equals(source)) {
        return 0;
      }
      throw new UserError(
          ("prompts.dataset '%s' holds problems %s; this run asks for %s: give prompts.dataset"
                  + " another name")
              .formatted(
                  prompts.dataset(),
                  before.replaceFirst(": ", " from "),
                  source.substring(SOURCE_PREFIX.length())));
    }
    var taken = new HashSet<>(places(warehouse, prompts.dataset()).keySet());
    List<Row> rows = new ArrayList<>();
    for (var generated : problems(prompts, config.seed(), taken)) {
      var problem = generated.problem();
      rows.add(
          new Prompts.Prompt(
                  prompts.dataset(),
                  PromptIdentity.promptId(problem.prompt(), problem.answer(), problem.picture()),
                  generated.split(),
                  problem.domain(),
                  problem.level(),
                  problem.prompt(),
                  problem.answer(),
                  problem.answerType(),
                  generated.solution(),
                  source,
                  problem.picture())
              .toRow());
    }
    warehouse.append(Prompts.TABLE, rows, app, 0);
    return rows.size();
  }

  /**
   * The problems of a prompt set: held-out first, so that they stay the same whatever the number of
   * others. No other problem has the text that a held-out one shows as a picture. Depends on the
   * arguments alone.
   *
   * @param taken normalised texts of problems that must not come again; gains the new ones
   */
  static List<Generated> problems(RunConfig.Prompts prompts, long seed, Set<String> taken) {
    List<Generated> problems = new ArrayList<>();
    var held = new HashSet<String>();
    add(problems, prompts, Prompts.HELDOUT, prompts.heldout(), seed, taken, held);
    addTwins(problems, prompts, seed, taken, held);
    add(problems, prompts, Prompts.TRAIN, prompts.train(), seed, taken, held);
    add(problems, prompts, Prompts.WARMUP, prompts.warmup(), seed, taken, held);
    return problems;
  }

  /**
   * Adds held-out problems that are pictures of their text, each with the same as text; they come
   * in turn from the generators that draw such.
   */
  private static void addTwins(
      List<Generated> problems,
      RunConfig.Prompts prompts,
      long seed,
      Set<String> taken,
      Set<String> held) {
    if (prompts.twins() == 0) {
      return;
    }
    List<RunConfig.Generator> drawing = new ArrayList<>();
    List<SplittableRandom> random = new ArrayList<>();
    for (int g = 0; g < prompts.generators().size(); g++) {
      var setting = prompts.generators().get(g);
      var generator = generator(setting.name(), "prompts.generators." + g + ".name");
      var rng = random(seed, "twins", setting.name(), g);
      if (generator.twin(generator.problem(setting.minLevel(), rng)).isPresent()) {
        drawing.add(setting);
        random.add(rng);
      }
    }
    if (drawing.isEmpty()) {
      throw new UserError(
          "prompts.twins = %d: none of prompts.generators shows text as a picture; add one that does, such as sum-picture, or set it to 0"
              .formatted(prompts.twins()));
    }
    for (int i = 0; i < prompts.twins(); i++) {
      int g = i % drawing.size();
      var setting = drawing.get(g);
      int level =
          setting.minLevel() + i / drawing.size() % (setting.maxLevel() - setting.minLevel() + 1);
      var generator = generator(setting.name(), "prompts.generators");
      var shown = fresh(generator, level, random.get(g), taken, held);
      var written = generator.twin(shown).orElseThrow();
      for (var one : List.of(shown, written)) {
        taken.add(place(one));
        held.add(place(one));
        problems.add(new Generated(Prompts.HELDOUT, one, Optional.empty()));
      }
    }
  }

  private static void add(
      List<Generated> problems,
      RunConfig.Prompts prompts,
      String split,
      int count,
      long seed,
      Set<String> taken,
      Set<String> held) {
    var generators = prompts.generators();
    double weights = generators.stream().mapToDouble(RunConfig.Generator::weight).sum();
    double weightSoFar = 0;
    long done = 0;
    for (int g = 0; g < generators.size(); g++) {
      var setting = generators.get(g);
      weightSoFar += setting.weight();
      long upTo = g == generators.size() - 1 ? count : Math.round(count * weightSoFar / weights);
      var generator = generator(setting.name(), "prompts.generators." + g + ".name");
      var rng = random(seed, split, setting.name(), g);
      int levels = setting.maxLevel() - setting.minLevel() + 1;
      for (long i = 0; i < upTo - done; i++) {
        int level = setting.minLevel() + (int) (i % levels);
        var problem = fresh(generator, level, rng, taken, held);
        if (split.equals(Prompts.HELDOUT)) {
          held.add(place(problem));
          generator.twin(problem).map(PromptSets::place).ifPresent(held::add);
        }
        problems.add(
            new Generated(
                split,
                problem,
                split.equals(Prompts.WARMUP)
                    ? Optional.of(solution(generator, problem, rng))
                    : Optional.empty()));
      }
      done = upTo;
    }
  }

  private static SplittableRandom random(long seed, String split, String name, int index) {
    var digest = PromptIdentity.sha256("%d/%s/%s/%d".formatted(seed, split, name, index));
    return new SplittableRandom(Long.parseUnsignedLong(digest.substring(0, 16), 16));
  }

  /**
   * A problem that has not been drawn yet.
   *
   * @param held held-out problems, those that are shown as a picture of their text as text too
   */
  private static Problem fresh(
      ProblemGenerator generator,
      int level,
      SplittableRandom rng,
      Set<String> taken,
      Set<String> held) {
    for (int i = 0; i < MAX_REPEATS; i++) {
      var problem = generator.problem(level, rng);
      boolean twinHeld =
          generator.twin(problem).map(PromptSets::place).filter(held::contains).isPresent();
      if (!twinHeld && !held.contains(place(problem)) && taken.add(place(problem))) {
        return problem;
      }
    }
    throw new UserError(
        ("generator %s has too few different problems of level %d: raise min_level, give it less"
                + " weight or ask for fewer (prompts.train, heldout, warmup)")
            .formatted(generator.name(), level));
  }

  private static String solution(
      ProblemGenerator generator, Problem problem, SplittableRandom rng) {
    var solution = generator.solve(problem, rng);
    if (!generator.accepts(problem, ProblemGenerator.finalAnswer(solution))) {
      throw new UserError(
          "generator %s: its solution of '%s' ends with a wrong answer: '%s'; mend its solve method"
              .formatted(generator.name(), problem.prompt().strip(), solution));
    }
    return solution;
  }

  /** The generator of a name, built in or a user's own on the class path. */
  private static ProblemGenerator generator(String name, String key) {
    var known = generators();
    return Optional.ofNullable(known.get(name))
        .orElseThrow(
            () ->
                new UserError(
                    "%s: no generator '%s'; known: %s"
                        .formatted(key, name, String.join(", ", known.keySet()))));
  }

  /** All generators by name. */
  static Map<String, ProblemGenerator> generators() {
    var known = new TreeMap<String, ProblemGenerator>();
    ServiceLoader.load(ProblemGenerator.class).forEach(g -> known.put(g.name(), g));
    return known;
  }

  /** What the problems depend on, in words: two runs with the same words have the same problems. */
  private static String source(RunConfig.Prompts prompts, long seed) {
    return prompts.generators().stream()
        .map(g -> "%s %d-%d x %s".formatted(g.name(), g.minLevel(), g.maxLevel(), g.weight()))
        .collect(
            Collectors.joining(
                ", ",
                SOURCE_PREFIX,
                "; train %d, heldout %d, warmup %d%s; seed %d"
                    .formatted(
                        prompts.train(),
                        prompts.heldout(),
                        prompts.warmup(),
                        prompts.twins() == 0 ? "" : ", twins " + prompts.twins(),
                        seed)));
  }

  /** Where each problem of a data set came from, by its normalised text. */
  static Map<String, String> places(Warehouse warehouse, String dataset) {
    Map<String, String> places = new HashMap<>();
    warehouse
        .read(Prompts.TABLE)
        .where(functions.col(Prompts.DATASET).equalTo(dataset))
        .select(Prompts.TEXT_OF_PROMPT, Prompts.SOURCE, Prompts.IMAGE)
        .toJavaRDD()
        .mapToPair(row -> new Tuple2<>(place(row), row.<String>getAs(Prompts.SOURCE)))
        .toLocalIterator()
        .forEachRemaining(found -> places.put(found._1(), found._2()));
    return places;
  }

  private static String place(Problem problem) {
    return PromptIdentity.normalised(problem.prompt(), problem.picture());
  }

  private static String place(Row row) {
    String text = row.getAs(Prompts.TEXT_OF_PROMPT);
    byte[] picture = row.getAs(Prompts.IMAGE);
    return picture == null
        ? PromptIdentity.normalised(text)
        : PromptIdentity.normalised(text, PromptIdentity.sha256(picture));
  }
}
