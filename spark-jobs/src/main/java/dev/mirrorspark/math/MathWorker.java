package dev.mirrorspark.math;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.matheclipse.core.expression.F;

/**
 * The process that makes symbolic comparisons: a JSON object a line comes in, one goes out. It ends
 * when its input does, whatever it is computing, so that it never outlives its parent.
 */
public final class MathWorker {
  /** A pair to compare. */
  record Request(String reference, String stated) {}

  /** What the worker says once it is ready to compare. */
  static final String READY = "ready";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long STACK_BYTES = 64L << 20;

  private MathWorker() {}

  /** Serves until the input ends. */
  public static void main(String[] arguments) throws IOException {
    var out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    // what libraries print must not come between the answers
    System.setOut(System.err);
    BlockingQueue<String> requests = new LinkedBlockingQueue<>();
    var computing = new Thread(null, () -> serve(requests, out), "compare", STACK_BYTES);
    computing.setDaemon(true);
    computing.start();
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      requests.add(line);
    }
    Runtime.getRuntime().halt(0);
  }

  private static void serve(BlockingQueue<String> requests, PrintStream out) {
    try {
      F.initSymbols();
      var equality = new SymbolicEquality();
      // the first simplification loads the rules
      answer(
          "{\"reference\":\"(x+1)^2+\\\\sqrt{5+2\\\\sqrt6}\",\"stated\":\"x^2+2x+1+\\\\sqrt2+\\\\sqrt3\"}",
          equality);
      out.println(READY);
      while (true) {
        out.println(answer(requests.take(), equality));
      }
    } catch (InterruptedException | JsonProcessingException e) {
      Runtime.getRuntime().halt(1);
    }
  }

  private static String answer(String line, SymbolicEquality equality)
      throws JsonProcessingException {
    var request = JSON.readValue(line, Request.class);
    Comparison comparison;
    try {
      comparison =
          MathComparer.compare(request.reference(), request.stated(), equality, "")
              .map(
                  found ->
                      new Comparison(found.outcome(), decided(found, equality), found.detail()))
              .orElseGet(() -> Comparison.failed("neither simplification nor evaluation decides"));
    } catch (StackOverflowError e) {
      comparison = Comparison.failed("the comparison needs too deep a stack");
    } catch (RuntimeException e) {
      equality.decidedBy();
      comparison = Comparison.failed("the comparison broke off: " + e);
    }
    return JSON.writeValueAsString(comparison);
  }

  private static String decided(Comparison comparison, SymbolicEquality equality) {
    String by = equality.decidedBy();
    return comparison.by().isEmpty() ? by : comparison.by();
  }
}
