// SPDX-License-Identifier: MIT
/*
 * The watchdog process: switches all rules off when the program that armed them is gone, and resumes the processes that ask rules hold.
 *
 *   fswatch-keeper ANSWER SECONDS [PID]   with these descriptors: 0 a pipe from the program, 3 the map `held`, 4 the map `asks_over`,
 *                                         5 the map of the variables `armed_ops` and `rules_over`, 6 the map `owner_ended`,
 *                                         7 and up the links that keep the guard attached
 *
 * It holds the links, so that the guard outlives the program long enough to give pending requests their answer: ANSWER (1 allows, 2
 * denies). Rules are off with its first write, `rules_over`; the kernel detaches the guard when it ends, which takes seconds. While the
 * program lives it only answers what is pending for more than SECONDS, since a program that is itself stopped answers nothing.
 *
 * With PID it is the standby: the same for the case that the watchdog process PID is killed together with the program. BPF cannot
 * resume another process (bpf_send_signal() sends to the current one), so that needs a process.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <linux/bpf.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../bpf/guard.h"

enum { PROGRAM = 0, HELD_MAP = 3, OVER_MAP = 4, ARMED_MAP = 5, ENDED_MAP = 6 };

/* The section .data.armed of bpf/guard_maps.h. */
struct armed {
  uint32_t ops, rules_over;
};

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

/* Sleeps for LOOK_MS, and as long as what began at `since_ns` took. */
static void rest(uint64_t since_ns) {
  uint64_t took_us = (now_ns() - since_ns) / 1000;
  usleep(took_us > LOOK_MS * 1000 ? took_us : LOOK_MS * 1000);
}

/* The program is gone: everybody who waits gets the answer, and nobody waits any more. */
static void release_all(unsigned int answer) {
  unsigned int zero = 0;
  struct armed armed = {};
  update(OVER_MAP, &zero, &answer, BPF_ANY);
  // Only requests that are pending are judged from here on.
  map(BPF_MAP_LOOKUP_ELEM, ARMED_MAP, &zero, &armed);
  armed.rules_over = 1;
  update(ARMED_MAP, &zero, &armed, BPF_ANY);
  uint64_t start = now_ns();
  for (;;) {
    uint64_t look = now_ns();
    struct left left = answer_held(answer, UINT64_MAX);
    uint64_t ms = (now_ns() - start) / 1000000;
    // At most half of a processor: those that are resumed need it.
    rest(look);
    if ((!left.running || ms >= LEAVING_MS) && (!left.stopped || ms >= STUCK_MS)) break;
  }
  armed.ops = 0;
  update(ARMED_MAP, &zero, &armed, BPF_ANY);
  // What is left, or was about to stop, makes its call again with no rule at all.
  for (uint64_t end = now_ns() + LAST_MS * 1000000ull, look; look = now_ns(), look < end; rest(look)) answer_held(answer, UINT64_MAX);
}

/* The kernel must not choose it when memory is short, and nothing meant for the terminal's programs must end it. */
static void survive(const char* name) {
  setsid();
  for (int signal_number = 1; signal_number < 32; signal_number++) signal(signal_number, SIG_IGN);
  prctl(PR_SET_NAME, name);
  int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd >= 0) {
    if (write(fd, "-1000", 5) < 0) { /* Not root of the first namespace: then as it is. */
    }
    close(fd);
  }
}

/*
 * It must run at once on a machine that is overloaded: at load 16 an ordinary process waits for a turn each time it is woken. Lowest
 * real-time priority; where that is refused (a container, a cgroup without real-time budget), the highest of the ordinary ones. Not
 * paged in when it is needed.
 */
static void hurry(void) {
  struct sched_param lowest = {.sched_priority = 1};
  if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &lowest) != 0) setpriority(PRIO_PROCESS, 0, -20);
  mlockall(MCL_CURRENT | MCL_FUTURE);
}

static int pidfd_of(pid_t pid) { return syscall(SYS_pidfd_open, pid, 0); }

/* Has what the descriptor stands for ended, or does it have something to read? Waits up to `ms`. A descriptor of -1 never has. */
static int is_ready(int fd, int ms) {
  struct pollfd one = {.fd = fd, .events = POLLIN};
  return poll(&one, 1, ms) > 0;
}

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    fprintf(stderr, "fswatch-keeper is started by fswatch-tui, not by hand\n");
    return 2;
  }
  unsigned int answer = strtoul(argv[1], NULL, 10);
  uint64_t patience_ns = strtoull(argv[2], NULL, 10) * 1000000000ull;
  int is_standby = argc == 4;
  // A process that is gone already has no descriptor: then there is nothing to wait for.
  int other = is_standby ? pidfd_of(atoi(argv[3])) : -1;
  survive(is_standby ? "fswatch-standby" : "fswatch-keeper");
  hurry();
  for (;;) {
    struct pollfd ends[] = {{.fd = PROGRAM, .events = POLLIN}, {.fd = ENDED_MAP, .events = POLLIN}};
    int ready = poll(ends, 2, TICK_MS);
    if (ready < 0 && errno == EINTR) continue;
    if (ready > 0) {
      // The standby's turn comes when the other one is gone, whether it had time to do its work or not.
      while (other >= 0 && !is_ready(other, -1)) continue;
      release_all(answer);
      return 0;
    }
    uint64_t now = now_ns();
    int is_alone = !is_standby || other < 0 || is_ready(other, 0);
    if (is_alone && now > patience_ns) answer_held(answer, now - patience_ns);
  }
}
