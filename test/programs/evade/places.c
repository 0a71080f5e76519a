/* Changes from another place: other mounts, other roots, other namespaces, handles instead of names. */
#include "evade.h"
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

static int via_proc(const struct place *at, const char *how)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "/proc/self/%s%s", how, at->victim);
	return scribble(open(path, O_WRONLY));
}
static int proc_root(const struct place *at, struct kept *k) { return via_proc(at, "root"); }
static int proc_task_root(const struct place *at, struct kept *k)
{
	char how[64];

	snprintf(how, sizeof(how), "task/%ld/root", syscall(SYS_gettid));
	return via_proc(at, how);
}
static int proc_cwd(const struct place *at, struct kept *k)
{
	CHECK(chdir(at->guarded) == 0);
	return scribble(open("/proc/self/cwd/victim", O_WRONLY));
}
static int in_chroot(const struct place *at, struct kept *k)
{
	if (chroot(at->guarded))
		return CANNOT;
	return scribble(open("/victim", O_WRONLY));
}
static void mount_point(const struct place *at, char *point)
{
	snprintf(point, PATH_MAX + 8, "%s/mnt", at->outside);
	mkdir(point, 0755);
}
static int bind_mount(const struct place *at, struct kept *k)
{
	char point[PATH_MAX + 8], path[PATH_MAX + 16];

	mount_point(at, point);
	if (mount(at->guarded, point, NULL, MS_BIND, NULL))
		return CANNOT;
	snprintf(path, sizeof(path), "%s/victim", point);
	return scribble(open(path, O_WRONLY));
}
static void bound_before(const struct place *at, struct kept *k)
{
	char point[PATH_MAX + 8];

	mount_point(at, point);
	CHECK(mount(at->guarded, point, NULL, MS_BIND, NULL) == 0);
}
static int bound_write(const struct place *at, struct kept *k)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/mnt/victim", at->outside);
	return scribble(open(path, O_WRONLY));
}
static int bound_rename(const struct place *at, struct kept *k)
{
	char from[PATH_MAX + 16], to[PATH_MAX + 16];

	snprintf(from, sizeof(from), "%s/mnt/victim", at->outside);
	snprintf(to, sizeof(to), "%s/mnt/moved", at->outside);
	return rename(from, to);
}
static int file_bind(const struct place *at, struct kept *k)
{
	if (mount(at->victim, at->spare, NULL, MS_BIND, NULL))
		return CANNOT;
	return scribble(open(at->spare, O_WRONLY));
}
/* What is under the name changes, even if the file does not. */
static int mount_over(const struct place *at, struct kept *k) { return mount(at->outside, at->guarded, NULL, MS_BIND, NULL); }
static int move_over(const struct place *at, struct kept *k)
{
	int tree = syscall(SYS_open_tree, AT_FDCWD, at->outside, 1 /* OPEN_TREE_CLONE */);

	if (tree < 0)
		return CANNOT;
	return syscall(SYS_move_mount, tree, "", AT_FDCWD, at->guarded, 4 /* F_EMPTY_PATH */);
}
static int detached(const struct place *at, struct kept *k)
{
	int tree = syscall(SYS_open_tree, AT_FDCWD, at->guarded, 1);

	return tree < 0 ? CANNOT : scribble(openat(tree, "victim", O_WRONLY));
}
static int mount_namespace(const struct place *at, struct kept *k)
{
	if (unshare(CLONE_NEWNS))
		return CANNOT;
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	return bind_mount(at, k);
}
static int user_namespace(const struct place *at, struct kept *k)
{
	int fd;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return CANNOT;
	fd = open("/proc/self/setgroups", O_WRONLY);
	CHECK(fd < 0 || write(fd, "deny", 4) == 4);
	fd = open("/proc/self/uid_map", O_WRONLY);
	CHECK(write(fd, "0 0 1", 5) == 5);
	return scribble(open(at->victim, O_WRONLY));
}
static int by_handle(const struct place *at, struct kept *k)
{
	struct { struct file_handle head; char room[MAX_HANDLE_SZ]; } handle = { .head.handle_bytes = MAX_HANDLE_SZ };
	int mount, root = open(at->outside, O_RDONLY);

	if (name_to_handle_at(AT_FDCWD, at->victim, &handle.head, &mount, 0))
		return CANNOT;
	return scribble(open_by_handle_at(root, &handle.head, O_WRONLY));
}
static int overlay(const struct place *at, const char *upper)
{
	char options[4 * PATH_MAX], work[PATH_MAX + 8], point[PATH_MAX + 8], path[PATH_MAX + 16];

	snprintf(work, sizeof(work), "%s/work", at->outside);
	mkdir(work, 0755);
	mount_point(at, point);
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s", "/usr/share/misc", upper, work);
	if (mount("overlay", point, "overlay", 0, options))
		return CANNOT;
	snprintf(path, sizeof(path), "%s/victim", point);
	return scribble(open(path, O_WRONLY));
}
static int overlay_upper(const struct place *at, struct kept *k) { return overlay(at, at->guarded); }
static int overlay_unlink(const struct place *at, struct kept *k)
{
	char path[PATH_MAX + 16];

	if (overlay(at, at->guarded) == CANNOT)
		return CANNOT;
	snprintf(path, sizeof(path), "%s/mnt/victim", at->outside);
	return unlink(path);
}

