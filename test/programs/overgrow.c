// SPDX-License-Identifier: MIT
/*
 * Tries to put more into a directory than its quota allows: overgrow WAY DIRECTORY OUTSIDE. OUTSIDE lies on the same file system, outside
 * of the quota. Prints what the calls returned; whether the quota held is measured by the caller. Status 3: the way does not exist here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK = 4096, PIECE = 256 << 10, MIB = 1 << 20 };

static const char *inside, *outside;
static char *data; /* 1 MiB */

static const char *in(const char *directory, const char *name)
{
	static char paths[8][512];
	static int next;
	char *path = paths[next++ & 7];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

static int make(const char *path, size_t bytes)
{
	int fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0600);

	if (fd < 0 || (bytes && write(fd, data, bytes) != (ssize_t)bytes)) {
		perror(path);
		exit(2);
	}
	return fd;
}

static int say(const char *call, long result)
{
	printf("%s: %ld%s%s\n", call, result, result < 0 ? " " : "", result < 0 ? strerrorname_np(errno) : "");
	return 0;
}

/* What it has open stays open until the caller has measured. */
static int stay(void)
{
	puts("ready");
	getchar();
	return 0;
}

/* Writes until it is refused. */
static void fill(void)
{
	int fd = make(in(inside, "fill"), 0);

	while (write(fd, data, BLOCK) > 0)
		;
	close(fd);
}

/* A write that holds its inode's lock: its data is a page that is missing until release_held(). */
static int fault_fd = -1;
static char *missing;
static struct held {
	pthread_t thread;
	int fd;
	size_t bytes;
	long result;
} held;

static void *write_missing(void *unused)
{
	held.result = write(held.fd, missing, held.bytes);
	return unused;
}

static void hold(int fd, size_t bytes)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	fault_fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	missing = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (uintptr_t)missing;
	range.range.len = bytes;
	if (fault_fd < 0 || ioctl(fault_fd, UFFDIO_API, &api) || ioctl(fault_fd, UFFDIO_REGISTER, &range))
		exit(3);
	held.fd = fd;
	held.bytes = bytes;
	pthread_create(&held.thread, NULL, write_missing, NULL);
	usleep(300000);
}

static void release_held(void)
{
	struct uffdio_range range = { .start = (uintptr_t)missing, .len = held.bytes };

	ioctl(fault_fd, UFFDIO_UNREGISTER, &range);
	ioctl(fault_fd, UFFDIO_WAKE, &range);
	close(fault_fd);
	pthread_join(held.thread, NULL);
	say("held write", held.result);
}

/* A file of two names loses one, is moved out and deleted there: 20 MiB come and go. */
static int by_leaving(void)
{
	for (int i = 0; i < 20; i++) {
		close(make(in(inside, "a"), MIB));
		if (link(in(inside, "a"), in(inside, "b")) || unlink(in(inside, "b")) || rename(in(inside, "a"), in(outside, "a")) ||
		    unlink(in(outside, "a")))
			return say("names", -1);
	}
	return 0;
}

static void *linker(void *unused)
{
	say("link", link(in(inside, "a"), in(inside, "d/b")));
	return unused;
}
static void *mover(void *unused)
{
	say("rename", rename(in(inside, "a"), in(outside, "a")));
	return unused;
}
/* A second name that was judged before the move, and is made after it; the file grows by it. */
static int by_linking(void)
{
	pthread_t moving, linking;
	int fd = make(in(inside, "a"), BLOCK);

	mkdir(in(inside, "d"), 0700);
	hold(fd, BLOCK);
	pthread_create(&moving, NULL, mover, NULL);
	usleep(300000);
	pthread_create(&linking, NULL, linker, NULL);
	usleep(300000);
	release_held();
	pthread_join(moving, NULL);
	pthread_join(linking, NULL);
	close(fd);
	fd = open(in(inside, "d/b"), O_WRONLY | O_APPEND);
	for (int i = 0; i < 8 && fd >= 0; i++)
		say("write", write(fd, data, MIB));
	return 0;
}

static int by_core(void)
{
	int status;
	pid_t child;

	if (chdir(inside))
		return 2;
	fill();
	child = fork();
	if (!child) {
		struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
		char *memory = malloc(32 * MIB);

		setrlimit(RLIMIT_CORE, &all);
		prctl(PR_SET_DUMPABLE, 1);
		memset(memory, 7, 32 * MIB);
		abort();
	}
	waitpid(child, &status, 0);
	return say("core dumped", WCOREDUMP(status));
}

