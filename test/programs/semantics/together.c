/* What several do at a time: locks, leases, programs that run, directories that are read while they change, descriptors that are passed. */
#include <dirent.h>
#include <spawn.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include "semantics.h"

extern char **environ;

/* In a child, since a process does not stand in its own way. */
static int lock_of_child(const char *path, short type, int command, off_t start)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = 10 };
	int fd = open(path, O_RDWR);

	return fcntl(fd, command, &lock);
}

static int flock_of_child(const char *path, int how)
{
	return flock(open(path, O_RDWR), how | LOCK_NB);
}

static void run_copy(void)
{
	int from = open("/bin/sleep", O_RDONLY), to = open("sleeper", O_WRONLY | O_CREAT, 0755);
	char *arguments[] = { "./sleeper", "100", NULL };
	pid_t pid = 0;

	while (sendfile(to, from, NULL, 1 << 20) > 0)
		;
	close(from);
	is("run what is open to write", -posix_spawn(&pid, "./sleeper", NULL, NULL, arguments, environ), -ETXTBSY);
	close(to);
	is("run", -posix_spawn(&pid, "./sleeper", NULL, NULL, arguments, environ), 0);
	IS("write what runs", try_open("sleeper", O_WRONLY, 0), -ETXTBSY);
	IS("truncate what runs", truncate("sleeper", 0), -ETXTBSY);
	IS("unlink what runs", unlink("sleeper"), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	make("script", "#!/bin/sh\nexit 7\n");
	is("run what is no program", -posix_spawn(&pid, "./script", NULL, NULL, arguments, environ), -EACCES);
	chmod("script", 0755);
	arguments[1] = NULL;
	is("run a script", ({ int status = 0; posix_spawn(&pid, "./script", NULL, NULL, arguments, environ); waitpid(pid, &status, 0); WEXITSTATUS(status); }), 7);
}

static void pass_descriptor(void)
{
	char room[CMSG_SPACE(sizeof(int))] = "", byte = 'x';
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int pair[2], fd = open("file", O_RDWR), got;

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	*header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	IS("send a descriptor", sendmsg(pair[0], &message, 0), 1);
	close(fd);
	IS("receive a descriptor", recvmsg(pair[1], &message, 0), 1);
	memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(got));
	IS("write by it", write(got, "passed", 6), 6);
	close(got);
	close(pair[0]);
	close(pair[1]);
}

void locking(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10 };
	int fd;

	make("file", "0123456789");
	fd = open("file", O_RDWR);
	IS("flock", flock(fd, LOCK_EX), 0);
	NOBODY_IS("flock by nobody", flock_of_child("file", LOCK_SH), -EBADF);
	chmod("file", 0666);
	NOBODY_IS("flock again", flock_of_child("file", LOCK_SH), -EAGAIN);
	IS("share", flock(fd, LOCK_SH), 0);
	NOBODY_IS("share again", flock_of_child("file", LOCK_SH), 0);
	NOBODY_IS("alone while shared", flock_of_child("file", LOCK_EX), -EAGAIN);
	IS("unlock", flock(fd, LOCK_UN), 0);
	IS("lock bytes", fcntl(fd, F_SETLK, &lock), 0);
	NOBODY_IS("lock them again", lock_of_child("file", F_WRLCK, F_SETLK, 5), -EAGAIN);
	NOBODY_IS("lock those behind", lock_of_child("file", F_WRLCK, F_SETLK, 10), 0);
	NOBODY_IS("lock by the descriptor", lock_of_child("file", F_RDLCK, F_OFD_SETLK, 0), -EAGAIN);
	lock.l_type = F_UNLCK;
	IS("unlock bytes", fcntl(fd, F_SETLK, &lock), 0);
	NOBODY_IS("lock them now", lock_of_child("file", F_WRLCK, F_SETLK, 5), 0);
	NOBODY_SEE("lease another's", fcntl(open("file", O_RDONLY), F_SETLEASE, F_RDLCK));
	close(fd);
	SEE("lease", fcntl(fd = open("file", O_RDONLY), F_SETLEASE, F_RDLCK));
	IS("end the lease", fcntl(fd, F_SETLEASE, F_UNLCK), 0);
	close(fd);
	pass_descriptor();
	is_text("passed", text_of("file"), "passed6789");
	run_copy();
}

/* How many of `count` names that end in nothing but their number a directory holds, each once. */
static long listed(DIR *directory, int count, char *times)
{
	struct dirent *entry;
	long found = 0;

	memset(times, 0, count);
	while ((entry = readdir(directory))) {
		int i = atoi(entry->d_name + 1);

		if (entry->d_name[0] == 'n' && i >= 0 && i < count && !times[i]++)
			found++;
	}
	return found;
}

static long events_in(const char *bytes, long length)
{
	long count = 0;

	for (long at = 0; at < length; at += sizeof(struct inotify_event) + ((struct inotify_event *)(bytes + at))->len)
		count++;
	return count;
}

void listing(void)
{
	enum { NAMES = 500 };
	char times[2 * NAMES], name[16], event[4096];
	int watch = inotify_init1(IN_NONBLOCK), fd;
	DIR *directory;
	long kept = 0;

	mkdir("many", 0755);
	for (int i = 0; i < NAMES; i++) {
		sprintf(name, "many/n%d", i);
		make(name, "");
	}
	directory = opendir("many");
	is("all", listed(directory, NAMES, times), NAMES);
	rewinddir(directory);
	readdir(directory);
	/* Every second one goes, and as many come; those that stay are listed, each once. */
	for (int i = 0; i < NAMES; i++) {
		sprintf(name, "many/n%d", i % 2 ? NAMES + i : i);
		if (i % 2)
			make(name, "");
		else
			unlink(name);
	}
	listed(directory, 2 * NAMES, times);
	rewinddir(directory);
	listed(directory, 2 * NAMES, times);
	for (int i = 1; i < NAMES; i += 2)
		kept += times[i] == 1;
	is("those that stayed", kept, NAMES / 2);
	closedir(directory);
	directory = opendir("many");
	for (struct dirent *entry; (entry = readdir(directory));)
		unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
	IS("remove while listing", rmdir("many"), 0);

	IS("watch", inotify_add_watch(watch, ".", IN_CREATE | IN_DELETE | IN_MOVE), 1);
	make("one", "");
	rename("one", "two");
	unlink("two");
	is("four events", events_in(event, read(watch, event, sizeof(event))), 4);
	close(watch);
	mkdir("deep", 0755);
	fd = open("deep", O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < 100; i++) {
		int next;

		if (mkdirat(fd, "deeper", 0755) || (next = openat(fd, "deeper", O_RDONLY | O_DIRECTORY)) < 0)
			break;
		close(fd);
		fd = next;
	}
	IS("a hundred deep", ({ int bottom = openat(fd, "file", O_WRONLY | O_CREAT, 0644); bottom < 0 ? -1 : (write(bottom, "deep", 4)); }), 4);
	IS("unlink there", unlinkat(fd, "file", 0), 0);
	close(fd);
}
