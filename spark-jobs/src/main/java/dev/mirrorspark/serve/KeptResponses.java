package dev.mirrorspark.serve;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.UserError;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Locale;

/**
 * What a service sampled, one response a line of a JSONL file: the columns of table {@code
 * trajectories} that there are without a run's iterations, under their names.
 */
final class KeptResponses implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final BufferedWriter out;

  /**
   * Goes on at the end of a file.
   *
   * @throws UserError if it cannot be written
   */
  KeptResponses(Path file) {
    this.file = file;
    try {
      this.out =
          Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UserError("--keep: " + file + " cannot be written (" + e + ")", e);
    }
  }

  /** Writes a response as it is answered. */
  synchronized void add(
      String model,
      int version,
      int sample,
      CompletionAnswer.Choice choice,
      double temperature,
      long seed) {
    var json =
        JSON.createObjectNode()
            .put("model", model)
            .put("policy_version", version)
            .put("sample", sample);
    var prompt = json.putArray("prompt_token_ids");
    for (int id : choice.prompt()) {
      prompt.add(id);
    }
    var tokens = json.putArray("token_ids");
    for (int id : choice.tokens()) {
      tokens.add(id);
    }
    var logprobs = json.putArray("logprobs");
    for (float value : choice.logprobs()) {
      logprobs.add(value);
    }
    json.put("text", choice.text())
        .put("stop_reason", choice.reason().name().toLowerCase(Locale.ROOT))
        .put("temperature", temperature)
        .put("seed", seed)
        .put("tokens", choice.tokens().length)
        .put("finished_at", Instant.now().toString());
    try {
      out.write(json.toString());
      out.newLine();
      out.flush();
    } catch (IOException e) {
      throw new UserError("--keep: " + file + " cannot be written (" + e + ")", e);
    }
  }

  @Override
  public synchronized void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new UserError("--keep: " + file + " cannot be written (" + e + ")", e);
    }
  }
}
