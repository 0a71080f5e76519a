// SPDX-License-Identifier: MIT
/*
 * Moves files into a directory while it writes to them: mover FROM INTO THREADS BYTES. Half of the threads append `BYTES` each through one
 * descriptor, which stays open; the other half open their file anew for each append, wherever it is. A second thread for each moves the file
 * from FROM into INTO, and that of the other half to and fro. Prints how many moves were made and how many were refused (EXDEV, EDQUOT).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 32 << 10, MOST_TRIES = 2000 };

struct pair {
	pthread_t writer, renamer;
	char from[4096], into[4096];
	int reopens;
	atomic_int done;
};

static size_t bytes;
static char *data;
static atomic_long moved, across, full;

static int append(int fd)
{
	return fd >= 0 && write(fd, data, CHUNK) == CHUNK;
}

static void *writer(void *argument)
{
	struct pair *p = argument;
	int fd = p->reopens ? -1 : open(p->from, O_WRONLY | O_CREAT | O_APPEND, 0644);

	for (size_t done = 0, tries = 0; done < bytes && tries < MOST_TRIES; tries++) {
		int grown;

		if (p->reopens) {
			fd = open(p->from, O_WRONLY | O_APPEND);
			if (fd < 0)
				fd = open(p->into, O_WRONLY | O_APPEND);
		}
		grown = append(fd);
		done += grown ? CHUNK : 0;
		if (p->reopens && fd >= 0)
			close(fd);
		if (!grown && !p->reopens)
			break;
	}
	if (!p->reopens)
		close(fd);
	p->done = 1;
	return NULL;
}

static void count_refusal(int error)
{
	if (error == EXDEV)
		across++;
	else if (error == EDQUOT)
		full++;
}

static void *renamer(void *argument)
{
	struct pair *p = argument;

	/* Also after the last append: then the file is closed, and may enter if there is room. */
	for (int last = 0; !last;) {
		last = p->done;
		if (!rename(p->from, p->into))
			moved++;
		else
			count_refusal(errno);
		usleep(100);
		if (p->reopens && !last && !rename(p->into, p->from))
			moved++;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int threads = argc > 3 ? atoi(argv[3]) : 0;
	struct pair *pairs = calloc(threads, sizeof(*pairs));

	if (argc < 5 || !pairs)
		return 2;
	bytes = strtoull(argv[4], NULL, 0);
	data = malloc(CHUNK);
	memset(data, 'm', CHUNK);
	for (int i = 0; i < threads; i++) {
		snprintf(pairs[i].from, sizeof(pairs[i].from), "%s/moved%d", argv[1], i);
		snprintf(pairs[i].into, sizeof(pairs[i].into), "%s/moved%d", argv[2], i);
		pairs[i].reopens = i & 1;
		close(open(pairs[i].from, O_WRONLY | O_CREAT, 0644));
		pthread_create(&pairs[i].writer, NULL, writer, &pairs[i]);
		pthread_create(&pairs[i].renamer, NULL, renamer, &pairs[i]);
	}
	for (int i = 0; i < threads; i++) {
		pthread_join(pairs[i].writer, NULL);
		pthread_join(pairs[i].renamer, NULL);
	}
	printf("%ld moved, %ld EXDEV, %ld EDQUOT\n", (long)moved, (long)across, (long)full);
	return 0;
}