static int ends_of_pipe[2];
static int spliced_fd;
static void *splicer(void *unused)
{
	loff_t at = 0;

	say("splice", splice(ends_of_pipe[0], NULL, spliced_fd, &at, MIB, 0));
	return unused;
}
/* A pipe of one page is given 256 while splice waits for data. */
static int by_splice(void)
{
	pthread_t thread;

	spliced_fd = make(in(inside, "file"), BLOCK);
	fill();
	if (pipe(ends_of_pipe) || fcntl(ends_of_pipe[1], F_SETPIPE_SZ, BLOCK) < 0)
		return 2;
	pthread_create(&thread, NULL, splicer, NULL);
	usleep(300000);
	if (fcntl(ends_of_pipe[1], F_SETPIPE_SZ, MIB) < 0)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	fcntl(ends_of_pipe[1], F_SETFL, O_NONBLOCK);
	say("write to the pipe", write(ends_of_pipe[1], data, MIB));
	close(ends_of_pipe[1]);
	pthread_join(thread, NULL);
	return 0;
}

static int insert_fd;
static void *inserter(void *unused)
{
	say("insert", fallocate(insert_fd, FALLOC_FL_INSERT_RANGE, 0, MIB));
	return unused;
}
/* A range is inserted while another write has been judged and has not written yet. */
static int by_insert(void)
{
	pthread_t thread;

	insert_fd = make(in(inside, "file"), BLOCK);
	hold(open(in(inside, "file"), O_WRONLY | O_APPEND), MIB);
	pthread_create(&thread, NULL, inserter, NULL);
	usleep(300000);
	release_held();
	pthread_join(thread, NULL);
	return 0;
}

/* Its vector cannot be read, so that it fails before it is judged: what is known of it must not meet the next write. */
static int by_note(void)
{
	int fd = make(in(inside, "file"), 0);

	say("pwritev2", syscall(SYS_pwritev2, fd, (void *)8, 1ul, 0ul, 0ul, RWF_APPEND));
	return say("pwrite", pwrite(fd, "x", 1, 1 << 30));
}

/* A write that no file system takes, so far behind that its end is no number any more; then the file grows. */
static int by_far(void)
{
	int fd = make(in(inside, "file"), 0);

	say("pwrite", pwrite(fd, "x", 1, INT64_MAX - 1));
	say("fallocate", fallocate(fd, 0, INT64_MAX - BLOCK, BLOCK));
	fcntl(fd, F_SETFL, O_APPEND);
	for (int i = 0; i < 8; i++)
		say("write", write(fd, data, MIB));
	return 0;
}

static volatile int ends;

/* The source is lengthened once the first bytes have arrived. */
static int grown_fd, arrived_fd;
static void *lengthener(void *unused)
{
	struct stat st = {};

	while (!ends && !fstat(arrived_fd, &st) && st.st_size < BLOCK)
		sched_yield();
	if (ftruncate(grown_fd, 24 * MIB))
		perror("ftruncate");
	return unused;
}
static int by_sendfile(void)
{
	pthread_t thread;

	arrived_fd = make(in(inside, "file"), 0);
	grown_fd = make(in(outside, "source"), MIB);
	lseek(grown_fd, 0, SEEK_SET);
	fsync(grown_fd);
	posix_fadvise(grown_fd, 0, 0, POSIX_FADV_DONTNEED);
	posix_fadvise(grown_fd, 0, 0, POSIX_FADV_RANDOM);
	pthread_create(&thread, NULL, lengthener, NULL);
	say("sendfile", sendfile(arrived_fd, grown_fd, NULL, 1 << 30));
	ends = 1;
	pthread_join(thread, NULL);
	return stay();
}

static int clone_fd;
static void *cloner(void *unused)
{
	say("FICLONE", ioctl(clone_fd, FICLONE, grown_fd));
	return unused;
}
/* The source is lengthened while the call waits for the lock of the file it writes to. */
static int by_clone(void)
{
	pthread_t thread;

	clone_fd = make(in(inside, "file"), BLOCK);
	grown_fd = make(in(outside, "source"), BLOCK);
	if (ioctl(clone_fd, FICLONE, grown_fd))
		return 3;
	hold(open(in(inside, "file"), O_WRONLY), BLOCK);
	pthread_create(&thread, NULL, cloner, NULL);
	usleep(300000);
	say("ftruncate", ftruncate(grown_fd, 24 * MIB));
	release_held();
	pthread_join(thread, NULL);
	return stay();
}

