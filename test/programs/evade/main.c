/* Tries to change guarded files in every way: prepares all, says `ready`, waits for a line, lets each act and judges it by its effect. */
#include "evade.h"
#include <poll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

enum { TIME_LIMIT_MS = 10000 };

static const struct {
	const char *class;
	const struct evasion *ways;
} classes[] = {
	{ "descriptors", descriptor_ways }, { "sizes", size_ways },	    { "names", name_ways },	{ "links", link_ways },		    { "mounts", mount_ways },
	{ "mappings", mapping_ways },	    { "async", async_ways },	    { "attributes", attribute_ways }, { "processes", process_ways }, { "deep", deep_ways },
	{ "filesystems", filesystem_ways }, { "kernel", kernel_ways },	    { "reading", reading_ways }, { "races", race_ways },	    { "32-bit calls", call32_ways },
};
static const char *const operations[] = { "write", "delete", "rename", "create", "link", "attr", "open", "exec" };

/* A way that was chosen, its process and what the judge remembers. */
struct trial {
	const struct evasion *way;
	const char *class;
	pid_t pid; /* 0: not possible here */
	int pidfd, go, done;
	struct told *told;
	struct snapshot *snapshot;
	char guarded[PATH_MAX], outside[PATH_MAX];
};

/* For trying the judge: nothing acts, so nothing may have an effect. */
static int idle;

static void make_victim(const char *path, const char *name)
{
	static const struct timespec long_ago[2] = { { 1000000000, 0 }, { 1000000000, 0 } };
	char bytes[SIZE];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);

	for (int i = 0; i < SIZE; i += SECRET) {
		char line[SECRET + 1];

		snprintf(line, sizeof(line), "%-*.*s%5d\n", SECRET - 6, SECRET - 6, name, i);
		memcpy(bytes + i, line, i + SECRET > SIZE ? SIZE - i : SECRET);
	}
	if (fd < 0 || write(fd, bytes, SIZE) != SIZE) {
		fprintf(stderr, "evade: %s could not be made: %s. Give an empty folder.\n", path, strerror(errno));
		exit(1);
	}
	fsetxattr(fd, "user.evade", "kept", 4, 0); /* not every file system has them */
	fsync(fd);
	futimens(fd, long_ago);
	close(fd);
}

/* Waits for the way's byte or its end; false: the time was over. */
static int await(struct trial *t)
{
	struct pollfd polled[2] = { { t->done, POLLIN, 0 }, { t->pidfd, POLLIN, 0 } };
	char byte;

	if (poll(polled, 2, TIME_LIMIT_MS) <= 0)
		return 0;
	if (polled[0].revents & POLLIN)
		return read(t->done, &byte, 1) == 1;
	/* The pipe closes a little before the process has ended. */
	return poll(polled + 1, 1, TIME_LIMIT_MS) > 0;
}

static void in_way(struct trial *t, int go, int done)
{
	char byte;

	told = t->told;
	guarded = t->guarded;
	outside = t->outside;
	victim = strdup(in(guarded, "victim"));
	setpgid(0, 0);
	/* The protocol's pipes are the judge's alone. */
	MUST(dup2(STDERR_FILENO, STDOUT_FILENO));
	close(STDIN_FILENO);
	MUST(open("/dev/null", O_RDWR));
	if (t->way->prepare)
		t->way->prepare();
	MUST(write(done, "p", 1));
	if (read(go, &byte, 1) != 1)
		_exit(0);
	t->way->act();
	MUST(write(done, "d", 1));
	/* What it holds (descriptors, mounts, helpers) lives until it is judged. */
	if (read(go, &byte, 1) == 0)
		_exit(0);
}

