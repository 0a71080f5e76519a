/* The driver that all programs share: runs each way in a child of its own and prints what it did, a JSON object a line. */
#ifndef WAYS_H
#define WAYS_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Odd sizes, so that a call counted twice or by its buffer's size shows. */
enum { CALLS = 7, BYTES = 1237 };

/* What a way did to `path`; -1 of a field: not judged. */
struct done {
	char path[PATH_MAX];
	long opens, reads, read_bytes, writes, write_bytes, mmap_pages, changes, errors;
	const char *skipped; /* why this kernel or file system cannot do it */
};

struct way {
	const char *name;
	void (*run)(const char *directory, struct done *done);
};

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, strerror(errno)); \
			_exit(99); \
		} \
	} while (0)

/* A new file DIRECTORY/NAME, its path noted. */
static inline int create_file(const char *directory, const char *name, int flags, struct done *done)
{
	int fd;

	snprintf(done->path, sizeof(done->path), "%s/%s", directory, name);
	fd = open(done->path, flags | O_CREAT, 0644);
	CHECK(fd >= 0);
	done->opens = 1;
	done->changes = 1;
	return fd;
}

static inline void report(const char *group, const char *way, const struct done *done)
{
	printf("{\"group\":\"%s\",\"way\":\"%s\",", group, way);
	if (done->skipped) {
		printf("\"skipped\":\"%s\"}\n", done->skipped);
		return;
	}
	printf("\"path\":\"%s\",\"expect\":{\"opens\":%ld,\"reads\":%ld,\"readBytes\":%ld,\"writes\":%ld,\"writeBytes\":%ld,\"mmapPages\":%ld,\"changes\":%ld,\"errors\":%ld}}\n",
	       done->path, done->opens, done->reads, done->read_bytes, done->writes, done->write_bytes, done->mmap_pages, done->changes, done->errors);
}

/* Runs all ways (or the one named) in the folder given; the output is written by the parent only. */
static inline int run_ways(const char *group, const struct way *ways, size_t count, int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: %s DIRECTORY [WAY]\n", argv[0]);
		return 2;
	}
	for (size_t i = 0; i < count; i++) {
		struct done *done;
		int status;
		pid_t pid;

		if (argc > 2 && strcmp(argv[2], ways[i].name))
			continue;
		done = mmap(NULL, sizeof(*done), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		CHECK(done != MAP_FAILED);
		fflush(stdout);
		pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			ways[i].run(argv[1], done);
			_exit(0);
		}
		CHECK(waitpid(pid, &status, 0) == pid);
		if (!WIFEXITED(status) || WEXITSTATUS(status)) {
			fprintf(stderr, "%s %s failed (status %d)\n", group, ways[i].name, status);
			return 1;
		}
		report(group, ways[i].name, done);
		munmap(done, sizeof(*done));
	}
	return 0;
}
#define RUN_WAYS(group, ways) run_ways(group, ways, sizeof(ways) / sizeof(*ways), argc, argv)

#endif
