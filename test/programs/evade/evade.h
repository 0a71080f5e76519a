/* What all classes of ways share: the table's row, the place a way works in, and how it tells what it did. */
#ifndef EVADE_H
#define EVADE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum op { WRITE, DELETE, RENAME, CREATE, LINK, ATTR, OPEN, EXEC };

/* The victim's size: four pages, so that ranges can be cut out of it. */
enum { SIZE = 16384, PAGE = 4096, SECRET = 48 };

/* A way to change, open or run a guarded file. It has a process of its own, so its functions may keep what they need in static variables. */
struct evasion {
	const char *name;
	enum op op;
	void (*act)(void);     /* what an attacker does while a rule is armed */
	void (*prepare)(void); /* what he did before; NULL: nothing */
	int before;	       /* `prepare` opened or mapped the file or its folder */
	const char *class;     /* another than its table's */
	const char *fs;	       /* the file systems that know it; NULL: all */
	int last;	       /* moves what others stand on: runs after them */
	/* True: it had its effect, told in `detail`. Without it the guarded folder is compared; for OPEN the secret, for EXEC the mark. */
	int (*judge)(int victim_fd, char *detail, size_t size);
};

/* Shared between a way's process and the judge. */
struct told {
	char failed[256];
	char skipped[160];
	char secret[SECRET];
	uint64_t number; /* for a judge of its own */
};

/* Of the way that this process runs: its two folders, the file with the secret in the guarded one, and what it tells. */
extern const char *base, *guarded, *outside, *victim, *filesystem;
extern struct told *told;

/* A path below a folder, in one of many static buffers. */
char *in(const char *folder, const char *name);
/* Ends the way (or a helper process of it) and notes what failed. */
long must(long result, const char *what);
#define MUST(call) must((long)(call), #call)
/* Ends the way: this kernel or file system cannot do it. Only for what a rule would not answer. */
void skip(const char *why) __attribute__((noreturn));
#define SKIP_IF(condition, why) \
	do { \
		if (condition) \
			skip(why); \
	} while (0)

/* Overwrites the beginning of an open file. */
void tamper(int fd);
/* Opens for writing and overwrites. */
void tamper_path(const char *path);
/* Takes the secret from an open file. */
void steal(int fd);
/* A file outside, full of an attacker's bytes, open for both. */
int source(void);
void copy_file(const char *from, const char *to, mode_t mode);
void write_text(const char *path, const char *text);
/* Runs a program, or a function in a child, and waits. */
void run(const char *program, ...);
pid_t fork_to(void (*function)(void));
void wait_for(pid_t pid);
/* Others write late: waits until a file is there, at most 5 s. */
void wait_for_file(const char *path);
/* The block device below the folder given, and where it is mounted (both PATH_MAX); skips the way without one. */
void device_of(char *device, char *point);
/* A child that runs `function` and then waits to be killed; returns when the function is done. */
pid_t keep(void (*function)(void));

extern const struct evasion descriptor_ways[], size_ways[], name_ways[], link_ways[], mount_ways[], mapping_ways[], async_ways[], attribute_ways[], process_ways[],
	deep_ways[], filesystem_ways[], kernel_ways[], reading_ways[], race_ways[], call32_ways[];

/* The judge's memory of a guarded folder: descriptors opened before any rule, and what they showed. */
struct snapshot;
struct snapshot *snapshot_take(const char *folder);
/* Looks again, through the same descriptors. */
void snapshot_renew(struct snapshot *s);
/* Tells every difference; true: there is one. `attributes`: the access time counts too. */
int snapshot_differs(struct snapshot *s, int attributes, char *detail, size_t size);
int snapshot_victim(struct snapshot *s);

#endif
