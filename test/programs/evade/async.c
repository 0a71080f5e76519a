/* Ways by asynchronous calls: io_uring with its workers, poll thread and registered files, and AIO. */
#include "../uring.h"
#include "evade.h"
#include <linux/aio_abi.h>
#include <sys/xattr.h>

/* Newer than the headers here. */
enum { OP_FTRUNCATE = 55 };

static struct uring ring;
static char bytes[] = "tampered with by evade\n";
static int fd;
static aio_context_t context;

static void open_ring(unsigned flags) { SKIP_IF(!uring_open(&ring, flags), "this kernel has no such io_uring"); }

/* A request's result. Kernels answer -EINVAL to what they do not know. */
static long request(struct io_uring_sqe sqe, const char *what)
{
	int result = uring_do(&ring, &sqe, 1);

	SKIP_IF(result == -EINVAL || result == -EOPNOTSUPP, "this kernel does not know the request");
	if (result < 0) {
		errno = -result;
		return must(-1, what);
	}
	return result;
}
#define REQUEST(code, ...) request((struct io_uring_sqe){ .opcode = IORING_OP_##code, __VA_ARGS__ }, #code)

static void write_by_ring(int flags) { REQUEST(WRITE, .fd = fd, .addr = (uintptr_t)bytes, .len = 23, .flags = flags); }
static void open_after(void) { fd = MUST(open(victim, O_RDWR)); }
static void open_before(void)
{
	open_ring(0);
	open_after();
}

static void by_write(void)
{
	open_before();
	write_by_ring(0);
}
static void by_worker(void)
{
	open_before();
	write_by_ring(IOSQE_ASYNC);
}
static void by_writev(void)
{
	struct iovec vec = { bytes, 23 };

	open_before();
	REQUEST(WRITEV, .fd = fd, .addr = (uintptr_t)&vec, .len = 1);
}
/* 5.10 registers anonymous memory only. */
static void by_buffer(void)
{
	struct iovec vec = { (void *)MUST(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)), PAGE };

	memset(vec.iov_base, 'b', PAGE);
	open_before();
	MUST(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &vec, 1));
	REQUEST(WRITE_FIXED, .fd = fd, .addr = (uintptr_t)vec.iov_base, .len = PAGE);
}
static void register_file(void)
{
	open_before();
	MUST(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &fd, 1));
	close(fd);
	fd = 0;
}
static void write_registered(void) { write_by_ring(IOSQE_FIXED_FILE); }
static void write_by_worker(void) { write_by_ring(IOSQE_FIXED_FILE | IOSQE_ASYNC); }
static void by_registered(void)
{
	register_file();
	write_registered();
}
static void poll_thread(void)
{
	open_ring(IORING_SETUP_SQPOLL);
	open_after();
	MUST(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &fd, 1));
	fd = 0;
}
static void by_poll_thread(void)
{
	poll_thread();
	write_registered();
}

