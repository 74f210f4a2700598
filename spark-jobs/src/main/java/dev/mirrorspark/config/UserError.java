package dev.mirrorspark.config;

/**
 * A fault that a user can mend: its message is one line that names the file, key or row and the
 * mend; the command line prints it without a stack trace and exits non-zero.
 */
public final class UserError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UserError(String message) {
    super(message);
  }

  public UserError(String message, Throwable cause) {
    super(message, cause);
  }
}
