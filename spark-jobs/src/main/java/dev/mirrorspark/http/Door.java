package dev.mirrorspark.http;

import dev.mirrorspark.config.UserError;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.Optional;

/** The address of a service: checked before anything is started, then listened at. */
public record Door(InetSocketAddress address) {

  /**
   * Looks the address up.
   *
   * @param token that clients need; empty: none, which only an address of this machine allows
   * @param tokenVariable the environment variable that holds it, for messages
   * @throws UserError if there is no such address, or it can be reached from other machines and
   *     there is no token
   */
  public static Door of(String host, int port, Optional<String> token, String tokenVariable) {
    var address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new UserError("--host: no address of name " + host);
    }
    if (!address.getAddress().isLoopbackAddress() && token.isEmpty()) {
      throw new UserError(
          "--host: %s can be reached from other machines, which takes a token; set".formatted(host)
              + " %s, or serve 127.0.0.1".formatted(tokenVariable));
    }
    return new Door(address);
  }

  /**
   * Listens there.
   *
   * @param failed what is closed where that fails
   * @throws UserError if the address cannot be had
   */
  public Channel open(ServerBootstrap server, Runnable failed) {
    try {
      return server.bind(address).sync().channel();
    } catch (InterruptedException e) {
      failed.run();
      Thread.currentThread().interrupt();
      throw new UserError("--port: interrupted before it was served; start again", e);
    } catch (Exception e) { // Netty throws what is checked unseen
      failed.run();
      throw new UserError(
          "--port: %s:%d cannot be served (%s); choose another"
              .formatted(address.getHostString(), address.getPort(), e.getMessage()),
          e);
    }
  }
}
