/* open in all its ways, and what another user may open. */
#include <linux/openat2.h>
#include <sys/syscall.h>

#include "semantics.h"

static int beneath(const char *path, unsigned long long resolve)
{
	struct open_how how = { .flags = O_RDONLY, .resolve = resolve };
	int fd = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

static void flags(void)
{
	int fd;

	IS("missing", try_open("missing", O_RDONLY, 0), -ENOENT);
	IS("create", try_open("file", O_WRONLY | O_CREAT, 0640), 0);
	is("created mode", mode_of("file"), 0640);
	IS("create again keeps", try_open("file", O_WRONLY | O_CREAT, 0600), 0);
	is("mode is kept", mode_of("file"), 0640);
	IS("create exclusively what is there", try_open("file", O_WRONLY | O_CREAT | O_EXCL, 0600), -EEXIST);
	IS("create exclusively", try_open("fresh", O_WRONLY | O_CREAT | O_EXCL, 0600), 0);
	umask(027);
	IS("create under a mask", try_open("masked", O_WRONLY | O_CREAT, 0666), 0);
	umask(0);
	is("masked mode", mode_of("masked"), 0640);
	IS("create without a mode bit", try_open("closed", O_RDWR | O_CREAT | O_EXCL, 0), 0);
	make("file", "0123456789");
	IS("truncate", try_open("file", O_WRONLY | O_TRUNC, 0), 0);
	is("truncated", size_of("file"), 0);
	make("file", "begin");
	fd = open("file", O_RDWR | O_APPEND);
	lseek(fd, 0, SEEK_SET);
	IS("append", write(fd, "+end", 4), 4);
	is("offset behind what was appended", lseek(fd, 0, SEEK_CUR), 9);
	is_text("appended", text_of("file"), "begin+end");
	is("flags of a descriptor", fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND), O_RDWR | O_APPEND);
	IS("append no longer", fcntl(fd, F_SETFL, 0), 0);
	IS("write at the offset", pwrite(fd, "B", 1, 0), 1);
	is_text("written at the offset", text_of("file"), "Begin+end");
	close(fd);
	fd = open("file", O_RDONLY | O_CLOEXEC);
	is("close on exec", fcntl(fd, F_GETFD), FD_CLOEXEC);
	IS("write what is open to read", write(fd, "x", 1), -EBADF);
	close(fd);
	fd = open("file", O_WRONLY);
	IS("read what is open to write", read(fd, &(char[1]){}, 1), -EBADF);
	close(fd);
	IS("read a closed descriptor", read(fd, &(char[1]){}, 1), -EBADF);
	SEE("direct", try_open("file", O_RDONLY | O_DIRECT, 0));
}

