package dev.mirrorspark.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.RunConfig;
import dev.mirrorspark.files.Storage;
import dev.mirrorspark.train.AdamW;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What happens to a model in shards: all of it is read range by range, one shard is trained by a
 * step of AdamW, and the shard's file is written. The weights are a file of zeros, of which the
 * disk holds only the header and the last element of each tensor, which is 1.
 */
final class ShardPass {
  private static final float RATE = 0.5f;

  private ShardPass() {}

  /** Writes a bf16 folder of that shape. */
  static void write(Path folder, ModelShape shape) throws IOException {
    int vocab = Math.min(shape.vocab(), 40);
    var alphabet = new StringBuilder();
    for (int i = CharacterTokenizer.vocabSize(""); i < vocab; i++) {
      alphabet.append((char) ('0' + i));
    }
    CharacterTokenizer.write(folder, alphabet.toString(), shape.maxPositions());
    ModelConfigJson.write(
        folder.resolve("config.json"),
        shape,
        DType.BF16,
        java.util.OptionalInt.of(1),
        new int[] {2});
    var layout = ParameterLayout.of(shape);
    FlatRange none = (from, into) -> {};
    var parts =
        layout.entries().stream()
            .map(e -> new SafeTensors.Part(e.name(), ModelFolder.extents(e), none, e.offset()))
            .toList();
    byte[] header = SafeTensors.headerBytes(parts, DType.BF16);
    try (var file = new RandomAccessFile(folder.resolve("model.safetensors").toFile(), "rw")) {
      var length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      file.write(length.putLong(header.length).array());
      file.write(header);
      long start = file.getFilePointer();
      file.setLength(start + 2 * layout.size());
      for (var entry : layout.entries()) {
        file.seek(start + 2 * (entry.offset() + entry.size() - 1));
        file.write(new byte[] {(byte) 0x80, 0x3f});
      }
    }
  }

  /**
   * Passes the folder through.
   *
   * @param rangeLength elements that are read at once
   * @param maxShardBytes of the fp32 files
   * @return first element of the shard that was trained
   */
  static long run(Path from, Path to, int rangeLength, long maxShardBytes) {
    var storage = Storage.local();
    var model = ModelFolder.open(storage, from.toString());
    var layout = model.layout();
    double sum = 0;
    for (long at = 0; at < layout.size(); at += rangeLength) {
      try (var scope = new PointerScope()) {
        Tensor range = Tensors.emptyFloats(Math.min(rangeLength, layout.size() - at));
        model.read(at, range);
        sum += range.sum().item_double();
      }
    }
    assertEquals(layout.entries().size(), sum, "a one is at the end of each tensor");

    var plan = FolderPlan.of(layout, DType.F32, maxShardBytes);
    int file = plan.files().size() - 1;
    var tensors = plan.files().get(file).tensors();
    long first = tensors.get(0).offset();
    long length = layout.size() - first;
    try (var scope = new PointerScope()) {
      Tensor shard = Tensors.emptyFloats(length);
      model.read(first, shard);
      AdamW.step(
          shard,
          torch.zeros_like(shard),
          torch.zeros_like(shard),
          torch.ones_like(shard),
          1,
          RATE,
          1,
          new RunConfig.Adam(0.9, 0.95, 1e-8, 0, 1));
      FlatRange trained = FlatRange.of(shard);
      var written =
          FolderWriter.write(
              storage, to.toString(), plan, file, (at, into) -> trained.read(at - first, into));
      assertEquals(tensors.size(), written.sha256().size());
    }
    String name = to.resolve(plan.files().get(file).name()).toString();
    var header = SafeTensors.header(storage, name);
    for (var entry : header.tensors().values()) {
      try (var scope = new PointerScope()) {
        Tensor two = Tensors.emptyFloats(2);
        SafeTensors.read(storage, header, entry.name(), entry.size() - 2, two);
        float[] values = Tensors.floats(two);
        assertEquals(-RATE, values[0], 1e-6);
        assertEquals(1 - RATE, values[1], 1e-6);
      }
    }
    assertTrue(first > 0);
    return first;
  }
}
