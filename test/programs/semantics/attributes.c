/* Modes, owners, times, extended attributes, and what statx tells. */
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <linux/fs.h>

#include "semantics.h"

static long owner_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? -1 : (long)st.st_uid * 100000 + st.st_gid;
}

void attributes(void)
{
	struct statx more;
	int fd, flags = 0;

	make("file", "text");
	IS("chmod", chmod("file", 0604), 0);
	is("mode", mode_of("file"), 0604);
	IS("all bits", chmod("file", 07777), 0);
	is("all of them", mode_of("file"), 07777);
	IS("chmod nothing", chmod("nothing", 0600), -ENOENT);
	IS("chmod below a file", chmod("file/below", 0600), -ENOTDIR);
	NOBODY_IS("chmod another's", chmod("file", 0777), -EPERM);
	IS("chown", chown("file", 65534, 1234), 0);
	is("owner", owner_of("file"), 65534L * 100000 + 1234);
	is("setuid after chown", mode_of("file"), 01777);
	IS("owner alone", chown("file", 65534, -1), 0);
	IS("group alone", chown("file", -1, 65534), 0);
	is("both", owner_of("file"), 65534L * 100000 + 65534);
	NOBODY_IS("chmod one's own", chmod("file", 04755), 0);
	NOBODY_IS("give away", chown("file", 0, -1), -EPERM);
	NOBODY_IS("to another group", chown("file", -1, 1234), -EPERM);
	NOBODY_IS("to one's own group", chown("file", -1, 65534), 0);
	is("setuid after that", mode_of("file"), 0755);
	chmod("file", 06777);
	NOBODY_IS("write", ({ fd = open("file", O_WRONLY); write(fd, "x", 1); }), 1);
	is("setuid after a write", mode_of("file"), 0777);
	chown("file", 65534, 1234);
	NOBODY_IS("setgid of another's group", chmod("file", 02755), 0);
	is("is dropped", mode_of("file"), 0755);
	symlink("file", "soft");
	IS("chown a link", lchown("soft", 1, 2), 0);
	is("the link's owner", owner_of("soft"), 100002);
	is("its file's owner", owner_of("file"), 65534L * 100000 + 1234);
	IS("chmod through a link", chmod("soft", 0600), 0);
	is("its file's mode", mode_of("file"), 0600);
	fd = open("file", O_RDONLY);
	IS("fchmod", fchmod(fd, 0640), 0);
	IS("fchown", fchown(fd, 0, 0), 0);
	is("after both", mode_of("file"), 0640);
	SEE("flags", ioctl(fd, FS_IOC_GETFLAGS, &flags));
	flags |= FS_NOATIME_FL;
	SEE("set a flag", ioctl(fd, FS_IOC_SETFLAGS, &flags));
	flags |= FS_IMMUTABLE_FL;
	if (RESULT(ioctl(fd, FS_IOC_SETFLAGS, &flags)) == 0) {
		IS("write what is immutable", try_open("file", O_WRONLY, 0), -EPERM);
		IS("unlink what is immutable", unlink("file"), -EPERM);
		flags = 0;
		IS("clear flags", ioctl(fd, FS_IOC_SETFLAGS, &flags), 0);
	}
	close(fd);
	IS("statx", statx(AT_FDCWD, "file", AT_SYMLINK_NOFOLLOW, STATX_ALL, &more), 0);
	is("statx size", more.stx_size, 4);
	is("statx mode", more.stx_mode, S_IFREG | 0640);
	is("statx names", more.stx_nlink, 1);
	is("statx owner", more.stx_uid + more.stx_gid, 0);
	see("statx fields", more.stx_mask & STATX_ALL);
	IS("statx of a link", statx(AT_FDCWD, "soft", AT_SYMLINK_NOFOLLOW, STATX_TYPE, &more), 0);
	is("statx type", more.stx_mode & S_IFMT, S_IFLNK);
	IS("statx of nothing", statx(AT_FDCWD, "nothing", 0, STATX_ALL, &more), -ENOENT);
	IS("statx wrong flags", statx(AT_FDCWD, "file", 1 << 30, STATX_ALL, &more), -EINVAL);
	mkdir("dir", 0755);
	IS("chmod a directory", chmod("dir", 01777), 0);
	is("sticky", mode_of("dir"), 01777);
}

static long modified(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? -1 : st.st_mtim.tv_sec * 10 + st.st_mtim.tv_nsec / 100000000;
}

static long accessed(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? -1 : st.st_atim.tv_sec;
}

