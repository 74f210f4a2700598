package dev.mirrorspark.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The file system that programs see, prepared once and mounted read-only in every box: the host's
 * programs and libraries, a few harmless files in {@code /etc}, and nothing else of the host.
 *
 * @param folder the root, with links and empty mount points
 * @param binds folders of the host that are mounted in it under their own paths
 */
record PreparedRoot(Path folder, List<Path> binds) {
  /** Where a box keeps the program, read-only. */
  static final String BOX = "/box";

  /** The working folder of a program, empty at its start. */
  static final String WORK = "/work";

  /** Each takes a mount, 0.2 ms of every start. */
  static final List<String> DEVICES = List.of("/dev/null", "/dev/zero", "/dev/urandom");

  private static final String SHELL = "/bin/sh";

  private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};

  private static final List<String> SYSTEM =
      List.of("/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32");
  private static final List<String> PATH = List.of("/usr/local/bin", "/usr/bin", "/bin");

  PreparedRoot {
    binds = List.copyOf(binds);
  }

  /**
   * A program of the machine and a copy of it that may be run and not read. The kernel closes
   * {@code /proc/PID} of processes that run such a file, and of those that they fork, to others of
   * their user; ptrace and the like are refused as well.
   *
   * @param program links followed
   * @param copy stands in its place in a box
   * @param library is loaded into it there, a file of the box; empty: none
   */
  record Closed(Path program, Path copy, Optional<String> library) {
    Closed with(String library) {
      return new Closed(program, copy, Optional.of(library));
    }

    Closed plain() {
      return new Closed(program, copy, Optional.empty());
    }
  }

  /**
   * Prepares it.
   *
   * @param folder is made
   * @param further folders of the host that programs may read as well
   */
  static PreparedRoot in(Path folder, List<String> further) throws IOException {
    List<Path> binds = new ArrayList<>(List.of(Path.of("/usr")));
    for (String name : List.of("proc", "dev", "tmp", "work", "box", "usr", "etc")) {
      Files.createDirectories(folder.resolve(name));
    }
    for (String name : SYSTEM) {
      Path host = Path.of(name);
      if (Files.isSymbolicLink(host)) {
        Files.createSymbolicLink(inside(folder, host), Files.readSymbolicLink(host));
      } else if (Files.isDirectory(host)) {
        binds.add(host);
      }
    }
    further.stream().map(Path::of).forEach(binds::add);
    for (Path bind : binds) {
      Files.createDirectories(inside(folder, bind));
    }
    for (String device : DEVICES) {
      Files.createFile(inside(folder, Path.of(device)));
    }
    // what programs expect of /dev, without a mount or a file system of its own
    Files.createSymbolicLink(folder.resolve("dev/random"), Path.of("urandom"));
    Files.createSymbolicLink(folder.resolve("dev/shm"), Path.of("/tmp"));
    Files.createSymbolicLink(folder.resolve("dev/fd"), Path.of("/proc/self/fd"));
    Files.createSymbolicLink(folder.resolve("dev/stdin"), Path.of("/proc/self/fd/0"));
    Files.createSymbolicLink(folder.resolve("dev/stdout"), Path.of("/proc/self/fd/1"));
    Files.createSymbolicLink(folder.resolve("dev/stderr"), Path.of("/proc/self/fd/2"));
    etc(folder.resolve("etc"));
    closedShell(folder);
    return new PreparedRoot(folder, binds);
  }

  private static Path inside(Path folder, Path absolute) {
    return folder.resolve(Path.of("/").relativize(absolute));
  }

  /** A closed shell for process 1, through whose descriptors tests may pass. */
  private static void closedShell(Path folder) throws IOException {
    Path shell = Files.createDirectory(folder.resolve("init")).resolve("sh");
    copyClosed(Path.of(SHELL).toRealPath(), shell);
    try {
      var process = new ProcessBuilder(shell.toString(), "-c", "exit 0");
      process.environment().clear();
      if (process.start().waitFor() == 0) {
        return;
      }
    } catch (IOException e) {
      // nothing may be run where temporary files lie
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Files.delete(shell);
  }

  private static void copyClosed(Path program, Path copy) throws IOException {
    Files.copy(program, copy, StandardCopyOption.REPLACE_EXISTING);
    Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("--x--x--x"));
  }

  /**
   * Makes a closed copy of a program; empty where a box finds none of that name, or it is a script,
   * which its interpreter has to read.
   *
   * @throws IOException if the copy cannot be made
   */
  Optional<Closed> closed(String name) throws IOException {
    Optional<Path> found =
        name.startsWith("/")
            ? Optional.of(Path.of(name)).filter(Files::isExecutable)
            : path().stream()
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Path program = found.get().toRealPath();
    try (var file = Files.newInputStream(program)) {
      if (!Arrays.equals(file.readNBytes(ELF.length), ELF)
          || binds.stream().noneMatch(program::startsWith)) {
        return Optional.empty();
      }
    }
    Path copy = folder.resolve("init").resolve(program.toString().replace('/', '-').substring(1));
    copyClosed(program, copy);
    return Optional.of(new Closed(program, copy, Optional.empty()));
  }

  /** The shell that is process 1 of a box. */
  String shell() {
    return Files.exists(folder.resolve("init/sh")) ? "/init/sh" : SHELL;
  }

  private static void etc(Path etc) throws IOException {
    Files.writeString(
        etc.resolve("passwd"),
        "root:x:0:0:root:/:/bin/false\nbox:x:%d:%d:box:/work:/bin/sh\n"
            .formatted(BoxCommand.USER, BoxCommand.USER));
    Files.writeString(etc.resolve("group"), "root:x:0:\nbox:x:%d:\n".formatted(BoxCommand.USER));
    Files.writeString(etc.resolve("hosts"), "127.0.0.1 localhost\n");
    copy(Path.of("/etc/ld.so.cache"), etc.resolve("ld.so.cache"));
    // Debian finds java by links here, and its JVM's settings
    links(Path.of("/etc/alternatives"), etc.resolve("alternatives"));
    try (Stream<Path> entries = Files.list(Path.of("/etc"))) {
      for (Path jvm :
          entries.filter(path -> path.getFileName().toString().matches("java-.*jdk")).toList()) {
        tree(jvm, etc.resolve(jvm.getFileName()));
      }
    }
  }

  private static void links(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    if (!Files.isDirectory(from)) {
      return;
    }
    try (Stream<Path> entries = Files.list(from)) {
      for (Path link : entries.filter(Files::isSymbolicLink).toList()) {
        Path target = Files.readSymbolicLink(link);
        if (target.startsWith("/usr")) {
          Files.createSymbolicLink(to.resolve(link.getFileName()), target);
        }
      }
    }
  }

  private static void tree(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path copy = to.resolve(from.relativize(file));
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
          Files.createDirectories(copy);
        } else {
          copy(file, copy);
        }
      }
    }
  }

  /** Copies a file that everybody on the host may read; no other. */
  private static void copy(Path from, Path to) throws IOException {
    if (Files.isRegularFile(from, LinkOption.NOFOLLOW_LINKS)) {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(from);
      if (permissions.contains(PosixFilePermission.OTHERS_READ)) {
        Files.copy(from, to);
      }
    }
  }

  /** The folders in which a box looks for programs. */
  List<String> path() {
    Stream<String> ofBinds =
        binds.stream()
            .map(bind -> bind.resolve("bin"))
            .filter(Files::isDirectory)
            .map(Path::toString);
    return Stream.concat(PATH.stream(), ofBinds).distinct().toList();
  }

  /** Whether a box finds that program. */
  boolean holds(String program) {
    return program.startsWith("/")
        ? binds.stream().anyMatch(Path.of(program)::startsWith)
            && Files.isExecutable(Path.of(program))
        : path().stream().anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
