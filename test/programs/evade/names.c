/* Changes through a name: the victim's own, or one beside it. */
#include "evade.h"
#include <linux/openat2.h>

static int open_write(const struct place *at, struct kept *k) { return scribble(open(at->victim, O_WRONLY)); }
static int open_rdwr(const struct place *at, struct kept *k) { return scribble(open(at->victim, O_RDWR)); }
static int open_append(const struct place *at, struct kept *k) { return scribble(open(at->victim, O_WRONLY | O_APPEND)); }
static int open_trunc(const struct place *at, struct kept *k) { return open(at->victim, O_RDONLY | O_TRUNC) < 0; }
static int by_creat(const struct place *at, struct kept *k) { return creat(at->victim, 0600) < 0; }
static int by_openat2(const struct place *at, struct kept *k)
{
	struct open_how how = { .flags = O_WRONLY, .resolve = RESOLVE_NO_MAGICLINKS };

	return scribble(syscall(SYS_openat2, AT_FDCWD, at->victim, &how, sizeof(how)));
}
static int open_direct(const struct place *at, struct kept *k)
{
	int fd = open(at->victim, O_WRONLY | O_DIRECT);
	char *block;

	CHECK(posix_memalign((void **)&block, 4096, 4096) == 0);
	memset(block, 'd', 4096);
	return fd < 0 || pwrite(fd, block, 4096, 0) != 4096;
}
static int by_truncate(const struct place *at, struct kept *k) { return truncate(at->victim, 7); }
static int truncate_longer(const struct place *at, struct kept *k) { return truncate(at->victim, 70000); }

static int through_symlink(const struct place *at, struct kept *k)
{
	char link[PATH_MAX + 8];

	snprintf(link, sizeof(link), "%s/link", at->outside);
	CHECK(symlink(at->victim, link) == 0);
	return scribble(open(link, O_WRONLY));
}
static int symlinked_folder(const struct place *at, struct kept *k)
{
	char link[PATH_MAX + 8], path[PATH_MAX + 16];

	snprintf(link, sizeof(link), "%s/dir", at->outside);
	snprintf(path, sizeof(path), "%s/victim", link);
	CHECK(symlink(at->guarded, link) == 0);
	return scribble(open(path, O_WRONLY));
}

static int rename_over(const struct place *at, struct kept *k) { return rename(at->spare, at->victim); }
static int rename_away(const struct place *at, struct kept *k)
{
	char to[PATH_MAX + 8];

	snprintf(to, sizeof(to), "%s/taken", at->outside);
	return rename(at->victim, to);
}
static int rename_folder(const struct place *at, struct kept *k)
{
	char to[PATH_MAX + 8];

	snprintf(to, sizeof(to), "%s/taken", at->outside);
	return rename(at->guarded, to);
}
static int rename_inside(const struct place *at, struct kept *k)
{
	char to[PATH_MAX + 8];

	snprintf(to, sizeof(to), "%s/other", at->guarded);
	return rename(at->victim, to);
}
static int exchange(const struct place *at, struct kept *k) { return syscall(SYS_renameat2, AT_FDCWD, at->spare, AT_FDCWD, at->victim, 2); }
static int exchange_back(const struct place *at, struct kept *k) { return syscall(SYS_renameat2, AT_FDCWD, at->victim, AT_FDCWD, at->spare, 2); }
static int whiteout(const struct place *at, struct kept *k)
{
	char to[PATH_MAX + 8];

	snprintf(to, sizeof(to), "%s/taken", at->outside);
	return syscall(SYS_renameat2, AT_FDCWD, at->victim, AT_FDCWD, to, 4);
}
static int by_unlink(const struct place *at, struct kept *k) { return unlink(at->victim); }
static void open_folder(const struct place *at, struct kept *k)
{
	k->fd = open(at->guarded, O_RDONLY | O_DIRECTORY);
	CHECK(k->fd >= 0);
}
static int by_unlinkat(const struct place *at, struct kept *k) { return unlinkat(k->fd, "victim", 0); }
static int dirfd_write(const struct place *at, struct kept *k) { return scribble(openat(k->fd, "../../guarded/../guarded/dirfd_write/victim", O_WRONLY)); }
static int dirfd_create(const struct place *at, struct kept *k) { return openat(k->fd, "fresh", O_WRONLY | O_CREAT, 0644) < 0; }
static int by_mkdir(const struct place *at, struct kept *k) { return mkdirat(k->fd, "fresh", 0755); }
static int by_mknod(const struct place *at, struct kept *k) { return mknodat(k->fd, "fresh", S_IFIFO | 0644, 0); }
static int by_symlink(const struct place *at, struct kept *k) { return symlinkat("/etc/passwd", k->fd, "fresh"); }
static void sub_folder(const struct place *at, struct kept *k)
{
	open_folder(at, k);
	CHECK(mkdirat(k->fd, "sub", 0755) == 0);
}
static int by_rmdir(const struct place *at, struct kept *k) { return unlinkat(k->fd, "sub", AT_REMOVEDIR); }
static int bind_socket(const struct place *at, struct kept *k)
{
	int run_in = fchdir(k->fd);
	struct { unsigned short family; char path[108]; } address = { 1, "socket" };
	int fd = syscall(SYS_socket, 1, 1, 0);

	return run_in || syscall(SYS_bind, fd, &address, sizeof(address));
}

