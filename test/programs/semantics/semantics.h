/* What the parts of the suite share (compiled with -D_GNU_SOURCE): a check is a line of output, and where POSIX or Linux is clear, an expectation. */
#ifndef SEMANTICS_H
#define SEMANTICS_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a call gave: its value, or -errno. */
#define RESULT(call) \
	({ \
		errno = 0; \
		long value_ = (long)(call); \
		value_ == -1 ? -(long)errno : value_; \
	})

/* The same call as another user, in a child. */
#define AS_NOBODY(call) \
	({ \
		pid_t child_ = fork(); \
		if (!child_) { \
			become_nobody(); \
			*from_child = RESULT(call); \
			_exit(0); \
		} \
		int status_ = 0; \
		waitpid(child_, &status_, 0); \
		status_ ? -10000L - status_ : *from_child; \
	})

/* A check with an expectation, and one whose answer is the file system's or the kernel's own affair. */
#define IS(name, call, want) is(name, RESULT(call), want)
#define SEE(name, call) see(name, RESULT(call))
#define NOBODY_IS(name, call, want) is(name, AS_NOBODY(call), want)
#define NOBODY_SEE(name, call) see(name, AS_NOBODY(call))

extern volatile long *from_child;

void is(const char *name, long got, long want);
void see(const char *name, long got);
void is_text(const char *name, const char *got, const char *want);

void become_nobody(void);

/* Opens and closes: 0 or -1 with errno. */
int try_open(const char *path, int flags, mode_t mode);
/* Makes or replaces a file, mode 0644. */
void make(const char *path, const char *text);
/* A file's first 255 bytes; static. "(none)" where it cannot be read. */
const char *text_of(const char *path);

/* By lstat; -1 with errno. */
long size_of(const char *path);
long mode_of(const char *path);
long type_of(const char *path);
long links_of(const char *path);
int exists(const char *path);
int same_file(const char *a, const char *b);

/* The parts; each runs in a directory of its own. `elsewhere` is a directory of another file system. */
void opening(void);
void users(void);
void making(void);
void renaming(const char *elsewhere);
void linking(const char *elsewhere);
void attributes(void);
void times(void);
void extended(void);
void sizes(void);
void moving(const char *elsewhere);
void mapping(void);
void locking(void);
void listing(void);

#endif
