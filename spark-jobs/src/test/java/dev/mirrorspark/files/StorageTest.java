package dev.mirrorspark.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StorageTest {
  @TempDir Path work;

  @Test
  void plainPathsAreOfThisMachine() throws Exception {
    StorageContract.check(Storage.local(), work.resolve("with blank").toString());
  }

  @Test
  void pathsWithTheirSchemeAreToo() throws Exception {
    StorageContract.check(Storage.local(), "file:" + work.resolve("scheme"));
    StorageContract.check(Storage.local(), "file://" + work.resolve("scheme"));
  }

  @Test
  void aPathIsTakenApart() {
    assertEquals("s3a://bucket/wh/a", Storage.child("s3a://bucket/wh/", "a"));
    assertEquals("wh", Storage.name("s3a://bucket/wh/"));
    assertEquals("s3a://bucket", Storage.parent("s3a://bucket/wh/"));
    assertEquals("/", Storage.parent("/wh"));
    assertEquals(".", Storage.parent("wh"));
    assertTrue(Storage.local("s3a://bucket/wh").isEmpty());
    assertTrue(Storage.local("hdfs:/wh").isEmpty());
    assertEquals(Optional.of(Path.of("runs/a:b")), Storage.local("runs/a:b"));
  }

  @Test
  void ownSettingsGoAlongAndDefaultsDoNot() throws Exception {
    var configuration = new Configuration(false);
    configuration.addResource("core-default.xml");
    configuration.set("fs.defaultFS", "hdfs://localhost:8020");
    configuration.set("fs.s3a.access.key", "key");
    Storage sent = StorageContract.sent(Storage.of(configuration));
    String absolute = Path.of("wh").toAbsolutePath().toString();
    assertEquals(absolute, Storage.local().ofTables("wh"));
    assertEquals("s3a://bucket/wh", sent.ofTables("s3a://bucket/wh/"));
    assertEquals("hdfs://localhost:8020/wh", sent.ofTables("/wh"));
  }

  private Storage faulty() {
    var hadoop = new Configuration();
    hadoop.set("fs.faulty.impl", FaultyFileSystem.class.getName());
    hadoop.set("fs.faulty.orders", work.toString());
    hadoop.setBoolean("fs.faulty.impl.disable.cache", true);
    return Storage.of(hadoop);
  }

  /** What a file system loses, with or without saying so, never stands under the file's name. */
  @ParameterizedTest
  @CsvSource({
    "write, connection lost while writing",
    "lose, 'of 1,000 bytes written only 500 have arrived'"
  })
  void aFileOfWhichAPartIsLostIsNoFile(String fault, String message) throws Exception {
    var storage = faulty();
    String file = "faulty://" + work.resolve("weights");
    Files.writeString(work.resolve(fault), "0");
    var refusal = assertThrows(UserError.class, () -> storage.write(file, new byte[1000]));
    assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
    assertTrue(Files.exists(work.resolve(fault + ".done")));
    assertFalse(storage.exists(file));
    storage.write(file, new byte[1000]);
    assertEquals(1000, storage.length(file));
  }

  @Test
  void aReadThatBreaksOffIsSaidAndTheNextOneSucceeds() throws Exception {
    var storage = faulty();
    String file = "faulty://" + work.resolve("weights");
    storage.write(file, new byte[10]);
    Files.writeString(work.resolve("read"), "0");
    var refusal = assertThrows(UserError.class, () -> storage.bytes(file));
    assertTrue(refusal.getMessage().contains("Input/output error (injected)"));
    assertEquals(10, storage.bytes(file).length);
  }
}
