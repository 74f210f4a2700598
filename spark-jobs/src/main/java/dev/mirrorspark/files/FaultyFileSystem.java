package dev.mirrorspark.files;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardCopyOption;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * The local file system under the scheme {@code faulty}, failing when it is told to; for {@code
 * submit/fault-test}.
 *
 * <p>An order is a file in the folder that {@code fs.faulty.orders} names. Its name is the fault,
 * its text the number of operations of that sort that still succeed:
 *
 * <ul>
 *   <li>{@code read}: a file cannot be opened, or breaks off on its first read
 *   <li>{@code write}: a file takes half of what is written to it, and its writer is told at the
 *       end
 *   <li>{@code lose}: the same, and its writer is not told
 *   <li>{@code slow}: an operation takes seconds, as {@code fs.faulty.seconds} says
 * </ul>
 *
 * <p>Each is obeyed once, and renamed to {@code NAME.done}.
 */
public final class FaultyFileSystem extends RawLocalFileSystem {
  private static final String SCHEME = "faulty";

  private final Order read = new Order("read");
  private final Order write = new Order("write");
  private final Order lose = new Order("lose");
  private final Order slow = new Order("slow");
  private java.nio.file.Path orders;
  private long slowMillis;

  @Override
  public void initialize(URI uri, Configuration conf) throws IOException {
    super.initialize(uri, conf);
    String folder = conf.get("fs.faulty.orders");
    if (folder == null) {
      throw new IOException("fs.faulty.orders is not set");
    }
    orders = java.nio.file.Path.of(folder);
    slowMillis = (long) (1000 * conf.getDouble("fs.faulty.seconds", 3));
  }

  @Override
  public URI getUri() {
    return URI.create(SCHEME + ":///");
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  /** An order to fail. */
  private final class Order {
    private static final int NONE = -1;
    private final String name;
    private int left = NONE;

    Order(String name) {
      this.name = name;
    }

    /** Whether the calling operation is the one that is to fail. */
    synchronized boolean due() throws IOException {
      if (left == NONE) {
        take();
      }
      if (left == NONE || left-- > 0) {
        return false;
      }
      done(); // left is NONE again
      return true;
    }

    private void take() throws IOException {
      java.nio.file.Path file = orders.resolve(name);
      if (!Files.exists(file)) {
        return;
      }
      try {
        int succeed = Integer.parseInt(Files.readString(file).strip());
        Files.move(file, orders.resolve(name + ".taken"), StandardCopyOption.ATOMIC_MOVE);
        left = succeed;
      } catch (NoSuchFileException e) {
        // another process has taken it
      }
    }

    private void done() throws IOException {
      Files.move(
          orders.resolve(name + ".taken"),
          orders.resolve(name + ".done"),
          StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private void perhapsSlow() throws IOException {
    if (slow.due()) {
      try {
        Thread.sleep(slowMillis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while slow");
      }
    }
  }

  @Override
  public FSDataInputStream open(Path file, int bufferSize) throws IOException {
    perhapsSlow();
    FSDataInputStream in = super.open(file, bufferSize);
    if (read.due()) {
      in.close();
      throw new IOException(file + ": Input/output error (injected)");
    }
    return in;
  }

  @Override
  public FSDataOutputStream create(
      Path file,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    return failing(
        super.create(file, permission, overwrite, bufferSize, replication, blockSize, progress),
        file);
  }

  @Override
  public FSDataOutputStream create(
      Path file,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    return failing(
        super.create(file, overwrite, bufferSize, replication, blockSize, progress), file);
  }

  private FSDataOutputStream failing(FSDataOutputStream out, Path file) throws IOException {
    perhapsSlow();
    boolean told = write.due();
    return told || lose.due()
        ? new FSDataOutputStream(new Truncated(out, file, told), statistics)
        : out;
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    perhapsSlow();
    return super.rename(from, to);
  }

  @Override
  public FileStatus[] listStatus(Path folder) throws IOException {
    perhapsSlow();
    return super.listStatus(folder);
  }

  /** Writes half of what it is given, and says so at the end or does not. */
  private static final class Truncated extends FilterOutputStream {
    private final Path file;
    private final boolean told;
    private boolean closed;

    Truncated(OutputStream out, Path file, boolean told) {
      super(out);
      this.file = file;
      this.told = told;
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length / 2);
    }

    @Override
    public void close() throws IOException {
      if (!closed) {
        closed = true;
        out.close();
        if (told) {
          throw new IOException(file + ": connection lost while writing (injected)");
        }
      }
    }
  }
}
