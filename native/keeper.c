// SPDX-License-Identifier: MIT
/*
 * The watchdog process: switches all rules off when the program that armed them is gone, and resumes the processes that ask rules hold.
 *
 *   fswatch-keeper ANSWER SECONDS watchdog [KEEP SOCKET]
 *   fswatch-keeper ANSWER SECONDS standby PID
 *
 * with these descriptors: 0 a pipe from the program, 3 the map `held`, 4 the map `asks_over`, 5 the map of the variables `armed_ops` and
 * `rules_over`, 6 the map `owner_ended`, 7 the map `frozen`, 8 and up the links that keep the guard attached.
 *
 * It holds the links, so that the guard outlives the program long enough to give pending requests their answer: ANSWER (1 allows, 2
 * denies). Rules are off with its first write, `rules_over`; the kernel detaches the guard when it ends, which takes seconds. While the
 * program lives it only answers what is pending for more than SECONDS, since a program that is itself stopped answers nothing.
 *
 * The standby does the same in the case that the watchdog process PID is killed together with the program. BPF cannot resume another
 * process (bpf_send_signal() sends to the current one), so that needs a process.
 *
 * With KEEP (seconds) the rules that deny, kill and audit stay in force for that time after the program died (RULES_KEPT). The program
 * says through the pipe whether its end would be a death: PIPE_KEEP once it handles signals, PIPE_RELEASE when it ends by itself. SOCKET is
 * where `fswatch-tui release` ends that time, and where the next start learns of it.
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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../bpf/guard.h"

enum { PROGRAM = 0, HELD_MAP = 3, OVER_MAP = 4, ARMED_MAP = 5, ENDED_MAP = 6, FROZEN_MAP = 7 };

/* Bytes that the program writes into the pipe. */
enum { PIPE_KEEP = 'k', PIPE_RELEASE = 'r' };

/* The section .data.armed of bpf/guard_maps.h. */
struct armed {
  uint32_t ops, rules_over;
};

/*
 * Once the program is gone, ms: how long those who cannot be resumed (a tracer holds them, somebody stops them again) are waited for;
 * how long those who run again may take to come for their answer, on a busy machine; how long after that stragglers are resumed; and
 * how often all of them are looked at. TICK_MS: how often, while the program lives. Where rules are kept, requests are looked for all of
 * LEAVING_MS, every SETTLING_MS once none is known. REQUEST_MS: how long a request at the socket may
 * take, since its peer may wait for its turn.
 */
enum { STUCK_MS = 700, LEAVING_MS = 5000, LAST_MS = 150, LOOK_MS = 5, TICK_MS = 500, REQUEST_MS = 5000, SETTLING_MS = 100 };

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

