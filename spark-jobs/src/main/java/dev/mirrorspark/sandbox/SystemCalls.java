package dev.mirrorspark.sandbox;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The numbers of the system calls that matter to the filter, on one kind of processor.
 *
 * @param architecture the kernel's {@code AUDIT_ARCH} value
 * @param hasX32 whether a second set of calls shares the architecture value
 * @param numbers by name
 */
record SystemCalls(int architecture, boolean hasX32, Map<String, Integer> numbers) {

  /** Calls that the filter looks at more closely and does not refuse as a whole. */
  private static final List<String> BY_ARGUMENT =
      List.of(
          "clone",
          "clone3",
          "fcntl",
          "ioctl",
          "memfd_create",
          "mmap",
          "shmget",
          "socket",
          "socketpair");

  /** Name, number on x86-64, number on aarch64; −1: the call does not exist there. */
  private static final String TABLE =
      """
      clone 56 220
      clone3 435 435
      fcntl 72 25
      ioctl 16 29
      mmap 9 222
      memfd_create 319 279
      shmget 29 194
      socket 41 198
      socketpair 53 199
      ptrace 101 117
      process_vm_readv 310 270
      process_vm_writev 311 271
      kcmp 312 272
      pidfd_getfd 438 438
      process_madvise 440 440
      mount 165 40
      umount2 166 39
      pivot_root 155 41
      chroot 161 51
      open_tree 428 428
      move_mount 429 429
      fsopen 430 430
      fsconfig 431 431
      fsmount 432 432
      fspick 433 433
      mount_setattr 442 442
      open_tree_attr 467 467
      statmount 457 457
      listmount 458 458
      unshare 272 97
      setns 308 268
      bpf 321 280
      io_uring_setup 425 425
      io_uring_enter 426 426
      io_uring_register 427 427
      io_setup 206 0
      io_destroy 207 1
      io_submit 209 2
      io_cancel 210 3
      io_getevents 208 4
      io_pgetevents 333 292
      inotify_init 253 -1
      inotify_init1 294 26
      cachestat 451 451
      sync 162 81
      perf_event_open 298 241
      userfaultfd 323 282
      add_key 248 217
      request_key 249 218
      keyctl 250 219
      kexec_load 246 104
      kexec_file_load 320 294
      init_module 175 105
      finit_module 313 273
      delete_module 176 106
      reboot 169 142
      swapon 167 224
      swapoff 168 225
      acct 163 89
      syslog 103 116
      quotactl 179 60
      quotactl_fd 443 443
      nfsservctl 180 42
      open_by_handle_at 304 265
      name_to_handle_at 303 264
      fanotify_init 300 262
      lookup_dcookie 212 18
      settimeofday 164 170
      clock_settime 227 112
      clock_adjtime 305 266
      adjtimex 159 171
      sethostname 170 161
      setdomainname 171 162
      vhangup 153 58
      migrate_pages 256 238
      move_pages 279 239
      mbind 237 235
      set_mempolicy 238 237
      memfd_secret 447 447
      iopl 172 -1
      ioperm 173 -1
      modify_ldt 154 -1
      uselib 134 -1
      ustat 136 -1
      sysfs 139 -1
      _sysctl 156 -1
      """;

  static final SystemCalls X86_64 = new SystemCalls(0xc000003e, true, column(1));
  static final SystemCalls AARCH64 = new SystemCalls(0xc00000b7, false, column(2));

  SystemCalls {
    numbers = Map.copyOf(numbers);
  }

  /**
   * The calls of this processor; empty if the filter does not know it.
   *
   * @param name as in {@code os.arch}
   */
  static Optional<SystemCalls> of(String name) {
    return switch (name) {
      case "amd64", "x86_64" -> Optional.of(X86_64);
      case "aarch64", "arm64" -> Optional.of(AARCH64);
      default -> Optional.empty();
    };
  }

  /** Numbers of the calls that are refused whatever their arguments, rising. */
  List<Integer> refused() {
    var refused = new TreeSet<>(numbers.values());
    BY_ARGUMENT.forEach(name -> refused.remove(numbers.get(name)));
    return List.copyOf(refused);
  }

  private static Map<String, Integer> column(int column) {
    Map<String, Integer> numbers = new HashMap<>();
    TABLE
        .lines()
        .map(line -> line.split(" "))
        .filter(cells -> !cells[column].equals("-1"))
        .forEach(cells -> numbers.put(cells[0], Integer.valueOf(cells[column])));
    return numbers;
  }
}
