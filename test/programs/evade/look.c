/* Ways to look into a file that must not be opened, read or run. */
#include "evade.h"
#include "../uring.h"
#include <sys/sendfile.h>

static int saw(const char *bytes, ssize_t n) { return n >= 9 && !memcmp(bytes, "#!/bin/sh", 9) ? SEEN : 1; }
static int read_it(int fd)
{
	char bytes[32];

	return fd < 0 ? 1 : saw(bytes, read(fd, bytes, sizeof(bytes)));
}
static void opened(const struct place *at, struct kept *k)
{
	k->fd = open(at->secret, O_RDONLY);
	CHECK(k->fd >= 0);
}
static int by_open(const struct place *at, struct kept *k) { return read_it(open(at->secret, O_RDONLY)); }
static int by_fd(const struct place *at, struct kept *k) { return read_it(k->fd); }
static int by_pread(const struct place *at, struct kept *k)
{
	char bytes[32];

	return saw(bytes, pread(k->fd, bytes, sizeof(bytes), 0));
}
static int by_map(const struct place *at, struct kept *k)
{
	char *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, k->fd, 0);

	return map == MAP_FAILED ? 1 : saw(map, 16);
}
static int by_sendfile(const struct place *at, struct kept *k)
{
	char bytes[32];
	int p[2];

	CHECK(pipe(p) == 0);
	if (sendfile(p[1], k->fd, NULL, 16) <= 0)
		return 1;
	return saw(bytes, read(p[0], bytes, 16));
}
static int by_splice(const struct place *at, struct kept *k)
{
	char bytes[32];
	int p[2];

	CHECK(pipe(p) == 0);
	if (splice(k->fd, NULL, p[1], NULL, 16, 0) <= 0)
		return 1;
	return saw(bytes, read(p[0], bytes, 16));
}
static int by_copy(const struct place *at, struct kept *k)
{
	int to = open(at->spare, O_RDWR | O_TRUNC);

	if (copy_file_range(k->fd, NULL, to, NULL, 16, 0) <= 0)
		return 1;
	lseek(to, 0, SEEK_SET);
	return read_it(to);
}
static int by_reopen(const struct place *at, struct kept *k)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", k->fd);
	return read_it(open(path, O_RDONLY));
}
static void linked(const struct place *at, struct kept *k)
{
	char to[PATH_MAX + 8];

	snprintf(to, sizeof(to), "%s/linked", at->outside);
	CHECK(link(at->secret, to) == 0);
}
static int by_link(const struct place *at, struct kept *k)
{
	char to[PATH_MAX + 8];

	snprintf(to, sizeof(to), "%s/linked", at->outside);
	return read_it(open(to, O_RDONLY));
}
static int by_uring(const struct place *at, struct kept *k)
{
	struct uring ring;
	char bytes[32];
	struct io_uring_sqe sqe = { .opcode = IORING_OP_READ, .fd = k->fd, .addr = (uint64_t)bytes, .len = 16 };

	return uring_open(&ring, 0) ? saw(bytes, uring_do(&ring, &sqe, 1)) : CANNOT;
}
static int status_of(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
static int by_exec(const struct place *at, struct kept *k)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl(at->secret, "secret", NULL);
		_exit(1);
	}
	return status_of(pid);
}
static int by_fexecve(const struct place *at, struct kept *k)
{
	pid_t pid = fork();

	if (pid == 0) {
		char *arguments[] = { "secret", NULL }, *environment[] = { NULL };

		fexecve(k->fd, arguments, environment);
		_exit(1);
	}
	return status_of(pid);
}
static int by_interpreter(const struct place *at, struct kept *k)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/sh", "sh", at->secret, NULL);
		_exit(1);
	}
	return status_of(pid);
}

const struct attempt to_look[] = {
	{ "look_open", "look", NULL, by_open },
	{ "look_fd", "look", opened, by_fd },
	{ "look_pread", "look", opened, by_pread },
	{ "look_map", "look", opened, by_map },
	{ "look_sendfile", "look", opened, by_sendfile },
	{ "look_splice", "look", opened, by_splice },
	{ "look_copy", "look", opened, by_copy },
	{ "look_reopen", "look", opened, by_reopen },
	{ "look_linked", "look", linked, by_link },
	{ "look_ring", "look", opened, by_uring },
	{ "exec", "look", NULL, by_exec },
	{ "fexecve", "look", opened, by_fexecve },
	{ "exec_interpreter", "look", NULL, by_interpreter },
	{},
};
