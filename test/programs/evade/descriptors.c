/* Changes through a descriptor that was opened before the rule, or got from somebody else after. */
#include "evade.h"
#include <linux/falloc.h>
#include <pthread.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

static int fd_write(const struct place *at, struct kept *k) { return scribble(k->fd); }
static int fd_pwrite(const struct place *at, struct kept *k) { return pwrite(k->fd, NEW, 8, 100) != 8; }
static int fd_writev(const struct place *at, struct kept *k)
{
	struct iovec v[2] = { { NEW, 4 }, { NEW, 5 } };

	return writev(k->fd, v, 2) != 9;
}
static int fd_pwritev2(const struct place *at, struct kept *k)
{
	struct iovec v = { NEW, 5 };

	return pwritev2(k->fd, &v, 1, 10, 0) != 5;
}
static int fd_truncate(const struct place *at, struct kept *k) { return ftruncate(k->fd, 3); }
static int fd_allocate(const struct place *at, struct kept *k) { return fallocate(k->fd, 0, 0, 100000); }
static int fd_punch(const struct place *at, struct kept *k) { return fallocate(k->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096); }
static int fd_zero(const struct place *at, struct kept *k) { return fallocate(k->fd, FALLOC_FL_ZERO_RANGE, 0, 4096) ? CANNOT : 0; }
static int fd_collapse(const struct place *at, struct kept *k) { return fallocate(k->fd, FALLOC_FL_INSERT_RANGE, 0, 4096) ? CANNOT : 0; }
static int fd_sendfile(const struct place *at, struct kept *k)
{
	int in = open("/etc/passwd", O_RDONLY);

	return sendfile(k->fd, in, NULL, 50) <= 0;
}
static int fd_splice(const struct place *at, struct kept *k)
{
	int p[2];

	CHECK(pipe(p) == 0 && write(p[1], NEW, 8) == 8);
	return splice(p[0], NULL, k->fd, NULL, 8, 0) <= 0;
}
static int fd_vmsplice(const struct place *at, struct kept *k)
{
	struct iovec v = { NEW, 8 };
	int p[2];

	CHECK(pipe(p) == 0 && vmsplice(p[1], &v, 1, 0) == 8);
	return splice(p[0], NULL, k->fd, NULL, 8, 0) <= 0;
}
static int fd_tee(const struct place *at, struct kept *k)
{
	int p[2], q[2];

	CHECK(pipe(p) == 0 && pipe(q) == 0 && write(p[1], NEW, 8) == 8 && tee(p[0], q[1], 8, 0) == 8);
	return splice(q[0], NULL, k->fd, NULL, 8, 0) <= 0;
}
static int fd_copy_range(const struct place *at, struct kept *k)
{
	int in = open(at->spare, O_RDWR);

	scribble(in);
	lseek(in, 0, SEEK_SET);
	return copy_file_range(in, NULL, k->fd, NULL, 20, 0) <= 0;
}
static int fd_map(const struct place *at, struct kept *k)
{
	char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, k->fd, 0);

	if (map == MAP_FAILED)
		return 1;
	strcpy(map, NEW);
	return msync(map, 4096, MS_SYNC);
}
static int fd_map_validate(const struct place *at, struct kept *k)
{
	char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, 3, k->fd, 0);

	if (map == MAP_FAILED)
		return 1;
	strcpy(map, NEW);
	return msync(map, 4096, MS_SYNC);
}
static void mapped_to_read(const struct place *at, struct kept *k)
{
	keep_open(at, k);
	k->map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, k->fd, 0);
	CHECK(k->map != MAP_FAILED);
}
static int make_writable(const struct place *at, struct kept *k)
{
	if (mprotect(k->map, 4096, PROT_READ | PROT_WRITE))
		return 1;
	strcpy(k->map, NEW);
	return msync(k->map, 4096, MS_SYNC);
}
static int pkey_writable(const struct place *at, struct kept *k)
{
	if (syscall(SYS_pkey_mprotect, k->map, 4096, PROT_READ | PROT_WRITE, -1))
		return errno == ENOSYS ? CANNOT : 1;
	strcpy(k->map, NEW);
	return 0;
}
static int map_remove(const struct place *at, struct kept *k) { return madvise(k->map, 4096, MADV_REMOVE); }
static void mapped_to_write(const struct place *at, struct kept *k)
{
	keep_open(at, k);
	k->map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, k->fd, 0);
	CHECK(k->map != MAP_FAILED);
}
static int store(const struct place *at, struct kept *k)
{
	strcpy(k->map, NEW);
	return msync(k->map, 4096, MS_SYNC);
}
static int remap(const struct place *at, struct kept *k)
{
	if (syscall(SYS_remap_file_pages, k->map, 4096, 0, 0, 0))
		return CANNOT;
	return store(at, k);
}
static int moved_map(const struct place *at, struct kept *k)
{
	k->map = mremap(k->map, 4096, 8192, MREMAP_MAYMOVE);
	return k->map == MAP_FAILED ? CANNOT : store(at, k);
}
static void opened_to_read(const struct place *at, struct kept *k)
{
	k->fd = open(at->victim, O_RDONLY);
	CHECK(k->fd >= 0);
}
static int reopen(const struct place *at, struct kept *k)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", k->fd);
	return scribble(open(path, O_WRONLY));
}
static void opened_as_path(const struct place *at, struct kept *k)
{
	k->fd = open(at->victim, O_PATH);
	CHECK(k->fd >= 0);
}

