package dev.mirrorspark.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A small run that loads the classes that most commands load, for the launcher to keep in an
 * archive: a new model, a prompt set made and found again.
 */
public final class ClassArchive {
  private ClassArchive() {}

  /**
   * Runs it.
   *
   * @param args the folder to work in
   */
  public static void main(String[] args) {
    var folder = Path.of(args[0]);
    run(folder, "init", folder.resolve("model").toString(), "--set", "init.hidden=32");
    for (int i = 0; i < 2; i++) {
      run(folder, "prompts", "generate", "--set", "prompts.train=1", "--set", "prompts.heldout=1");
    }
  }

  private static void run(Path folder, String... command) {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(
        List.of(
            "--set",
            "warehouse=" + folder.resolve("warehouse"),
            "--set",
            "prompts.warmup=0",
            "--set",
            "prompts.generators=[{name: chain, min_level: 4, max_level: 9}]"));
    if (Mirrorspark.run(Terminal.ofProcess(), arguments.toArray(String[]::new)) != 0) {
      System.exit(Failure.OTHER);
    }
  }
}
