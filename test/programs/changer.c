/* The ways to change a file's name or nature: once each, on a file made by mknod (itself one change). */
#include "ways.h"
#include <sys/xattr.h>

static char *other(const char *directory, const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static const char *make(const char *directory, const char *name, struct done *done)
{
	snprintf(done->path, sizeof(done->path), "%s/%s", directory, name);
	CHECK(mknod(done->path, S_IFREG | 0644, 0) == 0);
	done->changes = 2;
	return done->path;
}

static void by_truncate(const char *d, struct done *done) { CHECK(truncate(make(d, "truncate", done), 1000) == 0); }
static void by_unlink(const char *d, struct done *done) { CHECK(unlink(make(d, "unlink", done)) == 0); }
static void by_chmod(const char *d, struct done *done) { CHECK(chmod(make(d, "chmod", done), 0600) == 0); }
static void by_chown(const char *d, struct done *done) { CHECK(chown(make(d, "chown", done), 1, 1) == 0); }
static void by_utimensat(const char *d, struct done *done) { CHECK(utimensat(AT_FDCWD, make(d, "utimensat", done), NULL, 0) == 0); }

/* The row keeps the inode; its path is the last one known. */
static void by_rename(const char *directory, struct done *done)
{
	make(directory, "rename", done);
	CHECK(rename(done->path, other(directory, "renamed")) == 0);
	strcpy(done->path, other(directory, "renamed"));
}

static void by_link(const char *directory, struct done *done)
{
	make(directory, "link", done);
	CHECK(link(done->path, other(directory, "linked")) == 0);
	done->changes = -1; /* the row may carry either name */
}

static void by_symlink(const char *directory, struct done *done)
{
	snprintf(done->path, sizeof(done->path), "%s/symlinked", directory);
	CHECK(symlink("nowhere", done->path) == 0);
	done->changes = 1;
}

static void by_mkdir(const char *directory, struct done *done)
{
	snprintf(done->path, sizeof(done->path), "%s/folder", directory);
	CHECK(mkdir(done->path, 0755) == 0);
	done->changes = 1;
}

static void by_rmdir(const char *directory, struct done *done)
{
	snprintf(done->path, sizeof(done->path), "%s/short_lived", directory);
	CHECK(mkdir(done->path, 0755) == 0);
	CHECK(rmdir(done->path) == 0);
	done->changes = 2;
}

static void by_setxattr(const char *directory, struct done *done)
{
	make(directory, "setxattr", done);
	if (setxattr(done->path, "trusted.fswatch", "x", 1, 0)) {
		done->skipped = "the file system has no extended attributes";
		return;
	}
	CHECK(removexattr(done->path, "trusted.fswatch") == 0);
	done->changes = 3;
}

static void by_fallocate(const char *directory, struct done *done)
{
	int fd = create_file(directory, "fallocate", O_WRONLY, done);

	CHECK(fallocate(fd, 0, 0, 8192) == 0);
	done->changes = 2;
}

static void by_fchmod(const char *directory, struct done *done)
{
	int fd = create_file(directory, "fchmod", O_WRONLY, done);

	CHECK(fchmod(fd, 0600) == 0);
	done->changes = 2;
}

static void by_ftruncate(const char *directory, struct done *done)
{
	int fd = create_file(directory, "ftruncate", O_WRONLY, done);

	CHECK(ftruncate(fd, 4321) == 0);
	done->changes = 2;
}

int main(int argc, char **argv)
{
	static const struct way ways[] = {
		{ "truncate", by_truncate }, { "ftruncate", by_ftruncate }, { "unlink", by_unlink },     { "rename", by_rename },       { "link", by_link },
		{ "symlink", by_symlink },   { "mkdir", by_mkdir },	    { "rmdir", by_rmdir },	 { "chmod", by_chmod },	       { "fchmod", by_fchmod },
		{ "chown", by_chown },	     { "utimensat", by_utimensat }, { "setxattr", by_setxattr }, { "fallocate", by_fallocate },
	};

	return RUN_WAYS("change", ways);
}
