/*
 * deep make|act|grow DIR DEPTH…: goes down in DIR through directories called "d", step by step, as deep as the last DEPTH (they ascend).
 * make: makes them, and at each DEPTH a file; act: changes what is there at each DEPTH, and prints what came of it;
 * grow: writes 8,192 bytes to a new file at each DEPTH.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *said(int result) { return result < 0 ? strerrorname_np(errno) : "ok"; }

static int write_to(int directory, const char *name, int flags, size_t bytes)
{
	static char zeros[8192];
	int file = openat(directory, name, flags, 0644), result;

	if (file < 0)
		return -1;
	result = write(file, zeros, bytes) == (ssize_t)bytes ? 0 : -1;
	close(file);
	return result;
}

static void act(int directory, int depth)
{
	int result;

	printf("%d: write %s", depth, said(write_to(directory, "file", O_WRONLY, 4)));
	printf(", create %s", said(write_to(directory, "new", O_WRONLY | O_CREAT | O_EXCL, 4)));
	printf(", mkdir %s", said(mkdirat(directory, "sub", 0755)));
	printf(", rename %s", said(renameat(directory, "file", directory, "moved")));
	result = unlinkat(directory, "file", 0);
	if (result && errno == ENOENT)
		result = unlinkat(directory, "moved", 0);
	printf(", unlink %s\n", said(result));
}

int main(int count, char **words)
{
	int directory, at = 0;

	if (count < 4)
		return 2;
	directory = open(words[2], O_RDONLY | O_DIRECTORY);
	for (int i = 3; i < count; i++) {
		for (; at < atoi(words[i]); at++) {
			int below;

			if (!strcmp(words[1], "make") && mkdirat(directory, "d", 0755) && errno != EEXIST) {
				perror("mkdir");
				return 1;
			}
			below = openat(directory, "d", O_RDONLY | O_DIRECTORY);
			if (below < 0) {
				perror("open");
				return 1;
			}
			close(directory);
			directory = below;
		}
		if (!strcmp(words[1], "make") && write_to(directory, "file", O_WRONLY | O_CREAT, 4)) {
			perror("file");
			return 1;
		}
		if (!strcmp(words[1], "act"))
			act(directory, at);
		if (!strcmp(words[1], "grow"))
			printf("%d: %s\n", at, said(write_to(directory, "grown", O_WRONLY | O_CREAT | O_TRUNC, 8192)));
	}
	return 0;
}
