/* Ways to read the secret or to run a guarded program. */
#include "evade.h"
#include <sys/mount.h>
#include <sys/sendfile.h>

extern char **environ;
static int fd;
static char *map;

static void by_open(void) { steal(MUST(open(victim, O_RDONLY))); }
static void by_rdwr(void) { steal(MUST(open(victim, O_RDWR))); }
static void by_nonblock(void) { steal(MUST(open(victim, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOATIME))); }
static void by_mmap(void) { memcpy(told->secret, (void *)MUST(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, MUST(open(victim, O_RDONLY)), 0)), SECRET); }

static void by_path_fd(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%ld", MUST(open(victim, O_PATH)));
	steal(MUST(open(path, O_RDONLY)));
}
static void by_sendfile(void)
{
	int to = source();

	MUST(sendfile(to, MUST(open(victim, O_RDONLY)), NULL, PAGE));
	steal(to);
}
static void by_splice(void)
{
	int ends[2];

	MUST(pipe(ends));
	MUST(splice(MUST(open(victim, O_RDONLY)), NULL, ends[1], NULL, PAGE, 0));
	MUST(read(ends[0], told->secret, SECRET));
}
static void by_copy(void)
{
	int to = source();

	MUST(copy_file_range(MUST(open(victim, O_RDONLY)), NULL, to, NULL, PAGE, 0));
	steal(to);
}
static void by_link(void)
{
	MUST(link(victim, in(outside, "link")));
	steal(MUST(open(in(outside, "link"), O_RDONLY)));
}
static void by_rename(void)
{
	MUST(rename(victim, in(outside, "taken")));
	steal(MUST(open(in(outside, "taken"), O_RDONLY)));
}
static void by_bind(void)
{
	MUST(mkdir(in(outside, "mount"), 0755));
	MUST(mount(guarded, in(outside, "mount"), NULL, MS_BIND, NULL));
	steal(MUST(open(in(outside, "mount/victim"), O_RDONLY)));
}
static void by_handle(void)
{
	struct file_handle *handle = calloc(1, sizeof(*handle) + MAX_HANDLE_SZ);
	int mount;

	handle->handle_bytes = MAX_HANDLE_SZ;
	SKIP_IF(name_to_handle_at(AT_FDCWD, victim, handle, &mount, 0) && errno == EOPNOTSUPP, "the file system has no handles");
	steal(MUST(open_by_handle_at(MUST(open(base, O_RDONLY)), handle, O_RDONLY)));
}
static void by_cat(void)
{
	run("sh", "-c", "cat \"$1\" > \"$2/copy\"", "sh", victim, outside, NULL);
	steal(MUST(open(in(outside, "copy"), O_RDONLY)));
}

static void read_before(void) { fd = MUST(open(victim, O_RDONLY)); }
static void read_fd(void) { steal(fd); }
static void map_fd(void) { memcpy(told->secret, (void *)MUST(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0)), SECRET); }
static void map_before(void) { map = (char *)MUST(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, MUST(open(victim, O_RDONLY)), 0)); }
static void read_map(void) { memcpy(told->secret, map, SECRET); }

/* A program that makes the file it is told. */
static void make_program(void) { copy_file("/usr/bin/touch", in(guarded, "program"), 0755); }
static void make_script(void) { write_text(in(guarded, "program"), "#!/bin/sh\nexec touch \"$1\"\n"); }
static void execute(const char *path) { run(path, in(outside, "ran"), NULL); }
static void by_exec(void) { execute(in(guarded, "program")); }
static void by_exec_symlink(void)
{
	MUST(symlink(in(guarded, "program"), in(outside, "link")));
	execute(in(outside, "link"));
}
static void by_exec_link(void)
{
	MUST(link(in(guarded, "program"), in(outside, "link")));
	execute(in(outside, "link"));
}
static void by_loader(void) { run("/lib64/ld-linux-x86-64.so.2", in(guarded, "program"), in(outside, "ran"), NULL); }
static void by_interpreter(void) { run("sh", in(guarded, "program"), in(outside, "ran"), NULL); }
static void execute_fd(void)
{
	char *arguments[] = { "touch", in(outside, "ran"), NULL };
	pid_t pid = MUST(fork());

	if (pid == 0) {
		syscall(SYS_execveat, fd, "", arguments, environ, AT_EMPTY_PATH);
		snprintf(told->failed, sizeof(told->failed), "execveat: %s", strerror(errno));
		_exit(127);
	}
	wait_for(pid);
}
static void open_program(void) { fd = MUST(open(in(guarded, "program"), O_PATH)); }
static void by_execveat(void)
{
	open_program();
	execute_fd();
}
static void open_program_before(void)
{
	make_program();
	open_program();
}
/* A copy in memory runs: the guarded file was only read. */
static void by_memfd(void)
{
	int memory = MUST(memfd_create("copy", 0));

	fd = MUST(open(in(guarded, "program"), O_RDONLY));
	while (MUST(sendfile(memory, fd, NULL, 1 << 20)) > 0)
		;
	fd = memory;
	execute_fd();
}

const struct evasion reading_ways[] = {
	{ "read-open", OPEN, by_open },
	{ "read-open-rdwr", OPEN, by_rdwr },
	{ "read-open-flags", OPEN, by_nonblock },
	{ "read-mmap", OPEN, by_mmap },
	{ "read-path-fd", OPEN, by_path_fd },
	{ "read-sendfile", OPEN, by_sendfile },
	{ "read-splice", OPEN, by_splice },
	{ "read-copy-file-range", OPEN, by_copy },
	{ "read-link", OPEN, by_link },
	{ "read-renamed", OPEN, by_rename },
	{ "read-bind", OPEN, by_bind },
	{ "read-handle", OPEN, by_handle },
	{ "read-cat", OPEN, by_cat },
	{ "read-fd-before", OPEN, read_fd, read_before, 1, "opened before" },
	{ "read-fd-before-mmap", OPEN, map_fd, read_before, 1, "opened before" },
	{ "read-mapped-before", OPEN, read_map, map_before, 1, "mapped before" },
	{ "exec", EXEC, by_exec, make_program },
	{ "exec-script", EXEC, by_exec, make_script },
	{ "exec-symlink", EXEC, by_exec_symlink, make_program },
	{ "exec-link", EXEC, by_exec_link, make_program },
	{ "exec-loader", EXEC, by_loader, make_program },
	{ "exec-interpreter", EXEC, by_interpreter, make_script },
	{ "exec-fd", EXEC, by_execveat, make_program },
	{ "exec-memfd-copy", EXEC, by_memfd, make_program },
	{ "exec-fd-before", EXEC, execute_fd, open_program_before, 1, "opened before" },
	{ 0 },
};
