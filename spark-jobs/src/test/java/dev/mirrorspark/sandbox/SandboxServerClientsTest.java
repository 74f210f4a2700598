package dev.mirrorspark.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.http.Connection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Clients that are many, slow, gone or no clients at all, and a service that ends. */
class SandboxServerClientsTest extends ServedRunner {
  @Test
  void clientsThatAreSlowOrReadNothingHinderNobody() throws Exception {
    server =
        SandboxServer.start(
            runner,
            MOST,
            new SandboxServer.Settings("127.0.0.1", 0, 8, Optional.empty(), 64),
            (completion, language) -> completion,
            new Connection.Times(2, 2, 2, 2, 1));
    String large = "{\"language\":\"python\",\"source\":\"large\"}";
    List<Socket> hindering = new ArrayList<>();
    runner.letGo.release(1000);
    for (int i = 0; i < 6; i++) {
      var socket = new Socket();
      socket.setReceiveBufferSize(4096);
      socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
      socket.getOutputStream().write(bytes(text("/run", "Host: localhost", large)));
      hindering.add(socket);
    }
    for (int i = 0; i < 1200; i++) {
      var socket = connect();
      String head =
          i % 2 == 0 ? "POST /run HT" : "POST /run HTTP/1.1\r\nContent-Length: 9\r\n\r\n{";
      socket.getOutputStream().write(bytes(head));
      hindering.add(socket);
    }
    long start = System.nanoTime();
    for (int i = 0; i < 20; i++) {
      assertEquals(200, post("{\"language\":\"python\",\"source\":\"x\"}").statusCode());
      assertEquals(200, get("/health", Optional.empty()).statusCode());
    }
    assertTrue(System.nanoTime() - start < 5e9, "served at once");
    Thread.sleep(3500); // the times above have passed: all of them are sent off
    assertEquals(0, server.held(), "bytes kept");
    for (Socket socket : hindering.subList(hindering.size() - 4, hindering.size())) {
      String last = reply(socket);
      assertTrue(last.isEmpty() || status(last).equals("408"), last);
    }
    for (Socket socket : hindering) {
      socket.close();
    }
  }

  /** Replies that nobody reads are given up before they fill the memory; the others are served. */
  @Test
  void repliesThatNobodyReadDoNotFillTheMemory() throws Exception {
    start(1000, Optional.empty());
    long most = Math.max(2 * 64 * 1024, Runtime.getRuntime().maxMemory() / 4);
    int enough = (int) (most / (4 << 20)) + 20;
    runner.letGo.release(10_000);
    List<Socket> silent = new ArrayList<>();
    for (int i = 0; i < enough; i++) {
      var socket = new Socket();
      socket.setReceiveBufferSize(4096);
      socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
      String large = "{\"language\":\"python\",\"source\":\"large\"}";
      socket.getOutputStream().write(bytes(text("/run", "Host: localhost", large)));
      silent.add(socket);
    }
    int served = 0;
    for (int i = 0; i < 400 && served < 5; i++) {
      int status = post("{\"language\":\"python\",\"source\":\"x\"}").statusCode();
      assertTrue(status == 200 || status == 429, "status " + status);
      served = status == 200 ? served + 1 : 0;
      assertTrue(server.held() < most + (16 << 20), () -> "bytes kept " + server.held());
      Thread.sleep(10);
    }
    assertEquals(5, served, "served one after the other");
    for (Socket socket : silent) {
      socket.close();
    }
  }

