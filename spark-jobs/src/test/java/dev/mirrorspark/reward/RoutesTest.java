package dev.mirrorspark.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.config.RunFile;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.decode.StopReason;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoutesTest {
  /** A verifier that takes everything for correct. */
  private record Always(String name, String type, boolean onlyByRoute) implements Verifier {
    @Override
    public boolean handles(String answerType) {
      return answerType.equals(type);
    }

    @Override
    public Verdict verify(String answer, String answerType, String response) {
      return Verdict.of(true, "always");
    }
  }

  private static final List<Supplier<? extends Verifier>> VERIFIERS =
      List.of(
          () -> new Always("lenient", "integer", true),
          () -> new Always("first", "text", false),
          RuleVerifier::new,
          () -> new MathVerifier(AnswerConvention.USUAL, 5));

  @ParameterizedTest
  @CsvSource({
    "geometry, integer, lenient", // the first that matches, though the second does too
    "algebra, integer, rule",
    "algebra, text, rule",
    "geometry, text, first", // no route: the first that handles it
    "geometry, decimal, math",
  })
  void theFirstRouteThatMatchesTypeAndDomainJudges(String domain, String type, String verifier) {
    var config =
        config(
            "{answer_type: integer, domain: geometry, verifier: lenient}",
            "{answer_type: integer, verifier: rule}",
            "{domain: algebra, verifier: rule}");
    assertEquals(verifier, judge(config, domain, type).verifier());
  }

  @Test
  void withoutRoutesNothingChangesAndVerifiersForRoutesOnlyAreNotAsked() {
    assertEquals("rule", judge(config(), "geometry", "integer").verifier());
  }

  @Test
  void aRouteOfAllTypesToAVerifierThatDoesNotJudgeOneIsAnErrorThere() {
    var judged = judge(config("{verifier: lenient}"), "geometry", "text");
    assertEquals("none", judged.verifier());
    assertEquals(
        "reward.routes.0: verifier lenient does not judge answer type text",
        judged.verdict().detail());
  }

  @Test
  void theAuditJudgesAgainWhateverTheRoutesSay() {
    var config =
        RunFile.parse(
            "reward: {routes: [{answer_type: integer, verifier: lenient}], audit: {verifier:"
                + " rule}}",
            List.of());
    var verifiers = Verifiers.of(config, VERIFIERS);
    var attempts =
        List.of(
            Attempts.of("7", "integer", "#8"),
            Attempts.of("d", "7", "integer", "#7", StopReason.LENGTH));
    assertEquals(
        List.of("correct", "wrong"),
        verifiers.judge(attempts).stream().map(one -> one.verdict().outcome().label()).toList());
    assertEquals(
        List.of("wrong", "wrong"),
        verifiers.audit(attempts).stream().map(one -> one.verdict().outcome().label()).toList());
    assertEquals("rule", verifiers.audit(attempts).get(0).verifier());
    assertEquals(List.of(), Verifiers.of(config(), VERIFIERS).audit(attempts));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{verifier: rul} | reward.routes.0.verifier = rul: no such verifier; known: lenient, first,"
            + " rule",
        "{verifier: lenient, answer_type: text} | reward.routes.0.verifier = lenient: it does not"
            + " judge answer type text",
        "{url: 'http://h/', token_env: NO_SUCH_VARIABLE_AT_ALL} | reward.routes.0.token_env ="
            + " NO_SUCH_VARIABLE_AT_ALL: no such environment variable",
      })
  void whatTheVerifiersOfTheProcessLackIsNamed(String route, String message) {
    var error = assertThrows(UserError.class, () -> Verifiers.of(config(route), VERIFIERS));
    assertTrue(error.getMessage().startsWith(message), error.getMessage());
  }

  @Test
  void theAuditsVerifierIsNamedToo() {
    var config = RunFile.parse("reward: {audit: {verifier: nobody}}", List.of());
    var error = assertThrows(UserError.class, () -> Verifiers.of(config, VERIFIERS));
    assertTrue(
        error.getMessage().startsWith("reward.audit.verifier = nobody: no such verifier"),
        error.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "routes: [{domain: x}] | reward.routes.0.verifier",
        "routes: [{verifier: rule, url: 'http://h/'}] | reward.routes.0.verifier",
        "routes: [{url: 'h:80/judge'}] | reward.routes.0.url",
        "routes: [{url: 'http://user:secret@h/'}] | reward.routes.0.url",
        "routes: [{url: 'ftp://h/'}] | reward.routes.0.url",
        "routes: [{url: 'http://h h/'}] | reward.routes.0.url",
        "routes: [{url: 'http://h/', token_env: 'a b'}] | reward.routes.0.token_env",
        "routes: [{verifier: rule, token_env: HOME}] | reward.routes.0.token_env",
        "routes: [{verifer: rule}] | reward.routes.0.verifer",
        "seconds: 0 | reward.seconds",
        "http: {concurrency: 0} | reward.http.concurrency",
        "http: {connect_seconds: 0} | reward.http.connect_seconds",
        "http: {request_seconds: 0} | reward.http.request_seconds",
        "http: {attempts: 0} | reward.http.attempts",
        "http: {backoff_seconds: -1} | reward.http.backoff_seconds",
        "http: {max_bytes: 0} | reward.http.max_bytes",
        "audit: {verifier: rule, url: 'http://h/'} | reward.audit.verifier",
        "audit: {url: 'nowhere'} | reward.audit.url",
        "audit: {share: 0} | reward.audit.share",
      })
  void everyKeyIsChecked(String section, String key) {
    var error =
        assertThrows(UserError.class, () -> RunFile.parse("reward: {" + section + "}", List.of()));
    assertTrue(error.getMessage().contains(": " + key + " "), error.getMessage());
    assertEquals(1, error.getMessage().lines().count());
  }

  @Test
  void anImportMayHaveAnAnswerTypeThatARouteNames() {
    String imports = "prompts: {imports: [{file: a.jsonl, answer_type: haiku}]}\n";
    var error = assertThrows(UserError.class, () -> RunFile.parse(imports, List.of()));
    assertTrue(error.getMessage().contains("prompts.imports.0.answer_type"), error.getMessage());
    var config =
        RunFile.parse(
            imports + "reward: {routes: [{answer_type: haiku, verifier: poet}]}", List.of());
    assertEquals("haiku", config.prompts().imports().get(0).answerType());
  }

  private static RunConfig config(String... routes) {
    return RunFile.parse("reward: {routes: [" + String.join(", ", routes) + "]}", List.of());
  }

  private static Judged judge(RunConfig config, String domain, String type) {
    var attempt = Attempts.of(domain, "7", type, "#7", StopReason.STOP);
    return Verifiers.of(config, VERIFIERS).judge(List.of(attempt)).get(0);
  }
}
