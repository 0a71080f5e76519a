/*
 * crowd DIRECTORY PROCESSES EACH WAVE SECONDS: a busy machine. Reads paths, each ended by a NUL, from its input; starts PROCESSES that
 * stay, WAVE of them a second, each of which reads EACH of the paths; then, for SECONDS, wakes a sixteenth of them each second: some
 * always, others by turns. Who is woken reads ten of its files again and writes a line to its log in DIRECTORY; one in ten also
 * starts a short process that reads five of them, one in twenty reads a path that nobody has read yet.
 */
#include "ways.h"
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

enum { READ_AGAIN = 10, SHORT_READS = 5, ALWAYS = 100 };

static const char *const names[] = { "postgres", "nginx", "redis-server", "node", "java", "dockerd", "rsyslogd", "python3", "php-fpm", "sshd", "cron", "worker" };
enum { NAMES = sizeof(names) / sizeof(*names) };

static char **paths;
static long path_count;

static void read_paths(void)
{
	size_t room = 0;
	ssize_t length;
	char *path = NULL;

	while ((length = getdelim(&path, &room, 0, stdin)) > 0) {
		if (path_count % 4096 == 0)
			paths = realloc(paths, (path_count + 4096) * sizeof(*paths));
		CHECK(paths);
		paths[path_count++] = strdup(path);
	}
}

/* A file that has gone meanwhile is none of our business. */
static void read_file(long at)
{
	static char buffer[65536];
	int fd = open(paths[at % path_count], O_RDONLY | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return;
	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
	close(fd);
}

static void work(const char *directory, long number, long each, long turn, long fresh)
{
	char path[PATH_MAX], line[256];
	int log;

	for (long i = 0; i < READ_AGAIN; i++)
		read_file(number * each + (turn * 7 + i * 3) % each);
	if ((number + turn) % 20 == 0)
		read_file(fresh + number + turn);
	snprintf(path, sizeof(path), "%s/%ld.log", directory, number % 97);
	log = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);
	CHECK(log >= 0);
	memset(line, 'x', sizeof(line));
	CHECK(write(log, line, 16 + (number * 31 + turn) % 240) > 0);
	close(log);
	if ((number + turn) % 10 == 0) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			prctl(PR_SET_NAME, "job");
			for (long i = 0; i < SHORT_READS; i++)
				read_file(number * each + i);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

static void stay(const char *directory, long number, long each, long fresh)
{
	sigset_t wake;
	int signal;

	prctl(PR_SET_NAME, names[number % NAMES]);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&wake);
	sigaddset(&wake, SIGUSR1);
	for (long i = 0; i < each; i++)
		read_file(number * each + i);
	for (long turn = 0; sigwait(&wake, &signal) == 0; turn++)
		work(directory, number, each, turn, fresh);
}

static void until(struct timespec *due)
{
	due->tv_sec++;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, due, NULL);
}

int main(int argc, char **argv)
{
	CHECK(argc == 6);
	long processes = atol(argv[2]), each = atol(argv[3]), wave = atol(argv[4]), seconds = atol(argv[5]);
	pid_t *pids = calloc(processes, sizeof(*pids));
	struct timespec due;
	sigset_t wake;

	CHECK(pids);
	read_paths();
	CHECK(path_count >= processes * each);
	sigemptyset(&wake);
	sigaddset(&wake, SIGUSR1);
	sigprocmask(SIG_BLOCK, &wake, NULL);
	clock_gettime(CLOCK_MONOTONIC, &due);
	for (long i = 0; i < processes; i++) {
		pids[i] = fork();
		CHECK(pids[i] >= 0);
		if (pids[i] == 0) {
			stay(argv[1], i, each, processes * each);
			_exit(0);
		}
		if (i % wave == wave - 1)
			until(&due);
	}
	for (long second = 0; second < seconds; second++) {
		for (long i = 0; i < processes / 16; i++)
			kill(pids[i < ALWAYS ? i * 31 % processes : (second * 911 + i * 17) % processes], SIGUSR1);
		until(&due);
	}
	for (long i = 0; i < processes; i++)
		kill(pids[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	return 0;
}
