package dev.mirrorspark.sandbox;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The seccomp filter of a box, as the classic BPF program that the kernel reads: a list of system
 * calls is refused with an error code, everything else is allowed.
 *
 * <p>Refused: looking into other processes, mounting, new namespaces, kernel modules and keys, BPF,
 * io_uring and the older asynchronous calls, whose number is the whole machine's, as huge pages
 * are; performance events, watching what others do with the host's files, pushing input into a
 * terminal, and sockets of any family but local ones: the buffers of internet sockets count for no
 * control group, and a VM's host is reached by {@code AF_VSOCK}, whatever the network namespace.
 * Where another architecture's calls are made, the program is killed.
 */
final class SystemCallFilter {
  static final int ALLOW = 0x7fff0000;
  static final int KILL = 0x80000000;
  static final int EPERM = 1;
  static final int ENOSYS = 38;
  static final int EAFNOSUPPORT = 97;

  /** Flags of {@code clone} that make namespaces: mount, cgroup, UTS, IPC, user, PID, network. */
  static final int NAMESPACE_FLAGS = 0x7e020000;

  static final int TIOCSTI = 0x5412;
  static final int TIOCLINUX = 0x541c;

  static final int MAP_HUGETLB = 0x40000;
  static final int MFD_HUGETLB = 4;
  static final int SHM_HUGETLB = 04000;

  /** The command of {@code fcntl} that watches a folder. */
  static final int F_NOTIFY = 1026;

  /** The first number of the x32 calls, which x86-64 has beside its own. */
  private static final int X32 = 0x40000000;

  private static final int NUMBER = 0;
  private static final int ARCHITECTURE = 4;
  private static final int FIRST_ARGUMENT = 16;

  private static final int LOAD = 0x20;
  private static final int IF_EQUAL = 0x15;
  private static final int IF_AT_LEAST = 0x35;
  private static final int IF_ANY_BIT = 0x45;
  private static final int RETURN = 0x06;

  /** Local sockets. */
  private static final List<Integer> FAMILIES = List.of(1);

  private record Instruction(int code, int ifTrue, int ifFalse, int operand) {}

  private final List<Instruction> program = new ArrayList<>();

  private SystemCallFilter() {}

  /** The filter for a processor, eight bytes an instruction. */
  static byte[] of(SystemCalls calls) {
    var filter = new SystemCallFilter();
    filter.add(LOAD, 0, 0, ARCHITECTURE);
    filter.add(IF_EQUAL, 1, 0, calls.architecture());
    filter.add(RETURN, 0, 0, KILL);
    filter.add(LOAD, 0, 0, NUMBER);
    if (calls.hasX32()) {
      filter.add(IF_AT_LEAST, 0, 1, X32);
      filter.add(RETURN, 0, 0, error(ENOSYS));
    }
    Map<String, Integer> numbers = calls.numbers();
    filter.refuse(numbers.get("clone3"), ENOSYS); // its flags lie in memory; libraries use clone
    calls.refused().forEach(number -> filter.refuse(number, EPERM));
    filter.refuseIfAnyBit(numbers.get("clone"), 0, NAMESPACE_FLAGS);
    filter.refuseIfAnyBit(numbers.get("mmap"), 3, MAP_HUGETLB);
    filter.refuseIfAnyBit(numbers.get("memfd_create"), 1, MFD_HUGETLB);
    filter.refuseIfAnyBit(numbers.get("shmget"), 2, SHM_HUGETLB);
    filter.refuseIfEqual(numbers.get("ioctl"), 1, List.of(TIOCSTI, TIOCLINUX));
    filter.refuseIfEqual(numbers.get("fcntl"), 1, List.of(F_NOTIFY));
    filter.allowOnly(numbers.get("socket"), FAMILIES);
    filter.allowOnly(numbers.get("socketpair"), FAMILIES);
    filter.add(RETURN, 0, 0, ALLOW);
    return filter.bytes();
  }

  static int error(int code) {
    return 0x00050000 | code;
  }

  private void refuse(int number, int code) {
    add(IF_EQUAL, 0, 1, number);
    add(RETURN, 0, 0, error(code));
  }

  /** A call whose argument has one of these bits; the number is loaded again for what follows. */
  private void refuseIfAnyBit(int number, int argument, int bits) {
    add(IF_EQUAL, 0, 4, number);
    add(LOAD, 0, 0, FIRST_ARGUMENT + 8 * argument);
    add(IF_ANY_BIT, 0, 1, bits);
    add(RETURN, 0, 0, error(EPERM));
    add(RETURN, 0, 0, ALLOW);
  }

  private void refuseIfEqual(int number, int argument, List<Integer> values) {
    add(IF_EQUAL, 0, 2 + 2 * values.size(), number);
    add(LOAD, 0, 0, FIRST_ARGUMENT + 8 * argument);
    for (int value : values) {
      add(IF_EQUAL, 0, 1, value);
      add(RETURN, 0, 0, error(EPERM));
    }
    add(RETURN, 0, 0, ALLOW);
  }

  private void allowOnly(int number, List<Integer> values) {
    add(IF_EQUAL, 0, 2 + 2 * values.size(), number);
    add(LOAD, 0, 0, FIRST_ARGUMENT);
    for (int value : values) {
      add(IF_EQUAL, 0, 1, value);
      add(RETURN, 0, 0, ALLOW);
    }
    add(RETURN, 0, 0, error(EAFNOSUPPORT));
  }

  private void add(int code, int ifTrue, int ifFalse, int operand) {
    program.add(new Instruction(code, ifTrue, ifFalse, operand));
  }

  private byte[] bytes() {
    var bytes = new ByteArrayOutputStream();
    for (Instruction instruction : program) {
      bytes.writeBytes(
          ByteBuffer.allocate(8)
              .order(ByteOrder.nativeOrder())
              .putShort((short) instruction.code())
              .put((byte) instruction.ifTrue())
              .put((byte) instruction.ifFalse())
              .putInt(instruction.operand())
              .array());
    }
    return bytes.toByteArray();
  }
}
