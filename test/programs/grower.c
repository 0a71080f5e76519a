// SPDX-License-Identifier: MIT
/*
 * Makes a file grow, each time in another way: grower WAY FILE BYTES [SOURCE]. Prints "ok" or the error's name; its status is 0 where
 * the file grew, 1 where it was refused, 3 where the way does not exist here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "uring.h"

static const char *path, *source;
static size_t bytes;
static char *data;

static off_t end_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? -1 : st.st_size;
}

/* All of it, or the error. */
static long all(long done) { return done < 0 ? -errno : done == (long)bytes ? 0 : -ENODATA; }

static long by_write(int fd) { return lseek(fd, 0, SEEK_END) < 0 ? -errno : all(write(fd, data, bytes)); }
static long by_append(int fd) { return fcntl(fd, F_SETFL, O_APPEND) ? -errno : all(write(fd, data, bytes)); }
static long by_pwrite(int fd) { return all(pwrite(fd, data, bytes, end_of(fd))); }
static long by_hole(int fd) { return pwrite(fd, "x", 1, end_of(fd) + bytes - 1) == 1 ? 0 : -errno; }

static long by_writev(int fd)
{
	struct iovec parts[2] = { { data, bytes / 2 }, { data, bytes - bytes / 2 } };

	return lseek(fd, 0, SEEK_END) < 0 ? -errno : all(writev(fd, parts, 2));
}
static long by_pwritev(int fd)
{
	struct iovec part = { data, bytes };

	return all(pwritev(fd, &part, 1, end_of(fd)));
}
static long by_ftruncate(int fd) { return ftruncate(fd, end_of(fd) + bytes) ? -errno : 0; }
static long by_truncate(int fd) { return truncate(path, end_of(fd) + bytes) ? -errno : 0; }
static long by_fallocate(int fd) { return fallocate(fd, 0, end_of(fd), bytes) ? -errno : 0; }
static long by_zero_range(int fd) { return fallocate(fd, FALLOC_FL_ZERO_RANGE, end_of(fd), bytes) ? -errno : 0; }
static long by_insert_range(int fd) { return fallocate(fd, FALLOC_FL_INSERT_RANGE, 0, bytes) ? -errno : 0; }
static long by_keep_size(int fd) { return fallocate(fd, FALLOC_FL_KEEP_SIZE, end_of(fd), bytes) ? -errno : 0; }

static long by_sendfile(int fd)
{
	int from = open(source, O_RDONLY);

	return lseek(fd, 0, SEEK_END) < 0 ? -errno : all(sendfile(fd, from, NULL, 0x7ffff000));
}
static long by_copy_file_range(int fd)
{
	int from = open(source, O_RDONLY);
	loff_t at = end_of(fd);

	return all(copy_file_range(from, NULL, fd, &at, 1ul << 40, 0));
}
static long by_splice(int fd)
{
	int ends[2];
	size_t left = bytes;

	if (pipe(ends) || lseek(fd, 0, SEEK_END) < 0)
		return -errno;
	while (left) {
		ssize_t in = write(ends[1], data, left < 16384 ? left : 16384), out;

		if (in < 0)
			return -errno;
		out = splice(ends[0], NULL, fd, NULL, in, 0);
		if (out < 0)
			return -errno;
		left -= out;
	}
	return 0;
}
static long by_clone(int fd)
{
	struct file_clone_range range = { .src_fd = open(source, O_RDONLY), .dest_offset = (end_of(fd) + 4095) & ~4095ul };

	return ioctl(fd, FICLONERANGE, &range) ? -errno : 0;
}
static long by_aio_call(int fd, off_t at, int flags)
{
	struct iocb request = { .aio_fildes = fd, .aio_lio_opcode = IOCB_CMD_PWRITE, .aio_buf = (unsigned long)data, .aio_nbytes = bytes,
				.aio_offset = at, .aio_rw_flags = flags };
	struct iocb *list = &request;
	struct io_event event;
	aio_context_t context = 0;

	if (syscall(SYS_io_setup, 1, &context) || syscall(SYS_io_submit, context, 1, &list) != 1)
		return -errno;
	if (syscall(SYS_io_getevents, context, 1, 1, &event, NULL) != 1)
		return -errno;
	return event.res < 0 ? event.res : event.res == (long)bytes ? 0 : -ENODATA;
}
static long by_aio(int fd) { return by_aio_call(fd, end_of(fd), 0); }
static long by_uring_call(int fd, off_t at, int flags)
{
	struct io_uring_sqe request = { .opcode = IORING_OP_WRITE, .fd = fd, .addr = (unsigned long)data, .len = bytes, .off = at, .rw_flags = flags };
	struct uring ring;
	int result;

	if (!uring_open(&ring, 0))
		return -ENOSYS;
	result = uring_do(&ring, &request, 1);
	return result < 0 ? result : result == (long)bytes ? 0 : -ENODATA;
}
static long by_uring(int fd) { return by_uring_call(fd, end_of(fd), 0); }
static long by_direct(int fd)
{
	int direct = open(path, O_WRONLY | O_DIRECT);

	return direct < 0 ? -errno : all(pwrite(direct, data, bytes, (end_of(fd) + 4095) & ~4095ul));
}
/* The call's flag alone says that it appends. */
static long by_append_flag(int fd)
{
	struct iovec part = { data, bytes };

	return all(pwritev2(fd, &part, 1, 0, RWF_APPEND));
}
static long by_append_flag_aio(int fd) { return by_aio_call(fd, 0, RWF_APPEND); }
static long by_append_flag_uring(int fd) { return by_uring_call(fd, 0, RWF_APPEND); }