static void by_open(void)
{
	open_ring(0);
	fd = REQUEST(OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)victim, .open_flags = O_WRONLY);
	write_by_ring(0);
}
static void by_open_worker(void)
{
	open_ring(0);
	fd = REQUEST(OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)victim, .open_flags = O_WRONLY | O_TRUNC, .flags = IOSQE_ASYNC);
}
/* Opened into the ring's own table and written by a linked request: no descriptor is ever seen. */
static void by_linked(void)
{
	int none = -1;
	struct io_uring_sqe first = { .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)victim, .open_flags = O_WRONLY, .file_index = 1, .flags = IOSQE_IO_LINK };

	open_ring(0);
	MUST(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &none, 1));
	ring.sqes[*ring.sq_tail & *ring.sq_mask] = first;
	ring.sq_array[*ring.sq_tail & *ring.sq_mask] = *ring.sq_tail & *ring.sq_mask;
	__atomic_store_n(ring.sq_tail, *ring.sq_tail + 1, __ATOMIC_RELEASE);
	ring.sqes[*ring.sq_tail & *ring.sq_mask] = (struct io_uring_sqe){ .opcode = IORING_OP_WRITE, .addr = (uintptr_t)bytes, .len = 23, .flags = IOSQE_FIXED_FILE };
	ring.sq_array[*ring.sq_tail & *ring.sq_mask] = *ring.sq_tail & *ring.sq_mask;
	__atomic_store_n(ring.sq_tail, *ring.sq_tail + 1, __ATOMIC_RELEASE);
	MUST(syscall(SYS_io_uring_enter, ring.fd, 2, 2, IORING_ENTER_GETEVENTS, NULL, 0));
	/* The second is cancelled when the first fails, and may be told first. */
	for (int i = 0; i < 2; i++) {
		/* Before 5.18 the slot must be filled when the write is submitted. */
		SKIP_IF(ring.cqes[i].res == -EINVAL || ring.cqes[i].res == -EBADF, "this kernel cannot link them");
		if (ring.cqes[i].res < 0 && ring.cqes[i].res != -ECANCELED) {
			errno = -ring.cqes[i].res;
			must(-1, "OPENAT linked to WRITE");
		}
	}
}
static void by_direct_open(void)
{
	int none = -1;

	open_ring(0);
	MUST(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &none, 1));
	SKIP_IF(REQUEST(OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)victim, .open_flags = O_WRONLY, .file_index = 1), "this kernel opens no file into the ring");
	fd = 0;
	write_registered();
}

static void by_ftruncate(void)
{
	open_before();
	REQUEST(NOP, .opcode = OP_FTRUNCATE, .fd = fd, .off = 77);
}
static void by_fallocate(void)
{
	open_before();
	REQUEST(FALLOCATE, .fd = fd, .len = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, .off = 0, .addr = PAGE);
}
static void by_splice(void)
{
	int ends[2];

	MUST(pipe(ends));
	MUST(write(ends[1], bytes, 23));
	open_before();
	REQUEST(SPLICE, .fd = fd, .off = 0, .splice_fd_in = ends[0], .splice_off_in = (uint64_t)-1, .len = 23);
}
static void by_madvise(void)
{
	open_before();
	REQUEST(MADVISE, .addr = MUST(mmap(NULL, SIZE, PROT_WRITE, MAP_SHARED, fd, 0)), .len = PAGE, .fadvise_advice = MADV_REMOVE);
}

static void by_unlink(void)
{
	open_ring(0);
	REQUEST(UNLINKAT, .fd = AT_FDCWD, .addr = (uintptr_t)victim);
}
static void by_rename(void)
{
	open_ring(0);
	REQUEST(RENAMEAT, .fd = AT_FDCWD, .addr = (uintptr_t)victim, .len = AT_FDCWD, .off = (uintptr_t)in(outside, "taken"));
}
static void by_link(void)
{
	open_ring(0);
	REQUEST(LINKAT, .fd = AT_FDCWD, .addr = (uintptr_t)victim, .len = AT_FDCWD, .off = (uintptr_t)in(outside, "link"));
}
static void by_mkdir(void)
{
	open_ring(0);
	REQUEST(MKDIRAT, .fd = AT_FDCWD, .addr = (uintptr_t)in(guarded, "new"), .len = 0755);
}
static void by_symlink(void)
{
	open_ring(0);
	REQUEST(SYMLINKAT, .fd = AT_FDCWD, .addr = (uintptr_t) "nowhere", .addr2 = (uintptr_t)in(guarded, "new"));
}
static void by_setxattr(void)
{
	open_ring(0);
	REQUEST(SETXATTR, .addr = (uintptr_t) "user.new", .addr2 = (uintptr_t) "x", .len = 1, .addr3 = (uintptr_t)victim);
}
static void by_fsetxattr(void)
{
	open_ring(0);
	fd = MUST(open(victim, O_RDONLY));
	REQUEST(FSETXATTR, .fd = fd, .addr = (uintptr_t) "user.new", .addr2 = (uintptr_t) "x", .len = 1);
}
static void by_read(void)
{
	open_ring(0);
	fd = REQUEST(OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)victim, .open_flags = O_RDONLY);
	REQUEST(READ, .fd = fd, .addr = (uintptr_t)told->secret, .len = SECRET);
}