/* A pair of processes: the child opened the file before, and gives its descriptor away after. */
static void partner(const struct place *at, struct kept *k)
{
	int pair[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	k->third = fork();
	if (k->third == 0) {
		int fd = open(at->victim, O_RDWR);
		char byte, control[CMSG_SPACE(sizeof(int))] = {};
		struct iovec v = { &byte, 1 };
		struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);

		CHECK(write(pair[1], "o", 1) == 1 && read(pair[1], &byte, 1) == 1);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
		sendmsg(pair[1], &m, 0);
		pause();
	}
	k->other = pair[0];
	CHECK(read(pair[0], &(char){ 0 }, 1) == 1);
}
static int received(const struct place *at, struct kept *k)
{
	char byte, control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec v = { &byte, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	int fd = -1;

	CHECK(write(k->other, "g", 1) == 1);
	if (recvmsg(k->other, &m, 0) > 0 && CMSG_FIRSTHDR(&m))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
	return scribble(fd);
}
static int fetched(const struct place *at, struct kept *k)
{
	int process = syscall(SYS_pidfd_open, k->third, 0);

	/* Which of its descriptors it is, nobody said: all are tried. */
	for (int fd = 3; fd < 1024; fd++) {
		int got = syscall(SYS_pidfd_getfd, process, fd, 0);
		struct stat mine, theirs;

		if (got >= 0 && fstat(got, &mine) == 0 && stat(at->victim, &theirs) == 0 && mine.st_ino == theirs.st_ino)
			return scribble(got);
	}
	return errno == ENOSYS ? CANNOT : 1;
}
static int through_proc_fd(const struct place *at, struct kept *k)
{
	for (int fd = 3; fd < 1024; fd++) {
		char path[64], target[PATH_MAX] = "";

		snprintf(path, sizeof(path), "/proc/%d/fd/%d", k->third, fd);
		if (readlink(path, target, sizeof(target) - 1) > 0 && !strcmp(target, at->victim))
			return scribble(open(path, O_WRONLY));
	}
	return 1;
}
static int child_writes(const struct place *at, struct kept *k)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(scribble(k->fd) ? 1 : 0);
	waitpid(pid, &status, 0);
	return status;
}
static int exec_writes(const struct place *at, struct kept *k)
{
	char command[64];

	/* A shell knows descriptors of one digit only. */
	CHECK(dup2(k->fd, 7) == 7);
	snprintf(command, sizeof(command), "echo changed >&7");
	return run(command);
}
static void *thread(void *kept)
{
	scribble(((struct kept *)kept)->fd);
	return NULL;
}
static int thread_writes(const struct place *at, struct kept *k)
{
	pthread_t t;

	CHECK(pthread_create(&t, NULL, thread, k) == 0);
	return pthread_join(t, NULL);
}
static int dup_writes(const struct place *at, struct kept *k) { return scribble(dup2(k->fd, 200)); }

const struct attempt by_descriptor[] = {
	{ "fd_write", "change", keep_open, fd_write },
	{ "fd_pwrite", "change", keep_open, fd_pwrite },
	{ "fd_writev", "change", keep_open, fd_writev },
	{ "fd_pwritev2", "change", keep_open, fd_pwritev2 },
	{ "fd_truncate", "change", keep_open, fd_truncate },
	{ "fd_allocate", "change", keep_open, fd_allocate },
	{ "fd_punch", "change", keep_open, fd_punch },
	{ "fd_zero", "change", keep_open, fd_zero },
	{ "fd_insert", "change", keep_open, fd_collapse },
	{ "fd_sendfile", "change", keep_open, fd_sendfile },
	{ "fd_splice", "change", keep_open, fd_splice },
	{ "fd_vmsplice", "change", keep_open, fd_vmsplice },
	{ "fd_tee", "change", keep_open, fd_tee },
	{ "fd_copy_range", "change", keep_open, fd_copy_range },
	{ "fd_map", "change", keep_open, fd_map },
	{ "fd_map_validate", "change", keep_open, fd_map_validate },
	{ "mprotect", "change", mapped_to_read, make_writable },
	{ "pkey_mprotect", "change", mapped_to_read, pkey_writable },
	{ "madvise_remove", "change", mapped_to_write, map_remove },
	{ "store_mapped_before", "mapped before", mapped_to_write, store },
	{ "remap_mapped_before", "mapped before", mapped_to_write, remap },
	{ "mremap_mapped_before", "mapped before", mapped_to_write, moved_map },
	{ "proc_fd_reopen", "change", opened_to_read, reopen },
	{ "path_fd_reopen", "change", opened_as_path, reopen },
	{ "scm_rights", "change", partner, received },
	{ "pidfd_getfd", "change", partner, fetched },
	{ "proc_pid_fd", "change", partner, through_proc_fd },
	{ "inherited_fork", "change", keep_open, child_writes },
	{ "inherited_exec", "change", keep_open, exec_writes },
	{ "thread", "change", keep_open, thread_writes },
	{ "dup2", "change", keep_open, dup_writes },
	{},
};
