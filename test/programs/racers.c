/* racers FILE N: N processes that have FILE open all write to it at one moment. Prints how many ended by a signal, and how many wrote. */
#include "ways.h"
#include <signal.h>

int main(int argc, char **argv)
{
	int fd, go[2], killed = 0, wrote = 0;
	long count;

	CHECK(argc == 3);
	count = atol(argv[2]);
	fd = open(argv[1], O_RDWR);
	CHECK(fd >= 0 && pipe(go) == 0);
	for (long i = 0; i < count; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			char byte;

			close(go[1]);
			CHECK(read(go[0], &byte, 1) == 0);
			_exit(pwrite(fd, "X", 1, i % 4096) == 1 ? 0 : 1);
		}
	}
	close(go[1]);
	for (int status; wait(&status) > 0;) {
		killed += WIFSIGNALED(status);
		wrote += WIFEXITED(status) && WEXITSTATUS(status) == 0;
	}
	printf("%d %d\n", killed, wrote);
	return 0;
}
