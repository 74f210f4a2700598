package dev.mirrorspark.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several drivers in one warehouse: refused on S3, where Delta does not keep them apart. */
class SharedWritingTest {
  private static final String DYNAMO = "io.delta.storage.S3DynamoDBLogStore";
  private static final Duration TERM = Duration.ofMinutes(1);

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "s3a://b/w,,true",
    "s3://b/w,,true",
    "s3a://b/w,io.delta.storage.S3SingleDriverLogStore,true",
    "s3a://b/w,io.delta.storage.S3DynamoDBLogStore,false",
    "hdfs://h/w,,false",
    "file:///w,,false",
    "abfss://c@a/w,,false",
    "runs/w,,false"
  })
  void onS3WithoutALogStoreOneDriverAloneMayWrite(String root, String logStore, boolean one) {
    assertEquals(one, SharedWriting.oneDriverOnly(root, logStore == null ? "" : logStore));
  }

  /** Files of this machine under an address of S3. */
  public static final class FakeS3 extends RawLocalFileSystem {
    @Override
    public URI getUri() {
      return URI.create("s3a://bucket");
    }

    @Override
    public String getScheme() {
      return "s3a";
    }

    @Override
    protected void checkPath(org.apache.hadoop.fs.Path path) {}
  }

  @Test
  void anotherRunsDriverIsNamedAndOwnRunsAreNot() {
    var hadoop = new Configuration(false);
    hadoop.setClass("fs.s3a.impl", FakeS3.class, org.apache.hadoop.fs.FileSystem.class);
    String root = "s3a://bucket" + folder;
    SharedWriting.require(root, "", Set.of(), hadoop);
    try (var held = RunLease.acquire(root, "first", TERM, hadoop)) {
      SharedWriting.require(root, "", Set.of("first"), hadoop);
      SharedWriting.require(root, DYNAMO, Set.of(), hadoop);
      var error =
          assertThrows(
              UserError.class, () -> SharedWriting.require(root, "", Set.of("second"), hadoop));
      assertTrue(error.getMessage().contains("for run first"), error.getMessage());
      assertTrue(error.getMessage().contains("set spark.delta.logStore.s3a.impl=" + DYNAMO));
    }
    SharedWriting.require(root, "", Set.of(), hadoop);
  }
}
