/* Ways to change what is known about a file: mode, owner, times, extended attributes, flags. Most need no descriptor for writing. */
#include "evade.h"
#include <linux/fs.h>
#include <linux/fscrypt.h>
#include <linux/fsverity.h>
#include <sys/xattr.h>

/* Newer than the headers here. */
enum { FCHMODAT2 = 452, SETXATTRAT = 463, REMOVEXATTRAT = 466, FILE_SETATTR = 469 };
struct xattr_args_of_6_13 { uint64_t value; uint32_t size, flags; };
struct file_attr_of_6_17 { uint64_t xflags; uint32_t extsize, nextents, projid, cowextsize; };

static int fd;

static int reading(void) { return MUST(open(victim, O_RDONLY)); }
static int path_only(void) { return MUST(open(victim, O_PATH)); }
static void read_before(void) { fd = reading(); }

static void by_chmod(void) { MUST(chmod(victim, 0777)); }
static void by_fchmod(void) { MUST(fchmod(reading(), 0777)); }
static void by_fchmod_before(void) { MUST(fchmod(fd, 0777)); }
static void by_chmod_folder(void) { MUST(chmod(guarded, 0777)); }
static void by_fchmodat2(void)
{
	long result = syscall(FCHMODAT2, path_only(), "", 0777, AT_EMPTY_PATH);

	SKIP_IF(result < 0 && errno == ENOSYS, "this kernel has no fchmodat2");
	must(result, "fchmodat2");
}
static void by_chmod_proc_fd(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", path_only());
	MUST(chmod(path, 0777));
}
static void by_chown(void) { MUST(chown(victim, 12, 34)); }
static void by_lchown(void) { MUST(lchown(victim, 12, 34)); }
static void by_fchown(void) { MUST(fchown(reading(), 12, 34)); }
static void by_chown_empty_path(void) { MUST(fchownat(path_only(), "", 12, 34, AT_EMPTY_PATH)); }
static void by_fchown_before(void) { MUST(fchown(fd, 12, 34)); }

static void path_before(void) { fd = path_only(); }
static void by_chown_path_before(void) { MUST(fchownat(fd, "", 12, 34, AT_EMPTY_PATH)); }

static const struct timespec past[2] = { { 1, 1 }, { 2, 2 } };
static void by_utimensat(void) { MUST(utimensat(AT_FDCWD, victim, past, 0)); }
static void by_futimens(void) { MUST(futimens(reading(), past)); }
static void by_futimens_before(void) { MUST(futimens(fd, past)); }
static void by_utimens_now(void) { MUST(utimensat(AT_FDCWD, victim, NULL, AT_SYMLINK_NOFOLLOW)); }
static void by_atime_only(void)
{
	const struct timespec times[2] = { { 5, 5 }, { 0, UTIME_OMIT } };

	MUST(utimensat(AT_FDCWD, victim, times, 0));
}

static void xattr(int result)
{
	SKIP_IF(result < 0 && errno == EOPNOTSUPP, "the file system has no such attributes");
	must(result, "setting or removing an attribute");
}
static void by_setxattr(void) { xattr(setxattr(victim, "user.new", "x", 1, 0)); }
static void by_lsetxattr(void) { xattr(lsetxattr(victim, "trusted.new", "x", 1, 0)); }
static void by_fsetxattr(void) { xattr(fsetxattr(reading(), "user.evade", "lost", 4, XATTR_REPLACE)); }
static void by_fsetxattr_before(void) { xattr(fsetxattr(fd, "user.new", "x", 1, 0)); }
static void by_removexattr(void) { xattr(removexattr(victim, "user.evade")); }
static void by_fremovexattr(void) { xattr(fremovexattr(reading(), "user.evade")); }
static void by_setxattrat(void)
{
	struct xattr_args_of_6_13 arguments = { (uintptr_t) "x", 1, 0 };
	long result = syscall(SETXATTRAT, reading(), "", AT_EMPTY_PATH, "user.new", &arguments, sizeof(arguments));

	SKIP_IF(result < 0 && errno == ENOSYS, "this kernel has no setxattrat");
	must(result, "setxattrat");
}
static void by_removexattrat(void)
{
	long result = syscall(REMOVEXATTRAT, AT_FDCWD, victim, 0, "user.evade");

	SKIP_IF(result < 0 && errno == ENOSYS, "this kernel has no removexattrat");
	must(result, "removexattrat");
}
/* Revision 2, root may do all with it. */
static void by_capability(void)
{
	uint32_t value[5] = { 0x02000001, 0xffffffff, 0, 0xff, 0 };

	xattr(setxattr(victim, "security.capability", value, sizeof(value), 0));
}
/* Version 2: owner, user 77, group, mask, others. */
static void acl(const char *path, const char *name)
{
	struct { uint32_t version; struct { uint16_t tag, rights; uint32_t id; } entries[5]; } list = {
		2, { { 1, 6, -1 }, { 2, 6, 77 }, { 4, 4, -1 }, { 16, 6, -1 }, { 32, 4, -1 } }
	};

	xattr(setxattr(path, name, &list, sizeof(list), 0));
}
static void by_acl(void) { acl(victim, "system.posix_acl_access"); }
static void by_default_acl(void) { acl(guarded, "system.posix_acl_default"); }

