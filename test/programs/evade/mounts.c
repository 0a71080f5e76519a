/* Ways to reach the file through another mount, root or namespace. */
#include "evade.h"
#include <linux/mount.h>
#include <sys/mount.h>

static int fd;

static void bind(const char *from, const char *to) { MUST(mount(from, to, NULL, MS_BIND, NULL)); }

/* Mounts made after this are this process's own. */
static void own_mounts(void)
{
	MUST(unshare(CLONE_NEWNS));
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

static const char *point(void)
{
	const char *path = in(outside, "mount");

	MUST(mkdir(path, 0755));
	return path;
}
static void write_point(void) { tamper_path(in(outside, "mount/victim")); }

static void by_chroot(void)
{
	MUST(chroot(guarded));
	tamper_path("/victim");
}

static void bind_before(void) { bind(guarded, point()); }
static void by_bind(void)
{
	bind_before();
	write_point();
}
static void by_bind_own(void)
{
	own_mounts();
	by_bind();
}
static void by_bind_file(void)
{
	close(source());
	bind(victim, in(outside, "source"));
	tamper_path(in(outside, "source"));
}
static void by_bind_parent(void)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/guarded/%s/victim", point(), strrchr(guarded, '/') + 1);
	bind(base, in(outside, "mount"));
	tamper_path(path);
}

static void detach(void) { fd = MUST(open_tree(AT_FDCWD, guarded, OPEN_TREE_CLONE)); }
static void write_detached(void) { tamper(MUST(openat(fd, "victim", O_WRONLY))); }
static void by_detached(void)
{
	detach();
	write_detached();
}
static void attach_detached(void)
{
	MUST(move_mount(fd, "", AT_FDCWD, point(), MOVE_MOUNT_F_EMPTY_PATH));
	write_point();
}
static void by_move_mount(void)
{
	detach();
	attach_detached();
}

static void by_namespace(void)
{
	own_mounts();
	tamper_path(victim);
}
static void other_namespace(void)
{
	own_mounts();
	bind_before();
}
static void join_before(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", keep(other_namespace));
	fd = MUST(open(path, O_RDONLY));
}
static void by_join(void)
{
	MUST(setns(fd, CLONE_NEWNS));
	write_point();
}

static void become_root_of_new_user_namespace(int flags)
{
	MUST(unshare(CLONE_NEWUSER | flags));
	write_text("/proc/self/uid_map", "0 0 1");
}
static void by_user_namespace(void)
{
	become_root_of_new_user_namespace(0);
	tamper_path(victim);
}
static void by_user_and_mounts(void)
{
	become_root_of_new_user_namespace(CLONE_NEWNS);
	MUST(mount(guarded, point(), NULL, MS_BIND | MS_REC, NULL));
	write_point();
}

static void place_for_old_root(void) { MUST(mkdir(in(guarded, "old"), 0700)); }
static void by_pivot(void)
{
	own_mounts();
	bind(guarded, guarded);
	MUST(chdir(guarded));
	MUST(syscall(SYS_pivot_root, ".", "old"));
	MUST(chdir("/"));
	tamper_path("/victim");
}

/* The same file system at a second place. */
static void by_second_mount(void)
{
	char device[PATH_MAX], root[PATH_MAX], path[2 * PATH_MAX];

	device_of(device, root);
	MUST(mount(device, point(), filesystem, 0, NULL));
	snprintf(path, sizeof(path), "%s/%s", in(outside, "mount"), victim + strlen(root));
	tamper_path(path);
}

static void wait_in_user_namespace(void) { MUST(unshare(CLONE_NEWUSER)); }

/* The outside folder tells what this kernel can, so that the guarded one need not. */
static int idmapped(const char *folder)
{
	char path[64];
	pid_t pid = keep(wait_in_user_namespace);
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_IDMAP };
	int tree, result;

	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	write_text(path, "0 0 100000");
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	write_text(path, "0 0 100000");
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	attributes.userns_fd = MUST(open(path, O_RDONLY));
	tree = MUST(open_tree(AT_FDCWD, folder, OPEN_TREE_CLONE));
	result = mount_setattr(tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes));
	kill(pid, SIGKILL);
	return result ? -1 : tree;
}
static void try_idmapped(void) { SKIP_IF(idmapped(outside) < 0, "this kernel or file system has no idmapped mounts"); }
static void by_idmapped(void)
{
	fd = must(idmapped(guarded), "mount_setattr");
	write_detached();
}

