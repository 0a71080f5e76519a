/* flood FILE PER_SECOND SECONDS: so many pwrites of one byte a second (0: as many as can be), and how many they were on stdout. */
#include "ways.h"
#include <time.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	double rate, seconds, start = now();
	long done = 0;
	int fd;

	CHECK(argc == 4);
	rate = atof(argv[2]) ?: 1e12;
	seconds = atof(argv[3]);
	fd = open(argv[1], O_RDWR | O_CREAT, 0600);
	CHECK(fd >= 0);
	for (double elapsed = 0; elapsed < seconds; elapsed = now() - start)
		for (long burst = 0; burst < 1000 && done < elapsed * rate; burst++, done++)
			CHECK(pwrite(fd, "x", 1, 0) == 1);
	printf("%ld\n", done);
	return 0;
}
