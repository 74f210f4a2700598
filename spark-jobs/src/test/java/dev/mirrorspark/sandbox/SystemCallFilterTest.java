package dev.mirrorspark.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Interprets the filter's program as the kernel does. */
class SystemCallFilterTest {
  private static final int REFUSED = SystemCallFilter.error(SystemCallFilter.EPERM);

  static Stream<SystemCalls> processors() {
    return Stream.of(SystemCalls.X86_64, SystemCalls.AARCH64);
  }

  @ParameterizedTest
  @MethodSource("processors")
  void callsAreRefusedAllowedOrLookedInto(SystemCalls calls) {
    byte[] filter = SystemCallFilter.of(calls);
    for (String name :
        List.of(
            "ptrace",
            "mount",
            "unshare",
            "setns",
            "bpf",
            "io_uring_setup",
            "keyctl",
            "perf_event_open",
            "userfaultfd",
            "kexec_load",
            "process_vm_writev",
            "io_setup",
            "io_submit",
            "inotify_init1",
            "fanotify_init",
            "cachestat",
            "chroot")) {
      assertEquals(REFUSED, result(filter, calls, name), name);
    }
    assertEquals(SystemCallFilter.error(SystemCallFilter.ENOSYS), result(filter, calls, "clone3"));

    assertEquals(REFUSED, result(filter, calls, "clone", 0x10000000 | 17));
    assertEquals(REFUSED, result(filter, calls, "clone", 0x00020000L | 17));
    assertEquals(REFUSED, result(filter, calls, "clone", 0x40000000L));
    assertEquals(SystemCallFilter.ALLOW, result(filter, calls, "clone", 17));
    assertEquals(SystemCallFilter.ALLOW, result(filter, calls, "clone", 0x3d0f00));

    assertEquals(REFUSED, result(filter, calls, "ioctl", 0, SystemCallFilter.TIOCSTI));
    assertEquals(REFUSED, result(filter, calls, "ioctl", 0, 0xffffffff00005412L));
    assertEquals(REFUSED, result(filter, calls, "ioctl", 0, SystemCallFilter.TIOCLINUX));
    assertEquals(SystemCallFilter.ALLOW, result(filter, calls, "ioctl", 0x5412, 0x5401));

    assertEquals(REFUSED, result(filter, calls, "mmap", 0, 4096, 3, 0x40022, 0, 0));
    assertEquals(SystemCallFilter.ALLOW, result(filter, calls, "mmap", 0x40000, 4096, 3, 0x22));
    assertEquals(REFUSED, result(filter, calls, "memfd_create", 0, 5));
    assertEquals(SystemCallFilter.ALLOW, result(filter, calls, "memfd_create", 4, 3));
    assertEquals(REFUSED, result(filter, calls, "shmget", 0, 4096, 04600));
    assertEquals(SystemCallFilter.ALLOW, result(filter, calls, "shmget", 04000, 04000, 01600));

    assertEquals(REFUSED, result(filter, calls, "fcntl", 3, SystemCallFilter.F_NOTIFY));
    assertEquals(REFUSED, result(filter, calls, "fcntl", 3, 0xffffffff00000402L));
    assertEquals(SystemCallFilter.ALLOW, result(filter, calls, "fcntl", 1026, 4));

    assertEquals(SystemCallFilter.ALLOW, result(filter, calls, "socket", 1));
    assertEquals(SystemCallFilter.ALLOW, result(filter, calls, "socketpair", 1));
    for (int family : new int[] {0, 2, 10, 16, 17, 38, 40, 44}) {
      assertEquals(
          SystemCallFilter.error(SystemCallFilter.EAFNOSUPPORT),
          result(filter, calls, "socket", family));
    }
  }

  @ParameterizedTest
  @MethodSource("processors")
  void everyOtherCallIsAllowedAndNoOtherProcessorsCallsAre(SystemCalls calls) {
    byte[] filter = SystemCallFilter.of(calls);
    var refused = calls.refused();
    for (int number = 0; number < 600; number++) {
      boolean byArgument = calls.numbers().containsValue(number) && !refused.contains(number);
      if (!byArgument) {
        assertEquals(
            refused.contains(number) ? REFUSED : SystemCallFilter.ALLOW,
            interpret(filter, calls.architecture(), number),
            "call " + number);
      }
    }
    assertEquals(SystemCallFilter.KILL, interpret(filter, 0x40000003, 20));
    assertEquals(
        SystemCallFilter.error(SystemCallFilter.ENOSYS),
        calls.hasX32()
            ? interpret(filter, calls.architecture(), 0x40000000 + 39)
            : SystemCallFilter.error(SystemCallFilter.ENOSYS));
  }

  @Test
  void unknownProcessorsHaveNoFilter() {
    assertEquals(Optional.of(SystemCalls.X86_64), SystemCalls.of("amd64"));
    assertEquals(Optional.of(SystemCalls.AARCH64), SystemCalls.of("aarch64"));
    assertEquals(Optional.empty(), SystemCalls.of("riscv64"));
    assertTrue(SystemCallFilter.of(SystemCalls.X86_64).length / 8 < 4096, "the kernel's most");
  }

  private static int result(byte[] filter, SystemCalls calls, String name, long... arguments) {
    return interpret(filter, calls.architecture(), calls.numbers().get(name), arguments);
  }

  /**
   * What the program returns for a call: the instructions that a filter may have and this one has.
   */
  private static int interpret(byte[] filter, int architecture, int number, long... arguments) {
    var data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(number).putInt(architecture).putLong(0);
    for (long argument : arguments) {
      data.putLong(argument);
    }
    var program = ByteBuffer.wrap(filter).order(ByteOrder.nativeOrder());
    int accumulator = 0;
    int at = 0;
    while (true) {
      int code = program.getShort(8 * at);
      int ifTrue = program.get(8 * at + 2) & 0xff;
      int ifFalse = program.get(8 * at + 3) & 0xff;
      int operand = program.getInt(8 * at + 4);
      at++;
      switch (code) {
        case 0x20 -> accumulator = data.getInt(operand);
        case 0x15 -> at += accumulator == operand ? ifTrue : ifFalse;
        case 0x35 -> at += Integer.compareUnsigned(accumulator, operand) >= 0 ? ifTrue : ifFalse;
        case 0x45 -> at += (accumulator & operand) != 0 ? ifTrue : ifFalse;
        case 0x06 -> {
          return operand;
        }
        default -> throw new AssertionError("instruction " + code);
      }
    }
  }
}
