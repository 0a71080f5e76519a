/* Ways to reach the file by another name: hard links, symbolic links, the magic ones of /proc, handles. */
#include "evade.h"

static struct file_handle *handle;
static int fd;

static void by_symlink(void)
{
	MUST(symlink(victim, in(outside, "link")));
	tamper_path(in(outside, "link"));
}

static void symlink_before(void) { MUST(symlink(victim, in(outside, "link"))); }
static void write_link(void) { tamper_path(in(outside, "link")); }

static void by_component(void)
{
	MUST(symlink(guarded, in(outside, "folder")));
	tamper_path(in(outside, "folder/victim"));
}

static void by_chain(void)
{
	MUST(symlink(victim, in(outside, "0")));
	for (int i = 1; i < 30; i++) {
		char from[8], to[8];

		snprintf(from, sizeof(from), "%d", i - 1);
		snprintf(to, sizeof(to), "%d", i);
		MUST(symlink(from, in(outside, to)));
	}
	tamper_path(in(outside, "29"));
}

static void by_link(void) { MUST(link(victim, in(outside, "link"))); }
static void by_link_write(void)
{
	MUST(link(victim, in(outside, "link")));
	tamper_path(in(outside, "link"));
}
static void by_link_inside(void) { MUST(link(victim, in(guarded, "new"))); }
static void by_link_empty_path(void) { MUST(linkat(MUST(open(victim, O_PATH)), "", AT_FDCWD, in(outside, "link"), AT_EMPTY_PATH)); }
static void link_proc_fd(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	MUST(linkat(AT_FDCWD, path, AT_FDCWD, in(outside, "link"), AT_SYMLINK_FOLLOW));
}
static void by_link_proc_fd(void)
{
	fd = MUST(open(victim, O_PATH));
	link_proc_fd();
}
static void path_before(void) { fd = MUST(open(victim, O_PATH)); }

static void link_before(void) { MUST(link(victim, in(outside, "link"))); }
static void truncate_link(void) { MUST(truncate(in(outside, "link"), 3)); }
static void chmod_link(void) { MUST(chmod(in(outside, "link"), 0600)); }
static void unlink_link(void) { MUST(unlink(in(outside, "link"))); }
static void read_link(void) { steal(MUST(open(in(outside, "link"), O_RDONLY))); }

static void through_proc(const char *what)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "/proc/%d/%s", getpid(), what);
	tamper_path(path);
}
static void by_proc_root(void)
{
	char what[PATH_MAX + 8];

	snprintf(what, sizeof(what), "root%s", victim);
	through_proc(what);
}
static void by_proc_cwd(void)
{
	MUST(chdir(guarded));
	through_proc("cwd/victim");
}
static void by_task_cwd(void)
{
	char what[64];

	MUST(chdir(guarded));
	snprintf(what, sizeof(what), "task/%d/cwd/victim", getpid());
	through_proc(what);
}
static void by_folder_fd(void)
{
	char what[64];

	snprintf(what, sizeof(what), "fd/%ld/victim", MUST(open(guarded, O_PATH)));
	through_proc(what);
}

static void by_dotdot(void)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "../../outside/../guarded/./%s//victim", strrchr(guarded, '/') + 1);
	tamper(MUST(openat(MUST(open(outside, O_PATH)), path, O_WRONLY)));
}

static void get_handle(void)
{
	int mount;

	handle = calloc(1, sizeof(*handle) + MAX_HANDLE_SZ);
	handle->handle_bytes = MAX_HANDLE_SZ;
	SKIP_IF(name_to_handle_at(AT_FDCWD, victim, handle, &mount, 0) && errno == EOPNOTSUPP, "the file system has no handles");
}
static void write_handle(void) { tamper(MUST(open_by_handle_at(MUST(open(base, O_RDONLY)), handle, O_WRONLY))); }
static void by_handle(void)
{
	get_handle();
	write_handle();
}

const struct evasion link_ways[] = {
	{ "symlink-to", WRITE, by_symlink },
	{ "symlink-before", WRITE, write_link, symlink_before },
	{ "symlinked-folder", WRITE, by_component },
	{ "symlink-chain", WRITE, by_chain },
	{ "link-out", LINK, by_link },
	{ "link-out-write", LINK, by_link_write },
	{ "link-inside", LINK, by_link_inside },
	{ "link-empty-path", LINK, by_link_empty_path },
	{ "link-proc-fd", LINK, by_link_proc_fd },
	{ "link-path-fd-before", LINK, link_proc_fd, path_before, 1, "opened before" },
	{ "linked-before-write", WRITE, write_link, link_before, 0, "linked before" },
	{ "linked-before-truncate", WRITE, truncate_link, link_before, 0, "linked before" },
	{ "linked-before-chmod", ATTR, chmod_link, link_before, 0, "linked before" },
	{ "linked-before-unlink", DELETE, unlink_link, link_before, 0, "linked before" },
	{ "linked-before-read", OPEN, read_link, link_before, 0, "linked before" },
	{ "proc-root", WRITE, by_proc_root },
	{ "proc-cwd", WRITE, by_proc_cwd },
	{ "proc-task-cwd", WRITE, by_task_cwd },
	{ "proc-folder-fd", WRITE, by_folder_fd },
	{ "dirfd-dotdot", WRITE, by_dotdot },
	{ "handle", WRITE, by_handle },
	{ "handle-before", WRITE, write_handle, get_handle },
	{ 0 },
};