static void linked(const struct place *at, struct kept *k)
{
	char to[PATH_MAX + 8];

	snprintf(to, sizeof(to), "%s/linked", at->outside);
	CHECK(link(at->victim, to) == 0);
}
static int linked_before(const struct place *at, struct kept *k)
{
	char to[PATH_MAX + 8];

	snprintf(to, sizeof(to), "%s/linked", at->outside);
	return scribble(open(to, O_WRONLY));
}
static int link_out(const struct place *at, struct kept *k)
{
	linked(at, k);
	return linked_before(at, k);
}
static int link_in(const struct place *at, struct kept *k)
{
	char to[PATH_MAX + 8];

	snprintf(to, sizeof(to), "%s/fresh", at->guarded);
	return link(at->spare, to);
}
static int link_over(const struct place *at, struct kept *k) { return unlink(at->victim) || link(at->spare, at->victim); }
static int nameless_linked(const struct place *at, struct kept *k)
{
	char from[64];
	int fd = open(at->outside, O_TMPFILE | O_RDWR, 0644);

	if (fd < 0)
		return CANNOT;
	snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, from, k->fd, "fresh", AT_SYMLINK_FOLLOW);
}

/* Forty and two hundred folders below, the file is made before; a path of more than 4,096 bytes cannot even be named. */
static int down(const struct place *at, int levels, const char *name)
{
	int dir = open(at->guarded, O_RDONLY | O_DIRECTORY);

	for (int i = 0; i < levels && dir >= 0; i++) {
		int next;

		mkdirat(dir, name, 0755);
		next = openat(dir, name, O_RDONLY | O_DIRECTORY);
		close(dir);
		dir = next;
	}
	return dir;
}
static void deep_file(const struct place *at, struct kept *k, int levels, const char *name)
{
	k->fd = down(at, levels, name);
	close(openat(k->fd, "deep", O_WRONLY | O_CREAT, 0644));
	k->other = openat(k->fd, "deep", O_RDONLY);
	CHECK(k->other >= 0);
}
static void deep_40_before(const struct place *at, struct kept *k) { deep_file(at, k, 40, "d"); }
static void deep_200_before(const struct place *at, struct kept *k) { deep_file(at, k, 200, "d"); }
static void deep_300_before(const struct place *at, struct kept *k) { deep_file(at, k, 300, "d"); }
#define LONG_NAME "a-folder-with-a-rather-long-name-so-that-few-of-them-make-a-path-of-more-than-four-thousand-bytes-0123456789"
static void long_path_before(const struct place *at, struct kept *k) { deep_file(at, k, 48, LONG_NAME); }
/* The judge cannot name such a file; a descriptor that was opened to read says how long it is now. */
static int deep_write(const struct place *at, struct kept *k)
{
	struct stat now;

	scribble(openat(k->fd, "deep", O_WRONLY));
	return fstat(k->other, &now) == 0 && now.st_size > 0 ? SEEN : 1;
}

const struct attempt by_name[] = {
	{ "open_write", "change", NULL, open_write },
	{ "open_rdwr", "change", NULL, open_rdwr },
	{ "open_append", "change", NULL, open_append },
	{ "open_trunc", "change", NULL, open_trunc },
	{ "creat", "change", NULL, by_creat },
	{ "openat2", "change", NULL, by_openat2 },
	{ "open_direct", "change", NULL, open_direct },
	{ "truncate", "change", NULL, by_truncate },
	{ "truncate_longer", "change", NULL, truncate_longer },
	{ "symlink", "change", NULL, through_symlink },
	{ "symlinked_folder", "change", NULL, symlinked_folder },
	{ "rename_over", "change", NULL, rename_over },
	{ "rename_away", "change", NULL, rename_away },
	{ "rename_folder", "change", NULL, rename_folder },
	{ "rename_inside", "change", NULL, rename_inside },
	{ "exchange", "change", NULL, exchange },
	{ "exchange_back", "change", NULL, exchange_back },
	{ "whiteout", "change", NULL, whiteout },
	{ "unlink", "change", NULL, by_unlink },
	{ "unlinkat", "change", open_folder, by_unlinkat },
	{ "dirfd_write", "change", open_folder, dirfd_write },
	{ "dirfd_create", "change", open_folder, dirfd_create },
	{ "mkdir", "change", open_folder, by_mkdir },
	{ "mknod", "change", open_folder, by_mknod },
	{ "make_symlink", "change", open_folder, by_symlink },
	{ "bind_socket", "change", open_folder, bind_socket },
	{ "rmdir", "change", sub_folder, by_rmdir },
	{ "linked_before", "change", linked, linked_before },
	{ "link_out", "change", NULL, link_out },
	{ "link_in", "change", NULL, link_in },
	{ "link_over", "change", NULL, link_over },
	{ "nameless_linked", "change", open_folder, nameless_linked },
	{ "deep_40", "deep", deep_40_before, deep_write },
	{ "deep_200", "deep", deep_200_before, deep_write },
	{ "deep_300", "deep", deep_300_before, deep_write },
	{ "long_path", "deep", long_path_before, deep_write },
	{},
};
