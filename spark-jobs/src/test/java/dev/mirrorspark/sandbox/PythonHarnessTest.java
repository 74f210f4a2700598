package dev.mirrorspark.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library for huge pages is used where it works, and nowhere else. */
class PythonHarnessTest {
  private static final Path ENABLED = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");

  @TempDir private Path folder;
  private PreparedRoot root;
  private final List<Optional<String>> libraries = new ArrayList<>();

  @BeforeEach
  void aMachineWithHugePagesACompilerAndPython() throws IOException {
    Assumptions.assumeTrue(
        Files.exists(ENABLED) && !Files.readString(ENABLED).contains("[never]"), "no huge pages");
    Path tools = Files.createDirectories(folder.resolve("tool/bin"));
    for (String name : List.of("python3", "clang")) {
      Path file = Files.write(tools.resolve(name), new byte[] {0x7f, 'E', 'L', 'F'});
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    root =
        PreparedRoot.in(
            Files.createDirectory(folder.resolve("root")),
            List.of(folder.resolve("tool").toString()));
  }

  private static Ended ended(int code, String out, String error) {
    return new Ended(
        true, Ended.Stop.NONE, code, false, out.getBytes(UTF_8), error.getBytes(UTF_8), 0, 0, 0);
  }

  /** What is ready where the compiler and the interpreter with the library end like this. */
  private PythonHarness.Ready ready(int memoryMb, Ended compiler, Ended withLibrary)
      throws Exception {
    Path python = folder.resolve("tool/bin/python3");
    var language = Language.named(Language.all(List.of()), "python");
    var at =
        new Language(
            language.name(),
            language.file(),
            language.compile(),
            List.of(python.toString(), "{file}"),
            language.compileError(),
            language.memoryError(),
            language.extraMemoryMb(),
            language.limitAddressSpace(),
            language.harness(),
            language.environment());
    return new PythonHarness()
        .ready(
            at,
            memoryMb,
            root,
            (command, files, closed) -> {
              if (files.containsKey("pages.c")) {
                return compiler;
              }
              var library = closed.flatMap(PreparedRoot.Closed::library);
              libraries.add(library);
              assertEquals(library.isPresent(), files.containsKey("pages.so"));
              return library.isPresent() ? withLibrary : ended(0, "parts", "");
            });
  }

  @Test
  void itIsLoadedWhereItWorks() throws Exception {
    var ready = ready(64, ended(0, "library", ""), ended(0, "other parts", ""));
    assertEquals(Optional.of("/box/pages.so"), ready.closed().orElseThrow().library());
    Map<String, byte[]> files = ready.files(Optional.of("x = 1".getBytes(UTF_8)));
    assertArrayEquals("library".getBytes(UTF_8), files.get("pages.so"));
    assertArrayEquals("parts".getBytes(UTF_8), files.get("harness.bin"));
    assertEquals(List.of(Optional.empty(), Optional.of("/box/pages.so")), libraries);
  }

  @Test
  void itIsLeftOutWhereMemoryIsTight() throws Exception {
    var ready = ready(63, ended(0, "library", ""), ended(0, "parts", ""));
    assertEquals(Optional.empty(), ready.closed().orElseThrow().library());
    assertTrue(!ready.files(Optional.empty()).containsKey("pages.so"));
  }

  @Test
  void itIsLeftOutWhereItCannotBeCompiledOrLoaded() throws Exception {
    List<List<Ended>> ways =
        List.of(
            List.of(ended(127, "", "not found"), ended(0, "parts", "")),
            List.of(ended(0, "", ""), ended(0, "parts", "")),
            List.of(ended(0, "library", ""), ended(134, "", "free(): invalid pointer")),
            List.of(ended(0, "library", ""), ended(1, "parts", "")),
            List.of(
                ended(0, "library", ""), ended(0, "parts", "ERROR: ld.so: cannot be preloaded")));
    for (List<Ended> way : ways) {
      var ready = ready(512, way.get(0), way.get(1));
      assertEquals(Optional.empty(), ready.closed().orElseThrow().library(), way.toString());
      assertTrue(!ready.files(Optional.empty()).containsKey("pages.so"), way.toString());
    }
  }
}
