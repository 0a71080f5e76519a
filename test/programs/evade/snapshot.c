/* The judge's eyes: what a guarded folder was before the rule, and what is different now. It opens nothing while a rule is armed. */
#include "evade.h"
#include <dirent.h>
#include <linux/fs.h>
#include <sys/xattr.h>

/* One file or folder below the guarded one (the first is the folder itself). */
struct node {
	char name[NAME_MAX + 1];
	int parent, fd;
	struct stat st;
	uint64_t content, xattrs, flags;
};

struct snapshot {
	char folder[PATH_MAX];
	struct node *nodes;
	int count, victim;
};

static uint64_t mix(uint64_t hash, const void *bytes, size_t count)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < count; i++)
		hash = (hash ^ at[i]) * 0x100000001b3;
	return hash;
}

/* A folder's content is its names and where they lead, in any order. */
static uint64_t names_of(int fd)
{
	char buffer[8192];
	uint64_t sum = 1;
	long got;

	lseek(fd, 0, SEEK_SET);
	while ((got = syscall(SYS_getdents64, fd, buffer, sizeof(buffer))) > 0)
		for (long at = 0; at < got;) {
			struct dirent64 *entry = (struct dirent64 *)(buffer + at);
			struct stat st = { 0 };

			at += entry->d_reclen;
			if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
				continue;
			fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW);
			sum += mix(mix(st.st_ino, &st.st_mode, sizeof(st.st_mode)), entry->d_name, strlen(entry->d_name));
		}
	return sum;
}

static uint64_t bytes_of(int fd)
{
	static char buffer[1 << 16];
	uint64_t hash = 1;
	off_t at = 0;
	ssize_t got;

	while ((got = pread(fd, buffer, sizeof(buffer), at)) > 0) {
		hash = mix(hash, buffer, got);
		at += got;
	}
	return hash;
}

static uint64_t xattrs_of(int fd)
{
	char names[4096], value[4096];
	uint64_t sum = 1;
	ssize_t length = flistxattr(fd, names, sizeof(names));

	for (char *name = names; length > 0 && name < names + length; name += strlen(name) + 1) {
		ssize_t got = fgetxattr(fd, name, value, sizeof(value));

		sum += mix(mix(7, name, strlen(name)), value, got < 0 ? 0 : got);
	}
	return sum;
}

/* Flags, project and generation. */
static uint64_t flags_of(int fd)
{
	struct fsxattr x = { 0 };
	int flags = 0, generation = 0;
	uint64_t sum = 1;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0) {
		/* Set by the file system for itself: extents, indexed and inline folders. */
		flags &= ~(FS_EXTENT_FL | FS_INDEX_FL | FS_INLINE_DATA_FL);
		sum += mix(11, &flags, sizeof(flags));
	}
	if (ioctl(fd, FS_IOC_FSGETXATTR, &x) == 0) {
		x.fsx_nextents = 0;
		sum += mix(13, &x, sizeof(x));
	}
	if (ioctl(fd, FS_IOC_GETVERSION, &generation) == 0)
		sum += mix(17, &generation, sizeof(generation));
	return sum;
}

static void look(struct node *node)
{
	fstat(node->fd, &node->st);
	node->content = S_ISDIR(node->st.st_mode) ? names_of(node->fd) : bytes_of(node->fd);
	node->xattrs = xattrs_of(node->fd);
	node->flags = flags_of(node->fd);
}

static void walk(struct snapshot *s, int parent)
{
	int from = s->nodes[parent].fd;
	DIR *list = fdopendir(openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;

	while (list && (entry = readdir(list))) {
		struct stat st;
		int fd, at;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") || fstatat(from, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
			continue; /* its name and inode are the folder's content */
		fd = openat(from, entry->d_name, O_RDONLY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC);
		if (fd < 0)
			continue;
		at = s->count++;
		s->nodes = realloc(s->nodes, s->count * sizeof(*s->nodes));
		s->nodes[at] = (struct node){ .parent = parent, .fd = fd };
		strcpy(s->nodes[at].name, entry->d_name);
		look(&s->nodes[at]);
		if (parent == 0 && !strcmp(entry->d_name, "victim"))
			s->victim = fd;
		if (S_ISDIR(st.st_mode))
			walk(s, at);
	}
	if (list)
		closedir(list);
}

struct snapshot *snapshot_take(const char *folder)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	s->victim = -1;
	s->count = 1;
	s->nodes = calloc(1, sizeof(*s->nodes));
	strcpy(s->folder, folder);
	strcpy(s->nodes[0].name, ".");
	s->nodes[0].fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	look(&s->nodes[0]);
	walk(s, 0);
	return s;
}

void snapshot_renew(struct snapshot *s)
{
	for (int i = 0; i < s->count; i++)
		look(&s->nodes[i]);
}

int snapshot_victim(struct snapshot *s)
{
	return s->victim;
}

static int later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec || a->tv_nsec != b->tv_nsec;
}

#define NOTE(...) (used += snprintf(detail + used, used < size ? size - used : 0, __VA_ARGS__))

int snapshot_differs(struct snapshot *s, int attributes, char *detail, size_t size)
{
	size_t used = 0;

	for (int i = 0; i < s->count && used + 400 < size; i++) {
		struct node *was = &s->nodes[i], now = *was;
		const char *name = was->name;
		struct stat named;

		look(&now);
		if (i == 0 ? lstat(s->folder, &named) : fstatat(s->nodes[was->parent].fd, name, &named, AT_SYMLINK_NOFOLLOW))
			NOTE("%s is gone; ", name);
		else if (named.st_ino != was->st.st_ino || named.st_dev != was->st.st_dev)
			NOTE("the name %s leads to another file; ", name);
		if (now.st.st_size != was->st.st_size && !S_ISDIR(now.st.st_mode))
			NOTE("%s: size %lld, was %lld; ", name, (long long)now.st.st_size, (long long)was->st.st_size);
		if (now.content != was->content)
			NOTE("%s: other %s; ", name, S_ISDIR(now.st.st_mode) ? "entries" : "content");
		if (now.st.st_mode != was->st.st_mode)
			NOTE("%s: mode %o, was %o; ", name, now.st.st_mode, was->st.st_mode);
		if (now.st.st_uid != was->st.st_uid || now.st.st_gid != was->st.st_gid)
			NOTE("%s: owner %u:%u; ", name, now.st.st_uid, now.st.st_gid);
		if (now.st.st_nlink != was->st.st_nlink && !S_ISDIR(now.st.st_mode))
			NOTE("%s: %lu links, were %lu; ", name, (long)now.st.st_nlink, (long)was->st.st_nlink);
		if (later(&now.st.st_mtim, &was->st.st_mtim))
			NOTE("%s: time of change; ", name);
		if (attributes && later(&now.st.st_atim, &was->st.st_atim))
			NOTE("%s: time of access; ", name);
		if (now.xattrs != was->xattrs)
			NOTE("%s: extended attributes; ", name);
		if (now.flags != was->flags)
			NOTE("%s: flags; ", name);
	}
	if (used >= 2 && used < size)
		detail[used - 2] = 0;
	return used > 0;
}