/* The writes that follow a splice that failed, or a sendfile of little: what was known of those holds for them no more. */
static long after_splice(int fd)
{
	int ends[2];

	if (pipe(ends) || write(ends[1], data, 100) != 100 || fcntl(fd, F_SETFL, O_APPEND))
		return -errno;
	if (splice(ends[0], NULL, fd, NULL, 100, 0) != -1)
		return -ENOSYS;
	return all(write(fd, data, bytes));
}
static long after_sendfile(int fd)
{
	int from = memfd_create("little", 0);

	if (from < 0 || write(from, data, 100) != 100 || lseek(from, 0, SEEK_SET) || lseek(fd, 0, SEEK_END) < 0)
		return -errno;
	return sendfile(fd, from, NULL, 4096) == 100 && pwrite(fd, data, bytes, end_of(fd) - 100) == (long)bytes ? 0 : -errno;
}

static const struct {
	const char *name;
	long (*grow)(int fd);
} ways[] = {
	{ "write", by_write }, { "append", by_append }, { "pwrite", by_pwrite }, { "hole", by_hole }, { "writev", by_writev }, { "pwritev", by_pwritev },
	{ "ftruncate", by_ftruncate }, { "truncate", by_truncate }, { "fallocate", by_fallocate }, { "zero-range", by_zero_range },
	{ "insert-range", by_insert_range }, { "keep-size", by_keep_size }, { "sendfile", by_sendfile }, { "copy_file_range", by_copy_file_range },
	{ "splice", by_splice }, { "clone", by_clone }, { "aio", by_aio }, { "io_uring", by_uring }, { "direct", by_direct }, { "append-flag", by_append_flag },
	{ "append-flag-aio", by_append_flag_aio }, { "append-flag-io_uring", by_append_flag_uring },
	{ "after-splice", after_splice }, { "after-sendfile", after_sendfile },
};

/* `bytes` each, in blocks of 1,000, into a file of its own or all at the end of one. */
static void *racer(void *number)
{
	char name[4096];
	int fd;

	snprintf(name, sizeof(name), source && !strcmp(source, "one") ? "%s" : "%s%ld", path, (long)number);
	fd = open(name, O_WRONLY | O_CREAT | O_APPEND, 0644);
	for (size_t done = 0; fd >= 0 && done < bytes; done += 1000)
		if (write(fd, data, 1000) < 0)
			break;
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	path = argv[2];
	bytes = strtoull(argv[3], NULL, 0);
	source = argv[4];
	if (posix_memalign((void **)&data, 4096, bytes > 4096 ? bytes : 4096))
		return 2;
	memset(data, 'g', bytes);
	if (!strcmp(argv[1], "race")) {
		pthread_t threads[64];

		for (long i = 0; i < 64; i++)
			pthread_create(&threads[i], NULL, racer, (void *)i);
		for (int i = 0; i < 64; i++)
			pthread_join(threads[i], NULL);
		return 0;
	}
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		int fd;
		long result;

		if (strcmp(argv[1], ways[i].name))
			continue;
		fd = open(path, O_RDWR);
		result = fd < 0 ? -errno : ways[i].grow(fd);
		printf("%s\n", result ? strerrorname_np(-result) : "ok");
		return result == 0 ? 0 : result == -EOPNOTSUPP || result == -ENOSYS || result == -EINVAL || result == -ENOTTY ? 3 : 1;
	}
	return 2;
}
