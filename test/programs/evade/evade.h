/* Ways around a rule: what all of them share. Each runs in a child of its own, in two steps: before a rule is armed, and after. */
#ifndef EVADE_H
#define EVADE_H

#include "../ways.h"
#include <signal.h>
#include <stdbool.h>

/* The folders of one way. All but `outside` lie in what the rule protects. */
struct place {
	char guarded[PATH_MAX];
	char victim[PATH_MAX];	/* guarded/victim: what is to be changed */
	char outside[PATH_MAX]; /* not protected */
	char spare[PATH_MAX];	/* outside/spare: a file of its own */
	char secret[PATH_MAX];	/* of the ways to look: a file that must not be opened, read or run */
};

/* Kept from the first step to the second. */
struct kept {
	int fd, other, third;
	char *map;
	void *data;
};

struct attempt {
	const char *name;
	const char *class;
	void (*before)(const struct place *at, struct kept *kept); /* NULL: nothing to prepare */
	/* What it returns is believed by nobody: the file is looked at. -2: this kernel or file system cannot do it. */
	int (*act)(const struct place *at, struct kept *kept);
};

enum { CANNOT = -2, SEEN = 42 };

#define NEW "changed by somebody"

/* The ways to change a file, and those to look into one; ended by a NULL name. */
extern const struct attempt by_name[], by_descriptor[], by_place[], by_ring[], by_attribute[], by_process[], to_look[];

static inline void keep_open(const struct place *at, struct kept *kept)
{
	kept->fd = open(at->victim, O_RDWR);
	CHECK(kept->fd >= 0);
}

/* Writes to a descriptor, if there is one. */
static inline int scribble(int fd)
{
	ssize_t n = fd < 0 ? -1 : write(fd, NEW, sizeof(NEW) - 1);

	if (fd >= 0)
		fsync(fd);
	return n > 0 ? 0 : -1;
}

/* Is errno one that says the kernel or file system has no such thing? */
static inline bool unknown_here(void)
{
	return errno == ENOSYS || errno == EOPNOTSUPP || errno == ENOTTY || errno == EINVAL || errno == ENODEV;
}

static inline int run(const char *command)
{
	return system(command);
}

#endif
