package dev.mirrorspark.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkplaceTest {
  @TempDir Path parent;

  @Test
  void whatAKilledProcessHasLeftIsRemovedAndTheRestStays() throws Exception {
    Path dead = folder("mirrorspark-sandbox-dead");
    Files.createFile(dead.resolve("lock"));
    Files.createDirectories(dead.resolve("slot-0/box"));
    Files.writeString(dead.resolve("slot-0/box/main.py"), "print(1)");
    Path elsewhere = Files.createDirectory(parent.resolve("elsewhere"));
    Files.writeString(elsewhere.resolve("kept"), "kept");
    Files.createSymbolicLink(dead.resolve("link"), elsewhere);
    Path made = folder("mirrorspark-sandbox-in-the-making");
    Path link = Files.createSymbolicLink(parent.resolve("mirrorspark-sandbox-link"), elsewhere);
    Files.createFile(elsewhere.resolve("lock"));
    Path alive = folder("mirrorspark-sandbox-alive");
    Files.createFile(alive.resolve("lock"));
    Process other =
        new ProcessBuilder(
                "python3",
                "-c",
                "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX);"
                    + " print('held', flush=True); time.sleep(60)",
                alive.resolve("lock").toString())
            .start();
    assertEquals('h', other.getInputStream().read());
    try (var here = Workplace.make(parent)) {
      try (var second = Workplace.make(parent)) {
        assertFalse(Files.exists(dead), "the dead one");
        assertTrue(Files.exists(here.folder()) && Files.exists(second.folder()), "own ones");
        assertTrue(Files.exists(made) && Files.exists(link) && Files.exists(alive), "others");
        assertTrue(Files.exists(elsewhere.resolve("kept")), "behind a link");
      }
      other.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
      try (var third = Workplace.make(parent)) {
        assertFalse(Files.exists(alive), "that which has died since");
        assertTrue(Files.exists(here.folder()), "own one");
      }
    }
    assertEquals(0, count("mirrorspark-sandbox-[0-9]*"));
  }

  private Path folder(String name) throws IOException {
    return Files.createDirectory(parent.resolve(name));
  }

  private int count(String pattern) throws IOException {
    int n = 0;
    try (var folders = Files.newDirectoryStream(parent, pattern)) {
      for (Path folder : folders) {
        n++;
      }
    }
    return n;
  }
}