void times(void)
{
	struct timespec set[2] = { { 1000, 0 }, { 2000, 500000000 } };
	int fd;

	make("file", "text");
	IS("set", utimensat(AT_FDCWD, "file", set, 0), 0);
	is("accessed", accessed("file"), 1000);
	is("modified, in tenths", modified("file"), 20005);
	set[0].tv_nsec = UTIME_OMIT;
	set[1] = (struct timespec){ 3000, 0 };
	IS("leave the first", utimensat(AT_FDCWD, "file", set, 0), 0);
	is("left", accessed("file"), 1000);
	is("second set", modified("file"), 30000);
	set[0] = (struct timespec){ 0, UTIME_NOW };
	set[1] = (struct timespec){ 0, UTIME_OMIT };
	IS("now", utimensat(AT_FDCWD, "file", set, 0), 0);
	is("is now", accessed("file") > 1600000000, 1);
	is("second left", modified("file"), 30000);
	set[0].tv_nsec = UTIME_OMIT;
	IS("leave both", utimensat(AT_FDCWD, "file", set, 0), 0);
	SEE("leave both of nothing", utimensat(AT_FDCWD, "nothing", set, 0));
	NOBODY_IS("leave both of another's", utimensat(AT_FDCWD, "file", set, 0), 0);
	NOBODY_IS("another's to now", utimensat(AT_FDCWD, "file", NULL, 0), -EACCES);
	set[0] = set[1] = (struct timespec){ 1, 0 };
	NOBODY_IS("another's", utimensat(AT_FDCWD, "file", set, 0), -EPERM);
	set[0].tv_nsec = 1000000000;
	IS("no nanoseconds", utimensat(AT_FDCWD, "file", set, 0), -EINVAL);
	set[0].tv_nsec = 0;
	symlink("file", "soft");
	IS("a link's", utimensat(AT_FDCWD, "soft", set, AT_SYMLINK_NOFOLLOW), 0);
	is("the link's", modified("soft"), 10);
	is("not its file's", modified("file"), 30000);
	IS("by descriptor", ({ fd = open("file", O_RDONLY); futimens(fd, set); }), 0);
	close(fd);
	is("set by descriptor", modified("file"), 10);
	IS("by utimes", utimes("file", (struct timeval[2]){ { 5, 0 }, { 6, 0 } }), 0);
	is("set by utimes", modified("file"), 60);
	make("file", "");
	is("truncating is modifying", modified("file") > 60, 1);
	mkdir("dir", 0755);
	utimensat(AT_FDCWD, "dir", set, 0);
	make("dir/file", "");
	is("creating modifies its directory", modified("dir") > 60, 1);
	set[1].tv_sec = -1;
	SEE("before the epoch", utimensat(AT_FDCWD, "file", set, 0));
}

void extended(void)
{
	char value[64] = "", big[4200];
	int fd;

	memset(big, 'v', sizeof(big));
	make("file", "text");
	chmod("file", 0666);
	SEE("list none", listxattr("file", NULL, 0));
	SEE("set", setxattr("file", "user.one", "1", 1, 0));
	SEE("get", getxattr("file", "user.one", value, sizeof(value)));
	SEE("size", getxattr("file", "user.one", NULL, 0));
	SEE("create again", setxattr("file", "user.one", "2", 1, XATTR_CREATE));
	SEE("replace", setxattr("file", "user.one", "22", 2, XATTR_REPLACE));
	SEE("replace none", setxattr("file", "user.none", "2", 1, XATTR_REPLACE));
	SEE("too small a buffer", getxattr("file", "user.one", value, 1));
	SEE("get none", getxattr("file", "user.none", value, sizeof(value)));
	SEE("list", listxattr("file", big, sizeof(big)));
	SEE("large", setxattr("file", "user.large", big, 4000, 0));
	SEE("remove the large", removexattr("file", "user.large"));
	SEE("by descriptor", ({ fd = open("file", O_RDONLY); fsetxattr(fd, "user.fd", "f", 1, 0); }));
	SEE("get by descriptor", fgetxattr(fd, "user.fd", value, sizeof(value)));
	SEE("remove by descriptor", fremovexattr(fd, "user.fd"));
	close(fd);
	SEE("remove", removexattr("file", "user.one"));
	SEE("remove again", removexattr("file", "user.one"));
	IS("no such space", setxattr("file", "nowhere.one", "1", 1, 0), -EOPNOTSUPP);
	SEE("trusted", setxattr("file", "trusted.one", "1", 1, 0));
	NOBODY_IS("trusted by nobody", setxattr("file", "trusted.two", "1", 1, 0), -EPERM);
	NOBODY_SEE("security by nobody", setxattr("file", "security.two", "1", 1, 0));
	NOBODY_SEE("user by nobody", setxattr("file", "user.two", "1", 1, 0));
	chmod("file", 0600);
	NOBODY_SEE("another's", setxattr("file", "user.three", "1", 1, 0));
	symlink("file", "soft");
	SEE("a link's", lsetxattr("soft", "user.one", "1", 1, 0));
	SEE("a link's trusted", lsetxattr("soft", "trusted.one", "1", 1, 0));
	IS("of nothing", setxattr("nothing", "user.one", "1", 1, 0), -ENOENT);
	SEE("no name", setxattr("file", "", "1", 1, 0));
	SEE("an ACL", setxattr("file", "system.posix_acl_access",
			       "\2\0\0\0\1\0\6\0\377\377\377\377\2\0\4\0\xd2\4\0\0\4\0\4\0\377\377\377\377\20\0\4\0\377\377\377\377\40\0\0\0\377\377\377\377",
			       44, 0));
	see("mode with it", mode_of("file"));
	SEE("remove an ACL", removexattr("file", "system.posix_acl_access"));
}
