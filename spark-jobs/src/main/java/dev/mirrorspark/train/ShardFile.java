package dev.mirrorspark.train;

import dev.mirrorspark.config.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;

/**
 * The file of one shard: a header of 32 bytes (magic, element count, CRC-32 of each section), then
 * the sections weights, first moment, second moment, each little-endian fp32.
 */
final class ShardFile {
  private static final long MAGIC = 0x3144_5241_4853_534dL; // "MSSHARD1"
  private static final int HEADER = Long.BYTES + 4 * Integer.BYTES + Long.BYTES;
  private static final int CHUNK = 1 << 20;

  private ShardFile() {}

  /** Weights and moments of a shard, each {@code [n]}. */
  record Shard(float[] weights, float[] first, float[] second) {}

  /** Writes a shard and returns the checksum of its weights. */
  static int write(OutputStream out, Shard shard) throws IOException {
    int crc = crc(shard.weights());
    var header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(MAGIC).putLong(shard.weights().length);
    header.putInt(crc).putInt(crc(shard.first())).putInt(crc(shard.second())).putInt(0);
    out.write(header.array());
    for (float[] section : new float[][] {shard.weights(), shard.first(), shard.second()}) {
      for (int from = 0; from < section.length; from += CHUNK / Float.BYTES) {
        ByteBuffer bytes = bytes(section, from);
        out.write(bytes.array(), 0, bytes.limit());
      }
    }
    return crc;
  }

  /** Length in bytes of the file of a shard of n elements. */
  static long bytes(int n) {
    return HEADER + 3L * Float.BYTES * n;
  }

  /**
   * Reads a shard of n elements.
   *
   * @param crc checksum of its weights
   * @throws UserError if the file is damaged
   */
  static Shard read(InputStream in, String file, int n, int crc) throws IOException {
    ByteBuffer header = header(in, file, n, crc);
    return new Shard(
        section(in, file, n, header.getInt(), "weights"),
        section(in, file, n, header.getInt(), "first moment"),
        section(in, file, n, header.getInt(), "second moment"));
  }

  /**
   * Reads the weights of a shard into their place in the flat buffer.
   *
   * @param crc checksum of the weights
   * @throws UserError if the file is damaged
   */
  static void readWeights(InputStream in, String file, int n, int crc, float[] flat, int place)
      throws IOException {
    ByteBuffer header = header(in, file, n, crc);
    System.arraycopy(section(in, file, n, header.getInt(), "weights"), 0, flat, place, n);
  }

  private static ByteBuffer header(InputStream in, String file, int n, int crc) throws IOException {
    byte[] bytes = in.readNBytes(HEADER);
    var header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.length < HEADER || header.getLong() != MAGIC || header.getLong() != n) {
      throw damaged(file, "its header is not that of a shard of " + n + " parameters");
    }
    if (header.getInt(header.position()) != crc) {
      throw damaged(file, "its weights are not those that the step recorded");
    }
    return header;
  }

  private static float[] section(InputStream in, String file, int n, int crc, String name)
      throws IOException {
    float[] values = new float[n];
    byte[] chunk = new byte[(int) Math.min(CHUNK, (long) n * Float.BYTES)];
    var floats = ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    var sum = new CRC32();
    int place = 0;
    while (place < n) {
      int count = Math.min(chunk.length / Float.BYTES, n - place);
      if (in.readNBytes(chunk, 0, count * Float.BYTES) < count * Float.BYTES) {
        throw damaged(file, "it ends within the " + name);
      }
      sum.update(chunk, 0, count * Float.BYTES);
      floats.rewind().get(values, place, count);
      place += count;
    }
    if ((int) sum.getValue() != crc) {
      throw damaged(file, "the checksum of the " + name + " differs");
    }
    return values;
  }

  private static UserError damaged(String file, String what) {
    return new UserError(
        file + ": damaged: " + what + "; delete its folder to go on from the step before it");
  }

  private static int crc(float[] section) {
    var sum = new CRC32();
    for (int from = 0; from < section.length; from += CHUNK / Float.BYTES) {
      ByteBuffer bytes = bytes(section, from);
      sum.update(bytes.array(), 0, bytes.limit());
    }
    return (int) sum.getValue();
  }

  private static ByteBuffer bytes(float[] section, int from) {
    int count = Math.min(CHUNK / Float.BYTES, section.length - from);
    var bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(section, from, count);
    return bytes;
  }
}