static void set_flags(int fd, int flags)
{
	int result = ioctl(fd, FS_IOC_SETFLAGS, &flags);

	SKIP_IF(result < 0 && (errno == ENOTTY || errno == EOPNOTSUPP), "the file system has no such flags");
	must(result, "FS_IOC_SETFLAGS");
}
/* What the file system set itself (extents) must stay. */
static int flags_of(int fd)
{
	int flags = 0;

	ioctl(fd, FS_IOC_GETFLAGS, &flags);
	return flags;
}
static void add_flag(int flag)
{
	int fd = reading();

	set_flags(fd, flags_of(fd) | flag);
}
static void by_append_flag(void) { add_flag(FS_APPEND_FL); }
static void by_immutable_flag(void) { add_flag(FS_IMMUTABLE_FL); }
static void by_nodump_flag(void) { add_flag(FS_NODUMP_FL); }
static void by_flags_before(void) { set_flags(fd, flags_of(fd) | FS_NODUMP_FL); }

static void by_fsxattr(void)
{
	struct fsxattr x;
	int fd = reading();

	SKIP_IF(ioctl(fd, FS_IOC_FSGETXATTR, &x) && (errno == ENOTTY || errno == EOPNOTSUPP), "the file system has no such attributes");
	x.fsx_xflags |= FS_XFLAG_NOATIME;
	MUST(ioctl(fd, FS_IOC_FSSETXATTR, &x));
}
static void by_file_setattr(void)
{
	struct file_attr_of_6_17 attributes = { .xflags = FS_XFLAG_NODUMP };
	long result = syscall(FILE_SETATTR, AT_FDCWD, victim, &attributes, sizeof(attributes), 0);

	SKIP_IF(result < 0 && errno == ENOSYS, "this kernel has no file_setattr");
	SKIP_IF(result < 0 && errno == EOPNOTSUPP, "the file system has no such attributes");
	must(result, "file_setattr");
}
static void by_generation(void)
{
	int generation = 4711, result = ioctl(reading(), FS_IOC_SETVERSION, &generation);

	SKIP_IF(result < 0 && errno == ENOTTY, "the file system sets no generation");
	must(result, "FS_IOC_SETVERSION");
}
/* Can never be written again. */
static void by_verity(void)
{
	struct fsverity_enable_arg arguments = { .version = 1, .hash_algorithm = FS_VERITY_HASH_ALG_SHA256, .block_size = PAGE };
	int result = ioctl(reading(), FS_IOC_ENABLE_VERITY, &arguments);

	SKIP_IF(result < 0 && (errno == ENOTTY || errno == EOPNOTSUPP), "the file system has no verity");
	must(result, "FS_IOC_ENABLE_VERITY");
}
static void make_folder(void) { MUST(mkdir(in(guarded, "folder"), 0755)); }
/* What is made in the folder from now on is unreadable. */
static void by_encryption(void)
{
	struct fscrypt_policy_v1 policy = { .contents_encryption_mode = FSCRYPT_MODE_AES_256_XTS, .filenames_encryption_mode = FSCRYPT_MODE_AES_256_CTS };
	int result = ioctl(MUST(open(in(guarded, "folder"), O_RDONLY)), FS_IOC_SET_ENCRYPTION_POLICY, &policy);

	SKIP_IF(result < 0 && (errno == ENOTTY || errno == EOPNOTSUPP), "the file system has no encryption");
	must(result, "FS_IOC_SET_ENCRYPTION_POLICY");
}

#define BEFORE 1, "opened before"
const struct evasion attribute_ways[] = {
	{ "chmod", ATTR, by_chmod },
	{ "fchmod", ATTR, by_fchmod },
	{ "fchmodat2-empty-path", ATTR, by_fchmodat2 },
	{ "chmod-proc-fd", ATTR, by_chmod_proc_fd },
	{ "chmod-folder", ATTR, by_chmod_folder },
	{ "chown", ATTR, by_chown },
	{ "lchown", ATTR, by_lchown },
	{ "fchown", ATTR, by_fchown },
	{ "chown-empty-path", ATTR, by_chown_empty_path },
	{ "utimensat", ATTR, by_utimensat },
	{ "utimensat-now", ATTR, by_utimens_now },
	{ "utimensat-access-time", ATTR, by_atime_only },
	{ "futimens", ATTR, by_futimens },
	{ "setxattr", ATTR, by_setxattr },
	{ "lsetxattr-trusted", ATTR, by_lsetxattr },
	{ "fsetxattr", ATTR, by_fsetxattr },
	{ "setxattrat", ATTR, by_setxattrat },
	{ "removexattr", ATTR, by_removexattr },
	{ "fremovexattr", ATTR, by_fremovexattr },
	{ "removexattrat", ATTR, by_removexattrat },
	{ "capability", ATTR, by_capability },
	{ "acl", ATTR, by_acl },
	{ "acl-default", ATTR, by_default_acl },
	{ "flag-append", ATTR, by_append_flag },
	{ "flag-immutable", ATTR, by_immutable_flag },
	{ "flag-nodump", ATTR, by_nodump_flag },
	{ "fssetxattr", ATTR, by_fsxattr },
	{ "file-setattr", ATTR, by_file_setattr },
	{ "generation", ATTR, by_generation },
	{ "verity", ATTR, by_verity },
	{ "encryption-policy", ATTR, by_encryption, make_folder },
	{ "fd-before-fchmod", ATTR, by_fchmod_before, read_before, BEFORE },
	{ "fd-before-fchown", ATTR, by_fchown_before, read_before, BEFORE },
	{ "path-fd-before-chown", ATTR, by_chown_path_before, path_before, BEFORE },
	{ "fd-before-futimens", ATTR, by_futimens_before, read_before, BEFORE },
	{ "fd-before-fsetxattr", ATTR, by_fsetxattr_before, read_before, BEFORE },
	{ "fd-before-setflags", ATTR, by_flags_before, read_before, BEFORE },
	{ 0 },
};
