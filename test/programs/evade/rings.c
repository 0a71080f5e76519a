/* Changes asked for without a system call of their own: io_uring, AIO; and by the 32-bit entry. */
#include "evade.h"
#include "../uring.h"
#include <linux/aio_abi.h>
#include <sys/mman.h>

static struct uring ring;

static void ring_before(const struct place *at, struct kept *k)
{
	keep_open(at, k);
	if (!uring_open(&ring, 0))
		k->third = CANNOT;
}
static void ring_sqpoll(const struct place *at, struct kept *k)
{
	keep_open(at, k);
	if (!uring_open(&ring, IORING_SETUP_SQPOLL))
		k->third = CANNOT;
	else
		CHECK(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &k->fd, 1) == 0);
}
static int ask(struct kept *k, struct io_uring_sqe sqe)
{
	int result;

	if (k->third == CANNOT)
		return CANNOT;
	result = uring_do(&ring, &sqe, 1);
	return result == -EINVAL || result == -EOPNOTSUPP ? CANNOT : result < 0;
}
#define TEXT .addr = (uint64_t)NEW, .len = 8
static int ring_write(const struct place *at, struct kept *k) { return ask(k, (struct io_uring_sqe){ .opcode = IORING_OP_WRITE, .fd = k->fd, TEXT }); }
static int ring_async(const struct place *at, struct kept *k)
{
	return ask(k, (struct io_uring_sqe){ .opcode = IORING_OP_WRITE, .fd = k->fd, .flags = IOSQE_ASYNC, TEXT });
}
static int ring_poll(const struct place *at, struct kept *k)
{
	return ask(k, (struct io_uring_sqe){ .opcode = IORING_OP_WRITE, .fd = 0, .flags = IOSQE_FIXED_FILE, TEXT });
}
static int ring_fixed(const struct place *at, struct kept *k)
{
	/* Not of a file: older kernels refuse to hold on to such memory. */
	char *text = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec v = { text, 4096 };

	CHECK(text != MAP_FAILED);
	strcpy(text, NEW);
	if (k->third != CANNOT)
		CHECK(syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &v, 1) == 0);
	return ask(k, (struct io_uring_sqe){ .opcode = IORING_OP_WRITE_FIXED, .fd = 0, .flags = IOSQE_FIXED_FILE, .addr = (uint64_t)text, .len = 8 });
}
static int ring_open(const struct place *at, struct kept *k)
{
	struct io_uring_sqe sqe = { .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uint64_t)at->victim, .open_flags = O_WRONLY };

	return k->third == CANNOT ? CANNOT : scribble(uring_do(&ring, &sqe, 1));
}
static int ring_allocate(const struct place *at, struct kept *k)
{
	return ask(k, (struct io_uring_sqe){ .opcode = IORING_OP_FALLOCATE, .fd = k->fd, .addr = 90000 });
}
static int ring_unlink(const struct place *at, struct kept *k)
{
	return ask(k, (struct io_uring_sqe){ .opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD, .addr = (uint64_t)at->victim });
}
static int ring_rename(const struct place *at, struct kept *k)
{
	return ask(k, (struct io_uring_sqe){ .opcode = IORING_OP_RENAMEAT, .fd = AT_FDCWD, .addr = (uint64_t)at->spare, .len = AT_FDCWD, .addr2 = (uint64_t)at->victim });
}
static int ring_mkdir(const struct place *at, struct kept *k)
{
	char path[PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s/fresh", at->guarded);
	return ask(k, (struct io_uring_sqe){ .opcode = 37 /* MKDIRAT */, .fd = AT_FDCWD, .addr = (uint64_t)path, .len = 0755 });
}
static int ring_link(const struct place *at, struct kept *k)
{
	char path[PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s/fresh", at->guarded);
	return ask(k, (struct io_uring_sqe){ .opcode = 39 /* LINKAT */, .fd = AT_FDCWD, .addr = (uint64_t)at->spare, .len = AT_FDCWD, .addr2 = (uint64_t)path });
}
static int ring_truncate(const struct place *at, struct kept *k)
{
	return ask(k, (struct io_uring_sqe){ .opcode = 55 /* FTRUNCATE, 6.9 */, .fd = k->fd, .off = 5 });
}
static int ring_xattr(const struct place *at, struct kept *k)
{
	return ask(k, (struct io_uring_sqe){ .opcode = 41 /* FSETXATTR */, .fd = k->fd, .addr = (uint64_t)"user.mark", .addr2 = (uint64_t)NEW, .len = 7 });
}
static int ring_splice(const struct place *at, struct kept *k)
{
	int p[2];

	CHECK(pipe(p) == 0 && write(p[1], NEW, 8) == 8);
	return ask(k, (struct io_uring_sqe){ .opcode = IORING_OP_SPLICE, .fd = k->fd, .splice_fd_in = p[0], .splice_off_in = -1, .off = 0, .len = 8 });
}

static int aio_write(const struct place *at, struct kept *k)
{
	aio_context_t context = 0;
	struct iocb request = { .aio_lio_opcode = IOCB_CMD_PWRITE, .aio_fildes = k->fd, .aio_buf = (uint64_t)NEW, .aio_nbytes = 8 }, *list[] = { &request };
	struct io_event event;

	if (syscall(SYS_io_setup, 4, &context))
		return CANNOT;
	if (syscall(SYS_io_submit, context, 1, list) != 1 || syscall(SYS_io_getevents, context, 1, 1, &event, NULL) != 1)
		return 1;
	return (long)event.res < 0;
}

/* The text must lie where 32 bits reach. */
static char *low(const char *text)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	CHECK(page != MAP_FAILED);
	return strcpy(page, text);
}
static long int80(long number, long a, long b, long c)
{
	long result;

	asm volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
	return result;
}
static int int80_write(const struct place *at, struct kept *k)
{
	long n = int80(4, k->fd, (long)low(NEW), 8);

	return n == -ENOSYS ? CANNOT : n != 8;
}
static int int80_open(const struct place *at, struct kept *k) { return scribble(int80(5, (long)low(at->victim), O_WRONLY, 0)); }
static int int80_unlink(const struct place *at, struct kept *k) { return int80(10, (long)low(at->victim), 0, 0) != 0; }
static int int80_truncate(const struct place *at, struct kept *k) { return int80(92, (long)low(at->victim), 3, 0) != 0; }
static int int80_chmod(const struct place *at, struct kept *k) { return int80(15, (long)low(at->victim), 0600, 0) != 0; }

const struct attempt by_ring[] = {
	{ "ring_write", "change", ring_before, ring_write },
	{ "ring_worker", "change", ring_before, ring_async },
	{ "ring_sqpoll", "change", ring_sqpoll, ring_poll },
	{ "ring_sqpoll_fixed", "change", ring_sqpoll, ring_fixed },
	{ "ring_open", "change", ring_before, ring_open },
	{ "ring_allocate", "change", ring_before, ring_allocate },
	{ "ring_unlink", "change", ring_before, ring_unlink },
	{ "ring_rename", "change", ring_before, ring_rename },
	{ "ring_mkdir", "change", ring_before, ring_mkdir },
	{ "ring_link", "change", ring_before, ring_link },
	{ "ring_truncate", "change", ring_before, ring_truncate },
	{ "ring_xattr", "change", ring_before, ring_xattr },
	{ "ring_splice", "change", ring_before, ring_splice },
	{ "aio", "change", keep_open, aio_write },
	{ "int80_write", "change", keep_open, int80_write },
	{ "int80_open", "change", NULL, int80_open },
	{ "int80_unlink", "change", NULL, int80_unlink },
	{ "int80_truncate", "change", NULL, int80_truncate },
	{ "int80_chmod", "change", NULL, int80_chmod },
	{},
};
