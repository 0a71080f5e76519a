// SPDX-License-Identifier: MIT
/*
 * The keeper: disarms all rules the moment the program that armed them is gone, and lets go of the processes that ask rules hold.
 *
 *   fswatch-keeper ANSWER SECONDS   with these descriptors: 0 a pipe from the program, 3 the map `held`, 4 the map `asks_over`,
 *                                   5 the map of the variable `armed_ops`, 6 and up the links that keep the guard attached
 *
 * It holds the links, so that the guard outlives the program long enough to give those who wait their answer: ANSWER (1 allows, 2
 * denies). Then it disarms the rules and ends, and the kernel detaches the guard, which may take it seconds. While the program lives
 * it only looks after what has waited for more than SECONDS, since a program that is itself stopped answers nobody.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../bpf/guard.h"

enum { PROGRAM = 0, HELD_MAP = 3, OVER_MAP = 4, ARMED_MAP = 5 };

/*
 * Once the program is gone, ms: how long those who cannot be resumed (a tracer holds them, somebody stops them again) are waited for;
 * how long those who run again may take to come for their answer, on a busy machine; how long after that stragglers are resumed; and
 * how often all of them are looked at. TICK_MS: how often, while the program lives.
 */
enum { STUCK_MS = 700, LEAVING_MS = 5000, LAST_MS = 150, LOOK_MS = 5, TICK_MS = 500 };

static long update(int fd, const void* key, const void* value, uint64_t flags) {
  union bpf_attr attr = {};
  attr.map_fd = fd;
  attr.key = (uintptr_t)key;
  attr.value = (uintptr_t)value;
  attr.flags = flags;
  return syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr));
}

static long map(int command, int fd, const void* key, void* value_or_next) {
  union bpf_attr attr = {};
  attr.map_fd = fd;
  attr.key = (uintptr_t)key;
  attr.value = (uintptr_t)value_or_next;
  return syscall(SYS_bpf, command, &attr, sizeof(attr));
}

static uint64_t now_ns(void) {
  struct timespec now;
  // The clock of `since_ns`. It counts the time of a suspend, so that a request that is overdue on waking is answered at once.
  clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec * 1000000000ull + now.tv_nsec;
}

/* The state letter of a thread as proc(5) has it, or 0 when there is no such thread any more. */
static char state_of(unsigned int tid) {
  char path[32], text[512];
  snprintf(path, sizeof(path), "/proc/%u/stat", tid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
  if (fd >= 0) close(fd);
  if (n <= 0) return 0;
  text[n] = 0;
  const char* end = strrchr(text, ')');
  return end && end[1] == ' ' && end[2] != 'Z' && end[2] != 'X' ? end[2] : 0;
}

/* How many threads have not found their answer yet: those that run, and those that are stopped. */
struct left {
  unsigned int running, stopped;
};

/* Goes through those who wait. Those stopped since before `before_ns` get the answer, if they have none, and are resumed. */
static struct left answer_held(unsigned int answer, uint64_t before_ns) {
  static unsigned int tids[HELD];
  unsigned int count = 0, *at = NULL;
  struct left left = {};

  while (count < HELD && map(BPF_MAP_GET_NEXT_KEY, HELD_MAP, at, &tids[count]) == 0) at = &tids[count++];
  for (unsigned int i = 0; i < count; i++) {
    struct held held;
    if (map(BPF_MAP_LOOKUP_ELEM, HELD_MAP, &tids[i], &held) != 0) continue;
    struct held_ask* ask = &held.asks[held.waiting % HELD_ASKS];
    // The thread, not its process: the first one may have ended. Nobody who is not stopped is to be resumed.
    char state = state_of(tids[i]);
    int is_stopped = state == 'T' || state == 't';
    if (state && !ask->taken) *(is_stopped ? &left.stopped : &left.running) += 1;
    // While the program lives, a call with its answer is none of ours.
    if (held.since_ns > before_ns || !is_stopped || (ask->taken && before_ns != UINT64_MAX)) continue;
    if (ask->answer == ANSWER_NONE) {
      ask->answer = answer;
      update(HELD_MAP, &tids[i], &held, BPF_EXIST);
    }
    kill(held.process.tgid, SIGCONT);
  }
  return left;
}

/* The program is gone: everybody who waits gets the answer, and nobody waits any more. */
static void release_all(unsigned int answer) {
  unsigned int zero = 0;
  update(OVER_MAP, &zero, &answer, BPF_ANY);
  uint64_t start = now_ns();
  for (;; usleep(LOOK_MS * 1000)) {
    struct left left = answer_held(answer, UINT64_MAX);
    uint64_t ms = (now_ns() - start) / 1000000;
    if ((!left.running || ms >= LEAVING_MS) && (!left.stopped || ms >= STUCK_MS)) break;
  }
  update(ARMED_MAP, &zero, &zero, BPF_ANY);
  // Whoever is left, or was on his way into the stop, makes his call again with no rule at all.
  for (uint64_t end = now_ns() + LAST_MS * 1000000ull; now_ns() < end; usleep(LOOK_MS * 1000)) answer_held(answer, UINT64_MAX);
}

/* The kernel must not choose it when memory is short, and nothing meant for the terminal's programs must end it. */
static void survive(void) {
  setsid();
  for (int signal_number = 1; signal_number < 32; signal_number++) signal(signal_number, SIG_IGN);
  prctl(PR_SET_NAME, "fswatch-keeper");
  int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd >= 0) {
    if (write(fd, "-1000", 5) < 0) { /* Not root of the first namespace: then as it is. */
    }
    close(fd);
  }
}

int main(int argc, char** argv) {
  if (argc != 3) {
    fprintf(stderr, "fswatch-keeper is started by fswatch-tui, not by hand\n");
    return 2;
  }
  unsigned int answer = strtoul(argv[1], NULL, 10);
  uint64_t patience_ns = strtoull(argv[2], NULL, 10) * 1000000000ull;
  survive();
  for (;;) {
    struct pollfd program = {.fd = PROGRAM, .events = POLLIN};
    int ready = poll(&program, 1, TICK_MS);
    if (ready < 0 && errno == EINTR) continue;
    if (ready > 0) {
      release_all(answer);
      return 0;
    }
    uint64_t now = now_ns();
    if (now > patience_ns) answer_held(answer, now - patience_ns);
  }
}
