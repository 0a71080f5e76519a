/* Ways by another process: of another name, user, table, ancestry or namespace, or forced by a tracer. */
#include "evade.h"
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>

extern char **environ;

static void tamper_victim(void) { tamper_path(victim); }

static void shell(const char *script) { run("sh", "-c", script, "sh", victim, outside, NULL); }
static void by_shell(void) { shell("echo tampered > \"$1\""); }
static void by_shell_append(void) { shell("echo tampered >> \"$1\""); }
static void by_dd(void) { shell("echo tampered | dd of=\"$1\" conv=notrunc 2>/dev/null"); }
static void by_sed(void) { shell("sed -i s/e/E/ \"$1\""); }
static void by_move(void) { shell("echo tampered > \"$2/new\" && mv -f \"$2/new\" \"$1\""); }
static void by_remove(void) { shell("rm -rf \"${1%/*}\""); }
static void by_script(void)
{
	write_text(in(outside, "script"), "#!/bin/sh\necho tampered > \"$1\"\n");
	run(in(outside, "script"), victim, NULL);
}

static void by_name(void)
{
	MUST(prctl(PR_SET_NAME, "kworker/0:1"));
	tamper_victim();
}

/* Its parents end at once; only the file that it makes tells that it is done. */
static void daemon_writes(void)
{
	setsid();
	if (fork() == 0) {
		/* Until it is an orphan. */
		for (int i = 0; i < 100 && getppid() != 1; i++)
			usleep(1000);
		int fd = open(victim, O_WRONLY);

		if (fd < 0 || write(fd, "tampered", 8) != 8)
			snprintf(told->failed, sizeof(told->failed), "the daemon could not write: %s", strerror(errno));
		close(open(in(outside, "done"), O_CREAT | O_WRONLY, 0600));
	}
	_exit(0);
}
static void by_daemon(void)
{
	wait_for(fork_to(daemon_writes));
	wait_for_file(in(outside, "done"));
}

static void by_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		int fd = open(victim, O_WRONLY);

		_exit(fd < 0 || write(fd, "tampered", 8) != 8);
	}
	wait_for(MUST(pid));
}

/* Runs from memory: no file of its program has a name. */
static void by_memfd(void)
{
	char path[64], *arguments[] = { "memfd", "--tamper", (char *)victim, NULL };
	int fd = MUST(memfd_create("program", 0));
	pid_t pid;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fd = MUST(open(path, O_WRONLY));
	close(fd);
	{
		char bytes[65536];
		int self = MUST(open("/proc/self/exe", O_RDONLY)), to = MUST(open(path, O_WRONLY));
		ssize_t got;

		while ((got = MUST(read(self, bytes, sizeof(bytes)))) > 0)
			MUST(write(to, bytes, got));
		close(self);
		close(to);
	}
	pid = MUST(fork());
	if (pid == 0) {
		execve(path, arguments, environ);
		_exit(127);
	}
	wait_for(pid);
}

static void by_other_user(void)
{
	MUST(setgid(65534));
	MUST(setuid(65534));
	tamper_victim();
}
static void writable_for_all(void) { MUST(chmod(victim, 0666)); }

static void by_new_session(void)
{
	MUST(unshare(CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP));
	wait_for(fork_to(tamper_victim));
}

/* Forked before the rule, acts on a byte. */
static int ends[2];
static pid_t helper;
static void wait_and_write(void)
{
	char byte;

	close(ends[1]);
	if (read(ends[0], &byte, 1) == 1)
		tamper_victim();
}
static void fork_before(void)
{
	MUST(pipe(ends));
	helper = fork_to(wait_and_write);
}
static void wake_helper(void)
{
	MUST(write(ends[1], "g", 1));
	wait_for(helper);
}

static pid_t traced(void (*function)(void))
{
	pid_t pid = MUST(fork());

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		function();
		_exit(0);
	}
	MUST(waitpid(pid, NULL, 0));
	MUST(ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
	return pid;
}

/* Lets the tracee go to its next entry of a system call of the number given; false: it ended. */
static int next_call(pid_t pid, unsigned long long number, struct user_regs_struct *registers)
{
	int status;

	for (;;) {
		MUST(ptrace(PTRACE_SYSCALL, pid, NULL, NULL));
		MUST(waitpid(pid, &status, 0));
		if (!WIFSTOPPED(status))
			return 0;
		MUST(ptrace(PTRACE_GETREGS, pid, NULL, registers));
		if (registers->orig_rax == number && (long long)registers->rax == -ENOSYS)
			return 1;
	}
}

/* The call begins with a harmless path; the tracer changes it after the entry. */
static char path_in_memory[PATH_MAX];
static void truncate_harmless(void) { syscall(SYS_truncate, path_in_memory, 5); }
static void by_swapped_path(void)
{
	struct iovec from = { (void *)victim, strlen(victim) + 1 }, to = { path_in_memory, from.iov_len };
	struct user_regs_struct registers;
	pid_t pid;

	close(source());
	strcpy(path_in_memory, in(outside, "source"));
	pid = traced(truncate_harmless);
	if (next_call(pid, SYS_truncate, &registers))
		MUST(process_vm_writev(pid, &from, 1, &to, 1, 0));
	MUST(ptrace(PTRACE_DETACH, pid, NULL, NULL));
	wait_for(pid);
}

/* A harmless call becomes another one. */
static void call_getppid(void) { syscall(SYS_getppid, victim); }
static void by_swapped_call(void)
{
	struct user_regs_struct registers;
	pid_t pid = traced(call_getppid);

	if (next_call(pid, SYS_getppid, &registers)) {
		registers.orig_rax = SYS_unlink;
		MUST(ptrace(PTRACE_SETREGS, pid, NULL, &registers));
	}
	MUST(ptrace(PTRACE_DETACH, pid, NULL, NULL));
	wait_for(pid);
}

const struct evasion process_ways[] = {
	{ "shell", WRITE, by_shell },
	{ "shell-append", WRITE, by_shell_append },
	{ "shell-dd", WRITE, by_dd },
	{ "shell-sed", WRITE, by_sed },
	{ "shell-mv", RENAME, by_move },
	{ "shell-rm", DELETE, by_remove },
	{ "script", WRITE, by_script },
	{ "kernel-thread-name", WRITE, by_name },
	{ "double-fork", WRITE, by_daemon },
	{ "vfork", WRITE, by_vfork },
	{ "memfd-program", WRITE, by_memfd },
	{ "other-user", WRITE, by_other_user, writable_for_all },
	{ "new-namespaces", WRITE, by_new_session },
	{ "forked-before", WRITE, wake_helper, fork_before },
	{ "ptrace-swapped-path", WRITE, by_swapped_path },
	{ "ptrace-swapped-call", DELETE, by_swapped_call },
	{ 0 },
};
