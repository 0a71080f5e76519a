/* What ways do often: fail with a reason, overwrite, read the secret, start helpers. */
#include "evade.h"
#include <stdarg.h>

const char *base, *guarded, *outside, *victim, *filesystem;
struct told *told;

/* How a process ends that could not go on. */
enum { SKIPPED = 97, FAILED = 98 };

char *in(const char *folder, const char *name)
{
	static char buffers[16][PATH_MAX];
	static int next;
	char *path = buffers[next++ % 16];

	snprintf(path, PATH_MAX, "%s/%s", folder, name);
	return path;
}

long must(long result, const char *what)
{
	if (result != -1)
		return result;
	snprintf(told->failed, sizeof(told->failed), "%s: %s", what, strerror(errno));
	_exit(FAILED);
}

void skip(const char *why)
{
	snprintf(told->skipped, sizeof(told->skipped), "%s", why);
	_exit(SKIPPED);
}

void tamper(int fd)
{
	MUST(write(fd, "tampered with by evade\n", 23));
}

void tamper_path(const char *path)
{
	int fd = MUST(open(path, O_WRONLY));

	tamper(fd);
	close(fd);
}

void steal(int fd)
{
	MUST(pread(fd, told->secret, SECRET, 0));
}

int source(void)
{
	char bytes[SIZE];
	int fd = MUST(open(in(outside, "source"), O_RDWR | O_CREAT | O_TRUNC, 0644));

	memset(bytes, 'T', SIZE);
	MUST(write(fd, bytes, SIZE));
	MUST(fsync(fd));
	MUST(lseek(fd, 0, SEEK_SET));
	return fd;
}

void copy_file(const char *from, const char *to, mode_t mode)
{
	static char bytes[1 << 16];
	int a = MUST(open(from, O_RDONLY)), b = MUST(open(to, O_WRONLY | O_CREAT | O_EXCL, mode));
	ssize_t got;

	while ((got = MUST(read(a, bytes, sizeof(bytes)))) > 0)
		MUST(write(b, bytes, got));
	close(a);
	close(b);
}

void write_text(const char *path, const char *text)
{
	int fd = MUST(open(path, O_WRONLY | O_CREAT, 0755));

	MUST(write(fd, text, strlen(text)));
	close(fd);
}

void run(const char *program, ...)
{
	const char *arguments[16] = { program };
	int count = 1, status;
	va_list list;
	pid_t pid;

	va_start(list, program);
	while (count < 15 && (arguments[count] = va_arg(list, const char *)))
		count++;
	va_end(list);
	pid = MUST(fork());
	if (pid == 0) {
		execvp(program, (char *const *)arguments);
		_exit(127);
	}
	MUST(waitpid(pid, &status, 0));
	if (status)
		snprintf(told->failed, sizeof(told->failed), "%s ended with status %d", program, status);
}

pid_t fork_to(void (*function)(void))
{
	pid_t pid = MUST(fork());

	if (pid)
		return pid;
	function();
	_exit(0);
}

void wait_for(pid_t pid)
{
	int status;

	MUST(waitpid(pid, &status, 0));
	/* It told why. */
	if (WIFEXITED(status) && (WEXITSTATUS(status) == FAILED || WEXITSTATUS(status) == SKIPPED))
		_exit(WEXITSTATUS(status));
	if (WIFSIGNALED(status))
		snprintf(told->failed, sizeof(told->failed), "a helper died of signal %d", WTERMSIG(status));
}

pid_t keep(void (*function)(void))
{
	int ends[2];
	char byte;
	pid_t pid;

	MUST(pipe(ends));
	pid = MUST(fork());
	if (pid == 0) {
		close(ends[0]);
		function();
		MUST(write(ends[1], "k", 1));
		for (;;)
			pause();
	}
	close(ends[1]);
	if (read(ends[0], &byte, 1) != 1)
		_exit(FAILED);
	close(ends[0]);
	return pid;
}

void wait_for_file(const char *path)
{
	for (int i = 0; i < 500 && access(path, F_OK); i++)
		usleep(10000);
}

void device_of(char *device, char *point)
{
	char from[PATH_MAX], to[PATH_MAX];
	FILE *mounts = fopen("/proc/self/mounts", "re");
	size_t best = 0;

	while (mounts && fscanf(mounts, "%4095s %4095s %*[^\n]", from, to) == 2) {
		size_t length = strlen(to);

		if (length >= best && !strncmp(base, to, length) && (base[length] == '/' || !base[length])) {
			best = length;
			strcpy(device, from);
			strcpy(point, to);
		}
	}
	if (mounts)
		fclose(mounts);
	SKIP_IF(!best || strncmp(device, "/dev/", 5), "the file system is on no block device");
}
