package dev.mirrorspark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code submit/on} would start, and the files of {@code conf/schedule}. */
class ClusterStartsTest {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  private static final List<String> COMMAND =
      List.of("train", "--config", "my run.yaml", "--set", "prompts.dataset=\"a\\b\"");

  private record Said(int exitCode, String out, String err) {}

  private static Said on(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(HOME.resolve("submit/on").toString()));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command);
    builder.environment().remove("SPARK_HOME");
    var process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Said(process.waitFor(), out.strip(), err.strip());
  }

  private static Said dry(String... platform) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(platform));
    arguments.add(1, "--dry-run");
    arguments.addAll(COMMAND);
    var said = on(arguments.toArray(String[]::new));
    assertEquals(0, said.exitCode(), said.err());
    return said;
  }

  /** The words of a printed command, as a shell reads them. */
  private static List<String> words(String printed) throws Exception {
    var shell = new ProcessBuilder("bash", "-c", "printf '%s\\0' " + printed).start();
    String all = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return List.of(all.split("\0"));
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(element -> texts.add(element.asText()));
    return texts;
  }

  @Test
  void theDriverHereGetsTheMasterAndEveryWordOfTheCommand() throws Exception {
    var starts =
        List.of(
            List.of("spark://h:7077", "standalone", "--url", "spark://h:7077"),
            List.of("yarn", "yarn", "--", "--num-executors", "8", "--"),
            List.of(
                "k8s://https://h:6443", "kubernetes", "--api", "https://h:6443", "--image", "i:1"));
    for (var start : starts) {
      var words = words(dry(start.subList(1, start.size()).toArray(String[]::new)).out());
      int master = words.indexOf("--master");
      assertEquals(start.get(0), words.get(master + 1));
      assertEquals(COMMAND, words.subList(words.size() - COMMAND.size(), words.size()));
      assertEquals(start.contains("8"), words.contains("--num-executors"), words.toString());
    }
  }

  @Test
  void theOperatorsFileSaysTheCommandAndTheGpus() throws Exception {
    var file =
        new YAMLMapper()
            .readTree(dry("operator", "--name", "n", "--image", "i:1", "--gpus", "2").out());
    assertEquals("SparkApplication", file.at("/kind").asText());
    assertEquals(COMMAND, texts(file.at("/spec/arguments")));
    var conf = file.at("/spec/sparkConf");
    assertEquals("2", conf.path("spark.executor.resource.gpu.amount").asText());
    assertEquals(
        "/opt/mirrorspark/gpus", conf.path("spark.executor.resource.gpu.discoveryScript").asText());
    assertEquals("dev.mirrorspark.cli.Mirrorspark", file.at("/spec/mainClass").asText());
    assertEquals("OMP_NUM_THREADS", file.at("/spec/driver/env/0/name").asText());
  }

  @Test
  void stepsAndTasksCarryTheCommand() throws Exception {
    var emr = words(dry("emr", "--cluster", "j-1", "--jar", "s3://b/m.jar").out());
    assertEquals(List.of("aws", "emr", "add-steps", "--cluster-id", "j-1"), emr.subList(0, 5));
    var step = texts(new ObjectMapper().readTree(emr.get(emr.size() - 1)).at("/0/Args"));
    assertEquals(COMMAND, step.subList(step.size() - COMMAND.size(), step.size()));
    assertEquals("s3://b/m.jar", step.get(step.size() - COMMAND.size() - 1));
    var databricks = words(dry("databricks", "--cluster", "c", "--jar", "dbfs:/m.jar").out());
    var task = new ObjectMapper().readTree(databricks.get(databricks.size() - 1)).at("/tasks/0");
    assertEquals(COMMAND, texts(task.at("/spark_jar_task/parameters")));
    assertEquals("dbfs:/m.jar", task.at("/libraries/0/jar").asText());
  }

  /** Where Spark makes the secret of each application; standalone has that of the cluster. */
  @Test
  void whatExecutorsAndDriverSendIsAuthenticatedAndEncrypted() throws Exception {
    for (var start :
        List.of(
            List.of("yarn"),
            List.of("kubernetes", "--api", "https://h:6443", "--image", "i:1"),
            List.of("operator", "--name", "n", "--image", "i:1"),
            List.of("emr", "--cluster", "j-1", "--jar", "s3://b/m.jar"))) {
      requireSecured(dry(start.toArray(String[]::new)).out());
    }
    requireSecured(Files.readString(HOME.resolve("conf/schedule/cronjob.yaml")));
    requireSecured(
        Files.readString(HOME.resolve("conf/schedule/scheduled-spark-application.yaml")));
  }

  private static void requireSecured(String said) {
    for (String setting :
        List.of(
            "spark.authenticate", "spark.network.crypto.enabled", "spark.io.encryption.enabled")) {
      assertTrue(
          said.contains(setting + "=true") || said.contains("\"" + setting + "\": \"true\""),
          setting + " in " + said);
    }
  }

  @Test
  void whatIsMissingIsNamed() throws Exception {
    assertRefused("emr needs --cluster", "emr", "--dry-run", "--jar", "s3://x", "train");
    assertRefused("nowhere: no such platform", "nowhere", "train");
    assertRefused("lacks the command", "yarn", "--dry-run");
    assertRefused("--gpu: no option of yarn", "yarn", "--gpu", "1", "train");
    assertRefused("end with --", "yarn", "--dry-run", "--", "--num-executors", "8");
    assertEquals(0, on("--help").exitCode());
  }

  private static void assertRefused(String why, String... arguments) throws Exception {
    var said = on(arguments);
    assertEquals(2, said.exitCode());
    assertTrue(said.err().contains(why), said.err());
  }

  @Test
  void schedulesStartTrainWithABudgetAndKnowTheExitCodeOfAHeldRun() throws IOException {
    var folder = HOME.resolve("conf/schedule");
    var yaml = new YAMLMapper();
    var job = yaml.readTree(folder.resolve("cronjob.yaml").toFile()).at("/spec");
    assertEquals("Forbid", job.at("/concurrencyPolicy").asText());
    var rule = job.at("/jobTemplate/spec/podFailurePolicy/rules/0/onExitCodes/values");
    assertEquals(List.of("2"), texts(rule));
    var arguments = texts(job.at("/jobTemplate/spec/template/spec/containers/0/args"));
    assertTrue(arguments.contains("schedule.minutes=50"), arguments.toString());
    assertEquals("/opt/mirrorspark/mirrorspark.jar", arguments.get(arguments.indexOf("train") - 1));
    var scheduled =
        yaml.readTree(folder.resolve("scheduled-spark-application.yaml").toFile()).at("/spec");
    assertEquals("Forbid", scheduled.at("/concurrencyPolicy").asText());
    assertTrue(texts(scheduled.at("/template/arguments")).contains("schedule.minutes=50"));
    String service = Files.readString(folder.resolve("mirrorspark.service"));
    assertTrue(service.contains("SuccessExitStatus=75"));
    assertTrue(Files.readString(folder.resolve("mirrorspark_dag.py")).contains("=75,"));
  }
}