static void start(struct trial *t)
{
	int go[2], done[2];

	snprintf(t->guarded, sizeof(t->guarded), "%s/guarded/%s", base, t->way->name);
	snprintf(t->outside, sizeof(t->outside), "%s/outside/%s", base, t->way->name);
	t->told = mmap(NULL, sizeof(*t->told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t->way->fs && !strstr(t->way->fs, filesystem)) {
		snprintf(t->told->skipped, sizeof(t->told->skipped), "only on %s", t->way->fs);
		return;
	}
	if (mkdir(t->guarded, 0755) || mkdir(t->outside, 0755) || pipe2(go, O_CLOEXEC) || pipe2(done, O_CLOEXEC)) {
		fprintf(stderr, "evade: %s could not be made: %s. Give an empty folder.\n", t->guarded, strerror(errno));
		exit(1);
	}
	make_victim(in(t->guarded, "victim"), t->way->name);
	t->pid = fork();
	if (t->pid == 0) {
		close(go[1]);
		close(done[0]);
		in_way(t, go[0], done[1]);
		_exit(0);
	}
	close(go[0]);
	close(done[1]);
	t->go = go[1];
	t->done = done[0];
	t->pidfd = syscall(SYS_pidfd_open, t->pid, 0);
	if (!await(t))
		snprintf(t->told->failed, sizeof(t->told->failed), "preparing took too long");
}

static void print_text(const char *text)
{
	putchar('"');
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
			printf("\\u%04x", (unsigned char)*text);
		else
			putchar(*text);
	putchar('"');
}

static int judge(struct trial *t, char *detail, size_t size)
{
	char expected[SECRET + 1];

	if (t->way->judge) {
		told = t->told;
		victim = in(t->guarded, "victim");
		return t->way->judge(snapshot_victim(t->snapshot), detail, size);
	}
	if (t->way->op == EXEC) {
		snprintf(detail, size, "it ran");
		return access(in(t->outside, "ran"), F_OK) == 0;
	}
	if (t->way->op == OPEN) {
		snprintf(detail, size, "the secret was read");
		snprintf(expected, sizeof(expected), "%-*.*s%5d\n", SECRET - 6, SECRET - 6, t->way->name, 0);
		return !memcmp(t->told->secret, expected, SECRET);
	}
	return snapshot_differs(t->snapshot, t->way->op == ATTR, detail, size);
}

static void act(struct trial *t)
{
	char detail[2048] = "", text[2400];
	int status = 0, ended, in_time = 1, effect = 0;

	if (t->pid && !t->told->skipped[0] && !t->told->failed[0]) {
		if (!idle && write(t->go, "g", 1) == 1)
			in_time = await(t);
		ended = in_time && waitpid(t->pid, &status, WNOHANG) == t->pid;
		if (WIFEXITED(status) && WEXITSTATUS(status) && !t->told->skipped[0] && !t->told->failed[0])
			snprintf(t->told->failed, sizeof(t->told->failed), "its process ended with status %d", WEXITSTATUS(status));
		effect = judge(t, detail, sizeof(detail));
		kill(-t->pid, SIGKILL);
		if (!ended)
			waitpid(t->pid, NULL, 0);
	} else if (t->pid) {
		kill(-t->pid, SIGKILL);
		waitpid(t->pid, NULL, 0);
	}
	if (!effect)
		detail[0] = 0;
	snprintf(text, sizeof(text), "%s%s%s%s", detail, detail[0] && t->told->failed[0] ? "; but " : "", t->told->failed, in_time ? "" : " (out of time)");
	printf("{\"way\":\"%s\",\"class\":\"%s\",\"op\":\"%s\",\"effect\":%s,\"detail\":", t->way->name, t->class, operations[t->way->op], effect ? "true" : "false");
	print_text(text);
	if (t->way->before)
		printf(",\"before\":true");
	if (t->told->skipped[0]) {
		printf(",\"skipped\":");
		print_text(t->told->skipped);
	}
	if (WIFSIGNALED(status))
		printf(",\"signal\":%d", WTERMSIG(status));
	puts("}");
	fflush(stdout);
}

/* Mounts that ways left in this namespace, the last first. */
static void unmount_all(void)
{
	for (int found = 1, rounds = 0; found && rounds < 200; rounds++) {
		char line[3 * PATH_MAX], point[PATH_MAX], last[PATH_MAX] = "";
		FILE *mounts = fopen("/proc/self/mountinfo", "re");

		while (mounts && fgets(line, sizeof(line), mounts))
			if (sscanf(line, "%*d %*d %*s %*s %4095s", point) == 1 && !strncmp(point, base, strlen(base)) &&
			    (!strncmp(point + strlen(base), "/guarded/", 9) || !strncmp(point + strlen(base), "/outside/", 9)))
				strcpy(last, point);
		if (mounts)
			fclose(mounts);
		found = last[0] && umount2(last, MNT_DETACH) == 0;
	}
}

static int chosen(const struct evasion *way, const char *class, int argc, char **argv)
{
	for (int i = 2; i < argc; i++)
		if (!strcmp(argv[i], way->name) || !strcmp(argv[i], class))
			return 1;
	return argc == 2;
}

static const char *type_of(const char *folder)
{
	struct statfs fs;

	if (statfs(folder, &fs))
		return "none";
	return fs.f_type == 0xef53 ? "ext4" : fs.f_type == 0x58465342 ? "xfs" : fs.f_type == 0x9123683e ? "btrfs" : fs.f_type == 0x01021994 ? "tmpfs" : "another";
}

int main(int argc, char **argv)
{
	static struct trial trials[400];
	struct rlimit many = { 65536, 65536 };
	int count = 0;
	char line[64];

	if (!getenv("EVADE_IN_GUEST") || strcmp(getenv("EVADE_IN_GUEST"), "1")) {
		fprintf(stderr, "evade: it mounts, sets flags and changes the kernel's settings, so it runs in a guest only. There, set EVADE_IN_GUEST=1.\n");
		return 2;
	}
	/* As a helper of its own ways. */
	if (argc == 3 && !strcmp(argv[1], "--tamper")) {
		int fd = open(argv[2], O_WRONLY);

		return fd < 0 || write(fd, "tampered with by evade\n", 23) != 23;
	}
	if (argc > 1 && !strcmp(argv[1], "--idle")) {
		idle = 1;
		argc--;
		argv++;
	}
	if (argc == 2 && !strcmp(argv[1], "--list")) {
		for (size_t c = 0; c < sizeof(classes) / sizeof(*classes); c++)
			for (const struct evasion *way = classes[c].ways; way->name; way++)
				printf("%s %s\n", way->name, operations[way->op]);
		return 0;
	}
	if (argc < 2) {
		fprintf(stderr, "usage: evade [--idle] FOLDER [WAY|CLASS...], or --list\n");
		return 2;
	}
	setrlimit(RLIMIT_NOFILE, &many);
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	base = realpath(argv[1], NULL);
	if (!base || (mkdir(in(base, "guarded"), 0755)) || mkdir(in(base, "outside"), 0777)) {
		fprintf(stderr, "evade: %s cannot be used: %s. Give an empty folder.\n", argv[1], strerror(errno));
		return 2;
	}
	filesystem = type_of(base);
	for (int last = 0; last < 2; last++)
		for (size_t c = 0; c < sizeof(classes) / sizeof(*classes); c++)
			for (const struct evasion *way = classes[c].ways; way->name; way++) {
				const char *class = way->class ? way->class : classes[c].class;

				if (way->last == last && chosen(way, class, argc, argv))
					trials[count++] = (struct trial){ .way = way, .class = class };
			}
	for (int i = 0; i < count; i++)
		start(&trials[i]);
	for (int i = 0; i < count; i++)
		if (trials[i].pid)
			trials[i].snapshot = snapshot_take(trials[i].guarded);
	puts("ready");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin) && ferror(stdin))
		return 1;
	/* What arming changed (a flag, a label) is no way's effect. */
	for (int i = 0; i < count; i++)
		if (trials[i].snapshot)
			snapshot_renew(trials[i].snapshot);
	for (int i = 0; i < count; i++)
		act(&trials[i]);
	unmount_all();
	return 0;
}
