/*
 * Files that are made in one directory, linked into another and deleted, one after the other: their inode numbers are used again.
 *
 *   linker FROM TO COUNT    Says how many links were refused, and the name of the first error: "refused 466 Operation not permitted".
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char from[4096], to[4096];
	int refused = 0, error = 0;

	if (argc != 4)
		return 255;
	snprintf(from, sizeof(from), "%s/linked", argv[1]);
	snprintf(to, sizeof(to), "%s/linked", argv[2]);
	for (int i = 0, count = atoi(argv[3]); i < count; i++) {
		if (mknod(from, S_IFREG | 0600, 0))
			return 254;
		if (link(from, to)) {
			error = error ?: errno;
			refused++;
		}
		unlink(from);
		unlink(to);
	}
	printf("refused %d %s\n", refused, strerror(error));
	return 0;
}
