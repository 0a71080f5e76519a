/* Every way to put bytes into a file: CALLS calls of BYTES bytes each. */
#include "ways.h"
#include "uring.h"
#include <linux/aio_abi.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

/* Anonymous memory: 5.10 registers no buffer that lies in a mapped file, and static data does. */
static char *data;

static void wrote(struct done *done, long calls, long bytes)
{
	done->writes = calls;
	done->write_bytes = bytes;
}

static void by_write(const char *directory, struct done *done)
{
	int fd = create_file(directory, "write", O_WRONLY, done);

	for (int i = 0; i < CALLS; i++)
		CHECK(write(fd, data, BYTES) == BYTES);
	wrote(done, CALLS, CALLS * BYTES);
}

static void by_append(const char *directory, struct done *done)
{
	int fd = create_file(directory, "append", O_WRONLY | O_APPEND, done);

	for (int i = 0; i < CALLS; i++)
		CHECK(write(fd, data, BYTES) == BYTES);
	wrote(done, CALLS, CALLS * BYTES);
}

static void by_sync(const char *directory, struct done *done)
{
	int fd = create_file(directory, "sync", O_WRONLY | O_DSYNC, done);

	for (int i = 0; i < CALLS; i++)
		CHECK(write(fd, data, BYTES) == BYTES);
	wrote(done, CALLS, CALLS * BYTES);
}

static void by_pwrite64(const char *directory, struct done *done)
{
	int fd = create_file(directory, "pwrite64", O_WRONLY, done);

	for (int i = 0; i < CALLS; i++)
		CHECK(pwrite(fd, data, BYTES, (off_t)i * BYTES) == BYTES);
	wrote(done, CALLS, CALLS * BYTES);
}

static void by_sparse(const char *directory, struct done *done)
{
	int fd = create_file(directory, "sparse", O_WRONLY, done);

	for (int i = 0; i < CALLS; i++)
		CHECK(pwrite(fd, data, BYTES, (off_t)i << 20) == BYTES);
	wrote(done, CALLS, CALLS * BYTES);
}

static struct iovec *halves(void)
{
	static struct iovec vec[2];

	vec[0] = (struct iovec){ data, 1000 };
	vec[1] = (struct iovec){ data, BYTES - 1000 };
	return vec;
}

static void by_writev(const char *directory, struct done *done)
{
	int fd = create_file(directory, "writev", O_WRONLY, done);

	for (int i = 0; i < CALLS; i++)
		CHECK(writev(fd, halves(), 2) == BYTES);
	wrote(done, CALLS, CALLS * BYTES);
}

static void by_pwritev(const char *directory, struct done *done)
{
	int fd = create_file(directory, "pwritev", O_WRONLY, done);

	for (int i = 0; i < CALLS; i++)
		CHECK(pwritev(fd, halves(), 2, (off_t)i * BYTES) == BYTES);
	wrote(done, CALLS, CALLS * BYTES);
}

static void by_pwritev2(const char *directory, struct done *done)
{
	int fd = create_file(directory, "pwritev2", O_WRONLY, done);

	for (int i = 0; i < CALLS; i++)
		CHECK(pwritev2(fd, halves(), 2, (off_t)i * BYTES, RWF_DSYNC) == BYTES);
	wrote(done, CALLS, CALLS * BYTES);
}

