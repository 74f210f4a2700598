package dev.mirrorspark.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The files of {@code conf/schedule} as those read them for whom they are. */
class ScheduleFilesTest {
  private static final Path FOLDER = Path.of("../conf/schedule").toAbsolutePath().normalize();

  /**
   * Stands in for Airflow, which is not to be had: takes the arguments that Airflow 2 documents.
   */
  private static final String AIRFLOW =
      """
      import runpy, sys, types
      class DAG:
          def __init__(self, *, dag_id, start_date, schedule, catchup, max_active_runs, default_args):
              print("dag", dag_id, schedule, catchup, max_active_runs, default_args["retries"])
          def __enter__(self): return self
          def __exit__(self, *failure): return False
      class BashOperator:
          def __init__(self, *, task_id, bash_command, skip_on_exit_code=99, execution_timeout=None,
                       retries=None):
              self.task_id = task_id
              print("task", task_id, skip_on_exit_code, retries, bash_command)
          def __rshift__(self, other):
              print("then", self.task_id, other.task_id)
              return other
      for name, member in ("airflow", DAG), ("airflow.operators", None), ("airflow.operators.bash", BashOperator):
          module = types.ModuleType(name)
          if member: setattr(module, member.__name__, member)
          sys.modules[name] = module
      runpy.run_path(sys.argv[1])
      """;

  /** By the classes that are made from Kubernetes' own description of its interface. */
  private static CronJob cronJob(String yaml) throws JsonProcessingException {
    var mapper = new YAMLMapper();
    mapper.setAnnotationIntrospector(
        new JacksonAnnotationIntrospector() {
          private static final long serialVersionUID = 1;

          @Override
          public Boolean hasAnySetter(Annotated member) {
            return false; // what Kubernetes does not know would go in there
          }
        });
    return mapper.readValue(yaml, CronJob.class);
  }

  @Test
  void kubernetesKnowsAllThatTheCronJobSays() throws Exception {
    String yaml = Files.readString(FOLDER.resolve("cronjob.yaml"));
    var job = cronJob(yaml);
    assertEquals("batch/v1", job.getApiVersion());
    assertEquals("CronJob", job.getKind());
    var pod = job.getSpec().getJobTemplate().getSpec().getTemplate().getSpec();
    assertEquals(1, pod.getContainers().size());
    assertEquals("Never", pod.getRestartPolicy());
    String wrong = yaml.replace("concurrencyPolicy:", "concurrencyRule:");
    assertThrows(JsonProcessingException.class, () -> cronJob(wrong));
  }

  @Test
  void pythonRunsTheDag() throws Exception {
    var python =
        new ProcessBuilder(
                "python3", "-B", "-c", AIRFLOW, FOLDER.resolve("mirrorspark_dag.py").toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, python.waitFor(), said);
    String start = "/opt/mirrorspark/submit/mirrorspark ";
    String config = " --config /etc/mirrorspark/run.yaml";
    assertEquals(
        List.of(
            "dag mirrorspark @hourly False 1 1",
            "task train 75 None " + start + "train" + config + " --set schedule.minutes=50",
            "task status 99 0 " + start + "status" + config,
            "then train status"),
        said.lines().toList());
  }
}
