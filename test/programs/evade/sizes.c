/* Ways to change a file's size or to take blocks out of its middle. */
#include "evade.h"
#include <linux/falloc.h>

/* Not in the kernel's headers for programs. */
struct reserved_range { int16_t l_type, l_whence; int64_t l_start, l_len; int32_t l_sysid; uint32_t l_pid; int32_t l_pad[4]; };
#define UNRESVSP _IOW('X', 43, struct reserved_range)
#define IOCTL_ZERO_RANGE _IOW('X', 57, struct reserved_range)

static void by_trunc(void) { MUST(open(victim, O_WRONLY | O_TRUNC)); }
/* O_TRUNC changes a file that is opened for reading too. */
static void by_trunc_reading(void) { MUST(open(victim, O_RDONLY | O_TRUNC)); }
static void by_truncate(void) { MUST(truncate(victim, 100)); }
static void by_truncate_longer(void) { MUST(truncate(victim, 3 * SIZE)); }
static void by_ftruncate(void) { MUST(ftruncate(MUST(open(victim, O_RDWR)), 100)); }

static int fd;
static void open_before(void) { fd = MUST(open(victim, O_RDWR)); }
static void allocate_fd(int mode, off_t from, off_t length)
{
	int result = fallocate(fd, mode, from, length);

	SKIP_IF(result < 0 && errno == EOPNOTSUPP, "the file system cannot do it");
	must(result, "fallocate");
}
static void allocate(int mode, off_t from, off_t length)
{
	open_before();
	allocate_fd(mode, from, length);
}

static void by_fallocate(void) { allocate(0, 0, 2 * SIZE); }
static void by_punch(void) { allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, PAGE, PAGE); }
static void by_zero(void) { allocate(FALLOC_FL_ZERO_RANGE, PAGE, PAGE); }
static void by_collapse(void) { allocate(FALLOC_FL_COLLAPSE_RANGE, 0, PAGE); }
static void longer_before(void) { allocate_fd(0, 0, 2 * SIZE); }
static void zero_before(void) { allocate_fd(FALLOC_FL_ZERO_RANGE, PAGE, PAGE); }
static void collapse_before(void) { allocate_fd(FALLOC_FL_COLLAPSE_RANGE, 0, PAGE); }
static void by_insert(void) { allocate(FALLOC_FL_INSERT_RANGE, PAGE, PAGE); }

/* A short-cut of the C library: allocates by writing where the file system cannot. */
static void by_posix(void)
{
	errno = posix_fallocate(MUST(open(victim, O_RDWR)), SIZE, SIZE);
	MUST(-!!errno);
}

/* Of XFS once, now for every file system. */
static void reserve(unsigned long request, off_t from, off_t length)
{
	struct reserved_range range = { .l_whence = SEEK_SET, .l_start = from, .l_len = length };
	int result = ioctl(MUST(open(victim, O_RDWR)), request, &range);

	SKIP_IF(result < 0 && (errno == EOPNOTSUPP || errno == ENOTTY), "the file system cannot do it");
	must(result, "ioctl for a range");
}
static void by_unreserve(void) { reserve(UNRESVSP, 0, PAGE); }
static void by_zero_ioctl(void) { reserve(IOCTL_ZERO_RANGE, 0, PAGE); }

static void by_symlink(void)
{
	MUST(symlink(victim, in(outside, "link")));
	MUST(truncate(in(outside, "link"), 0));
}

static void by_proc_fd(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%ld", MUST(open(victim, O_PATH)));
	MUST(truncate(path, 1));
}

const struct evasion size_ways[] = {
	{ "open-trunc", WRITE, by_trunc },
	{ "open-read-trunc", WRITE, by_trunc_reading },
	{ "truncate", WRITE, by_truncate },
	{ "truncate-longer", WRITE, by_truncate_longer },
	{ "truncate-symlink", WRITE, by_symlink },
	{ "truncate-proc-fd", WRITE, by_proc_fd },
	{ "ftruncate", WRITE, by_ftruncate },
	{ "fallocate", WRITE, by_fallocate },
	{ "posix-fallocate", WRITE, by_posix },
	{ "punch-hole", WRITE, by_punch },
	{ "zero-range", WRITE, by_zero },
	{ "collapse-range", WRITE, by_collapse },
	{ "insert-range", WRITE, by_insert },
	{ "ioctl-unresvsp", WRITE, by_unreserve },
	{ "ioctl-zero-range", WRITE, by_zero_ioctl },
	{ "fd-before-fallocate", WRITE, longer_before, open_before, 1, "opened before" },
	{ "fd-before-zero-range", WRITE, zero_before, open_before, 1, "opened before" },
	{ "fd-before-collapse-range", WRITE, collapse_before, open_before, 1, "opened before" },
	{ 0 },
};
