/* Ways to write through a descriptor, opened after the rule or before it, by this process or another. */
#include "evade.h"
#include <linux/openat2.h>
#include <pthread.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

static int fd, other = -1, error, ends[2];
static pid_t helper;

static void by_wronly(void) { tamper(MUST(open(victim, O_WRONLY))); }
static void by_rdwr(void) { tamper(MUST(open(victim, O_RDWR))); }
static void by_append(void) { tamper(MUST(open(victim, O_WRONLY | O_APPEND))); }
static void by_creat(void) { tamper(MUST(creat(victim, 0644))); }
static void by_pwrite(void) { MUST(pwrite(MUST(open(victim, O_WRONLY)), "tampered", 8, 5000)); }

static void by_openat2(void)
{
	struct open_how how = { .flags = O_RDWR, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV };

	tamper(MUST(syscall(SYS_openat2, MUST(open(guarded, O_PATH)), "victim", &how, sizeof(how))));
}

static void by_openat2_root(void)
{
	struct open_how how = { .flags = O_WRONLY, .resolve = RESOLVE_IN_ROOT };

	tamper(MUST(syscall(SYS_openat2, MUST(open(guarded, O_PATH)), "/../../victim", &how, sizeof(how))));
}

static void by_writev(void)
{
	struct iovec vec[2] = { { "tampered ", 9 }, { "twice", 5 } };

	MUST(writev(MUST(open(victim, O_WRONLY)), vec, 2));
}

static void by_pwritev2(void)
{
	struct iovec vec = { "tampered", 8 };

	MUST(pwritev2(MUST(open(victim, O_WRONLY)), &vec, 1, 100, RWF_DSYNC));
}

static void by_rwf_append(void)
{
	struct iovec vec = { "tampered", 8 };

	MUST(pwritev2(MUST(open(victim, O_WRONLY)), &vec, 1, 0, RWF_APPEND));
}

static void by_direct(void)
{
	char *block = aligned_alloc(PAGE, PAGE);

	memset(block, 'd', PAGE);
	fd = open(victim, O_WRONLY | O_DIRECT);
	SKIP_IF(fd < 0 && errno == EINVAL, "the file system has no O_DIRECT");
	must(fd, "open with O_DIRECT");
	MUST(write(fd, block, PAGE));
}

static void by_sendfile(void) { MUST(sendfile(MUST(open(victim, O_WRONLY)), source(), NULL, PAGE)); }
static void by_copy_file_range(void) { MUST(copy_file_range(source(), NULL, MUST(open(victim, O_WRONLY)), NULL, 1000, 0)); }

static void by_splice(void)
{
	MUST(pipe(ends));
	MUST(write(ends[1], "tampered", 8));
	MUST(splice(ends[0], NULL, MUST(open(victim, O_WRONLY)), NULL, 8, 0));
}

static void by_vmsplice(void)
{
	struct iovec vec = { "tampered", 8 };

	MUST(pipe(ends));
	MUST(vmsplice(ends[1], &vec, 1, 0));
	MUST(splice(ends[0], NULL, MUST(open(victim, O_WRONLY)), NULL, 8, SPLICE_F_MOVE));
}

static void by_tee(void)
{
	int copy[2];

	MUST(pipe(ends));
	MUST(pipe(copy));
	MUST(write(ends[1], "tampered", 8));
	MUST(tee(ends[0], copy[1], 8, 0));
	MUST(splice(copy[0], NULL, MUST(open(victim, O_WRONLY)), NULL, 8, 0));
}

static void open_before(void) { fd = MUST(open(victim, O_RDWR)); }
static void write_fd(void) { tamper(fd); }
static void truncate_fd(void) { MUST(ftruncate(fd, 10)); }
static void punch_fd(void) { MUST(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE)); }
static void copy_to_fd(void) { MUST(copy_file_range(source(), NULL, fd, NULL, 1000, 0)); }
static void map_fd(void) { strcpy((char *)MUST(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, fd, 0)), "tampered"); }

static void splice_to_fd(void)
{
	MUST(pipe(ends));
	MUST(write(ends[1], "tampered", 8));
	MUST(splice(ends[0], NULL, fd, NULL, 8, 0));
}

static void by_inherited(void) { wait_for(fork_to(write_fd)); }

static void exec_inherited(void)
{
	MUST(dup2(fd, 9));
	run("sh", "-c", "echo tampered >&9", NULL);
}

static void send_fd(int socket, int sent)
{
	union { struct cmsghdr head; char space[CMSG_SPACE(sizeof(int))]; } control = { .head = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec vec = { "f", 1 };
	struct msghdr message = { .msg_iov = &vec, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.head), &sent, sizeof(sent));
	MUST(sendmsg(socket, &message, 0));
}