static void paths(void)
{
	char name[300], path[5000], link[16], target[16];
	int fd;

	mkdir("dir", 0755);
	make("dir/in", "in");
	IS("a directory to write", try_open("dir", O_WRONLY, 0), -EISDIR);
	IS("a directory to create", try_open("dir", O_RDONLY | O_CREAT, 0644), -EISDIR);
	IS("a directory to read", try_open("dir", O_RDONLY, 0), 0);
	IS("read a directory's bytes", ({ fd = open("dir", O_RDONLY); read(fd, name, 1); }), -EISDIR);
	close(fd);
	IS("a file as a directory", try_open("file", O_RDONLY | O_DIRECTORY, 0), -ENOTDIR);
	IS("below a file", try_open("file/below", O_RDONLY, 0), -ENOTDIR);
	IS("a file with a slash", try_open("file/", O_RDONLY, 0), -ENOTDIR);
	IS("create with a slash", try_open("fresh2/", O_WRONLY | O_CREAT, 0644), -EISDIR);
	IS("create in no directory", try_open("no/file", O_WRONLY | O_CREAT, 0644), -ENOENT);
	IS("an empty path", try_open("", O_RDONLY, 0), -ENOENT);
	IS("a bad address", open((char *)1, O_RDONLY), -EFAULT);
	memset(name, 'n', sizeof(name));
	name[255] = 0;
	IS("a name of 255", try_open(name, O_WRONLY | O_CREAT, 0644), 0);
	IS("unlink a name of 255", unlink(name), 0);
	name[255] = 'n';
	name[256] = 0;
	IS("a name of 256", try_open(name, O_WRONLY | O_CREAT, 0644), -ENAMETOOLONG);
	for (int i = 0; i < 4998; i += 2)
		memcpy(path + i, "./", 2);
	strcpy(path + 4091, "file");
	path[4090] = '/';
	IS("a path of 4095", try_open(path, O_RDONLY, 0), 0);
	strcpy(path + 4092, "file");
	path[4090] = '.';
	path[4091] = '/';
	IS("a path of 4096", try_open(path, O_RDONLY, 0), -ENAMETOOLONG);
	symlink("loop2", "loop1");
	symlink("loop1", "loop2");
	IS("links in a circle", try_open("loop1", O_RDONLY, 0), -ELOOP);
	symlink("file", "s0");
	for (int i = 1; i < 42; i++) {
		sprintf(target, "s%d", i - 1);
		sprintf(link, "s%d", i);
		symlink(target, link);
	}
	IS("forty links", try_open("s39", O_RDONLY, 0), 0);
	IS("forty-one links", try_open("s40", O_RDONLY, 0), -ELOOP);
	symlink("nowhere", "dangling");
	IS("a link that must not be followed", try_open("s0", O_RDONLY | O_NOFOLLOW, 0), -ELOOP);
	IS("exclusively at a link to nothing", try_open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0644), -EEXIST);
	IS("a link to nothing", try_open("dangling", O_RDONLY, 0), -ENOENT);
	IS("create through a link", try_open("dangling", O_WRONLY | O_CREAT, 0644), 0);
	is("created what it leads to", exists("nowhere"), 1);
	IS("dot dot", try_open("dir/../file", O_RDONLY, 0), 0);
}

static void relative(void)
{
	char text[8] = "";
	int dir = open("dir", O_RDONLY | O_DIRECTORY), file = open("file", O_RDWR), fd;

	is("in a directory's descriptor", ({ fd = openat(dir, "in", O_RDONLY); fd >= 0; }), 1);
	close(fd);
	IS("in a file's descriptor", openat(file, "in", O_RDONLY), -ENOTDIR);
	IS("in no descriptor", openat(999, "in", O_RDONLY), -EBADF);
	IS("a descriptor again", ({ fd = open("/proc/self/fd/3", O_RDONLY); fd < 0 ? -1 : 0; }), 0);
	close(fd);
	close(dir);
	close(file);
	IS("beneath", beneath("dir/in", RESOLVE_BENEATH), 0);
	IS("not beneath", beneath("../opening/file", RESOLVE_BENEATH), -EXDEV);
	IS("no links", beneath("s0", RESOLVE_NO_SYMLINKS), -ELOOP);
	IS("another root", beneath("/dir/in", RESOLVE_IN_ROOT), 0);

	fd = open("file", O_PATH);
	IS("read a path's descriptor", read(fd, text, 1), -EBADF);
	IS("write a path's descriptor", write(fd, "x", 1), -EBADF);
	IS("chmod a path's descriptor", fchmod(fd, 0600), -EBADF);
	IS("stat a path's descriptor", fstat(fd, &(struct stat){}), 0);
	close(fd);
	fd = open("s0", O_PATH | O_NOFOLLOW);
	IS("read a link by its descriptor", readlinkat(fd, "", text, sizeof(text)), 4);
	close(fd);
	IS("two names of a descriptor", ({ fd = open("file", O_RDONLY); read(fd, text, 2); file = dup(fd); lseek(file, 0, SEEK_CUR); }), 2);
	close(fd);
	close(file);
}

