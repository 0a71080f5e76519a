/*
 * A file that is mapped long after it was opened.
 *
 *   mapreader FILE    opens FILE for reading, says "ready", waits for a byte on standard input, and maps a page of it. Ends with the errno of the
 *                     mapping, 0 where it could be read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
	volatile char *page;
	char byte;

	if (fd < 0)
		return 255;
	puts("ready");
	fflush(stdout);
	if (read(0, &byte, 1) != 1)
		return 254;
	page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return errno;
	return page[0] ? 0 : 253;
}
