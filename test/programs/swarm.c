/*
 * swarm DIRECTORY PROCESSES RATE [exec]: starts PROCESSES short processes, RATE a second at most (0: as fast as it can). Each takes a
 * name of its own, creates a file of its own in DIRECTORY, writes to it and removes it. With "exec" each also executes a program.
 */
#include "ways.h"
#include <sys/prctl.h>
#include <time.h>

static void live(const char *directory, long number)
{
	char path[PATH_MAX], name[16];
	int fd;

	snprintf(name, sizeof(name), "s%ld", number);
	prctl(PR_SET_NAME, name);
	snprintf(path, sizeof(path), "%s/a-file-of-its-own-with-a-long-name.%ld", directory, number);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	CHECK(fd >= 0);
	CHECK(write(fd, "7 bytes", 7) == 7);
	CHECK(unlink(path) == 0);
	close(fd);
	_exit(0);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	/* As executed by itself: the number of the process. */
	if (argc == 3) {
		live(argv[1], atol(argv[2]));
	}
	CHECK(argc == 4 || argc == 5);
	long processes = atol(argv[2]), rate = atol(argv[3]);
	double began = seconds();

	for (long number = 0; number < processes; number++) {
		int status;
		pid_t pid;

		if (rate > 0 && number % 16 == 0) {
			double ahead = began + (double)number / rate - seconds();

			if (ahead > 0)
				usleep(ahead * 1e6);
		}
		if (argc == 5) {
			char text[32];

			snprintf(text, sizeof(text), "%ld", number);
			pid = vfork();
			if (pid == 0) {
				execl("/proc/self/exe", "swarm", argv[1], text, NULL);
				_exit(1);
			}
		} else {
			pid = fork();
			if (pid == 0)
				live(argv[1], number);
		}
		CHECK(pid > 0);
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	}
	printf("%ld processes in %.1f s\n", processes, seconds() - began);
	return 0;
}
