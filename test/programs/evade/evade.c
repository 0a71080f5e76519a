/*
 * evade FOLDER [WAY]: prepares every way, prints `ready`, waits for a line, then tries one after the other and judges each by what
 * became of the file. For guests only: it mounts, locks and links.
 *
 * FOLDER/guarded is what a rule may protect from change, FOLDER/secret what it may protect from being looked into.
 */
#include "evade.h"
#include <ftw.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>

struct child {
	const struct attempt *attempt;
	struct place at;
	pid_t pid;
	int to; /* a byte lets it go on */
};

static const struct attempt *const lists[] = { by_name, by_descriptor, by_place, by_ring, by_attribute, by_process, to_look };
static struct child children[256];
static int count;

/* Everything that can be seen of the guarded folder, as text: names, types, modes, owners, sizes, links, times, attributes, bytes. */
static char picture[1 << 16], *end_of_picture;

static int look(const char *path, const struct stat *s, int type, struct FTW *ftw)
{
	char value[256] = "", bytes[512] = "", acl[256] = "";
	ssize_t n, have = 0;

	/* Deep folders are judged by their own ways. */
	if (ftw->level > 3)
		return 0;
	if (S_ISREG(s->st_mode)) {
		int fd = open(path, O_RDONLY | O_NONBLOCK);

		have = fd < 0 ? 0 : read(fd, bytes, sizeof(bytes) - 1);
		if (fd >= 0)
			close(fd);
		for (ssize_t i = 0; i < have; i++)
			if (bytes[i] < 32)
				bytes[i] = '.';
	}
	n = lgetxattr(path, "user.mark", value, sizeof(value) - 1);
	if (n < 0)
		value[0] = 0;
	n = lgetxattr(path, "system.posix_acl_access", acl, sizeof(acl));
	end_of_picture += snprintf(end_of_picture, picture + sizeof(picture) - end_of_picture, "%s %o %d %lld %lu %lld %s %zd %s\n", path, s->st_mode, s->st_uid,
				   (long long)(S_ISDIR(s->st_mode) ? 0 : s->st_size), (unsigned long)(S_ISDIR(s->st_mode) ? 0 : s->st_nlink),
				   (long long)(S_ISREG(s->st_mode) ? s->st_mtim.tv_sec < 1000000 ? s->st_mtim.tv_sec : 0 : 0), value, n, bytes);
	if (S_ISREG(s->st_mode)) {
		long flags = 0;
		int fd = open(path, O_RDONLY | O_NONBLOCK);

		if (fd >= 0) {
			ioctl(fd, 0x80086601, &flags); /* FS_IOC_GETFLAGS */
			close(fd);
		}
		end_of_picture += snprintf(end_of_picture, 64, "flags %lx\n", flags & 0x70);
	}
	return 0;
}

static char *photograph(const char *folder)
{
	end_of_picture = picture;
	picture[0] = 0;
	nftw(folder, look, 32, FTW_PHYS);
	return strdup(picture);
}

static void make_file(const char *path, const char *beginning)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0644);
	char block[4096];

	CHECK(fd >= 0);
	memset(block, 'o', sizeof(block));
	memcpy(block, beginning, strlen(beginning));
	CHECK(write(fd, block, sizeof(block)) == sizeof(block));
	CHECK(fsetxattr(fd, "user.mark", "as it was", 9, 0) == 0);
	fsync(fd); /* its blocks have their places */
	close(fd);
}

