/* openers FILE N: N processes that each open FILE at the same time; says how many could and how many were refused when all have ended. */
#include "ways.h"

int main(int argc, char **argv)
{
	CHECK(argc == 3);
	int opened = 0, refused = 0, other = 0, status;

	for (long i = 0; i < atol(argv[2]); i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0)
			_exit(open(argv[1], O_RDONLY) >= 0 ? 0 : errno == EPERM ? 1 : 2);
	}
	while (wait(&status) > 0) {
		if (status == 0)
			opened++;
		else if (WIFEXITED(status) && WEXITSTATUS(status) == 1)
			refused++;
		else
			other++;
	}
	printf("%d opened, %d refused, %d other\n", opened, refused, other);
	return 0;
}