static void unnamed(void)
{
	struct stat st;
	char path[32];
	int fd = open(".", O_TMPFILE | O_RDWR, 0640);

	is("unnamed", fd >= 0, 1);
	IS("write unnamed", write(fd, "unnamed", 7), 7);
	is("names of unnamed", (fstat(fd, &st), st.st_nlink), 0);
	sprintf(path, "/proc/self/fd/%d", fd);
	IS("give it a name", linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW), 0);
	is("names of named", links_of("named"), 1);
	is_text("named", text_of("named"), "unnamed");
	IS("give it a name that is taken", linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW), -EEXIST);
	IS("give it another by itself", linkat(fd, "", AT_FDCWD, "named2", AT_EMPTY_PATH), 0);
	is("names of named twice", links_of("named2"), 2);
	close(fd);
	fd = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600);
	sprintf(path, "/proc/self/fd/%d", fd);
	IS("unnamed for ever", linkat(AT_FDCWD, path, AT_FDCWD, "named3", AT_SYMLINK_FOLLOW), -ENOENT);
	close(fd);
	IS("unnamed to read", try_open(".", O_TMPFILE | O_RDONLY, 0600), -EINVAL);
	IS("unnamed in a file", try_open("file", O_TMPFILE | O_RDWR, 0600), -ENOTDIR);
}

void opening(void)
{
	flags();
	paths();
	relative();
	unnamed();
}

void users(void)
{
	chmod(".", 0755);
	make("mine", "mine");
	chmod("mine", 0600);
	make("all", "all");
	chmod("all", 0666);
	mkdir("private", 0700);
	make("private/in", "in");
	mkdir("shown", 0744);
	make("shown/in", "in");
	mkdir("passage", 0711);
	make("passage/in", "in");
	mkdir("open", 0777);
	NOBODY_IS("read another's", try_open("mine", O_RDONLY, 0), -EACCES);
	NOBODY_IS("write another's", try_open("mine", O_WRONLY, 0), -EACCES);
	NOBODY_IS("write everybody's", try_open("all", O_RDWR, 0), 0);
	NOBODY_IS("into a private directory", try_open("private/in", O_RDONLY, 0), -EACCES);
	NOBODY_IS("list a private directory", try_open("private", O_RDONLY, 0), -EACCES);
	NOBODY_IS("list a shown directory", try_open("shown", O_RDONLY, 0), 0);
	NOBODY_IS("into a shown directory", try_open("shown/in", O_RDONLY, 0), -EACCES);
	NOBODY_IS("list a passage", try_open("passage", O_RDONLY, 0), -EACCES);
	NOBODY_IS("through a passage", try_open("passage/in", O_RDONLY, 0), 0);
	NOBODY_IS("create in a passage", try_open("passage/new", O_WRONLY | O_CREAT, 0644), -EACCES);
	NOBODY_IS("create in an open directory", try_open("open/new", O_WRONLY | O_CREAT, 0644), 0);
	NOBODY_IS("without access time", try_open("all", O_RDONLY | O_NOATIME, 0), -EPERM);
	NOBODY_IS("may read", access("all", R_OK | W_OK), 0);
	NOBODY_IS("may not run", access("all", X_OK), -EACCES);
	NOBODY_IS("may not read", access("mine", R_OK), -EACCES);
	NOBODY_IS("is there", access("mine", F_OK), 0);
	IS("root may read", access("mine", R_OK | W_OK), 0);
	IS("root may not run what nobody may", access("mine", X_OK), -EACCES);
	NOBODY_IS("unlink in another's directory", unlink("mine"), -EACCES);
	NOBODY_IS("unlink another's in an open directory", unlink("open/new"), 0);
	NOBODY_IS("make a directory", mkdir("passage/dir", 0755), -EACCES);
	NOBODY_IS("remove a directory", rmdir("private"), -EACCES);
	NOBODY_IS("rename", rename("all", "open/all"), -EACCES);
	NOBODY_IS("link", link("all", "passage/all"), -EACCES);
	NOBODY_IS("symlink", symlink("all", "passage/soft"), -EACCES);
	NOBODY_IS("truncate another's", truncate("mine", 0), -EACCES);
	NOBODY_IS("change directory", chdir("private"), -EACCES);
	is_text("untouched", text_of("mine"), "mine");
}
