/* Ways to let the kernel itself write: loop devices, process accounting, core dumps, helper programs that it starts. */
#include "evade.h"
#include <linux/loop.h>
#include <sys/resource.h>

static int device, fd;

static void attach_fd(int file, int flags)
{
	struct loop_info64 info = { .lo_flags = LO_FLAGS_AUTOCLEAR };
	char path[64];
	int control = MUST(open("/dev/loop-control", O_RDWR));

	snprintf(path, sizeof(path), "/dev/loop%ld", MUST(ioctl(control, LOOP_CTL_GET_FREE)));
	device = MUST(open(path, flags));
	MUST(ioctl(device, LOOP_SET_FD, file));
	MUST(ioctl(device, LOOP_SET_STATUS64, &info));
	close(file);
}
static void attach(int flags) { attach_fd(MUST(open(victim, flags)), flags); }
static void attach_for_writing(void) { attach(O_RDWR); }
static void write_device(void)
{
	tamper(device);
	MUST(fsync(device));
}
static void by_loop(void)
{
	attach_for_writing();
	write_device();
}
static void open_before(void) { fd = MUST(open(victim, O_RDWR)); }
static void by_loop_of_fd(void)
{
	attach_fd(fd, O_RDWR);
	write_device();
}
static void discard_device(void)
{
	uint64_t range[2] = { 0, PAGE };

	MUST(ioctl(device, _IO(0x12, 119), range)); /* BLKDISCARD */
}
static void read_device(void)
{
	attach(O_RDONLY);
	steal(device);
}

static void quick_process(void) {}
static void start_accounting(void) { MUST(syscall(SYS_acct, victim)); }
static void end_process(void)
{
	wait_for(fork_to(quick_process));
	MUST(syscall(SYS_acct, NULL));
}
static void by_accounting(void)
{
	start_accounting();
	end_process();
}

static void dump_here(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	MUST(chdir(guarded));
	MUST(setrlimit(RLIMIT_CORE, &all));
	signal(SIGABRT, SIG_DFL);
	abort();
}
/* A setting of the whole kernel, for the time of one crash. */
static void crash_with(const char *pattern)
{
	char was[256] = "";
	int file = MUST(open("/proc/sys/kernel/core_pattern", O_RDONLY));
	pid_t pid;

	MUST(read(file, was, sizeof(was) - 1));
	close(file);
	write_text("/proc/sys/kernel/core_pattern", pattern);
	write_text("/proc/sys/kernel/core_uses_pid", "0");
	pid = fork_to(dump_here);
	waitpid(pid, NULL, 0);
	write_text("/proc/sys/kernel/core_pattern", was);
}
static void by_core(void) { crash_with("victim"); }
static void by_core_create(void) { crash_with("new"); }
/* A program that the kernel starts, with its own credentials and nobody's child. Kernel threads stand on the guest's first root, which
 * holds busybox only; the way from there to ours leads through /proc, which is not mounted there. */
static void by_core_helper(void)
{
	char text[3 * PATH_MAX];

	snprintf(text, sizeof(text), "exec >/dev/null 2>&1\necho tampered > '%s'\necho > '%s/done'\n", victim, outside);
	write_text(in(outside, "helper"), text);
	snprintf(text, sizeof(text), "#!/bin/busybox sh\n/bin/busybox mkdir -p /evade\n/bin/busybox mount -t proc proc /evade\n/bin/busybox chroot /evade/$1/root /bin/sh '%s'\n",
		 in(outside, "helper"));
	write_text("/proc/1/root/evade-helper", text);
	crash_with("|/evade-helper %P");
	wait_for_file(in(outside, "done"));
}

const struct evasion kernel_ways[] = {
	{ "loop-write", WRITE, by_loop },
	{ "fd-before-loop-write", WRITE, by_loop_of_fd, open_before, 1, "opened before" },
	{ "loop-before-write", WRITE, write_device, attach_for_writing, 1, "opened before" },
	{ "loop-before-discard", WRITE, discard_device, attach_for_writing, 1, "opened before" },
	{ "loop-read", OPEN, read_device },
	{ "accounting", WRITE, by_accounting },
	{ "accounting-before", WRITE, end_process, start_accounting, 1, "opened before" },
	{ "core-dump-over", WRITE, by_core },
	{ "core-dump-create", CREATE, by_core_create },
	{ "core-dump-helper", WRITE, by_core_helper },
	{ 0 },
};