/* An AIO write whose vector is read late, so that O_APPEND is cleared after it was taken over and before the call is judged. */
static int flipped_fd;
static void *flipper(void *unused)
{
	for (int flags = O_APPEND; !ends; flags ^= O_APPEND)
		fcntl(flipped_fd, F_SETFL, flags);
	return unused;
}
static int by_append(void)
{
	struct iovec vector = { data, PIECE };
	int file = make(in(outside, "vector"), 0), tries = 0;
	aio_context_t context = 0;
	pthread_t thread;
	struct stat st = {};

	flipped_fd = make(in(inside, "file"), PIECE);
	fill();
	if (ftruncate(file, BLOCK) || pwrite(file, &vector, sizeof(vector), 0) < 0 || fsync(file) || syscall(SYS_io_setup, 8, &context))
		return 2;
	pthread_create(&thread, NULL, flipper, NULL);
	for (; tries < 300 && !fstat(flipped_fd, &st) && st.st_size <= PIECE; tries++) {
		void *mapped;
		struct iocb call = { .aio_fildes = flipped_fd, .aio_lio_opcode = IOCB_CMD_PWRITEV, .aio_nbytes = 1 };
		struct iocb *list = &call;
		struct io_event event;

		posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
		mapped = mmap(NULL, BLOCK, PROT_READ, MAP_PRIVATE, file, 0);
		call.aio_buf = (uintptr_t)mapped;
		if (syscall(SYS_io_submit, context, 1, &list) == 1)
			syscall(SYS_io_getevents, context, 1, 1, &event, NULL);
		munmap(mapped, BLOCK);
	}
	ends = 1;
	pthread_join(thread, NULL);
	say("tries", tries);
	return stay();
}

/* An overlay whose upper directory is in the quota. */
static int by_overlay(void)
{
	char options[2048];
	long total = 0, n;
	int fd;

	for (int i = 0; i < 2; i++)
		mkdir(in(inside, i ? "u" : "w"), 0700);
	mkdir(in(outside, "l"), 0700);
	mkdir(in(outside, "m"), 0700);
	snprintf(options, sizeof(options), "lowerdir=%s/l,upperdir=%s/u,workdir=%s/w", outside, inside, inside);
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("overlay", in(outside, "m"), "overlay", 0, options)) {
		perror("mount");
		return 3;
	}
	fd = make(in(outside, "m/file"), 0);
	while (total < 16 * MIB && (n = write(fd, data, 65536)) > 0)
		total += n;
	say("overlay", total);
	return stay();
}

/* A deleted file that is open gives its bytes back by truncation; then so many other files change that it is forgotten. */
static int by_forgetting(void)
{
	enum { FILES = 70000, OPEN = 3 };
	int open_files[OPEN];
	char name[32];

	for (int i = 0; i < OPEN; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		open_files[i] = make(in(inside, name), MIB / 2);
		unlink(in(inside, name));
		if (ftruncate(open_files[i], 0))
			return 2;
	}
	for (int i = 0; i < FILES; i++) {
		int fd;

		snprintf(name, sizeof(name), "o%d", i);
		fd = open(in(outside, name), O_CREAT | O_WRONLY, 0600);
		if (fd < 0 || ftruncate(fd, 1))
			return 3; /* the file system has too few inodes */
		close(fd);
	}
	for (int i = 0; i < OPEN; i++)
		close(open_files[i]);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} ways[] = {
	{ "leave", by_leaving }, { "link", by_linking }, { "core", by_core }, { "splice", by_splice }, { "insert", by_insert },
	{ "note", by_note }, { "far", by_far }, { "sendfile", by_sendfile }, { "clone", by_clone }, { "append", by_append },
	{ "overlay", by_overlay }, { "forget", by_forgetting },
};

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	inside = argv[2];
	outside = argv[3];
	if (posix_memalign((void **)&data, BLOCK, MIB))
		return 2;
	memset(data, 'o', MIB);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		if (!strcmp(argv[1], ways[i].name))
			return ways[i].run();
	return 2;
}
