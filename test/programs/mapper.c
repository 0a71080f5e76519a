/*
 * Maps two pages of a file shared and writable, stores into the first, and says "ready". Then for each letter on its standard input it
 * stores that letter into both pages and says "stored". It ends, without a write of its own, where its input ends. With a second argument
 * it maps them read-only and stores nothing first; it makes them writable at the first letter, and says "refused" where it must not.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int count, char **arguments)
{
	int fd = count > 1 ? open(arguments[1], O_RDWR) : -1, later = count > 2;
	volatile char *pages;
	char letter;

	if (fd < 0) {
		perror("open");
		return 2;
	}
	pages = mmap(NULL, 8192, later ? PROT_READ : PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (pages == MAP_FAILED) {
		perror("mmap");
		return 3;
	}
	close(fd);
	if (!later)
		pages[0] = 'A';
	puts("ready");
	fflush(stdout);
	while (read(0, &letter, 1) == 1) {
		if (later && mprotect((void *)pages, 8192, PROT_READ | PROT_WRITE)) {
			puts("refused");
			return 4;
		}
		pages[0] = letter;
		pages[4096] = letter;
		puts("stored");
		fflush(stdout);
	}
	return 0;
}
