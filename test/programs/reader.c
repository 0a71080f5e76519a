/* The ways to take bytes out of a file: CALLS calls of BYTES bytes each. */
#include "ways.h"
#include "uring.h"
#include <linux/aio_abi.h>
#include <sys/sendfile.h>

static char data[BYTES];

/* A file with something to read; opened anew, so that its writing is another entry's business. */
static int full_file(const char *directory, const char *name, struct done *done)
{
	int fd = create_file(directory, name, O_RDWR, done);

	for (int i = 0; i < CALLS; i++)
		CHECK(write(fd, data, BYTES) == BYTES);
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	done->writes = CALLS;
	done->write_bytes = CALLS * BYTES;
	done->reads = CALLS;
	done->read_bytes = CALLS * BYTES;
	return fd;
}

static void by_read(const char *directory, struct done *done)
{
	int fd = full_file(directory, "read", done);

	for (int i = 0; i < CALLS; i++)
		CHECK(read(fd, data, BYTES) == BYTES);
}

static void by_pread64(const char *directory, struct done *done)
{
	int fd = full_file(directory, "pread64", done);

	for (int i = 0; i < CALLS; i++)
		CHECK(pread(fd, data, BYTES, (off_t)i * BYTES) == BYTES);
}

static void by_preadv(const char *directory, struct done *done)
{
	int fd = full_file(directory, "preadv", done);
	struct iovec vec = { data, BYTES };

	for (int i = 0; i < CALLS; i++)
		CHECK(preadv(fd, &vec, 1, (off_t)i * BYTES) == BYTES);
}

static void by_sendfile(const char *directory, struct done *done)
{
	int fd = full_file(directory, "read_sendfile", done), out;
	struct done other;

	out = create_file(directory, "read_sendfile.copy", O_WRONLY, &other);
	for (int i = 0; i < CALLS; i++)
		CHECK(sendfile(out, fd, NULL, BYTES) == BYTES);
}

static void by_splice(const char *directory, struct done *done)
{
	int fd = full_file(directory, "read_splice", done), ends[2];

	CHECK(pipe(ends) == 0);
	for (int i = 0; i < CALLS; i++)
		CHECK(splice(fd, NULL, ends[1], NULL, BYTES, 0) == BYTES);
}

static void by_uring_read(const char *directory, struct done *done)
{
	int fd = full_file(directory, "uring_read", done);
	struct uring u;

	if (!uring_open(&u, 0)) {
		done->skipped = "this kernel has no io_uring";
		return;
	}
	for (int i = 0; i < CALLS; i++) {
		struct io_uring_sqe request = { .opcode = IORING_OP_READ, .fd = fd, .off = (uint64_t)i * BYTES, .addr = (uint64_t)data, .len = BYTES };

		CHECK(uring_do(&u, &request, 1) == BYTES);
	}
}

static void by_aio(const char *directory, struct done *done)
{
	int fd = full_file(directory, "aio_read", done);
	aio_context_t context = 0;

	CHECK(syscall(SYS_io_setup, 8, &context) == 0);
	for (int i = 0; i < CALLS; i++) {
		struct iocb request = { .aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = fd, .aio_buf = (uint64_t)data, .aio_nbytes = BYTES, .aio_offset = (int64_t)i * BYTES };
		struct iocb *list[1] = { &request };
		struct io_event event;

		CHECK(syscall(SYS_io_submit, context, 1, list) == 1);
		CHECK(syscall(SYS_io_getevents, context, 1, 1, &event, NULL) == 1 && event.res == BYTES);
	}
}

int main(int argc, char **argv)
{
	static const struct way ways[] = {
		{ "read", by_read },	 { "pread64", by_pread64 },	{ "preadv", by_preadv }, { "sendfile", by_sendfile },
		{ "splice", by_splice }, { "uring_read", by_uring_read }, { "aio", by_aio },
	};

	return RUN_WAYS("read", ways);
}