static int receive_fd(int socket)
{
	union { struct cmsghdr head; char space[CMSG_SPACE(sizeof(int))]; } control;
	char byte;
	struct iovec vec = { &byte, 1 };
	struct msghdr message = { .msg_iov = &vec, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	int got = -1;

	MUST(recvmsg(socket, &message, 0));
	/* A refused descriptor is left out of the message. */
	if (message.msg_controllen >= sizeof(struct cmsghdr))
		memcpy(&got, CMSG_DATA(&control.head), sizeof(got));
	else
		errno = EPERM;
	return MUST(got);
}

/* The message with the descriptor waits in the socket since before the rule. */
static void send_before(void)
{
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	fd = MUST(open(victim, O_RDWR));
	send_fd(ends[0], fd);
	close(fd);
}
static void receive_and_write(void) { tamper(receive_fd(ends[1])); }

static void send_after_open(void) { send_fd(ends[0], MUST(open(victim, O_RDWR))); }
static void by_message(void)
{
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	wait_for(fork_to(send_after_open));
	receive_and_write();
}

static void open_as_7(void) { MUST(dup2(MUST(open(victim, O_RDWR)), 7)); }
static void take_from_helper(void) { tamper(MUST(syscall(SYS_pidfd_getfd, MUST(syscall(SYS_pidfd_open, helper, 0)), 7, 0))); }
static void helper_before(void) { helper = keep(open_as_7); }
static void by_pidfd_getfd(void)
{
	helper_before();
	take_from_helper();
}

static void path_before(void) { fd = MUST(open(victim, O_PATH)); }
static void read_before(void) { fd = MUST(open(victim, O_RDONLY)); }
static void reopen(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	tamper_path(path);
}
static void by_reopen(void)
{
	read_before();
	reopen();
}
static void by_reopen_path(void)
{
	path_before();
	reopen();
}

static void *open_in_thread(void *unused)
{
	other = open(victim, O_WRONLY);
	error = errno;
	return unused;
}
static void by_thread(void)
{
	pthread_t thread;

	MUST(-!!pthread_create(&thread, NULL, open_in_thread, NULL));
	pthread_join(thread, NULL);
	errno = error;
	must(other, "open in a thread");
	tamper(other);
}

/* Another process opens it in a table of descriptors that both share. */
static int open_in_sharer(void *unused)
{
	MUST(open(victim, O_WRONLY));
	return 0;
}
static void by_clone_files(void)
{
	static char stack[65536];
	int next = MUST(dup(0)), pid;

	close(next);
	pid = MUST(clone(open_in_sharer, stack + sizeof(stack), CLONE_FILES | SIGCHLD, NULL));
	wait_for(pid);
	tamper(next);
}

/* Appends only, until its flag is taken away. */
static void append_before(void) { fd = MUST(open(victim, O_WRONLY | O_APPEND)); }
static void by_setfl(void)
{
	MUST(fcntl(fd, F_SETFL, 0));
	tamper(fd);
}

#define BEFORE 1, "opened before"
const struct evasion descriptor_ways[] = {
	{ "open-wronly", WRITE, by_wronly },
	{ "open-rdwr", WRITE, by_rdwr },
	{ "open-append", WRITE, by_append },
	{ "creat", WRITE, by_creat },
	{ "openat2-beneath", WRITE, by_openat2 },
	{ "openat2-in-root", WRITE, by_openat2_root },
	{ "pwrite", WRITE, by_pwrite },
	{ "writev", WRITE, by_writev },
	{ "pwritev2", WRITE, by_pwritev2 },
	{ "pwritev2-append", WRITE, by_rwf_append },
	{ "direct-write", WRITE, by_direct },
	{ "sendfile", WRITE, by_sendfile },
	{ "copy-file-range", WRITE, by_copy_file_range },
	{ "splice", WRITE, by_splice },
	{ "vmsplice", WRITE, by_vmsplice },
	{ "tee", WRITE, by_tee },
	{ "reopen-read-fd", WRITE, by_reopen },
	{ "reopen-path-fd", WRITE, by_reopen_path },
	{ "fd-by-message", WRITE, by_message },
	{ "fd-by-pidfd-getfd", WRITE, by_pidfd_getfd },
	{ "fd-of-thread", WRITE, by_thread },
	{ "fd-of-sharing-process", WRITE, by_clone_files },
	{ "fd-before-write", WRITE, write_fd, open_before, BEFORE },
	{ "fd-before-ftruncate", WRITE, truncate_fd, open_before, BEFORE },
	{ "fd-before-punch", WRITE, punch_fd, open_before, BEFORE },
	{ "fd-before-splice", WRITE, splice_to_fd, open_before, BEFORE },
	{ "fd-before-copy-file-range", WRITE, copy_to_fd, open_before, BEFORE },
	{ "fd-before-mmap", WRITE, map_fd, open_before, BEFORE },
	{ "fd-before-fork", WRITE, by_inherited, open_before, BEFORE },
	{ "fd-before-exec", WRITE, exec_inherited, open_before, BEFORE },
	{ "fd-before-message", WRITE, receive_and_write, send_before, BEFORE },
	{ "fd-before-pidfd-getfd", WRITE, take_from_helper, helper_before, BEFORE },
	{ "fd-before-reopen", WRITE, reopen, read_before, BEFORE },
	{ "fd-before-path-reopen", WRITE, reopen, path_before, BEFORE },
	{ "fd-before-setfl", WRITE, by_setfl, append_before, BEFORE },
	{ 0 },
};
