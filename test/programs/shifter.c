/*
 * Makes one system call whose arguments lie in memory that another process shares and changes while the call is held:
 * `shifter CALL FIRST SECOND CHANGED_FIRST CHANGED_SECOND`. CALL is open (SECOND: flags as a number), rename, link or exec, which makes
 * the call at once; or copy, which opens FIRST and SECOND, says ready, and copies from one to the other when it is told to.
 * A line on standard input changes the arguments; it says "changed" then, and at the end how the call ended.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct arguments {
	char first[4096], second[4096];
	struct open_how how;
};

static void set(struct arguments *to, const char *first, const char *second)
{
	strcpy(to->first, first);
	strcpy(to->second, second);
	to->how.flags = strtoul(second, NULL, 10);
}

static int copy(const char *from, const char *to)
{
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY);
	char go;

	dprintf(1, "ready\n");
	if (read(0, &go, 1) != 1)
		return -1;
	return copy_file_range(in, NULL, out, NULL, 4096, 0);
}

static long make(const char *call, struct arguments *with)
{
	char *argv[] = { with->first, NULL }, *env[] = { NULL };

	if (!strcmp(call, "open"))
		return syscall(SYS_openat2, AT_FDCWD, with->first, &with->how, sizeof(with->how));
	if (!strcmp(call, "rename"))
		return rename(with->first, with->second);
	if (!strcmp(call, "link"))
		return link(with->first, with->second);
	if (!strcmp(call, "exec"))
		return execve(with->first, argv, env);
	return copy(with->first, with->second);
}

int main(int argc, char **argv)
{
	struct arguments *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	char go;

	if (argc != 6 || shared == MAP_FAILED) {
		fprintf(stderr, "usage: shifter CALL FIRST SECOND CHANGED_FIRST CHANGED_SECOND\n");
		return 2;
	}
	set(shared, argv[2], argv[3]);
	if (!fork()) {
		long result = make(argv[1], shared);

		dprintf(1, "%s\n", result >= 0 ? "done" : strerror(errno));
		_exit(result < 0);
	}
	if (strcmp(argv[1], "copy") && read(0, &go, 1) == 1) {
		set(shared, argv[4], argv[5]);
		dprintf(1, "changed\n");
	}
	wait(&status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
