package dev.mirrorspark.sandbox;

import dev.mirrorspark.config.UserError;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A place where one program runs at a time, made once: a folder for its files, a host user and a
 * control group that no other slot of this machine has, in whatever process it is.
 */
final class Slot implements AutoCloseable {
  private static final List<String> LOCK_FOLDERS = List.of("/run", "/var/lock", "/tmp");

  private static final Pattern NAME = Pattern.compile("uid-(\\d{1,9})");

  /** Users that slots of this process have: closing a file of a lock twice would free the lock. */
  private static final Set<Integer> TAKEN_HERE = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final Optional<Integer> uid;
  private final Optional<ControlGroup> group;
  private final Optional<FileChannel> lock;

  private Slot(
      Path folder,
      Optional<Integer> uid,
      Optional<ControlGroup> group,
      Optional<FileChannel> lock) {
    this.folder = folder;
    this.uid = uid;
    this.group = group;
    this.lock = lock;
  }

  /**
   * A slot with the rights of this process alone.
   *
   * @param folder is made
   */
  static Slot unprivileged(Path folder) throws IOException {
    makeFolders(folder);
    return new Slot(folder, Optional.empty(), Optional.empty(), Optional.empty());
  }

  /**
   * A slot with a user of its own and, where the machine has them, a control group.
   *
   * @param folder is made
   * @param firstUid the first of the users to choose from
   * @param users how many there are
   * @throws UserError if all are taken
   */
  static Slot privileged(Path folder, int firstUid, int users) throws IOException {
    Path locks = lockFolder();
    for (int uid = firstUid; uid < firstUid + users; uid++) {
      Optional<FileChannel> lock = lock(locks.resolve("uid-" + uid), uid);
      if (lock.isEmpty()) {
        continue;
      }
      Optional<ControlGroup> group = ControlGroup.open("uid-" + uid);
      if (group.isPresent() && !group.get().kill(-1)) {
        unlock(lock.get(), uid); // what is in it cannot be ended, or nobody reaps it
        continue;
      }
      makeFolders(folder);
      return new Slot(folder, Optional.of(uid), group, lock);
    }
    throw new UserError(
        "sandbox.first_uid: all %d users from %d on are taken by other sandboxes on this machine;"
                .formatted(users, firstUid)
            + " set another first_uid or fewer slots");
  }

  /** Removes the control groups of sandboxes that were killed, and ends what is in them. */
  static void sweep() throws IOException {
    Path locks = lockFolder();
    for (String name : ControlGroup.names()) {
      var number = NAME.matcher(name);
      if (!number.matches()) {
        continue;
      }
      int uid = Integer.parseInt(number.group(1));
      Optional<FileChannel> lock = lock(locks.resolve(name), uid);
      if (lock.isPresent()) {
        ControlGroup.open(name).filter(group -> group.kill(-1)).ifPresent(ControlGroup::remove);
        unlock(lock.get(), uid);
      }
    }
  }

  private static Optional<FileChannel> lock(Path file, int uid) throws IOException {
    if (!TAKEN_HERE.add(uid)) {
      return Optional.empty();
    }
    var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (channel.tryLock() != null) {
      return Optional.of(channel);
    }
    unlock(channel, uid);
    return Optional.empty();
  }

  private static void unlock(FileChannel lock, int uid) throws IOException {
    lock.close();
    TAKEN_HERE.remove(uid);
  }

  private static Path lockFolder() throws IOException {
    var mine = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    for (String parent : LOCK_FOLDERS) {
      Path folder = Path.of(parent, "mirrorspark-sandbox");
      if (!Files.isWritable(folder.getParent())) {
        continue;
      }
      if (!Files.isDirectory(folder)) {
        Files.createDirectories(folder, mine);
      }
      if (!Files.isSymbolicLink(folder) && Files.getAttribute(folder, "unix:uid").equals(0)) {
        return folder;
      }
    }
    throw new IOException("no folder of " + LOCK_FOLDERS + " takes the sandbox's locks");
  }

  private static void makeFolders(Path folder) throws IOException {
    Files.createDirectories(folder.resolve("box"));
    Files.createDirectories(folder.resolve("status"));
    var passable = PosixFilePermissions.fromString("rwx--x--x");
    var readable = PosixFilePermissions.fromString("rwxr-xr-x");
    Files.setPosixFilePermissions(folder, passable);
    Files.setPosixFilePermissions(folder.resolve("box"), readable);
  }

  Optional<ControlGroup> group() {
    return group;
  }

  Optional<Integer> uid() {
    return uid;
  }

  BoxCommand.Place place() {
    return new BoxCommand.Place(
        uid,
        group.map(ControlGroup::doors).orElse(List.of()),
        group.map(ControlGroup::memoryDoor),
        folder.resolve("box"),
        status());
  }

  /** The file that {@code bwrap} reports to. */
  Path status() {
    return folder.resolve("status/report");
  }

  /** Replaces the files that the next program finds. */
  void fill(Map<String, byte[]> files) throws IOException {
    Path box = folder.resolve("box");
    try (Stream<Path> old = Files.list(box)) {
      for (Path file : old.toList()) {
        Files.delete(file);
      }
    }
    for (var file : files.entrySet()) {
      Path path = Files.write(box.resolve(file.getKey()), file.getValue());
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("r--r--r--"));
    }
    Files.deleteIfExists(status());
  }

  /** Whether nothing runs in it any more, and nothing that has ended waits to be reaped. */
  boolean empty() throws IOException {
    return group.isEmpty() || group.get().empty();
  }

  @Override
  public void close() {
    group.ifPresent(
        found -> {
          found.kill(-1);
          found.remove();
        });
    try {
      if (lock.isPresent()) {
        unlock(lock.get(), uid.orElseThrow());
      }
    } catch (IOException e) {
      // the lock goes with the process at the latest
    }
  }
}
