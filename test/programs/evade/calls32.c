/* Ways by 32-bit system calls (int 0x80) from 64-bit code: other numbers, other entry points, the same files. */
#include "evade.h"

/* Their pointers must lie below 4 GB. */
static char *low;

static long call(int number, long a, long b, long c, long d)
{
	int result;

	asm volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(0) : "memory", "r8", "r9", "r10", "r11");
	SKIP_IF(result == -ENOSYS, "this kernel has no 32-bit system calls");
	if (result < 0) {
		errno = -result;
		return -1;
	}
	return result;
}

static long text(const char *content)
{
	if (!low)
		low = (char *)MUST(mmap(NULL, 4 * PATH_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0));
	strcpy(low, content);
	low += strlen(content) + 1;
	return (long)low - strlen(content) - 1;
}

static int open_32(int flags) { return MUST(call(5, text(victim), flags, 0, 0)); }
static void by_write(void) { MUST(call(4, open_32(O_WRONLY), text("tampered"), 8, 0)); }
static void by_creat(void) { MUST(call(8, text(victim), 0644, 0, 0)); }
static void by_truncate(void) { MUST(call(92, text(victim), 3, 0, 0)); }
static void by_truncate64(void) { MUST(call(193, text(victim), 3, 0, 0)); }
static void by_pwrite(void) { MUST(call(181, open_32(O_RDWR), text("tampered"), 8, 100)); }
static void by_unlink(void) { MUST(call(10, text(victim), 0, 0, 0)); }
static void by_rename(void) { MUST(call(38, text(victim), text(in(outside, "taken")), 0, 0)); }
static void by_chmod(void) { MUST(call(15, text(victim), 0777, 0, 0)); }
static void by_mkdir(void) { MUST(call(39, text(in(guarded, "new")), 0755, 0, 0)); }

const struct evasion call32_ways[] = {
	{ "int80-write", WRITE, by_write },
	{ "int80-creat", WRITE, by_creat },
	{ "int80-pwrite", WRITE, by_pwrite },
	{ "int80-truncate", WRITE, by_truncate },
	{ "int80-truncate64", WRITE, by_truncate64 },
	{ "int80-unlink", DELETE, by_unlink },
	{ "int80-rename", RENAME, by_rename },
	{ "int80-chmod", ATTR, by_chmod },
	{ "int80-mkdir", CREATE, by_mkdir },
	{ 0 },
};
