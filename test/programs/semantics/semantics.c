/*
 * What file system calls answer, check by check: `semantics FOLDER ELSEWHERE` prints `name: result` lines that hold nothing which
 * differs from run to run (no inode numbers, no times), so that a run under rules can be compared with one without, line by line.
 * Status 1 where an answer is not the one that POSIX or Linux promises. FOLDER must be empty; ELSEWHERE is on another file system.
 */
#include <grp.h>
#include <sys/mman.h>

#include "semantics.h"

volatile long *from_child;

static int wrong;
static const char *part = "";

static void print_result(const char *name, long got)
{
	if (got >= 0)
		printf("%s/%s: %ld", part, name, got);
	else if (got > -4096)
		printf("%s/%s: %s", part, name, strerrorname_np(-got) ?: "an unknown error");
	else
		printf("%s/%s: its child ended with status %ld", part, name, -10000 - got);
}

void see(const char *name, long got)
{
	print_result(name, got);
	putchar('\n');
}

void is(const char *name, long got, long want)
{
	print_result(name, got);
	if (got != want) {
		wrong++;
		if (want < 0)
			printf(" WRONG, not %s", strerrorname_np(-want));
		else
			printf(" WRONG, not %ld", want);
	}
	putchar('\n');
}

void is_text(const char *name, const char *got, const char *want)
{
	printf("%s/%s: \"%s\"", part, name, got);
	if (strcmp(got, want)) {
		wrong++;
		printf(" WRONG, not \"%s\"", want);
	}
	putchar('\n');
}

void become_nobody(void)
{
	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		_exit(3);
}

int try_open(const char *path, int flags, mode_t mode)
{
	int fd = open(path, flags, mode);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

void make(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
		printf("%s/make %s: %s WRONG\n", part, path, strerrorname_np(errno));
		wrong++;
	}
	close(fd);
}

const char *text_of(const char *path)
{
	static char text[256];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return "(none)";
	text[n] = 0;
	return text;
}

static struct stat status_of(const char *path, int *failed)
{
	struct stat st = {};

	*failed = lstat(path, &st);
	return st;
}

#define FIELD_OF(function, expression) \
	long function(const char *path) \
	{ \
		int failed; \
		struct stat st = status_of(path, &failed); \
		return failed ? -1 : (long)(expression); \
	}

FIELD_OF(size_of, st.st_size)
FIELD_OF(mode_of, st.st_mode & 07777)
FIELD_OF(type_of, st.st_mode &S_IFMT)
FIELD_OF(links_of, st.st_nlink)

int exists(const char *path)
{
	return size_of(path) >= 0;
}

int same_file(const char *a, const char *b)
{
	int failed_a, failed_b;
	struct stat of_a = status_of(a, &failed_a), of_b = status_of(b, &failed_b);

	return !failed_a && !failed_b && of_a.st_ino == of_b.st_ino && of_a.st_dev == of_b.st_dev;
}

static void begin(const char *name)
{
	part = name;
	if (mkdir(name, 0777) || chdir(name)) {
		perror(name);
		exit(2);
	}
}

static void end(void)
{
	if (chdir("..")) {
		perror("..");
		exit(2);
	}
	fflush(stdout);
}

#define PART(name, ...) (begin(#name), name(__VA_ARGS__), end())

int main(int argc, char **argv)
{
	if (argc != 3 || geteuid() != 0) {
		fprintf(stderr, "usage, as root: semantics FOLDER ELSEWHERE\n");
		return 2;
	}
	from_child = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	umask(0);
	/* A child must not print what its parent has not printed yet. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (from_child == MAP_FAILED || chdir(argv[1])) {
		perror(argv[1]);
		return 2;
	}
	PART(opening);
	PART(users);
	PART(making);
	PART(renaming, argv[2]);
	PART(linking, argv[2]);
	PART(attributes);
	PART(times);
	PART(extended);
	PART(sizes);
	PART(moving, argv[2]);
	PART(mapping);
	PART(locking);
	PART(listing);
	printf("wrong: %d\n", wrong);
	return wrong > 0;
}
