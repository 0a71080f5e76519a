/* Ways to take, move, replace and make names in a guarded folder. */
#include "evade.h"
#include <linux/fs.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

static int folder;

static void by_unlink(void) { MUST(unlink(victim)); }
static void by_unlinkat(void) { MUST(unlinkat(MUST(open(guarded, O_PATH)), "victim", 0)); }

static void make_folder(void) { MUST(mkdir(in(guarded, "folder"), 0755)); }
static void make_full_folder(void)
{
	make_folder();
	copy_file(victim, in(guarded, "folder/victim"), 0644);
}
static void by_rmdir(void) { MUST(rmdir(in(guarded, "folder"))); }
static void by_removedir(void) { MUST(unlinkat(AT_FDCWD, in(guarded, "folder"), AT_REMOVEDIR)); }

static void by_rename(void) { MUST(rename(victim, in(guarded, "renamed"))); }
static void by_rename_out(void) { MUST(rename(victim, in(outside, "taken"))); }
static void by_rename_over(void)
{
	close(source());
	MUST(rename(in(outside, "source"), victim));
}
static void by_rename_in(void)
{
	close(source());
	MUST(rename(in(outside, "source"), in(guarded, "put")));
}

static void renameat2_to(const char *from, const char *to, unsigned flags)
{
	long result = syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);

	SKIP_IF(result < 0 && errno == EINVAL, "the file system does not know the flag of renameat2");
	must(result, "renameat2");
}
static void by_exchange(void)
{
	close(source());
	renameat2_to(in(outside, "source"), victim, RENAME_EXCHANGE);
}
static void by_noreplace(void) { renameat2_to(victim, in(outside, "taken"), RENAME_NOREPLACE); }
static void by_whiteout(void) { renameat2_to(victim, in(outside, "taken"), RENAME_WHITEOUT); }
static void by_exchange_folder(void)
{
	MUST(mkdir(in(outside, "folder"), 0755));
	renameat2_to(in(guarded, "folder"), in(outside, "folder"), RENAME_EXCHANGE);
}

static void by_folder_rename(void) { MUST(rename(in(guarded, "folder"), in(guarded, "renamed"))); }
static void by_folder_out(void)
{
	MUST(rename(in(guarded, "folder"), in(outside, "folder")));
	tamper_path(in(outside, "folder/victim"));
}
static void by_folder_in(void)
{
	MUST(mkdir(in(outside, "folder"), 0755));
	MUST(rename(in(outside, "folder"), in(guarded, "put")));
}

/* The root of the guarded tree moves away, the file is written, the root comes back. */
static void by_root_rename(void)
{
	const char *from = in(base, "guarded"), *to = in(base, "moved"), *name = strrchr(guarded, '/') + 1;
	char path[PATH_MAX + 300];
	int fd;

	MUST(rename(from, to));
	snprintf(path, sizeof(path), "%s/%s/victim", to, name);
	fd = open(path, O_WRONLY);
	MUST(rename(to, from));
	must(fd, "open by the new path");
	tamper(fd);
}

static void by_create(void) { MUST(open(in(guarded, "new"), O_CREAT | O_EXCL | O_WRONLY, 0600)); }
static void by_mkdir(void) { MUST(mkdir(in(guarded, "new"), 0755)); }
static void by_symlink(void) { MUST(symlink("nowhere", in(guarded, "new"))); }
static void by_mknod(void) { MUST(mknod(in(guarded, "new"), S_IFREG | 0600, 0)); }
static void by_mkfifo(void) { MUST(mkfifo(in(guarded, "new"), 0600)); }
static void by_device(void) { MUST(mknod(in(guarded, "new"), S_IFCHR | 0600, makedev(1, 3))); }
static void by_whiteout_node(void) { MUST(mknod(in(guarded, "new"), S_IFCHR | 0600, makedev(0, 0))); }

static void by_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	MUST(chdir(guarded));
	strcpy(address.sun_path, "new");
	MUST(bind(MUST(socket(AF_UNIX, SOCK_STREAM, 0)), (struct sockaddr *)&address, sizeof(address)));
}

static void give_name(int fd, const char *path)
{
	char magic[64];

	snprintf(magic, sizeof(magic), "/proc/self/fd/%d", fd);
	MUST(linkat(AT_FDCWD, magic, AT_FDCWD, path, AT_SYMLINK_FOLLOW));
}
static void by_tmpfile(void)
{
	int fd = open(guarded, O_TMPFILE | O_RDWR, 0600);

	SKIP_IF(fd < 0 && errno == EOPNOTSUPP, "the file system has no O_TMPFILE");
	must(fd, "open with O_TMPFILE");
	tamper(fd);
	give_name(fd, in(guarded, "new"));
}
static void tmpfile_before(void)
{
	folder = open(guarded, O_TMPFILE | O_RDWR, 0600);
	SKIP_IF(folder < 0 && errno == EOPNOTSUPP, "the file system has no O_TMPFILE");
	must(folder, "open with O_TMPFILE");
}
static void name_tmpfile(void) { give_name(folder, in(guarded, "new")); }
static void by_link_in(void)
{
	close(source());
	MUST(link(in(outside, "source"), in(guarded, "new")));
}

static void folder_before(void) { folder = MUST(open(guarded, O_RDONLY | O_DIRECTORY)); }
static void create_at(void) { MUST(openat(folder, "new", O_CREAT | O_WRONLY, 0600)); }
static void unlink_at(void) { MUST(unlinkat(folder, "victim", 0)); }
static void cwd_before(void) { MUST(chdir(guarded)); }
static void unlink_here(void) { MUST(unlink("./victim")); }

#define BEFORE 1, "opened before"
const struct evasion name_ways[] = {
	{ "unlink", DELETE, by_unlink },
	{ "unlinkat", DELETE, by_unlinkat },
	{ "rmdir", DELETE, by_rmdir, make_folder },
	{ "unlinkat-removedir", DELETE, by_removedir, make_folder },
	{ "unlinkat-folder-before", DELETE, unlink_at, folder_before, BEFORE },
	{ "unlink-cwd-before", DELETE, unlink_here, cwd_before, BEFORE },
	{ "rename", RENAME, by_rename },
	{ "rename-out", RENAME, by_rename_out },
	{ "rename-over", RENAME, by_rename_over },
	{ "rename-in", CREATE, by_rename_in },
	{ "rename-exchange", RENAME, by_exchange },
	{ "rename-noreplace", RENAME, by_noreplace },
	{ "rename-whiteout", RENAME, by_whiteout },
	{ "rename-folder", RENAME, by_folder_rename, make_folder },
	{ "rename-folder-out-write", RENAME, by_folder_out, make_full_folder },
	{ "rename-folder-in", CREATE, by_folder_in },
	{ "rename-folder-exchange", RENAME, by_exchange_folder, make_full_folder },
	{ "rename-root-write", WRITE, by_root_rename, .last = 1 },
	{ "create", CREATE, by_create },
	{ "create-folder-before", CREATE, create_at, folder_before, BEFORE },
	{ "mkdir", CREATE, by_mkdir },
	{ "symlink", CREATE, by_symlink },
	{ "mknod", CREATE, by_mknod },
	{ "mkfifo", CREATE, by_mkfifo },
	{ "mknod-device", CREATE, by_device },
	{ "mknod-whiteout", CREATE, by_whiteout_node },
	{ "socket-bind", CREATE, by_socket },
	{ "tmpfile-link", CREATE, by_tmpfile },
	{ "tmpfile-before-link", CREATE, name_tmpfile, tmpfile_before, BEFORE },
	{ "link-in", CREATE, by_link_in },
	{ 0 },
};
