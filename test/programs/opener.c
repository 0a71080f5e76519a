/* Every way to open an existing file: once each. The file lies below a folder that is also reached by a symbolic link. */
#include "ways.h"
#include "uring.h"
#include <linux/openat2.h>

static const char *below(const char *directory, const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

/* Made by mknod: creating it must not count as the open that is tested. */
static const char *make(const char *directory, const char *name, struct done *done)
{
	snprintf(done->path, sizeof(done->path), "%s/%s", directory, name);
	CHECK(mknod(done->path, S_IFREG | 0644, 0) == 0);
	done->opens = 1;
	done->changes = 1;
	return done->path;
}

static void by_open(const char *d, struct done *done) { CHECK(syscall(SYS_open, make(d, "open", done), O_RDONLY) >= 0); }
static void by_openat_absolute(const char *d, struct done *done) { CHECK(openat(-1, make(d, "openat_absolute", done), O_RDONLY) >= 0); }

static void by_relative(const char *directory, struct done *done)
{
	make(directory, "relative", done);
	CHECK(chdir(directory) == 0);
	CHECK(open("./relative", O_RDONLY) >= 0);
}

static void by_dirfd(const char *directory, struct done *done)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY);

	make(directory, "dirfd", done);
	CHECK(openat(fd, "dirfd", O_RDONLY) >= 0);
}

static void by_openat2(const char *directory, struct done *done)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY);
	struct open_how how = { .flags = O_RDONLY, .resolve = RESOLVE_BENEATH };

	make(directory, "openat2", done);
	CHECK(syscall(SYS_openat2, fd, "openat2", &how, sizeof(how)) >= 0);
}

static void by_creat(const char *directory, struct done *done)
{
	snprintf(done->path, sizeof(done->path), "%s/creat", directory);
	CHECK(syscall(SYS_creat, done->path, 0644) >= 0);
	done->opens = 1;
	done->changes = 1;
}

static void by_truncating(const char *directory, struct done *done)
{
	CHECK(open(make(directory, "truncating", done), O_WRONLY | O_TRUNC) >= 0);
	done->changes++;
}

static void by_tmpfile(const char *directory, struct done *done)
{
	char link[64];
	ssize_t length;
	int fd = open(directory, O_RDWR | O_TMPFILE, 0600);

	if (fd < 0 && errno == EOPNOTSUPP) {
		done->skipped = "the file system has no O_TMPFILE";
		return;
	}
	CHECK(fd >= 0);
	/* Its name is the kernel's: "#inode", which only this link tells. */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, done->path, sizeof(done->path) - 1);
	CHECK(length > 10);
	done->path[length - (ssize_t)strlen(" (deleted)")] = 0;
	done->opens = 1;
	done->changes = -1; /* whether it counts as created differs between kernels */
}

static void by_handle(const char *directory, struct done *done)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} h;
	int mount, at = open(directory, O_RDONLY | O_DIRECTORY);

	make(directory, "handle", done);
	h.handle.handle_bytes = MAX_HANDLE_SZ;
	if (name_to_handle_at(AT_FDCWD, done->path, &h.handle, &mount, 0)) {
		done->skipped = "the file system has no file handles";
		return;
	}
	CHECK(open_by_handle_at(at, &h.handle, O_RDONLY) >= 0);
}

static void uring_open_by(const char *directory, const char *name, unsigned opcode, struct done *done)
{
	struct open_how how = { .flags = O_RDONLY };
	struct io_uring_sqe request = { .opcode = opcode, .fd = AT_FDCWD };
	struct uring u;

	if (!uring_open(&u, 0)) {
		done->skipped = "this kernel has no io_uring";
		return;
	}
	request.addr = (uint64_t)make(directory, name, done);
	if (opcode == IORING_OP_OPENAT2) {
		request.len = sizeof(how);
		request.off = (uint64_t)&how;
	}
	CHECK(uring_do(&u, &request, 1) >= 0);
}

static void by_uring_openat(const char *d, struct done *done) { uring_open_by(d, "uring_openat", IORING_OP_OPENAT, done); }
static void by_uring_openat2(const char *d, struct done *done) { uring_open_by(d, "uring_openat2", IORING_OP_OPENAT2, done); }

static void by_proc_self_fd(const char *directory, struct done *done)
{
	char link[64];
	int fd = open(make(directory, "proc_self_fd", done), O_PATH);

	CHECK(fd >= 0);
	done->opens++; /* O_PATH is an open too */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	CHECK(open(link, O_RDONLY) >= 0);
}

static void by_symlink(const char *directory, struct done *done)
{
	make(directory, "symlink_target", done);
	CHECK(symlink("symlink_target", below(directory, "symlink")) == 0);
	CHECK(open(below(directory, "symlink"), O_RDONLY) >= 0);
}

static void by_int80(const char *directory, struct done *done)
{
	char *low = mmap(NULL, PATH_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long result;

	strcpy(low, make(directory, "int80", done));
	asm volatile("int $0x80" : "=a"(result) : "a"(5), "b"(low), "c"(O_RDONLY), "d"(0) : "memory", "r8", "r9", "r10", "r11");
	CHECK((int)result >= 0);
}

static void by_chroot(const char *directory, struct done *done)
{
	make(directory, "chroot", done);
	CHECK(chroot(directory) == 0 && chdir("/") == 0);
	CHECK(open("/chroot", O_RDONLY) >= 0);
}

int main(int argc, char **argv)
{
	static const struct way ways[] = {
		{ "open", by_open },
		{ "openat_absolute", by_openat_absolute },
		{ "relative", by_relative },
		{ "dirfd", by_dirfd },
		{ "openat2", by_openat2 },
		{ "creat", by_creat },
		{ "truncating", by_truncating },
		{ "tmpfile", by_tmpfile },
		{ "handle", by_handle },
		{ "uring_openat", by_uring_openat },
		{ "uring_openat2", by_uring_openat2 },
		{ "proc_self_fd", by_proc_self_fd },
		{ "symlink", by_symlink },
		{ "int80", by_int80 },
		{ "chroot", by_chroot },
	};

	return RUN_WAYS("open", ways);
}
