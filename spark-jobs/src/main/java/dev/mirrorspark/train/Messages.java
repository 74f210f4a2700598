package dev.mirrorspark.train;

import dev.mirrorspark.reduce.Ranks;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.List;

/** Small serialisable objects that ranks tell each other. */
final class Messages {
  private Messages() {}

  /** What every rank says, in order of ranks. */
  static <T extends Serializable> List<T> exchange(Ranks ranks, T mine) {
    return ranks.gather(bytes(mine)).stream().map(Messages::<T>object).toList();
  }

  private static byte[] bytes(Serializable object) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new ObjectOutputStream(bytes)) {
      out.writeObject(object);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  @SuppressWarnings("unchecked") // every rank of a phase sends the same type
  private static <T> T object(byte[] bytes) {
    try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      return (T) in.readObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }
}
