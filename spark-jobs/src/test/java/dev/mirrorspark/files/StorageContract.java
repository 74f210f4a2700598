package dev.mirrorspark.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What every file system behind {@link Storage} must do. */
public final class StorageContract {
  private StorageContract() {}

  /** Checks it in a folder that is not there yet. */
  public static void check(Storage storage, String folder) throws Exception {
    ranges(sent(storage), Storage.child(folder, "ranges"));
    replacement(storage, Storage.child(folder, "replaced"));
    failedAttempt(storage, Storage.child(folder, "failed"));
    twoAttempts(storage, Storage.child(folder, "two"));
    copies(storage, Storage.child(folder, "copies"));
    storage.delete(folder);
    assertFalse(storage.exists(folder));
    storage.delete(folder); // nothing to do
  }

  /** The storage as a task gets it. */
  public static Storage sent(Storage storage) throws IOException, ClassNotFoundException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new ObjectOutputStream(bytes)) {
      out.writeObject(storage);
    }
    try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (Storage) in.readObject();
    }
  }

  private static void ranges(Storage storage, String folder) throws IOException {
    byte[] content = new byte[3_000_001];
    new Random(1).nextBytes(content);
    String file = Storage.child(folder, "a/b/content.bin");
    storage.publish(file, out -> out.write(ByteBuffer.wrap(content)));
    assertEquals(content.length, storage.length(file));
    assertArrayEquals(content, storage.bytes(file));
    try (var in = storage.open(file)) {
      assertEquals(content.length, in.length());
      var random = new Random(2);
      for (int i = 0; i < 20; i++) {
        int from = random.nextInt(content.length);
        int count = random.nextInt(content.length - from);
        for (ByteBuffer into :
            List.of(ByteBuffer.allocate(count), ByteBuffer.allocateDirect(count))) {
          in.read(from, into);
          byte[] read = new byte[count];
          into.flip().get(read);
          assertArrayEquals(Arrays.copyOfRange(content, from, from + count), read);
        }
      }
      var beyond = ByteBuffer.allocate(2);
      assertThrows(EOFException.class, () -> in.read(content.length - 1, beyond));
    }
    assertTrue(storage.isFolder(folder) && !storage.isFolder(file));
    assertEquals(List.of("content.bin"), storage.list(Storage.child(folder, "a/b")));
    assertEquals(List.of(), storage.list(Storage.child(folder, "nowhere")));
    String missing = Storage.child(folder, "nowhere.txt");
    var error = assertThrows(UserError.class, () -> storage.text(missing));
    assertTrue(error.getMessage().startsWith(missing + ": no such file"), error.getMessage());
    assertThrows(UserError.class, () -> storage.length(missing));
  }

  private static void replacement(Storage storage, String folder) {
    String file = Storage.child(folder, "name");
    storage.writeText(file, "first, and long");
    storage.writeText(file, "second");
    assertEquals("second", storage.text(file));
    assertEquals(List.of("name"), storage.list(folder));
  }

  private static void failedAttempt(Storage storage, String folder) {
    String file = Storage.child(folder, "name");
    storage.writeText(file, "whole");
    var error =
        assertThrows(
            UserError.class,
            () ->
                storage.publish(
                    file,
                    out -> {
                      out.write(ByteBuffer.wrap(new byte[100]));
                      throw new IOException("No space left on device");
                    }));
    assertTrue(
        error.getMessage().startsWith(file + ": cannot be written: No space left on device"),
        error.getMessage());
    assertEquals("whole", storage.text(file));
    assertEquals(List.of("name"), storage.list(folder));
  }

  /** The second begins and ends while the first writes. */
  private static void twoAttempts(Storage storage, String folder) {
    String file = Storage.child(folder, "name");
    storage.publish(
        file,
        out -> {
          out.write(ByteBuffer.wrap("sa".getBytes()));
          storage.writeText(file, "same");
          assertEquals("same", storage.text(file));
          out.write(ByteBuffer.wrap("me".getBytes()));
        });
    assertEquals("same", storage.text(file));
    assertEquals(List.of("name"), storage.list(folder));
  }

  private static void copies(Storage storage, String folder) {
    String from = Storage.child(folder, "from");
    byte[] content = new byte[2_500_000];
    new Random(3).nextBytes(content);
    storage.publish(from, out -> out.write(ByteBuffer.wrap(content)));
    storage.copy(from, Storage.child(folder, "to"));
    assertArrayEquals(content, storage.bytes(Storage.child(folder, "to")));
  }
}
