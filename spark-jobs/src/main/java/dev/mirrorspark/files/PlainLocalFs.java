package dev.mirrorspark.files;

import com.globalmentor.apache.hadoop.fs.NakedLocalFileSystem;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumFs;
import org.apache.hadoop.fs.DelegateToFileSystem;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FsConstants;
import org.apache.hadoop.fs.FsServerDefaults;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.local.LocalConfigKeys;

/**
 * Hadoop's local file system for users of {@code FileContext}, Delta's commits among them, that
 * sets access rights and looks files up by Java's calls. Hadoop's own starts {@code chmod} twice
 * and {@code readlink} eight times for a commit where its native library is not installed.
 *
 * <p>Named by {@code fs.AbstractFileSystem.file.impl}; Hadoop makes it, by the constructor below.
 */
public final class PlainLocalFs extends ChecksumFs {
  /**
   * @param root not looked at: there is one local file system
   * @param configuration Hadoop's settings
   */
  public PlainLocalFs(URI root, Configuration configuration)
      throws IOException, URISyntaxException {
    super(new Raw(configuration));
  }

  /** The same without checksums: what {@code RawLocalFs} is to {@code LocalFs}. */
  private static final class Raw extends DelegateToFileSystem {
    Raw(Configuration configuration) throws IOException, URISyntaxException {
      super(
          FsConstants.LOCAL_FS_URI,
          new Followed(),
          configuration,
          FsConstants.LOCAL_FS_URI.getScheme(),
          false);
    }

    @Override
    public int getUriDefaultPort() {
      return -1;
    }

    @Deprecated
    @Override
    public FsServerDefaults getServerDefaults() throws IOException {
      return LocalConfigKeys.getServerDefaults();
    }

    @Override
    public FsServerDefaults getServerDefaults(Path path) throws IOException {
      return LocalConfigKeys.getServerDefaults();
    }

    @Override
    public boolean isValidName(String path) {
      return true;
    }
  }

  /** Links are followed, which is what Hadoop's own does too with a path that names its scheme. */
  private static final class Followed extends NakedLocalFileSystem {
    @Override
    public FileStatus getFileLinkStatus(Path path) throws IOException {
      return getFileStatus(path);
    }
  }
}
