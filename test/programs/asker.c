/*
 * Touches files in ways that a shell cannot: `asker threads FILE N` opens it in N threads at once and says how many could;
 * `asker handler FILE OTHER` opens FILE, and OTHER in a handler of SIGCONT; `asker leaderless FILE` in a thread whose first has ended;
 * `asker requests FILE` opens it, says ready, waits for SIGUSR1, and writes by io_uring and AIO.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "uring.h"

static void *open_it(void *path)
{
	int fd = open(path, O_RDONLY);

	return (void *)(long)(fd >= 0 ? 0 : errno);
}

static int threads(char *path, int count)
{
	pthread_t all[64];
	int opened = 0, refused = 0, other = 0;

	for (int i = 0; i < count; i++)
		pthread_create(&all[i], NULL, open_it, path);
	for (int i = 0; i < count; i++) {
		void *failed;

		pthread_join(all[i], &failed);
		opened += !failed;
		refused += (long)failed == EPERM;
		if (failed && (long)failed != EPERM)
			other = (long)failed;
	}
	printf("%d opened, %d refused\n", opened, refused);
	if (other)
		printf("and one failed with %d\n", other);
	return 0;
}

/* The first thread ends before the other one opens the file. */
static void *open_late(void *path)
{
	usleep(200000);
	printf("%s\n", open_it(path) ? "refused" : "opened");
	fflush(stdout);
	exit(0);
}

static int leaderless(char *path)
{
	pthread_t other;

	pthread_create(&other, NULL, open_late, path);
	pthread_exit(NULL);
}

static const char *handlers_file;

/* Once, since each answer brings another SIGCONT. */
static void handler(int signal_number)
{
	if (handlers_file)
		dprintf(1, "handler %s\n", open_it((void *)handlers_file) ? "refused" : "opened");
	handlers_file = NULL;
	(void)signal_number;
}

static int with_handler(char *path, const char *other)
{
	signal(SIGCONT, handler);
	handlers_file = other;
	dprintf(1, "call %s\n", open_it(path) ? "refused" : "opened");
	return 0;
}

static void say(const char *how, long result)
{
	if (result > 0)
		printf("%s: wrote %ld\n", how, result);
	else
		printf("%s: %s\n", how, strerror(-result));
}

static int requests(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND), signal_number;
	struct iocb one = { .aio_fildes = fd, .aio_lio_opcode = IOCB_CMD_PWRITE, .aio_buf = (long)"aio", .aio_nbytes = 3 }, *list = &one;
	aio_context_t context = 0;
	struct io_event event;
	struct uring ring;
	struct io_uring_sqe write = { .opcode = IORING_OP_WRITE, .fd = fd, .addr = (long)"uring", .len = 5, .off = -1 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	printf("ready\n");
	fflush(stdout);
	sigwait(&set, &signal_number);
	if (uring_open(&ring, 0))
		say("io_uring", uring_do(&ring, &write, 1));
	if (syscall(SYS_io_setup, 4, &context) == 0) {
		long submitted = syscall(SYS_io_submit, context, 1, &list);

		if (submitted < 0)
			say("AIO", -errno);
		else if (syscall(SYS_io_getevents, context, 1, 1, &event, NULL) == 1)
			say("AIO", event.res);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "threads"))
		return threads(argv[2], atoi(argv[3]));
	if (argc == 4 && !strcmp(argv[1], "handler"))
		return with_handler(argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "leaderless"))
		return leaderless(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "requests"))
		return requests(argv[2]);
	fprintf(stderr, "usage: asker threads FILE N | asker handler FILE OTHER | asker leaderless FILE | asker requests FILE\n");
	return 2;
}