static void aio_write(int opcode, const void *buffer, size_t length)
{
	struct iocb control = { .aio_lio_opcode = opcode, .aio_fildes = fd, .aio_buf = (uintptr_t)buffer, .aio_nbytes = length };
	struct iocb *list[1] = { &control };
	struct io_event event;

	MUST(syscall(SYS_io_submit, context, 1, list));
	MUST(syscall(SYS_io_getevents, context, 1, 1, &event, NULL));
	if (event.res < 0) {
		errno = -event.res;
		MUST(-1);
	}
}
static void aio_before(void)
{
	open_after();
	MUST(syscall(SYS_io_setup, 8, &context));
}
static void aio_submit(void) { aio_write(IOCB_CMD_PWRITE, bytes, 23); }
static void by_aio(void)
{
	aio_before();
	aio_submit();
}
static void by_aio_vector(void)
{
	struct iovec vec = { bytes, 23 };

	aio_before();
	aio_write(IOCB_CMD_PWRITEV, &vec, 1);
}
static void by_aio_direct(void)
{
	char *block = aligned_alloc(PAGE, PAGE);

	memset(block, 'd', PAGE);
	aio_before();
	fd = open(victim, O_WRONLY | O_DIRECT);
	SKIP_IF(fd < 0 && errno == EINVAL, "the file system has no O_DIRECT");
	must(fd, "open with O_DIRECT");
	aio_write(IOCB_CMD_PWRITE, block, PAGE);
}

static void plain_write(void) { write_by_ring(0); }

#define BEFORE 1, "opened before"
const struct evasion async_ways[] = {
	{ "uring-write", WRITE, by_write },
	{ "uring-writev", WRITE, by_writev },
	{ "uring-worker-write", WRITE, by_worker },
	{ "uring-fixed-buffer", WRITE, by_buffer },
	{ "uring-fixed-file", WRITE, by_registered },
	{ "uring-sqpoll-write", WRITE, by_poll_thread },
	{ "uring-open-write", WRITE, by_open },
	{ "uring-worker-open-trunc", WRITE, by_open_worker },
	{ "uring-open-linked-write", WRITE, by_linked },
	{ "uring-direct-open-write", WRITE, by_direct_open },
	{ "uring-ftruncate", WRITE, by_ftruncate },
	{ "uring-fallocate", WRITE, by_fallocate },
	{ "uring-splice", WRITE, by_splice },
	{ "uring-madvise-remove", WRITE, by_madvise },
	{ "uring-unlinkat", DELETE, by_unlink },
	{ "uring-renameat", RENAME, by_rename },
	{ "uring-linkat", LINK, by_link },
	{ "uring-mkdirat", CREATE, by_mkdir },
	{ "uring-symlinkat", CREATE, by_symlink },
	{ "uring-setxattr", ATTR, by_setxattr },
	{ "uring-fsetxattr", ATTR, by_fsetxattr },
	{ "uring-open-read", OPEN, by_read },
	{ "uring-before-write", WRITE, plain_write, open_before, BEFORE },
	{ "uring-before-fixed-file", WRITE, write_registered, register_file, BEFORE },
	{ "uring-before-worker", WRITE, write_by_worker, register_file, BEFORE },
	{ "uring-before-sqpoll", WRITE, write_registered, poll_thread, BEFORE },
	{ "aio-write", WRITE, by_aio },
	{ "aio-writev", WRITE, by_aio_vector },
	{ "aio-direct-write", WRITE, by_aio_direct },
	{ "aio-before-write", WRITE, aio_submit, aio_before, BEFORE },
	{ 0 },
};
