/* Ways by long, deep and odd names: whoever follows a path to its root, or copies its text, has limits. */
#include "evade.h"

static void down(int levels, const char *name)
{
	MUST(chdir(guarded));
	for (int i = 0; i < levels; i++) {
		MUST(mkdir(name, 0755));
		MUST(chdir(name));
	}
	/* The way's process stands in the folder of the file until it acts. */
	copy_file(victim, "victim", 0644);
}
/* Goes down again, step by step, so that nothing of before helps. */
static void step_down(int levels, const char *name)
{
	MUST(chdir(guarded));
	for (int i = 0; i < levels; i++)
		MUST(chdir(name));
}

static void make_40(void) { down(40, "d"); }
static void make_200(void) { down(200, "d"); }
static void by_40(void)
{
	step_down(40, "d");
	tamper_path("victim");
}
static void by_200(void)
{
	step_down(200, "d");
	tamper_path("victim");
}
static void by_200_path(void)
{
	char path[PATH_MAX];
	int length = snprintf(path, sizeof(path), "%s", guarded);

	for (int i = 0; i < 200; i++)
		length += snprintf(path + length, sizeof(path) - length, "/d");
	snprintf(path + length, sizeof(path) - length, "/victim");
	tamper_path(path);
}
static void unlink_200(void)
{
	step_down(200, "d");
	MUST(unlink("victim"));
}
static void create_200(void)
{
	step_down(200, "d");
	MUST(mkdir("new", 0755));
}

/* 25 names of 200 bytes: no system call takes the path as one. */
static char name_of_200[201];
static const char *long_name(void) { return memset(name_of_200, 'n', 200); }
static void make_5000(void) { down(25, long_name()); }
static void by_5000(void)
{
	step_down(25, long_name());
	tamper_path("victim");
}
static void unlink_5000(void)
{
	step_down(25, long_name());
	MUST(unlink("victim"));
}

static char longest[256];
static void make_longest(void)
{
	memset(longest, 'l', 255);
	copy_file(victim, in(guarded, longest), 0644);
}
static void by_longest(void) { tamper_path(in(guarded, longest)); }

static const char ODD[] = "\n\t\"\\ \xff\xfe*?";
static void make_odd(void) { copy_file(victim, in(guarded, ODD), 0644); }
static void by_odd(void) { tamper_path(in(guarded, ODD)); }

static void by_slashes(void)
{
	char path[2 * PATH_MAX];
	int length = snprintf(path, sizeof(path), "%s", guarded);

	while (length < PATH_MAX - 20)
		length += snprintf(path + length, sizeof(path) - length, "/.//");
	snprintf(path + length, sizeof(path) - length, "victim");
	tamper_path(path);
}
static void by_relative(void)
{
	MUST(chdir(outside));
	MUST(chdir("../../guarded"));
	MUST(chdir(strrchr(guarded, '/') + 1));
	tamper_path("./././victim");
}

const struct evasion deep_ways[] = {
	{ "deep-40", WRITE, by_40, make_40 },
	{ "deep-200", WRITE, by_200, make_200 },
	{ "deep-200-path", WRITE, by_200_path, make_200 },
	{ "deep-200-unlink", DELETE, unlink_200, make_200 },
	{ "deep-200-mkdir", CREATE, create_200, make_200 },
	{ "path-5000", WRITE, by_5000, make_5000 },
	{ "path-5000-unlink", DELETE, unlink_5000, make_5000 },
	{ "name-255", WRITE, by_longest, make_longest },
	{ "name-odd", WRITE, by_odd, make_odd },
	{ "path-of-slashes", WRITE, by_slashes },
	{ "path-relative", WRITE, by_relative },
	{ 0 },
};
