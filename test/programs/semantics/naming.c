/* Names: made, removed, moved, linked. */
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "semantics.h"

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#define RENAME_WHITEOUT 4
#endif

static long move(const char *from, const char *to, unsigned flags)
{
	return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static void nodes(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket" };
	int fd;

	IS("fifo", mkfifo("fifo", 0640), 0);
	is("fifo's type", type_of("fifo"), S_IFIFO);
	IS("fifo again", mkfifo("fifo", 0640), -EEXIST);
	IS("fifo to write without a reader", open("fifo", O_WRONLY | O_NONBLOCK), -ENXIO);
	fd = open("fifo", O_RDWR | O_NONBLOCK);
	IS("write a fifo", write(fd, "abc", 3), 3);
	IS("read a fifo", read(fd, &(char[8]){}, 8), 3);
	IS("read an empty fifo", read(fd, &(char[8]){}, 8), -EAGAIN);
	IS("seek a fifo", lseek(fd, 0, SEEK_SET), -ESPIPE);
	close(fd);
	IS("device", mknod("null", S_IFCHR | 0666, makedev(1, 3)), 0);
	is("device's type", type_of("null"), S_IFCHR);
	fd = open("null", O_RDWR);
	SEE("write a device", fd < 0 ? -1 : write(fd, "abc", 3));
	close(fd);
	IS("block device", mknod("block", S_IFBLK | 0600, makedev(7, 200)), 0);
	NOBODY_SEE("device by nobody", mknod("null2", S_IFCHR | 0666, makedev(1, 3)));
	IS("file by mknod", mknod("plain", S_IFREG | 0604, 0), 0);
	is("its mode", mode_of("plain"), 0604);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	IS("bind", bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	is("socket's type", type_of("socket"), S_IFSOCK);
	IS("open a socket", try_open("socket", O_RDONLY, 0), -ENXIO);
	IS("bind again", ({ int b = socket(AF_UNIX, SOCK_STREAM, 0), r = bind(b, (struct sockaddr *)&address, sizeof(address)); close(b); r; }),
	   -EADDRINUSE);
	close(fd);
}

void making(void)
{
	char name[300];
	int fd;

	memset(name, 'd', sizeof(name));
	name[256] = 0;
	IS("directory", mkdir("dir", 0750), 0);
	is("directory's mode", mode_of("dir"), 0750);
	is("directory's links", links_of("dir"), 2);
	IS("directory again", mkdir("dir", 0750), -EEXIST);
	IS("directory with a slash", mkdir("slash/", 0755), 0);
	IS("directory in nothing", mkdir("no/dir", 0755), -ENOENT);
	IS("directory of a long name", mkdir(name, 0755), -ENAMETOOLONG);
	make("file", "text");
	IS("directory where a file is", mkdir("file", 0755), -EEXIST);
	IS("directory below a file", mkdir("file/dir", 0755), -ENOTDIR);
	IS("directory in it", mkdir("dir/dir", 0755), 0);
	is("links with one in it", links_of("dir"), 3);
	IS("remove what is not empty", rmdir("dir"), -ENOTEMPTY);
	IS("remove dot", rmdir("dir/."), -EINVAL);
	IS("remove dot dot", rmdir("dir/dir/.."), -ENOTEMPTY);
	IS("remove a file as a directory", rmdir("file"), -ENOTDIR);
	IS("remove nothing", rmdir("nothing"), -ENOENT);
	IS("unlink a directory", unlink("dir"), -EISDIR);
	IS("remove the inner", rmdir("dir/dir"), 0);
	is("links without it", links_of("dir"), 2);
	fd = open("dir", O_RDONLY | O_DIRECTORY);
	IS("remove what is open", rmdir("dir"), 0);
	IS("create in what is removed", openat(fd, "file", O_WRONLY | O_CREAT, 0644), -ENOENT);
	close(fd);
	IS("remove root", rmdir("/"), -EBUSY);
	mkdir("setgid", 0777);
	chown("setgid", 0, 1234);
	chmod("setgid", 02777);
	mkdir("setgid/dir", 0755);
	make("setgid/file", "");
	is("a directory's group is handed on", mode_of("setgid/dir"), 02755);
	is("a file's is not", mode_of("setgid/file"), 0644);
	is("the group of both", ({ struct stat a, b; stat("setgid/dir", &a); stat("setgid/file", &b); a.st_gid == 1234 && b.st_gid == 1234; }), 1);

	IS("unlink", unlink("file"), 0);
	IS("unlink again", unlink("file"), -ENOENT);
	make("open", "still here");
	fd = open("open", O_RDWR);
	IS("unlink what is open", unlink("open"), 0);
	IS("write what is unlinked", pwrite(fd, "S", 1, 0), 1);
	is("its names", ({ struct stat st; fstat(fd, &st); st.st_nlink; }), 0);
	close(fd);
	IS("unlink by unlinkat", ({ make("by-at", ""); unlinkat(AT_FDCWD, "by-at", 0); }), 0);
	IS("remove by unlinkat", unlinkat(AT_FDCWD, "slash", AT_REMOVEDIR), 0);
	nodes();
	IS("unlink a fifo", unlink("fifo"), 0);
	IS("unlink a device", unlink("null"), 0);
}

void renaming(const char *elsewhere)
{
	char other[4096];

	make("a", "a");
	make("b", "b");
	IS("rename", rename("a", "c"), 0);
	is("old name", exists("a"), 0);
	is_text("new name", text_of("c"), "a");
	IS("rename nothing", rename("a", "d"), -ENOENT);
	IS("over a file", rename("c", "b"), 0);
	is_text("replaced", text_of("b"), "a");
	IS("to itself", rename("b", "b"), 0);
	link("b", "b2");
	IS("to another name of itself", rename("b", "b2"), 0);
	is("both are left", links_of("b"), 2);
	mkdir("dir", 0755);
	mkdir("empty", 0755);
	mkdir("full", 0755);
	make("full/in", "in");
	IS("a file over a directory", rename("b", "dir"), -EISDIR);
	IS("a directory over a file", rename("dir", "b"), -ENOTDIR);
	IS("a directory over an empty one", rename("dir", "empty"), 0);
	IS("a directory over a full one", rename("empty", "full"), -ENOTEMPTY);
	IS("a directory into itself", rename("full", "full/below"), -EINVAL);
	IS("a directory over its parent", ({ mkdir("full/sub", 0755); rename("full/sub", "full"); }), -ENOTEMPTY);
	IS("dot", rename("full/.", "empty2"), -EBUSY);
	IS("a file to a name with a slash", rename("b", "b3/"), -ENOTDIR);
	IS("a directory to a name with a slash", rename("empty", "empty3/"), 0);
	IS("a full directory", rename("full", "empty3/full"), 0);
	is_text("what was in it", text_of("empty3/full/in"), "in");
	IS("into nothing", rename("b", "no/b"), -ENOENT);
	IS("below a file", rename("b", "b2/b"), -ENOTDIR);
	snprintf(other, sizeof(other), "%s/renamed", elsewhere);
	IS("to another file system", rename("b", other), -EXDEV);
	make("e", "e");
	make("f", "f");
	IS("not replacing", move("e", "f", RENAME_NOREPLACE), -EEXIST);
	IS("not replacing nothing", move("e", "g", RENAME_NOREPLACE), 0);
	IS("exchange", move("f", "g", RENAME_EXCHANGE), 0);
	is_text("exchanged", text_of("f"), "e");
	IS("exchange a file and a directory", move("f", "empty3", RENAME_EXCHANGE), 0);
	is("the directory's type now", type_of("empty3"), S_IFREG);
	is_text("in it as before", text_of("f/full/in"), "in");
	IS("exchange with nothing", move("g", "nothing", RENAME_EXCHANGE), -ENOENT);
	IS("exchange and not replace", move("g", "f", RENAME_EXCHANGE | RENAME_NOREPLACE), -EINVAL);
	SEE("leaving a whiteout", move("g", "h", RENAME_WHITEOUT));
	symlink("nowhere", "soft");
	IS("a link", rename("soft", "soft2"), 0);
	is("is still a link", type_of("soft2"), S_IFLNK);
	mkdir("sticky", 01777);
	make("sticky/root's", "");
	NOBODY_IS("out of a sticky directory", rename("sticky/root's", "sticky/nobody's"), -EPERM);
	NOBODY_IS("unlink in a sticky directory", unlink("sticky/root's"), -EPERM);
	NOBODY_IS("one's own in a sticky directory", ({ make("sticky/own", ""); rename("sticky/own", "sticky/own2"); }), 0);
}

void linking(const char *elsewhere)
{
	char other[4096], text[64], name[300];

	memset(name, 'l', sizeof(name));
	name[256] = 0;
	make("file", "text");
	IS("link", link("file", "hard"), 0);
	is("names", links_of("file"), 2);
	is("the same file", same_file("file", "hard"), 1);
	make("hard", "by another name");
	is_text("written by another name", text_of("file"), "by another name");
	IS("link what is linked", link("file", "hard"), -EEXIST);
	IS("link nothing", link("nothing", "hard2"), -ENOENT);
	IS("link a long name", link("file", name), -ENAMETOOLONG);
	mkdir("dir", 0755);
	IS("link a directory", link("dir", "dir2"), -EPERM);
	IS("link into a directory", link("file", "dir/hard"), 0);
	IS("unlink the first", unlink("file"), 0);
	is("names left", links_of("hard"), 2);
	snprintf(other, sizeof(other), "%s/linked", elsewhere);
	IS("link to another file system", link("hard", other), -EXDEV);
	IS("symlink", symlink("hard", "soft"), 0);
	is("a link's size", size_of("soft"), 4);
	IS("symlink again", symlink("hard", "soft"), -EEXIST);
	IS("symlink to nothing", symlink("", "empty"), -ENOENT);
	IS("read a link", readlink("soft", text, sizeof(text)), 4);
	IS("read a link in part", readlink("soft", text, 2), 2);
	IS("read a link that is none", readlink("hard", text, sizeof(text)), -EINVAL);
	is_text("through a link", text_of("soft"), "by another name");
	IS("link a link", link("soft", "soft2"), 0);
	is("a link's names", links_of("soft"), 2);
	IS("link what a link leads to", linkat(AT_FDCWD, "soft", AT_FDCWD, "hard3", AT_SYMLINK_FOLLOW), 0);
	is("the link's file", same_file("hard3", "hard"), 1);
	symlink("dir", "to-dir");
	is_text("through a link to a directory", text_of("to-dir/hard"), "by another name");
	IS("remove a link to a directory", rmdir("to-dir"), -ENOTDIR);
	IS("unlink a link to a directory", unlink("to-dir"), 0);
	is("the directory is left", exists("dir"), 1);
	IS("unlink a link", unlink("soft"), 0);
	is("the file is left", exists("hard"), 1);
}
