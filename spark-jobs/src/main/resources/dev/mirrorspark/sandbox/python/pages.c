// Loaded into the interpreter of the tests before it starts: its memory comes from huge pages, and
// after the fork each side takes copies of these whole instead of 4 KiB at a time. Two started
// interpreters touch 800 pages less, of which each costs a virtual machine up to 20 us.
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
  PAGE = 4096,
  HUGE = 2 << 20,
  ARENA = 1 << 20, // what Python 3.10 and newer asks for at a time
  ARENAS = 4,
  SPARE = 1 + ARENAS * ARENA / HUGE,
  PIECE = 120000, // malloc takes less than 128 KiB from the heap
  PIECES = HUGE / PIECE + 1,
};

static char *arenas, *arenas_end, *spare, *heap;
static int apart;

static char *map(void *at, size_t size, int flags) {
  flags |= MAP_PRIVATE | MAP_ANONYMOUS;
  char *mapped = (char *)syscall(SYS_mmap, at, size, PROT_READ | PROT_WRITE, flags, -1, 0);
  return mapped == MAP_FAILED ? NULL : mapped;
}

static char *even(char *from) {
  return (char *)(((uintptr_t)from + HUGE - 1) & -(uintptr_t)HUGE);
}

static int left(void) { return arenas != NULL && arenas_end < arenas + ARENAS * ARENA; }

void *mmap(void *at, size_t size, int rights, int flags, int file, off_t offset) {
  if (left() && at == NULL && size == ARENA && file == -1 && rights == (PROT_READ | PROT_WRITE) &&
      flags == (MAP_PRIVATE | MAP_ANONYMOUS)) {
    arenas_end += ARENA;
    return arenas_end - ARENA;
  }
  return (void *)syscall(SYS_mmap, at, size, rights, flags, file, offset);
}

void *mmap64(void *, size_t, int, int, int, off_t) __attribute__((alias("mmap")));

int munmap(void *from, size_t size) {
  int ours = arenas != NULL && (char *)from >= arenas && (char *)from < arenas + ARENAS * ARENA;
  return ours ? madvise(from, size, MADV_DONTNEED) : (int)syscall(SYS_munmap, from, size);
}

// In place of the page that is shared since the fork.
static void copy(char *from) {
  memcpy(spare, from, HUGE);
  mremap(spare, HUGE, HUGE, MREMAP_MAYMOVE | MREMAP_FIXED, from);
  spare += HUGE;
}

static void part(void) {
  if (apart) {
    return;
  }
  apart = 1;
  if (heap != NULL) {
    copy(heap);
  }
  for (char *page = arenas; page < arenas_end; page += HUGE) {
    copy(page);
  }
}

// malloc's size of a piece; volatile, for a compiler takes it that nobody writes there but malloc.
static volatile size_t *head(char *piece) {
  return (size_t *)(piece - sizeof(size_t));
}

// Has malloc's heap begin with a huge page: grows it that far, maps it anew, as a page of which
// anything is there becomes none, and puts back what malloc has written between the pieces.
static void grow(void) {
  static char first[PAGE];
  size_t heads[PIECES];
  char *pieces[PIECES], *start = even(sbrk(0));
  sbrk(start - (char *)sbrk(0));
  int count = 0, whole = 1;
  while (count < PIECES) {
    pieces[count] = malloc(PIECE);
    whole &= pieces[count] >= start && pieces[count] < start + count * (PIECE + 64) + PAGE;
    count++;
  }
  void *volatile behind = malloc(1); // stays, lest malloc give back what is free before it
  whole &= (char *)behind > start + HUGE && (char *)sbrk(0) >= start + HUGE;
  if (whole) {
    memcpy(first, start, PAGE);
    for (int i = 0; i < PIECES; i++) {
      heads[i] = *head(pieces[i]);
    }
    if (map(start, HUGE, MAP_FIXED) == NULL) {
      _exit(3);
    }
    madvise(start, HUGE, MADV_HUGEPAGE);
    memcpy(start, first, PAGE);
    for (int i = 0; i < PIECES; i++) {
      *head(pieces[i]) = heads[i];
    }
    heap = start;
  }
  while (count > 0) {
    free(pieces[--count]);
  }
}

__attribute__((constructor)) static void start(void) {
  size_t size = ARENAS * ARENA + SPARE * HUGE;
  char *mapped = sysconf(_SC_PAGESIZE) == PAGE ? map(NULL, size + HUGE, MAP_NORESERVE) : NULL;
  if (mapped == NULL) {
    return;
  }
  arenas = arenas_end = even(mapped);
  spare = arenas + ARENAS * ARENA;
  madvise(arenas, size, MADV_HUGEPAGE);
  grow();
  pthread_atfork(NULL, part, part);
}
