/* Changes of what stands beside the bytes: mode, owner, times, attributes, flags, blocks. */
#include "evade.h"
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/xattr.h>

static int by_chmod(const struct place *at, struct kept *k) { return chmod(at->victim, 0777); }
static int by_fchmod(const struct place *at, struct kept *k) { return fchmod(k->fd, 0777); }
static int by_chown(const struct place *at, struct kept *k) { return chown(at->victim, 1000, 1000); }
static int by_times(const struct place *at, struct kept *k)
{
	struct timespec past[2] = { { 1000, 0 }, { 1000, 0 } };

	return utimensat(AT_FDCWD, at->victim, past, 0);
}
static int by_futimes(const struct place *at, struct kept *k)
{
	struct timeval past[2] = { { 1000, 0 }, { 1000, 0 } };

	return futimes(k->fd, past);
}
static int by_xattr(const struct place *at, struct kept *k) { return setxattr(at->victim, "user.mark", NEW, 7, 0); }
static int by_fxattr(const struct place *at, struct kept *k) { return fsetxattr(k->fd, "user.mark", NEW, 7, 0); }
static int by_removexattr(const struct place *at, struct kept *k) { return removexattr(at->victim, "user.mark"); }
static int by_acl(const struct place *at, struct kept *k)
{
	/* version 2: user::rw-, user:1000:rw-, group::r--, mask::rw-, other::r-- */
	unsigned char acl[] = { 2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 6, 0, 232, 3, 0, 0, 4, 0, 4, 0, 255, 255, 255, 255, 16, 0, 6, 0, 255, 255, 255, 255, 32, 0, 4, 0, 255, 255, 255, 255 };

	return setxattr(at->victim, "system.posix_acl_access", acl, sizeof(acl), 0) ? CANNOT : 0;
}
static int by_flags(const struct place *at, struct kept *k)
{
	long flags = 0x20 /* append only */;

	return ioctl(k->fd, FS_IOC_SETFLAGS, &flags);
}
static int by_fsxattr(const struct place *at, struct kept *k)
{
	struct fsxattr x = {};

	if (ioctl(k->fd, FS_IOC_FSGETXATTR, &x))
		return CANNOT;
	x.fsx_xflags |= 0x10; /* append only */
	return ioctl(k->fd, FS_IOC_FSSETXATTR, &x);
}
static int by_file_setattr(const struct place *at, struct kept *k)
{
	struct { uint64_t xflags; uint32_t extsize, nextents, projid, cowextsize; } a = { .xflags = 0x10 };

	return syscall(469, AT_FDCWD, at->victim, &a, sizeof(a), 0) ? CANNOT : 0;
}

struct move_extent {
	uint32_t reserved, donor;
	uint64_t from, to, blocks, moved;
};
/* The spare file's blocks for the victim's. It is named as the donor only, by a descriptor in memory. */
static int donate_blocks(const struct place *at, struct kept *k)
{
	struct move_extent move = { .donor = k->fd, .blocks = 1 };
	int fd = open(at->spare, O_RDWR), caches = open("/proc/sys/vm/drop_caches", O_WRONLY);

	CHECK(fd >= 0);
	if (ioctl(fd, _IOWR('f', 15, struct move_extent), &move))
		return unknown_here() ? CANNOT : 1;
	fsync(fd);
	fsync(k->fd);
	return write(caches, "3", 1) != 1;
}

const struct attempt by_attribute[] = {
	{ "chmod", "change", NULL, by_chmod },
	{ "fchmod", "change", keep_open, by_fchmod },
	{ "chown", "change", NULL, by_chown },
	{ "utimensat", "change", NULL, by_times },
	{ "futimes", "change", keep_open, by_futimes },
	{ "setxattr", "change", NULL, by_xattr },
	{ "fsetxattr", "change", keep_open, by_fxattr },
	{ "removexattr", "change", NULL, by_removexattr },
	{ "acl", "change", NULL, by_acl },
	{ "setflags", "change", keep_open, by_flags },
	{ "fssetxattr", "change", keep_open, by_fsxattr },
	{ "file_setattr", "change", NULL, by_file_setattr },
	{ "donate_extents", "change", keep_open, donate_blocks },
	{},
};
