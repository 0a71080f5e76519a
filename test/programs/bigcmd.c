/*
 * bigcmd MIB FILE: makes its own /proc/PID/cmdline MIB mebibytes long, as any process may (PR_SET_MM_MAP); says "ready", waits for a
 * line, and opens FILE: it ends with 0 where it could, else with 1.
 */
#include "ways.h"
#include <linux/prctl.h>
#include <sys/prctl.h>

/* The number of /proc/self/stat at that place, counted from 1 as in proc(5). */
static unsigned long long stat_field(int place)
{
	char text[4096], *at;
	int fd = open("/proc/self/stat", O_RDONLY);
	ssize_t length = read(fd, text, sizeof(text) - 1);

	CHECK(length > 0);
	close(fd);
	text[length] = 0;
	at = strrchr(text, ')');
	CHECK(at);
	for (int field = 2; field < place; field++)
		at = strchr(at + 1, ' ');
	return strtoull(at, NULL, 10);
}

int main(int argc, char **argv)
{
	CHECK(argc == 3);
	size_t length = (size_t)atol(argv[1]) << 20;
	char *path = strdup(argv[2]), line[8];
	/* The pages that are never touched read as zeros and take no memory. */
	char *command = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	CHECK(command != MAP_FAILED);
	strcpy(command, "innocent");
	memset(command + 9, 'A', 100);
	struct prctl_mm_map map = {
		.start_code = stat_field(26), .end_code = stat_field(27), .start_stack = stat_field(28),
		.start_data = stat_field(45), .end_data = stat_field(46), .start_brk = stat_field(47), .brk = (uintptr_t)sbrk(0),
		.arg_start = (uintptr_t)command, .arg_end = (uintptr_t)command + length,
		.env_start = stat_field(50), .env_end = stat_field(51), .exe_fd = -1,
	};
	CHECK(prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0) == 0);
	CHECK(write(1, "ready\n", 6) == 6);
	CHECK(read(0, line, sizeof(line)) > 0);
	return open(path, O_RDONLY) < 0;
}
