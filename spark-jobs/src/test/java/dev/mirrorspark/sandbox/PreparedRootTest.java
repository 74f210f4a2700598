package dev.mirrorspark.sandbox;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreparedRootTest {
  @TempDir private Path folder;

  private Path program(String name, byte[] content) throws IOException {
    Path file =
        Files.write(Files.createDirectories(folder.resolve("tool/bin")).resolve(name), content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    return file;
  }

  @Test
  void aClosedCopyMayBeRunAndNotReadAndStandsForTheFileBehindTheLinks() throws IOException {
    byte[] binary = {0x7f, 'E', 'L', 'F', 1, 2, 3};
    Path real = program("speak3.1", binary);
    Files.createSymbolicLink(real.resolveSibling("speak"), Path.of("speak3.1"));
    var root =
        PreparedRoot.in(
            Files.createDirectory(folder.resolve("root")),
            List.of(folder.resolve("tool").toString()));
    var closed = root.closed("speak").orElseThrow();
    assertEquals(real.toRealPath(), closed.program());
    assertTrue(closed.copy().startsWith(root.folder()));
    assertEquals(
        "--x--x--x", PosixFilePermissions.toString(Files.getPosixFilePermissions(closed.copy())));
    Files.setPosixFilePermissions(closed.copy(), PosixFilePermissions.fromString("r--------"));
    assertArrayEquals(binary, Files.readAllBytes(closed.copy()));
    assertEquals(closed, root.closed(real.toString()).orElseThrow());
  }

  @Test
  void scriptsAndWhatABoxDoesNotHoldHaveNone() throws IOException {
    program("a-script", "#!/bin/sh\nexit 0\n".getBytes());
    program("a-short-file", new byte[] {0x7f, 'E'});
    Path outside = Files.createSymbolicLink(folder.resolve("tool/bin/out"), folder.resolve("out"));
    Files.write(folder.resolve("out"), new byte[] {0x7f, 'E', 'L', 'F'});
    Files.setPosixFilePermissions(outside, PosixFilePermissions.fromString("rwxr-xr-x"));
    var root =
        PreparedRoot.in(
            Files.createDirectory(folder.resolve("root")),
            List.of(folder.resolve("tool").toString()));
    for (String name : List.of("a-script", "a-short-file", "out", "no-such-program")) {
      assertEquals(Optional.empty(), root.closed(name), name);
    }
  }
}