/* A file of CALLS * BYTES bytes to copy from. */
static int source_file(const char *directory, const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s.source", directory, name);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	CHECK(fd >= 0);
	for (int i = 0; i < CALLS; i++)
		CHECK(write(fd, data, BYTES) == BYTES);
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void by_sendfile(const char *directory, struct done *done)
{
	int in = source_file(directory, "sendfile"), fd = create_file(directory, "sendfile", O_WRONLY, done);

	for (int i = 0; i < CALLS; i++)
		CHECK(sendfile(fd, in, NULL, BYTES) == BYTES);
	wrote(done, CALLS, CALLS * BYTES);
}

static void by_copy_file_range(const char *directory, struct done *done)
{
	int in = source_file(directory, "copy_file_range"), fd = create_file(directory, "copy_file_range", O_WRONLY, done);

	for (int i = 0; i < CALLS; i++)
		CHECK(copy_file_range(in, NULL, fd, NULL, BYTES, 0) == BYTES);
	wrote(done, CALLS, CALLS * BYTES);
}

static void by_splice(const char *directory, struct done *done)
{
	int fd = create_file(directory, "splice", O_WRONLY, done), ends[2];

	CHECK(pipe(ends) == 0);
	for (int i = 0; i < CALLS; i++) {
		CHECK(write(ends[1], data, BYTES) == BYTES);
		CHECK(splice(ends[0], NULL, fd, NULL, BYTES, 0) == BYTES);
	}
	wrote(done, CALLS, CALLS * BYTES);
}

static void by_vmsplice(const char *directory, struct done *done)
{
	int fd = create_file(directory, "vmsplice", O_WRONLY, done), ends[2];
	struct iovec vec = { data, BYTES };

	CHECK(pipe(ends) == 0);
	for (int i = 0; i < CALLS; i++) {
		CHECK(vmsplice(ends[1], &vec, 1, 0) == BYTES);
		CHECK(splice(ends[0], NULL, fd, NULL, BYTES, 0) == BYTES);
	}
	wrote(done, CALLS, CALLS * BYTES);
}

/* `result` of one io_uring request, or the reason it cannot be. */
static void uring_writes(const char *directory, const char *name, struct done *done, unsigned setup, unsigned opcode, unsigned flags)
{
	int fd = create_file(directory, name, O_WRONLY, done), quiet = flags & IOSQE_CQE_SKIP_SUCCESS;
	struct iovec vec = { data, BYTES };
	struct uring u;

	if (!uring_open(&u, setup)) {
		done->skipped = "this kernel has no such io_uring";
		return;
	}
	if (opcode == IORING_OP_WRITE_FIXED)
		CHECK(syscall(SYS_io_uring_register, u.fd, IORING_REGISTER_BUFFERS, &vec, 1) == 0);
	for (int i = 0; i < CALLS; i++) {
		struct io_uring_sqe request = { .opcode = opcode, .flags = flags, .fd = fd, .off = (uint64_t)i * BYTES };
		int result;

		request.addr = opcode == IORING_OP_WRITEV ? (uint64_t)halves() : (uint64_t)data;
		request.len = opcode == IORING_OP_WRITEV ? 2 : BYTES;
		result = uring_do(&u, &request, !quiet);
		if (result == -EINVAL) {
			done->skipped = "this kernel does not know the request";
			return;
		}
		CHECK(quiet || result == BYTES);
	}
	/* Without completions, the file's size tells. */
	for (int tries = 0; quiet; tries++) {
		struct stat st;

		CHECK(fstat(fd, &st) == 0);
		if (st.st_size == CALLS * BYTES)
			break;
		if (tries == 1000) {
			done->skipped = "this kernel does not know IOSQE_CQE_SKIP_SUCCESS";
			return;
		}
		usleep(1000);
	}
	wrote(done, CALLS, CALLS * BYTES);
}

static void by_uring_write(const char *d, struct done *done) { uring_writes(d, "uring_write", done, 0, IORING_OP_WRITE, 0); }
static void by_uring_writev(const char *d, struct done *done) { uring_writes(d, "uring_writev", done, 0, IORING_OP_WRITEV, 0); }
static void by_uring_fixed(const char *d, struct done *done) { uring_writes(d, "uring_fixed", done, 0, IORING_OP_WRITE_FIXED, 0); }
static void by_uring_async(const char *d, struct done *done) { uring_writes(d, "uring_async", done, 0, IORING_OP_WRITE, IOSQE_ASYNC); }
static void by_uring_skip(const char *d, struct done *done) { uring_writes(d, "uring_skip", done, 0, IORING_OP_WRITE, IOSQE_CQE_SKIP_SUCCESS); }
static void by_uring_sqpoll(const char *d, struct done *done) { uring_writes(d, "uring_sqpoll", done, IORING_SETUP_SQPOLL, IORING_OP_WRITE, 0); }

/* AIO of blocks: O_DIRECT wants them aligned. */
static void aio_writes(const char *directory, const char *name, int flags, struct done *done)
{
	enum { BLOCK = 4096 };
	int fd;
	aio_context_t context = 0;
	char *block = aligned_alloc(BLOCK, BLOCK);

	snprintf(done->path, sizeof(done->path), "%s/%s", directory, name);
	fd = open(done->path, O_WRONLY | O_CREAT | flags, 0644);
	if (fd < 0 && errno == EINVAL) {
		done->skipped = "the file system has no O_DIRECT";
		return;
	}
	CHECK(fd >= 0);
	done->opens = 1;
	done->changes = 1;
	memset(block, 'a', BLOCK);
	CHECK(syscall(SYS_io_setup, 8, &context) == 0);
	for (int i = 0; i < CALLS; i++) {
		struct iocb request = { .aio_lio_opcode = IOCB_CMD_PWRITE, .aio_fildes = fd, .aio_buf = (uint64_t)block, .aio_nbytes = BLOCK, .aio_offset = (int64_t)i * BLOCK };
		struct iocb *list[1] = { &request };
		struct io_event event;

		CHECK(syscall(SYS_io_submit, context, 1, list) == 1);
		CHECK(syscall(SYS_io_getevents, context, 1, 1, &event, NULL) == 1);
		CHECK(event.res == BLOCK);
	}
	wrote(done, CALLS, CALLS * BLOCK);
}

static void by_aio(const char *d, struct done *done) { aio_writes(d, "aio", 0, done); }
static void by_aio_direct(const char *d, struct done *done) { aio_writes(d, "aio_direct", O_DIRECT, done); }

/* A 32-bit system call from 64-bit code: its pointers must lie below 4 GB. */
static long int80(long number, long a, long b, long c, long d, long e)
{
	long result;

	asm volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

static char *low_memory(void)
{
	char *low = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	CHECK(low != MAP_FAILED);
	return low;
}

static void by_int80_write(const char *directory, struct done *done)
{
	int fd = create_file(directory, "int80_write", O_WRONLY, done);
	char *low = low_memory();

	for (int i = 0; i < CALLS; i++)
		CHECK(int80(4, fd, (long)low, BYTES, 0, 0) == BYTES);
	wrote(done, CALLS, CALLS * BYTES);
}

static void by_int80_pwrite(const char *directory, struct done *done)
{
	int fd = create_file(directory, "int80_pwrite", O_WRONLY, done);
	char *low = low_memory();

	for (int i = 0; i < CALLS; i++)
		CHECK(int80(181, fd, (long)low, BYTES, i * BYTES, 0) == BYTES);
	wrote(done, CALLS, CALLS * BYTES);
}

static void by_int80_writev(const char *directory, struct done *done)
{
	int fd = create_file(directory, "int80_writev", O_WRONLY, done);
	char *low = low_memory();
	uint32_t *vec = (uint32_t *)(low + 4096);

	vec[0] = vec[2] = (uint32_t)(uintptr_t)low;
	vec[1] = 1000;
	vec[3] = BYTES - 1000;
	for (int i = 0; i < CALLS; i++)
		CHECK(int80(146, fd, (long)vec, 2, 0, 0) == BYTES);
	wrote(done, CALLS, CALLS * BYTES);
}

static void by_int80_sendfile(const char *directory, struct done *done)
{
	int in = source_file(directory, "int80_sendfile"), fd = create_file(directory, "int80_sendfile", O_WRONLY, done);

	for (int i = 0; i < CALLS; i++)
		CHECK(int80(239, fd, in, 0, BYTES, 0) == BYTES);
	wrote(done, CALLS, CALLS * BYTES);
}

/* Every page of a new mapping is stored to. */
static void by_mapping(const char *directory, struct done *done)
{
	int fd = create_file(directory, "mapping", O_RDWR, done);
	char *map;

	CHECK(ftruncate(fd, CALLS * 4096) == 0);
	done->changes++;
	map = mmap(NULL, CALLS * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED);
	for (int i = 0; i < CALLS; i++)
		map[i * 4096] = 'a';
	done->mmap_pages = CALLS;
}

/* The descriptor comes from another process. */
static void by_passed_fd(const char *directory, struct done *done)
{
	int fd = create_file(directory, "passed_fd", O_WRONLY, done), ends[2], status;
	pid_t pid;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	pid = fork();
	CHECK(pid >= 0);
	char control[CMSG_SPACE(sizeof(int))] = {}, byte = 0;
	struct iovec vec = { &byte, 1 };
	struct msghdr message = { .msg_iov = &vec, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };

	if (pid == 0) {
		close(fd);
		CHECK(recvmsg(ends[1], &message, 0) == 1);
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
		for (int i = 0; i < CALLS; i++)
			CHECK(write(fd, data, BYTES) == BYTES);
		_exit(0);
	}
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	CHECK(sendmsg(ends[0], &message, 0) == 1);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	wrote(done, CALLS, CALLS * BYTES);
}

/* Reopened through /proc: another struct file of the same inode. */
static void by_proc_self_fd(const char *directory, struct done *done)
{
	int fd = create_file(directory, "proc_self_fd", O_WRONLY, done), again;
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	again = open(link, O_WRONLY);
	CHECK(again >= 0);
	done->opens++;
	for (int i = 0; i < CALLS; i++)
		CHECK(write(again, data, BYTES) == BYTES);
	wrote(done, CALLS, CALLS * BYTES);
}

static void by_empty_write(const char *directory, struct done *done)
{
	int fd = create_file(directory, "empty_write", O_WRONLY, done);

	for (int i = 0; i < CALLS; i++)
		CHECK(write(fd, data, 0) == 0);
	wrote(done, CALLS, 0);
}

/* Refused: too large for the limit. No byte is written, the errors are counted. */
static void by_failing_write(const char *directory, struct done *done)
{
	int fd = create_file(directory, "failing_write", O_WRONLY, done);
	struct rlimit limit = { 1000, 1000 };

	signal(SIGXFSZ, SIG_IGN);
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	for (int i = 0; i < CALLS; i++)
		CHECK(pwrite(fd, data, BYTES, 4096) == -1 && errno == EFBIG);
	done->errors = CALLS;
}

int main(int argc, char **argv)
{
	static const struct way ways[] = {
		{ "write", by_write },
		{ "append", by_append },
		{ "sync", by_sync },
		{ "pwrite64", by_pwrite64 },
		{ "sparse", by_sparse },
		{ "writev", by_writev },
		{ "pwritev", by_pwritev },
		{ "pwritev2", by_pwritev2 },
		{ "sendfile", by_sendfile },
		{ "copy_file_range", by_copy_file_range },
		{ "splice", by_splice },
		{ "vmsplice", by_vmsplice },
		{ "uring_write", by_uring_write },
		{ "uring_writev", by_uring_writev },
		{ "uring_fixed", by_uring_fixed },
		{ "uring_async", by_uring_async },
		{ "uring_skip", by_uring_skip },
		{ "uring_sqpoll", by_uring_sqpoll },
		{ "aio", by_aio },
		{ "aio_direct", by_aio_direct },
		{ "int80_write", by_int80_write },
		{ "int80_pwrite", by_int80_pwrite },
		{ "int80_writev", by_int80_writev },
		{ "int80_sendfile", by_int80_sendfile },
		{ "mapping", by_mapping },
		{ "passed_fd", by_passed_fd },
		{ "proc_self_fd", by_proc_self_fd },
		{ "empty_write", by_empty_write },
		{ "failing_write", by_failing_write },
	};

	data = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(data != MAP_FAILED);
	memset(data, 'x', BYTES);
	return RUN_WAYS("write", ways);
}
