import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;

/** A real HDFS of one name node and one data node, until standard input ends. */
final class MiniHdfs {
  private MiniHdfs() {}

  /** Prints the file system's address once it can be used. */
  public static void main(String[] args) throws Exception {
    var configuration = new Configuration();
    configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, args[0]);
    try (var cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build()) {
      cluster.waitActive();
      System.out.println("hdfs " + cluster.getFileSystem().getUri());
      System.in.read();
    }
  }
}