static void make_place(struct place *at, const char *folder, const char *way)
{
	FILE *script;

	snprintf(at->guarded, PATH_MAX, "%s/guarded/%s", folder, way);
	snprintf(at->victim, PATH_MAX, "%s/guarded/%s/victim", folder, way);
	snprintf(at->outside, PATH_MAX, "%s/outside/%s", folder, way);
	snprintf(at->spare, PATH_MAX, "%s/outside/%s/spare", folder, way);
	snprintf(at->secret, PATH_MAX, "%s/secret/%s.sh", folder, way);
	CHECK(mkdir(at->guarded, 0755) == 0 && mkdir(at->outside, 0755) == 0);
	make_file(at->victim, "original");
	make_file(at->spare, "somebody else's");
	script = fopen(at->secret, "w");
	CHECK(script);
	fprintf(script, "#!/bin/sh\nexit %d\n", SEEN);
	fclose(script);
	CHECK(chmod(at->secret, 0755) == 0);
}

/* A child prepares, says so, waits, acts, and leaves with what its act returned. */
static void start(struct child *child)
{
	int to[2], from[2];
	char byte;

	CHECK(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0);
	child->pid = fork();
	CHECK(child->pid >= 0);
	if (child->pid == 0) {
		struct kept kept = { .fd = -1, .other = -1, .third = -1 };
		int result;

		setpgid(0, 0);
		close(to[1]);
		if (child->attempt->before)
			child->attempt->before(&child->at, &kept);
		CHECK(write(from[1], "r", 1) == 1);
		if (read(to[0], &byte, 1) != 1)
			_exit(0);
		result = child->attempt->act(&child->at, &kept);
		_exit(result == CANNOT ? 77 : result == SEEN ? SEEN : result ? 1 : 0);
	}
	close(to[0]);
	close(from[1]);
	child->to = to[1];
	if (read(from[0], &byte, 1) != 1) {
		fprintf(stderr, "%s could not be prepared\n", child->attempt->name);
		exit(1);
	}
	close(from[0]);
}

/* Its wait status; killed after ten seconds. */
static int finish(struct child *child)
{
	int status = 0;

	CHECK(write(child->to, "g", 1) == 1);
	for (int i = 0; i < 1000; i++) {
		if (waitpid(child->pid, &status, WNOHANG) == child->pid) {
			kill(-child->pid, SIGKILL);
			return status;
		}
		usleep(10000);
	}
	kill(-child->pid, SIGKILL);
	kill(child->pid, SIGKILL);
	waitpid(child->pid, &status, 0);
	return status;
}

static void judge(struct child *child)
{
	char *before = photograph(child->at.guarded), *after;
	int status = finish(child), code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	bool told = !strcmp(child->attempt->class, "look") || !strcmp(child->attempt->class, "deep"), effect;

	usleep(20000);
	after = photograph(child->at.guarded);
	effect = told ? code == SEEN : strcmp(before, after) != 0;
	printf("{\"way\":\"%s\",\"class\":\"%s\",\"effect\":%s,\"skipped\":%s,\"exit\":%d,\"signal\":%d}\n", child->attempt->name, child->attempt->class,
	       effect ? "true" : "false", !effect && code == 77 ? "true" : "false", code, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	fflush(stdout);
	free(before);
	free(after);
}

int main(int argc, char **argv)
{
	char line[16];

	if (argc < 2 || !getenv("EVADE_IN_GUEST")) {
		fprintf(stderr, "usage: EVADE_IN_GUEST=1 %s FOLDER [WAY] (in a guest only)\n", argv[0]);
		return 2;
	}
	for (const char *const *sub = (const char *const[]){ "guarded", "outside", "secret", NULL }; *sub; sub++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/%s", argv[1], *sub);
		CHECK(mkdir(path, 0755) == 0);
	}
	for (size_t l = 0; l < sizeof(lists) / sizeof(*lists); l++)
		for (const struct attempt *a = lists[l]; a->name; a++) {
			if (argc > 2 && strcmp(argv[2], a->name))
				continue;
			children[count].attempt = a;
			make_place(&children[count].at, argv[1], a->name);
			count++;
		}
	for (int i = 0; i < count; i++)
		start(&children[i]);
	printf("ready\n");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	for (int i = 0; i < count; i++)
		judge(&children[i]);
	return 0;
}
