/*
 * What one open+close and one pwrite cost: nanoseconds, which under -icount are instructions. Of this process alone: a tracer
 * that runs on the same CPU meanwhile has its own account (the wall clock would mix the two).
 */
#include "ways.h"
#include <time.h>

enum { ROUNDS = 20000 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
	char path[PATH_MAX], byte = 0;
	double begin, opens, writes;
	int fd;

	CHECK(argc == 2);
	snprintf(path, sizeof(path), "%s/cost", argv[1]);
	fd = open(path, O_RDWR | O_CREAT, 0644);
	CHECK(fd >= 0);
	/* Once unmeasured: caches, first sight, page allocation. */
	for (int measured = 0; measured < 2; measured++) {
		begin = now();
		for (int i = 0; i < ROUNDS; i++)
			close(open(path, O_RDONLY));
		opens = now() - begin;
		begin = now();
		for (int i = 0; i < ROUNDS; i++)
			CHECK(pwrite(fd, &byte, 1, 0) == 1);
		writes = now() - begin;
	}
	printf("{\"open\":%.0f,\"pwrite\":%.0f}\n", opens / ROUNDS, writes / ROUNDS);
	return 0;
}
