package dev.mirrorspark.config;

import java.io.Serializable;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;

/**
 * Section {@code track}: where the figures of each iteration go besides the tables. Nothing of it
 * can stop a run or change a result.
 *
 * @param tensorboard folder of TensorBoard event files on this machine, a subfolder a run; empty:
 *     none
 * @param mlflow address of an MLflow tracking server, such as {@code http://host:5000}; empty: none
 * @param mlflowExperiment the MLflow experiment that the run belongs to; made where it is missing
 * @param mlflowTokenEnv environment variable with the server's bearer token; empty: none
 */
public record TrackConfig(
    String tensorboard, String mlflow, String mlflowExperiment, String mlflowTokenEnv)
    implements Serializable {
  /** No tracker. */
  public static final TrackConfig NONE = new TrackConfig("", "", "mirrorspark", "");

  List<RunRanges.Violation> violations() {
    List<RunRanges.Violation> found = new ArrayList<>();
    if (!mlflow.isEmpty() && !isAddress(mlflow)) {
      found.add(
          new RunRanges.Violation(
              "track.mlflow",
              "\"\" or an address such as http://host:5000, without a user, a query and a fragment"));
    }
    if (mlflowExperiment.isBlank()) {
      found.add(new RunRanges.Violation("track.mlflow_experiment", "a text that is not empty"));
    }
    return found;
  }

  private static boolean isAddress(String text) {
    try {
      var uri = new URI(text);
      return List.of("http", "https").contains(String.valueOf(uri.getScheme()))
          && uri.getHost() != null
          && uri.getUserInfo() == null
          && uri.getQuery() == null
          && uri.getFragment() == null;
    } catch (URISyntaxException e) {
      return false;
    }
  }
}
