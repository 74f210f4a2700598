package dev.mirrorspark.decode;

import dev.mirrorspark.config.EngineConfig;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.model.ModelShape;
import dev.mirrorspark.model.TextTokenizer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;

/**
 * What one task of a decoding job does where another engine decodes: as many responses of its
 * logical partition at once as it would have slots, each by one request.
 *
 * @param task the same job with the built-in engine: its prompts, its rows
 * @param model name of the policy at the servers
 */
record EngineTask(DecodeTask task, EngineConfig engine, String model, Broadcast<HttpDoor> door)
    implements FlatMapFunction<DecodeTask.Share, Response> {

  @Override
  public Iterator<Response> call(DecodeTask.Share share) {
    List<Response> responses = new ArrayList<>();
    long start = System.nanoTime();
    if (!share.requests().isEmpty()) {
      try (var tokenizer = task.policy().tokenizer(task.place().chat())) {
        decode(share, tokenizer, responses);
      }
    }
    long tokens = responses.stream().mapToLong(r -> r.decoded().tokens().length).sum();
    double seconds = (System.nanoTime() - start) * 1e-9;
    task.counters()
        .finished()
        .add(
            new DecodeCounters.Finished(
                share.partition(), responses.size(), tokens, seconds, 0, 0));
    return responses.iterator();
  }

  private void decode(DecodeTask.Share share, TextTokenizer tokenizer, List<Response> responses) {
    List<EngineClient> servers =
        engine.urls().stream().map(url -> new EngineClient(url, engine, door.value())).toList();
    var ends = EndTest.of(tokenizer, task.sampling()).ids();
    PicturePrompts.requireNone(share.requests());
    List<DecodeRequest> requests = task.tokenized(share.requests(), tokenizer);
    ExecutorService threads =
        Executors.newFixedThreadPool(
            Math.min(task.slots(), requests.size()), EngineTask::daemonThread);
    try {
      requireProof(servers);
      List<Future<Decoded>> answers = new ArrayList<>();
      for (int i = 0; i < requests.size(); i++) {
        EngineClient server = servers.get((share.partition() + i) % servers.size());
        DecodeRequest request = requests.get(i);
        answers.add(threads.submit(() -> respond(server, request, ends)));
      }
      for (int i = 0; i < answers.size(); i++) {
        Decoded decoded = answers.get(i).get();
        responses.add(
            decoded.tokens().length == 0
                ? DecodeTask.withoutRoom(requests.get(i))
                : DecodeTask.response(decoded, tokenizer));
      }
      requireProof(servers);
    } catch (InterruptedException e) {
      throw new TaskKilledException("decoding was interrupted");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new RuntimeException(e);
    } finally {
      threads.shutdownNow();
    }
  }

  private static Thread daemonThread(Runnable work) {
    var thread = new Thread(work, "engine-client");
    thread.setDaemon(true);
    return thread;
  }

  private Decoded respond(EngineClient server, DecodeRequest request, Set<Integer> ends)
      throws InterruptedException {
    ModelShape shape = task.policy().weights().shape();
    Sampling sampling = task.sampling();
    int room = shape.maxPositions() - request.context().length;
    int left = sampling.maxTokens() - request.begun().tokens().length;
    int limit = Math.min(room, left);
    if (limit < 1) {
      task.counters().responses().add(1);
      return new Decoded(request, new int[0], new float[0], StopReason.LENGTH, 0);
    }
    boolean puttingOff = sampling.budget() > 0 && sampling.budget() < limit;
    door.value().turns().acquire();
    try {
      Decoded decoded =
          server.respond(
              model,
              request,
              sampling,
              puttingOff ? sampling.budget() : limit,
              puttingOff ? StopReason.BUDGET : StopReason.LENGTH,
              ends,
              shape.tokens());
      task.counters().responses().add(1);
      task.counters().tokens().add(decoded.tokens().length);
      return decoded;
    } finally {
      door.value().turns().release();
    }
  }

  /** Refuses servers that serve something else, or have come to do so. */
  private void requireProof(List<EngineClient> servers) throws InterruptedException {
    for (EngineClient server : servers) {
      EngineClient.Look look = server.look();
      if (look.names().isPresent() && !server.serves(look, model)) {
        throw new UserError(
            "rollout.engine: %s serves %s, not %s; load that version there, or set rollout.engine.proof=trusted if it does under another name"
                .formatted(server.url(), look.names().get(), model));
      }
    }
  }
}