/* The fields of /proc/TID/stat behind the name, from the state letter on; NULL when there is no such thread any more. Static. */
static const char* stat_of(unsigned int tid) {
  static char text[512];
  char path[32];
  snprintf(path, sizeof(path), "/proc/%u/stat", tid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
  if (fd >= 0) close(fd);
  if (n <= 0) return NULL;
  text[n] = 0;
  const char* end = strrchr(text, ')');
  return end && end[1] == ' ' && end[2] != 'Z' && end[2] != 'X' ? end + 2 : NULL;
}

/* The state letter of a thread as proc(5) has it, or 0 when there is no such thread any more. */
static char state_of(unsigned int tid) {
  const char* stat = stat_of(tid);
  return stat ? *stat : 0;
}

/* Is the process stopped, and the one that had this number when the rule froze it? `birth`: as in struct process_key. */
static int is_stopped_since(unsigned int tgid, unsigned int birth) {
  const char* at = stat_of(tgid);
  if (!at || (*at != 'T' && *at != 't')) return 0;
  // Field 22, the start in 1/100 s since boot; the state is field 3.
  for (int field = 3; field < 22 && at; field++) at = strchr(at + 1, ' ');
  if (!at) return 0;
  unsigned int own = strtoull(at + 1, NULL, 10) * 10000000ull >> 24;
  // It is known to 10 ms only.
  return own - birth + 1 <= 2;
}

static int pidfd_of(pid_t pid) { return syscall(SYS_pidfd_open, pid, 0); }

/* Has what the descriptor stands for ended, or does it have something to read? Waits up to `ms`. A descriptor of -1 never has. */
static int is_ready(int fd, int ms) {
  struct pollfd one = {.fd = fd, .events = POLLIN};
  return poll(&one, 1, ms) > 0;
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

/* `rules_over`: one of enum rules_over. */
static void set_rules_over(uint32_t rules_over) {
  unsigned int zero = 0;
  struct armed armed = {};
  map(BPF_MAP_LOOKUP_ELEM, ARMED_MAP, &zero, &armed);
  armed.rules_over = rules_over;
  update(ARMED_MAP, &zero, &armed, BPF_ANY);
}

/* No rule holds any more: only requests that are pending are judged from here on. */
static void switch_off(unsigned int answer) {
  unsigned int zero = 0;
  update(OVER_MAP, &zero, &answer, BPF_ANY);
  set_rules_over(RULES_OVER);
}

/* The program is gone: each held call gets the answer, and no other is held. */
static void release_all(unsigned int answer) {
  unsigned int zero = 0;
  struct armed armed = {.rules_over = RULES_OVER};
  switch_off(answer);
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

/* Resumes the processes that a freeze rule has stopped: no freeze rule holds any more, and no user sees them listed. */
static void resume_frozen(void) {
  static struct rule_process keys[FROZEN];
  unsigned int count = 0;
  void* at = NULL;

  while (count < FROZEN && map(BPF_MAP_GET_NEXT_KEY, FROZEN_MAP, at, &keys[count]) == 0) at = &keys[count++];
  for (unsigned int i = 0; i < count; i++) {
    if (!is_stopped_since(keys[i].process.tgid, keys[i].process.birth)) continue;
    // Once each: its user may stop it again.
    map(BPF_MAP_DELETE_ELEM, FROZEN_MAP, &keys[i], NULL);
    kill(keys[i].process.tgid, SIGCONT);
  }
}

/* Forgets all answers for one call: nothing watches the ends of calls any more. */
static void forget_held(void) {
  unsigned int tid;
  while (map(BPF_MAP_GET_NEXT_KEY, HELD_MAP, NULL, &tid) == 0)
    if (map(BPF_MAP_DELETE_ELEM, HELD_MAP, &tid, NULL) != 0) return;
}

/* The socket, and what its other end asks about. One request at a time; -1: none. */
struct requests {
  const char* path;
  int listener, client;
  uint64_t since_ns; /* of the request */
  pid_t owner;
  uint64_t until_ns; /* that rules are kept; 0: the program lives */
};

/* The descriptor to wait for. A peer that says nothing keeps others out for REQUEST_MS. */
static int next_request(struct requests* of) {
  if (of->client >= 0 && now_ns() - of->since_ns > REQUEST_MS * 1000000ull) {
    close(of->client);
    of->client = -1;
  }
  return of->client >= 0 ? of->client : of->listener;
}

static void accept_request(struct requests* of) {
  struct ucred peer = {.uid = -1};
  socklen_t size = sizeof(peer);
  of->client = accept4(of->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  of->since_ns = now_ns();
  if (of->client < 0 || (getsockopt(of->client, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == 0)) return;
  close(of->client);
  of->client = -1;
}

/*
 * Goes on with a request, of which next_request() is ready, and never waits: a byte, 's' what holds, 'r' end it. The answer is a line:
 * "armed PID" while the program lives, "kept PID MS", or "released PID". Returns whether the rules have ended. Only root is answered.
 */
static int serve(struct requests* of, unsigned int answer) {
  char request = 0, line[64];
  if (of->client < 0) {
    accept_request(of);
    return 0;
  }
  int ends = 0;
  if (read(of->client, &request, 1) == 1) {
    uint64_t now = now_ns();
    ends = request == 'r' && of->until_ns;
    if (ends) {
      switch_off(answer);
      // Before the answer: a client that has it finds no socket any more.
      unlink(of->path);
    }
    if (!of->until_ns)
      snprintf(line, sizeof(line), "armed %d\n", of->owner);
    else if (ends)
      snprintf(line, sizeof(line), "released %d\n", of->owner);
    else
      snprintf(line, sizeof(line), "kept %d %llu\n", of->owner, (unsigned long long)(of->until_ns > now ? (of->until_ns - now) / 1000000 : 0));
    if (write(of->client, line, strlen(line)) < 0) { /* It did not wait for the answer. */
    }
  }
  close(of->client);
  of->client = -1;
  return ends;
}

/* The program died: rules that deny, kill and audit hold until the time is over or a request ends it. */
static void keep_rules(unsigned int answer, uint64_t keep_ns, struct requests* requests) {
  uint64_t start = now_ns();
  int is_settling = 1;

  requests->until_ns = start + keep_ns;
  set_rules_over(RULES_KEPT);
  for (;;) {
    uint64_t now = now_ns(), wait_ms = TICK_MS;
    if (now >= requests->until_ns) return;
    if (is_settling) {
      uint64_t ms = (now - start) / 1000000;
      // A stop may have been on its way.
      resume_frozen();
      struct left left = answer_held(answer, UINT64_MAX);
      wait_ms = ms < STUCK_MS || left.running || left.stopped ? (now_ns() - now) / 1000000 + LOOK_MS : SETTLING_MS;
      is_settling = ms < LEAVING_MS;
      if (!is_settling) forget_held();
    }
    uint64_t left_ms = (requests->until_ns - now) / 1000000 + 1;
    if (is_ready(next_request(requests), left_ms < wait_ms ? left_ms : wait_ms) && serve(requests, answer)) return;
  }
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

/* The socket at `path`, or -1. It takes its name when it is ready, so that one that refuses is of a process that is gone. */
static int listen_at(const char* path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int length = snprintf(address.sun_path, sizeof(address.sun_path), "%s.new", path);
  if (fd < 0 || length < 0 || length >= (int)sizeof(address.sun_path)) return -1;
  umask(077);
  if (bind(fd, (struct sockaddr*)&address, sizeof(address)) == 0 && listen(fd, 16) == 0 && rename(address.sun_path, path) == 0) return fd;
  close(fd);
  return -1;
}

/* Reads what the program wrote: does it want its rules kept if it dies now? Returns whether the pipe is at its end. */
static int read_pipe(int* is_kept) {
  char bytes[64];
  ssize_t n;
  while ((n = read(PROGRAM, bytes, sizeof(bytes))) > 0) *is_kept = bytes[n - 1] == PIPE_KEEP;
  return n == 0 || errno != EAGAIN;
}

int main(int argc, char** argv) {
  int is_standby = argc == 5 && strcmp(argv[3], "standby") == 0;
  if (!is_standby && ((argc != 4 && argc != 6) || strcmp(argv[3], "watchdog") != 0)) {
    fprintf(stderr, "fswatch-keeper is started by fswatch-tui, not by hand\n");
    return 2;
  }
  unsigned int answer = strtoul(argv[1], NULL, 10);
  uint64_t patience_ns = strtoull(argv[2], NULL, 10) * 1000000000ull;
  uint64_t keep_ns = argc == 6 ? strtoull(argv[4], NULL, 10) * 1000000000ull : 0;
  struct requests requests = {.path = argc == 6 ? argv[5] : NULL, .listener = -1, .client = -1, .owner = getppid()};
  // A process that is gone already has no descriptor: then there is nothing to wait for.
  int other = is_standby ? pidfd_of(atoi(argv[4])) : -1;
  survive(is_standby ? "fswatch-standby" : "fswatch-keeper");
  hurry();
  if (keep_ns) requests.listener = listen_at(requests.path);
  // Nothing is armed yet: the program is told by the end of this process.
  if (keep_ns && requests.listener < 0) return 3;
  int is_kept = 0;
  fcntl(PROGRAM, F_SETFL, fcntl(PROGRAM, F_GETFL) | O_NONBLOCK);
  for (;;) {
    struct pollfd ends[] = {{.fd = PROGRAM, .events = POLLIN}, {.fd = ENDED_MAP, .events = POLLIN}, {.fd = next_request(&requests), .events = POLLIN}};
    int ready = poll(ends, 3, TICK_MS);
    if (ready < 0 && errno == EINTR) continue;
    // What the program wrote comes before its end, so it is read first.
    int is_over = ready > 0 && read_pipe(&is_kept);
    if (is_over || (ready > 0 && ends[1].revents)) {
      // The standby's turn comes when the other one is gone, whether it had time to do its work or not.
      while (other >= 0 && !is_ready(other, -1)) continue;
      if (is_kept && keep_ns) keep_rules(answer, keep_ns, &requests);
      if (requests.path) unlink(requests.path);
      release_all(answer);
      return 0;
    }
    if (ready > 0 && ends[2].revents) serve(&requests, answer);
    uint64_t now = now_ns();
    int is_alone = !is_standby || other < 0 || is_ready(other, 0);
    if (is_alone && now > patience_ns) answer_held(answer, now - patience_ns);
  }
}
