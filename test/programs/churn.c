/*
 * churn DIRECTORY PROCESSES FILES [PAUSE]: so many short processes, each writing 7 bytes into so many new files, which it removes
 * again; PAUSE microseconds after each.
 */
#include "ways.h"

int main(int argc, char **argv)
{
	CHECK(argc == 4 || argc == 5);
	for (long p = 0; p < atol(argv[2]); p++) {
		int status;
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			for (long f = 0; f < atol(argv[3]); f++) {
				char path[PATH_MAX];
				int fd;

				snprintf(path, sizeof(path), "%s/%ld.%ld", argv[1], p, f);
				fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
				CHECK(fd >= 0);
				CHECK(write(fd, "7 bytes", 7) == 7);
				CHECK(unlink(path) == 0);
				close(fd);
			}
			_exit(0);
		}
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
		if (argc == 5)
			usleep(atol(argv[4]));
	}
	return 0;
}