static void overlay(const char *lower, const char *upper)
{
	char options[3 * PATH_MAX];

	MUST(mkdir(in(outside, "work"), 0755));
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, in(outside, "work"));
	if (mount("overlay", point(), "overlay", 0, options)) {
		SKIP_IF(errno == EINVAL || errno == ENODEV, "overlayfs does not take this file system");
		must(-1, "mount of an overlay");
	}
}
static void overlay_before(void)
{
	MUST(mkdir(in(outside, "lower"), 0755));
	overlay(in(outside, "lower"), guarded);
}
static void by_overlay(void)
{
	overlay_before();
	write_point();
}
static void create_in_point(void) { MUST(open(in(outside, "mount/new"), O_CREAT | O_WRONLY, 0600)); }
/* The descriptor is the overlay's; the file below is opened by the kernel. */
static void overlay_open_before(void)
{
	overlay_before();
	fd = MUST(open(in(outside, "mount/victim"), O_RDWR));
}
static void write_overlaid(void) { tamper(fd); }
static void punch_overlaid(void) { MUST(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE)); }
static char *overlaid;
static void overlay_map_before(void)
{
	overlay_open_before();
	overlaid = (char *)MUST(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
}
static void store_overlaid(void) { strcpy(overlaid, "tampered"); }
/* Leaves a whiteout. */
static void unlink_in_point(void) { MUST(unlink(in(outside, "mount/victim"))); }
static void read_lower(void)
{
	MUST(mkdir(in(outside, "upper"), 0755));
	overlay(guarded, in(outside, "upper"));
	steal(MUST(open(in(outside, "mount/victim"), O_RDONLY)));
}
/* Opening for writing copies the file up: the copy is read, the file below is untouched. */
static void read_copied_up(void)
{
	MUST(mkdir(in(outside, "upper"), 0755));
	overlay(guarded, in(outside, "upper"));
	steal(MUST(open(in(outside, "mount/victim"), O_RDWR)));
}

/* What others find under the guarded name becomes the attacker's. */
static void cover_file(void)
{
	close(source());
	bind(in(outside, "source"), victim);
}
static void cover_folder(void) { MUST(mount("none", guarded, "tmpfs", 0, NULL)); }

static int covered(int victim_fd, char *detail, size_t size)
{
	struct stat was, now;
	int gone = stat(victim, &now);

	fstat(victim_fd, &was);
	snprintf(detail, size, "the name leads to another file");
	return gone || was.st_ino != now.st_ino || was.st_dev != now.st_dev;
}

const struct evasion mount_ways[] = {
	{ "chroot", WRITE, by_chroot },
	{ "bind", WRITE, by_bind },
	{ "bind-before", WRITE, write_point, bind_before },
	{ "bind-own-namespace", WRITE, by_bind_own },
	{ "bind-file", WRITE, by_bind_file },
	{ "bind-parent", WRITE, by_bind_parent },
	{ "detached-tree", WRITE, by_detached },
	{ "detached-tree-before", WRITE, write_detached, detach, 1, "opened before" },
	{ "move-mount", WRITE, by_move_mount },
	{ "move-mount-before", WRITE, attach_detached, detach, 1, "opened before" },
	{ "mount-namespace", WRITE, by_namespace },
	{ "setns-before", WRITE, by_join, join_before },
	{ "user-namespace", WRITE, by_user_namespace },
	{ "user-and-mount-namespace", WRITE, by_user_and_mounts },
	{ "pivot-root", WRITE, by_pivot, place_for_old_root },
	{ "second-mount", WRITE, by_second_mount, .fs = "ext4 btrfs xfs" },
	{ "idmapped-mount", WRITE, by_idmapped, try_idmapped },
	{ "overlay-upper-write", WRITE, by_overlay },
	{ "overlay-upper-before-write", WRITE, write_point, overlay_before },
	{ "overlay-upper-before-create", CREATE, create_in_point, overlay_before },
	{ "overlay-upper-before-unlink", DELETE, unlink_in_point, overlay_before },
	{ "overlay-fd-before-write", WRITE, write_overlaid, overlay_open_before, 1, "opened before" },
	{ "overlay-fd-before-punch", WRITE, punch_overlaid, overlay_open_before, 1, "opened before" },
	{ "overlay-mapped-before-store", WRITE, store_overlaid, overlay_map_before, 1, "mapped before" },
	{ "overlay-lower-read", OPEN, read_lower },
	{ "overlay-lower-copy-up", OPEN, read_copied_up },
	{ "cover-file", RENAME, cover_file, .judge = covered },
	{ "cover-folder", RENAME, cover_folder, .judge = covered },
	{ 0 },
};
