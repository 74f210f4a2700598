package dev.mirrorspark.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileNotFoundException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.Options.Rename;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlainLocalFsTest {
  @TempDir java.nio.file.Path folder;
  private FileContext plain;
  private FileContext hadoops;

  @BeforeEach
  void open() throws Exception {
    var configuration = new Configuration(false);
    configuration.set("fs.AbstractFileSystem.file.impl", PlainLocalFs.class.getName());
    plain = FileContext.getLocalFSFileContext(configuration);
    hadoops = FileContext.getLocalFSFileContext(new Configuration());
  }

  private Path path(String name) {
    return new Path(folder.resolve(name).toUri());
  }

  private void write(FileContext context, String name, String text) throws Exception {
    try (var out = context.create(path(name), EnumSet.of(CreateFlag.CREATE))) {
      out.write(text.getBytes(UTF_8));
    }
  }

  @Test
  void filesAreAsHadoopsOwn() throws Exception {
    write(plain, "plain", "text");
    write(hadoops, "hadoop", "text");
    assertEquals(
        PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("hadoop"))),
        PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("plain"))));
    assertEquals(-1, Files.mismatch(folder.resolve(".hadoop.crc"), folder.resolve(".plain.crc")));
    assertEquals("text", new String(hadoops.open(path("plain")).readAllBytes(), UTF_8));
    assertEquals("text", new String(plain.open(path("hadoop")).readAllBytes(), UTF_8));
    var status = plain.getFileStatus(path("hadoop"));
    assertEquals(hadoops.getFileStatus(path("hadoop")), status);
    assertEquals(4, status.getLen());
  }

  @Test
  void aRenameMovesItsChecksumAndOverwritesNothing() throws Exception {
    write(plain, "a", "first");
    write(plain, "b", "second");
    assertThrows(
        FileAlreadyExistsException.class, () -> plain.rename(path("a"), path("b"), Rename.NONE));
    assertEquals("second", Files.readString(folder.resolve("b")));
    plain.rename(path("a"), path("c"), Rename.NONE);
    assertEquals("first", new String(plain.open(path("c")).readAllBytes(), UTF_8));
    assertTrue(Files.exists(folder.resolve(".c.crc")));
    assertFalse(Files.exists(folder.resolve("a")));
    assertThrows(
        FileNotFoundException.class, () -> plain.rename(path("a"), path("d"), Rename.NONE));
  }

  @Test
  void linksAreFollowedAsHadoopDoes() throws Exception {
    write(plain, "file", "text");
    Files.createSymbolicLink(folder.resolve("link"), folder.resolve("file"));
    Files.createSymbolicLink(folder.resolve("broken"), folder.resolve("none"));
    var link = plain.getFileLinkStatus(path("link"));
    assertEquals(hadoops.getFileLinkStatus(path("link")).isSymlink(), link.isSymlink());
    assertEquals(4, link.getLen());
    for (var context : List.of(plain, hadoops)) {
      for (String name : List.of("broken", "none")) {
        assertThrows(
            FileNotFoundException.class, () -> context.getFileLinkStatus(path(name)), name);
      }
    }
  }

  @Test
  void noProcessIsStarted() throws Exception {
    try (var recording = new Recording()) {
      recording.enable("jdk.ProcessStart");
      recording.start();
      write(plain, "a", "text");
      plain.rename(path("a"), path("b"), Rename.NONE);
      recording.stop();
      var events = folder.resolve("events.jfr");
      recording.dump(events);
      assertEquals(0, RecordingFile.readAllEvents(events).size());
    }
  }
}
