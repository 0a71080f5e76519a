/*
 * impostor DISGUISE [ARGUMENT] FILE: appends one byte to FILE as a process that pretends to be another one. Prints "written" or the error.
 *
 *   plain          as it is
 *   name NAME      its thread is called NAME (PR_SET_NAME)
 *   effective UID  only its effective user id is UID
 *   exe PROGRAM    its exe link leads to PROGRAM: set by PR_SET_MM_MAP, in a user namespace
 *   borrowed-exe PROGRAM  the same, set by a child that shares its memory: it is in no user namespace itself
 *   subordinate    with a subordinate user id (100000), in a user namespace of uid 1000; to be started by root
 *   uring          by io_uring, in a kernel worker (IOSQE_ASYNC)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/prctl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(call) \
	do { \
		if ((long)(call) < 0) { \
			printf("%s: %s\n", #call, strerror(errno)); \
			fflush(stdout); \
			_exit(2); \
		} \
	} while (0)

static int append(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND);
	int written = fd < 0 ? -1 : write(fd, "x", 1);

	printf("%s\n", written == 1 ? "written" : strerror(errno));
	fflush(stdout);
	return written != 1;
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	CHECK(fd);
	CHECK(write(fd, text, strlen(text)));
	close(fd);
}

/* Copies all of this program that is mapped from its file into nameless memory at the same places: the kernel refuses a new exe link before. */
static void leave_image(void)
{
	static struct {
		unsigned long from, to;
		int protection;
	} parts[32];
	char line[512], own[256] = "";
	int count = 0;
	FILE *maps = fopen("/proc/self/maps", "r");

	CHECK(readlink("/proc/self/exe", own, sizeof(own) - 1));
	while (fgets(line, sizeof(line), maps)) {
		char flags[8];

		if (count < 32 && strstr(line, own) && sscanf(line, "%lx-%lx %7s", &parts[count].from, &parts[count].to, flags) == 3) {
			parts[count].protection = (flags[0] == 'r' ? PROT_READ : 0) | (flags[1] == 'w' ? PROT_WRITE : 0) | (flags[2] == 'x' ? PROT_EXEC : 0);
			count++;
		}
	}
	fclose(maps);
	for (int i = 0; i < count; i++) {
		size_t bytes = parts[i].to - parts[i].from;
		void *copy = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		memcpy(copy, (void *)parts[i].from, bytes);
		CHECK(mprotect(copy, bytes, parts[i].protection));
		CHECK(mremap(copy, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)parts[i].from));
	}
}

static void take_exe(const char *program)
{
	unsigned long long field[60] = { 0 };
	struct prctl_mm_map map = { 0 };
	char text[4096] = "";
	int fd = open("/proc/self/stat", O_RDONLY);

	CHECK(read(fd, text, sizeof(text) - 1));
	close(fd);
	/* Field 3 follows the name, which is in parentheses. */
	int at = 3;
	for (char *word = strtok(strrchr(text, ')') + 2, " "); word && at < 60; word = strtok(NULL, " "))
		field[at++] = strtoull(word, NULL, 10);
	map.start_code = field[26];
	map.end_code = field[27];
	map.start_stack = field[28];
	map.start_data = field[45];
	map.end_data = field[46];
	map.start_brk = field[47];
	map.brk = (uint64_t)sbrk(0);
	map.arg_start = field[48];
	map.arg_end = field[49];
	map.env_start = field[50];
	map.env_end = field[51];
	map.exe_fd = open(program, O_RDONLY);
	CHECK((int)map.exe_fd);
	CHECK(prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0));
}

static void enter_namespace(void)
{
	char map[64];

	snprintf(map, sizeof(map), "%d %d 1", getuid(), getuid());
	CHECK(unshare(CLONE_NEWUSER));
	write_text("/proc/self/uid_map", map);
}

static const char *wanted;

static int take_exe_for_parent(void *unused)
{
	CHECK(unshare(CLONE_NEWUSER));
	take_exe(wanted);
	return 0;
}

static void borrow_exe(const char *program)
{
	static char stack[1 << 18] __attribute__((aligned(16)));
	int status, child;

	wanted = program;
	child = clone(take_exe_for_parent, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
	CHECK(child);
	CHECK(waitpid(child, &status, 0));
	if (status) {
		printf("the exe link could not be set: %x\n", status);
		fflush(stdout);
		_exit(2);
	}
}

static int as_subordinate(const char *path)
{
	int made[2], mapped[2], status = 0;
	char map[64], byte = 0;

	CHECK(pipe(made));
	CHECK(pipe(mapped));
	pid_t child = fork();
	if (!child) {
		CHECK(setresgid(1000, 1000, 1000));
		CHECK(setresuid(1000, 1000, 1000));
		/* Changing ids has made it undumpable: its files below /proc would be root's. */
		CHECK(prctl(PR_SET_DUMPABLE, 1));
		CHECK(unshare(CLONE_NEWUSER));
		CHECK(write(made[1], &byte, 1));
		CHECK(read(mapped[0], &byte, 1));
		CHECK(setresuid(0, 0, 0));
		_exit(append(path));
	}
	CHECK(read(made[0], &byte, 1));
	snprintf(map, sizeof(map), "/proc/%d/uid_map", child);
	write_text(map, "0 100000 65536");
	CHECK(write(mapped[1], &byte, 1));
	CHECK(waitpid(child, &status, 0));
	return WEXITSTATUS(status);
}

/* One write at the end of the file, by a worker of the kernel's. */
static int by_uring(const char *path)
{
	struct io_uring_params params = { 0 };
	int ring = syscall(__NR_io_uring_setup, 4, &params), fd = open(path, O_WRONLY | O_APPEND);

	CHECK(ring);
	CHECK(fd);
	char *sq = mmap(NULL, params.sq_off.array + params.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
	char *cq = mmap(NULL, params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring,
			IORING_OFF_CQ_RING);
	struct io_uring_sqe *entry = mmap(NULL, params.sq_entries * sizeof(*entry), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);

	entry[0] = (struct io_uring_sqe){ .opcode = IORING_OP_WRITE, .flags = IOSQE_ASYNC, .fd = fd, .addr = (uint64_t)"x", .len = 1, .off = -1 };
	*(unsigned *)(sq + params.sq_off.array) = 0;
	__atomic_store_n((unsigned *)(sq + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	CHECK(syscall(__NR_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0));
	int result = ((struct io_uring_cqe *)(cq + params.cq_off.cqes))->res;
	printf("%s\n", result == 1 ? "written" : strerror(-result));
	fflush(stdout);
	return result != 1;
}

int main(int argc, char **argv)
{
	/* The arguments lie where PR_SET_MM_MAP may not reach them any more. */
	char *how = strdup(argc > 2 ? argv[1] : ""), *argument = strdup(argc > 3 ? argv[2] : ""), *path = strdup(argc > 2 ? argv[argc - 1] : "");

	if (!strcmp(how, "plain"))
		return append(path);
	if (!strcmp(how, "name"))
		CHECK(prctl(PR_SET_NAME, argument));
	else if (!strcmp(how, "effective"))
		CHECK(setresuid(-1, atoi(argument), -1));
	else if (!strcmp(how, "exe")) {
		enter_namespace();
		leave_image();
		take_exe(argument);
	} else if (!strcmp(how, "borrowed-exe")) {
		leave_image();
		borrow_exe(argument);
	} else if (!strcmp(how, "subordinate"))
		return as_subordinate(path);
	else if (!strcmp(how, "uring"))
		return by_uring(path);
	else {
		fprintf(stderr, "impostor: unknown disguise %s\n", how);
		return 64;
	}
	return append(path);
}
