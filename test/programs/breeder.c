/*
 * A process with many descendants, all of which append a byte to a file.
 *
 *   breeder FILE MAKERS CHILDREN    after a line on its input: MAKERS processes at once make CHILDREN each, one after the other. In turns a child
 *                                   appends itself; leaves it to a child of its own, which does so as an orphan; or to a program that one of its
 *                                   threads executes. Ends with a line when all are through: how many there were, and how many forks were refused.
 *   breeder append FILE             appends
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *file;

static void append(void)
{
	int fd = open(file, O_WRONLY | O_APPEND);

	if (fd >= 0 && write(fd, "x", 1) == 1)
		_exit(0);
	_exit(errno == EPERM ? 1 : 2);
}

static void *execute(void *none)
{
	execl("/proc/self/exe", "breeder", "append", file, NULL);
	_exit(2);
	return none;
}

static void be_child(int turn)
{
	pid_t parent = getpid();
	pthread_t thread;

	if (turn % 8 == 3) {
		if (pthread_create(&thread, NULL, execute, NULL))
			_exit(3);
		for (;;)
			pause();
	}
	if (turn % 2) {
		switch (fork()) {
		case -1:
			_exit(3);
		case 0:
			while (getppid() == parent)
				usleep(1000);
			append();
		default:
			_exit(0);
		}
	}
	append();
}

static void make(int children, int report)
{
	for (int i = 0; i < children; i++) {
		pid_t child = fork();

		if (!child)
			be_child(i);
		if (write(report, child < 0 ? "-" : "+", 1) != 1)
			_exit(2);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	while (wait(NULL) > 0)
		;
	_exit(0);
}

int main(int argc, char **argv)
{
	int report[2], makers, born = 0, refused = 0;
	char mark;

	if (argc == 3 && !strcmp(argv[1], "append")) {
		file = argv[2];
		append();
	}
	if (argc != 4 || pipe(report))
		return 2;
	file = argv[1];
	makers = atoi(argv[2]);
	if (read(0, &mark, 1) != 1)
		return 2;
	for (int i = 0; i < makers; i++)
		if (!fork())
			make(atoi(argv[3]), report[1]);
	/* Whoever still lives has the pipe open: orphans too. */
	close(report[1]);
	while (read(report[0], &mark, 1) == 1)
		*(mark == '+' ? &born : &refused) += 1;
	printf("%d %d\n", born, refused);
	return 0;
}
