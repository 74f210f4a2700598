package dev.mirrorspark.files;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.apache.hadoop.fs.FSDataInputStream;

/** A file open for reading by range, for one thread. */
public sealed interface FileInput extends AutoCloseable {

  /** Its length in bytes. */
  long length();

  /**
   * Fills the buffer with the bytes from a position on; ranges in ascending order are fastest.
   *
   * @throws EOFException if the file ends before
   */
  void read(long position, ByteBuffer into) throws IOException;

  @Override
  void close() throws IOException;

  /** A file of this machine. */
  record Local(FileChannel channel, long length) implements FileInput {
    @Override
    public void read(long position, ByteBuffer into) throws IOException {
      long at = position;
      while (into.hasRemaining()) {
        int count = channel.read(into, at);
        if (count < 0) {
          throw new EOFException("ends at byte " + at);
        }
        at += count;
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /** A file of another Hadoop file system. */
  record Remote(FSDataInputStream stream, long length) implements FileInput {
    private static final int CHUNK = 1 << 20;

    @Override
    public void read(long position, ByteBuffer into) throws IOException {
      if (position + into.remaining() > length) {
        throw new EOFException("ends at byte " + length);
      }
      if (stream.getPos() != position) {
        stream.seek(position);
      }
      byte[] chunk = new byte[Math.min(CHUNK, into.remaining())];
      while (into.hasRemaining()) {
        int count = Math.min(chunk.length, into.remaining());
        stream.readFully(chunk, 0, count);
        into.put(chunk, 0, count);
      }
    }

    @Override
    public void close() throws IOException {
      stream.close();
    }
  }
}
