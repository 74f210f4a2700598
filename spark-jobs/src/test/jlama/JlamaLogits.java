import com.github.tjake.jlama.model.ModelSupport;
import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.tensor.KvBufferCache;
import java.io.File;
import java.util.Arrays;
import java.util.Optional;

/**
 * Prints Jlama's logits after each token of sequences, one line a token: {@code FOLDER ID,ID,…
 * FOLDER ID,ID,…}.
 *
 * <p>Jlama needs Java 21 or newer, so {@code JlamaLogitsIT} starts this file in a process of its
 * own on a newer JDK.
 */
public class JlamaLogits {
  public static void main(String[] args) throws Exception {
    for (int i = 0; i < args.length; i += 2) {
      print(args[i], Arrays.stream(args[i + 1].split(",")).mapToInt(Integer::parseInt).toArray());
    }
    System.exit(0); // its thread pools would keep the process
  }

  private static void print(String folder, int[] ids) throws Exception {
    try (var model = ModelSupport.loadModel(new File(folder), DType.F32, DType.F32);
        var cache = new KvBufferCache(model);
        var keysAndValues = cache.getEphemeralKvBuffer()) {
      for (int position = 0; position < ids.length; position++) {
        var hidden = model.forward(ids[position], position, keysAndValues, Optional.empty());
        // getLogits gives probabilities; sampling writes the logits it chooses from
        try (var logits = model.makeDenseTensor(model.getConfig().vocabularySize)) {
          model.sample(hidden, 0, 0, logits);
          float[] values = new float[model.getConfig().vocabularySize];
          for (int id = 0; id < values.length; id++) {
            values[id] = logits.get(0, id);
          }
          System.out.println("logits " + Arrays.toString(values));
        }
      }
    }
  }
}
