package dev.mirrorspark.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
}