  @Test
  void manyAtOnceAreServedOrToldToComeAgain() throws Exception {
    start(10, Optional.empty());
    List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      String body = "{\"language\":\"python\",\"source\":\"x\"}";
      all.add(client.sendAsync(request(body), BodyHandlers.ofString()));
    }
    runner.letGo.release(200);
    int served = 0;
    for (var response : all) {
      int status = response.get(20, TimeUnit.SECONDS).statusCode();
      served += status == 200 ? 1 : 0;
      assertTrue(
          status == 200
              || (status == 429 && response.get().headers().firstValue("Retry-After").isPresent()));
    }
    assertTrue(served >= 12, "served " + served);
  }

  @Test
  void aClientThatIsGoneFreesItsPlace() throws Exception {
    start(0, Optional.empty());
    List<Socket> gone = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      var socket = connect();
      socket
          .getOutputStream()
          .write(
              bytes(text("/run", "Host: localhost", "{\"language\":\"python\",\"source\":\"x\"}")));
      gone.add(socket);
    }
    assertTrue(runner.busy.await(20, TimeUnit.SECONDS));
    assertEquals(429, post("{\"language\":\"python\",\"source\":\"y\"}").statusCode());
    for (Socket socket : gone) {
      socket.close();
    }
    for (int i = 0; taken() > 0 && i < 500; i++) {
      Thread.sleep(10);
    }
    runner.letGo.release();
    assertEquals(200, post("{\"language\":\"python\",\"source\":\"y\"}").statusCode());
  }

  @Test
  void anEndingServiceFinishesWhatItHasAndTakesNothingMore() throws Exception {
    start(4, Optional.empty());
    List<CompletableFuture<HttpResponse<String>>> running = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      running.add(
          client.sendAsync(
              request("{\"language\":\"python\",\"source\":\"x\"}"), BodyHandlers.ofString()));
    }
    try (var open = connect()) {
      open.getOutputStream().write(bytes("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"));
      assertEquals("200", status(reply(open)));
      assertTrue(runner.busy.await(20, TimeUnit.SECONDS));
      while (taken() < 4) {
        Thread.sleep(10);
      }
      var drained = CompletableFuture.runAsync(() -> server.drain(20));
      while (!server.ends()) {
        Thread.sleep(1);
      }
      open.getOutputStream().write(bytes(text("/run", "Host: localhost", "{}")));
      assertEquals("503", status(reply(open)));
      runner.letGo.release(4);
      for (var response : running) {
        assertEquals(200, response.get(20, TimeUnit.SECONDS).statusCode());
      }
      drained.get(20, TimeUnit.SECONDS);
    }
    assertThrows(IOException.class, this::connect);
  }

  @Test
  void whatDoesNotEndInTimeIsToldToComeAgain() throws Exception {
    start(4, Optional.empty());
    List<CompletableFuture<HttpResponse<String>>> running = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      running.add(
          client.sendAsync(
              request("{\"language\":\"python\",\"source\":\"x\"}"), BodyHandlers.ofString()));
    }
    while (taken() < 4) {
      Thread.sleep(10);
    }
    server.drain(0.1);
    for (var response : running) {
      assertEquals(503, response.get(20, TimeUnit.SECONDS).statusCode());
    }
  }

  @Test
  void whatIsNoHttpIsSaidToBeNone() throws Exception {
    start(1, Optional.empty());
    for (String nonsense :
        List.of(
            "nonsense\r\n\r\n",
            "POST /run HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            "POST /run HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
            "GET /" + "x".repeat(20_000) + " HTTP/1.1\r\n\r\n",
            "GET /health HTTP/1.1\r\nA: " + "x".repeat(20_000) + "\r\n\r\n")) {
      try (var socket = connect()) {
        socket.getOutputStream().write(bytes(nonsense));
        assertEquals("400", status(reply(socket)), nonsense.substring(0, 12));
      }
    }
    // a second request ahead of the reply to the first one is not served, and not mistaken either
    runner.letGo.release(2);
    String request = text("/run", "Host: localhost", "{\"language\":\"python\",\"source\":\"x\"}");
    try (var socket = connect()) {
      socket.getOutputStream().write(bytes(request + request));
      String replies = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(2, replies.split("HTTP/1.1 200", -1).length, replies);
    }
  }

  /** A client that sends all before it reads gets the answer, no reset. */
  @Test
  void whatIsRefusedEarlyIsReadToItsEnd() throws Exception {
    start(1, Optional.of("secret"));
    String body = "x".repeat(4 << 20);
    for (int i = 0; i < 5; i++) {
      assertEquals("401", status(raw("/run", "Host: x", body)));
      assertEquals("413", status(raw("/run", "Host: x\r\nAuthorization: Bearer secret", body)));
    }
  }
}
