package dev.mirrorspark.loop;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.hive.metastore.HiveMetaStore;
import org.apache.hadoop.hive.shims.ShimLoader;

/** A real Hive metastore in this process, its tables in Derby, asked by others through Thrift. */
final class HiveMetastore {
  private static final int SECONDS = 60;

  private HiveMetastore() {}

  /**
   * Starts it; it ends with the process.
   *
   * @return its address, the value of {@code hive.metastore.uris}
   */
  static String start(Path folder) throws Exception {
    System.setProperty("derby.stream.error.file", folder.resolve("derby.log").toString());
    int port;
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    var conf = new HiveConf();
    conf.set(
        "javax.jdo.option.ConnectionURL",
        "jdbc:derby:;databaseName=" + folder.resolve("metastore") + ";create=true");
    conf.set("javax.jdo.option.ConnectionDriverName", "org.apache.derby.jdbc.EmbeddedDriver");
    conf.set("datanucleus.schema.autoCreateAll", "true");
    conf.set("hive.metastore.schema.verification", "false");
    conf.set("hive.metastore.warehouse.dir", folder.resolve("managed").toUri().toString());
    var thread =
        new Thread(
            () -> {
              try {
                HiveMetaStore.startMetaStore(port, ShimLoader.getHadoopThriftAuthBridge(), conf);
              } catch (Throwable e) {
                throw new IllegalStateException("the metastore ended", e);
              }
            },
            "metastore");
    thread.setDaemon(true);
    thread.start();
    for (int i = 0; ; i++) {
      try (var socket = new Socket()) {
        socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
        return "thrift://127.0.0.1:" + port;
      } catch (IOException e) {
        if (i == 10 * SECONDS || !thread.isAlive()) {
          throw e;
        }
        Thread.sleep(100);
      }
    }
  }
}
