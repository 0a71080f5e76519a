/* Changes by somebody else, or by oneself under another name. */
#include "evade.h"
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>

static void child_before(const struct place *at, struct kept *k)
{
	int p[2];

	CHECK(pipe(p) == 0);
	if (fork() == 0) {
		char byte;

		close(p[1]);
		CHECK(read(p[0], &byte, 1) >= 0);
		_exit(scribble(open(at->victim, O_WRONLY)) ? 1 : 0);
	}
	k->fd = p[1];
}
static int child_goes(const struct place *at, struct kept *k)
{
	int status;

	close(k->fd);
	return wait(&status) < 0 || status;
}
static int renamed(const struct place *at, struct kept *k)
{
	CHECK(prctl(PR_SET_NAME, "innocent") == 0);
	return scribble(open(at->victim, O_WRONLY));
}
static int daemon_writes(const struct place *at, struct kept *k)
{
	if (fork() == 0) {
		setsid();
		if (fork() == 0) {
			usleep(50000);
			_exit(scribble(open(at->victim, O_WRONLY)) ? 1 : 0);
		}
		_exit(0);
	}
	wait(NULL);
	usleep(300000);
	return 0;
}
static int vfork_writes(const struct place *at, struct kept *k)
{
	pid_t pid = vfork();
	int status;

	if (pid == 0)
		_exit(truncate(at->victim, 9) ? 1 : 0);
	return waitpid(pid, &status, 0) < 0 || status;
}
static int script(const struct place *at, struct kept *k)
{
	char command[PATH_MAX + 32];

	snprintf(command, sizeof(command), "echo changed >> '%s'", at->victim);
	return run(command);
}
static int cp_over(const struct place *at, struct kept *k)
{
	char command[3 * PATH_MAX + 64];

	snprintf(command, sizeof(command), "echo other > '%s'; cp '%s' '%s' 2>/dev/null", at->spare, at->spare, at->victim);
	return run(command);
}
static int sed_inplace(const struct place *at, struct kept *k)
{
	char command[PATH_MAX + 64];

	snprintf(command, sizeof(command), "sed -i s/original/modified/ '%s' 2>/dev/null", at->victim);
	return run(command);
}
/* A program that never had a name. */
static int memfd_program(const struct place *at, struct kept *k)
{
	char command[PATH_MAX + 64], buffer[65536];
	int memory = syscall(SYS_memfd_create, "x", 0), shell = open("/bin/sh", O_RDONLY);
	pid_t pid;
	ssize_t n;
	int status;

	while ((n = read(shell, buffer, sizeof(buffer))) > 0)
		CHECK(write(memory, buffer, n) == n);
	snprintf(command, sizeof(command), "echo changed >> '%s'", at->victim);
	pid = fork();
	if (pid == 0) {
		char *arguments[] = { "sh", "-c", command, NULL }, *environment[] = { NULL };

		syscall(SYS_execveat, memory, "", arguments, environment, AT_EMPTY_PATH);
		_exit(1);
	}
	return waitpid(pid, &status, 0) < 0 || status;
}
/* The kernel keeps its books in a file of our choice. */
static int accounting(const struct place *at, struct kept *k)
{
	if (acct(at->victim))
		return errno == ENOSYS ? CANNOT : 1;
	if (fork() == 0)
		_exit(0);
	wait(NULL);
	return acct(NULL);
}
/* Another process is made to write: one that has the file open already. */
static void puppet(const struct place *at, struct kept *k)
{
	keep_open(at, k);
	k->third = fork();
	if (k->third == 0)
		for (;;)
			pause();
	usleep(10000);
}
static int by_ptrace(const struct place *at, struct kept *k)
{
	struct user_regs_struct saved, regs;
	int status;

	if (ptrace(PTRACE_ATTACH, k->third, 0, 0))
		return CANNOT;
	waitpid(k->third, &status, 0);
	CHECK(ptrace(PTRACE_GETREGS, k->third, 0, &saved) == 0);
	regs = saved;
	/* It stopped inside pause(): the instruction before is `syscall`. */
	regs.rip -= 2;
	regs.rax = regs.orig_rax = SYS_ftruncate;
	regs.rdi = k->fd;
	regs.rsi = 11;
	regs.orig_rax = -1;
	CHECK(ptrace(PTRACE_SETREGS, k->third, 0, &regs) == 0);
	CHECK(ptrace(PTRACE_SINGLESTEP, k->third, 0, 0) == 0);
	waitpid(k->third, &status, 0);
	ptrace(PTRACE_KILL, k->third, 0, 0);
	return 0;
}
static void mapped_partner(const struct place *at, struct kept *k)
{
	keep_open(at, k);
	k->map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, k->fd, 0);
	CHECK(k->map != MAP_FAILED);
	puppet(at, k);
}
static int vm_writev(const struct place *at, struct kept *k)
{
	struct iovec mine = { NEW, 8 }, theirs = { k->map, 8 };

	return process_vm_writev(k->third, &mine, 1, &theirs, 1, 0) != 8;
}
static int proc_mem(const struct place *at, struct kept *k)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", k->third);
	fd = open(path, O_RDWR);
	return pwrite(fd, NEW, 8, (off_t)(uintptr_t)k->map) != 8;
}

const struct attempt by_process[] = {
	{ "child_before", "change", child_before, child_goes },
	{ "prctl_name", "change", NULL, renamed },
	{ "daemon", "change", NULL, daemon_writes },
	{ "vfork", "change", NULL, vfork_writes },
	{ "shell", "change", NULL, script },
	{ "cp", "change", NULL, cp_over },
	{ "sed_inplace", "change", NULL, sed_inplace },
	{ "memfd_program", "change", NULL, memfd_program },
	{ "accounting", "change", NULL, accounting },
	{ "ptrace", "change", puppet, by_ptrace },
	{ "vm_writev_mapped_before", "mapped before", mapped_partner, vm_writev },
	{ "proc_mem_mapped_before", "mapped before", mapped_partner, proc_mem },
	{},
};
