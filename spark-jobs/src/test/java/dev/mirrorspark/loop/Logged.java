package dev.mirrorspark.loop;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.config.Property;

/**
 * What Spark and this program log from now on, debug messages too, with the texts of exceptions.
 */
final class Logged implements AutoCloseable {
  private static final List<String> LOGGERS =
      List.of("dev.mirrorspark", "org.apache.spark.sql.execution", "io.delta", "java.net.http");

  private final Queue<String> lines = new ConcurrentLinkedQueue<>();
  private final LoggerContext context = (LoggerContext) LogManager.getContext(false);

  private Logged() {}

  static Logged everything() {
    var logged = new Logged();
    var appender =
        new AbstractAppender("test", null, null, true, Property.EMPTY_ARRAY) {
          @Override
          public void append(LogEvent event) {
            logged.lines.add(event.getMessage().getFormattedMessage() + " " + event.getThrown());
          }
        };
    appender.start();
    for (String name : LOGGERS) {
      var logger = new LoggerConfig(name, Level.DEBUG, false);
      logger.addAppender(appender, Level.DEBUG, null);
      logged.context.getConfiguration().addLogger(name, logger);
    }
    logged.context.updateLoggers();
    return logged;
  }

  List<String> lines() {
    return List.copyOf(lines);
  }

  @Override
  public void close() {
    LOGGERS.forEach(context.getConfiguration()::removeLogger);
    context.updateLoggers();
  }
}