/* A file behind a block device: the kernel itself writes it. */
static int loop_fd(const struct place *at, int fd)
{
	int control = open("/dev/loop-control", O_RDWR), number, loop;
	char path[32], block[512] = NEW;

	if (fd < 0)
		return 1;
	if (control < 0 || (number = ioctl(control, 0x4C82)) < 0)
		return CANNOT;
	snprintf(path, sizeof(path), "/dev/loop%d", number);
	loop = open(path, O_RDWR);
	if (loop < 0)
		return CANNOT;
	if (ioctl(loop, 0x4C00, fd))
		return 1;
	if (pwrite(loop, block, 512, 0) != 512)
		return 1;
	fsync(loop);
	return ioctl(loop, 0x4C01, 0);
}
static int loop_named(const struct place *at, struct kept *k) { return loop_fd(at, open(at->victim, O_RDWR)); }
static int loop_opened(const struct place *at, struct kept *k) { return loop_fd(at, k->fd); }

/* The name changes under the kernel's hands while it reads it. */
static volatile bool over;
#include <pthread.h>
static char shared_path[PATH_MAX];
static void *swap_text(void *argument)
{
	const struct place *at = argument;

	while (!over) {
		memcpy(shared_path, at->spare, strlen(at->spare) + 1);
		memcpy(shared_path, at->victim, strlen(at->victim) + 1);
	}
	return NULL;
}
static int race_text(const struct place *at, struct kept *k)
{
	pthread_t t;

	strcpy(shared_path, at->spare);
	CHECK(pthread_create(&t, NULL, swap_text, (void *)at) == 0);
	for (int i = 0; i < 20000; i++) {
		int fd = open(shared_path, O_WRONLY);

		if (fd >= 0) {
			scribble(fd);
			close(fd);
		}
	}
	over = true;
	return pthread_join(t, NULL);
}
static void *swap_link(void *argument)
{
	const struct place *at = argument;
	char a[PATH_MAX + 8], b[PATH_MAX + 8], link[PATH_MAX + 8];

	snprintf(a, sizeof(a), "%s/a", at->outside);
	snprintf(b, sizeof(b), "%s/b", at->outside);
	snprintf(link, sizeof(link), "%s/link", at->outside);
	while (!over) {
		symlink(at->spare, a);
		rename(a, link);
		symlink(at->victim, b);
		rename(b, link);
	}
	return NULL;
}
static int race_link(const struct place *at, struct kept *k)
{
	char link[PATH_MAX + 8];
	pthread_t t;

	snprintf(link, sizeof(link), "%s/link", at->outside);
	CHECK(pthread_create(&t, NULL, swap_link, (void *)at) == 0);
	for (int i = 0; i < 20000; i++) {
		int fd = open(link, O_WRONLY);

		if (fd >= 0) {
			scribble(fd);
			close(fd);
		}
	}
	over = true;
	return pthread_join(t, NULL);
}

const struct attempt by_place[] = {
	{ "proc_root", "change", NULL, proc_root },
	{ "proc_task_root", "change", NULL, proc_task_root },
	{ "proc_cwd", "change", NULL, proc_cwd },
	{ "chroot", "change", NULL, in_chroot },
	{ "bind_mount", "change", NULL, bind_mount },
	{ "bound_before", "change", bound_before, bound_write },
	{ "bound_rename", "change", bound_before, bound_rename },
	{ "file_bind", "change", NULL, file_bind },
	{ "mount_over", "change", NULL, mount_over },
	{ "move_mount_over", "change", NULL, move_over },
	{ "detached_mount", "change", NULL, detached },
	{ "mount_namespace", "change", NULL, mount_namespace },
	{ "user_namespace", "change", NULL, user_namespace },
	{ "file_handle", "change", NULL, by_handle },
	{ "overlay_upper", "change", NULL, overlay_upper },
	{ "overlay_unlink", "change", NULL, overlay_unlink },
	{ "loop_named", "change", NULL, loop_named },
	{ "loop_opened", "change", keep_open, loop_opened },
	{ "race_path", "change", NULL, race_text },
	{ "race_symlink", "change", NULL, race_link },
	{},
};
