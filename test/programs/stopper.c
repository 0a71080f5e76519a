/*
 * Many processes that a freeze rule stops, one after the other, each of which then ends stopped.
 *
 *   stopper FILE COUNT    COUNT children open FILE. Says how many were stopped, opened it, and were refused: "stopped 8192 opened 0 refused 58".
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int stopped = 0, opened = 0, refused = 0;

	if (argc != 3)
		return 255;
	for (int i = 0, count = atoi(argv[2]); i < count; i++) {
		pid_t child = fork();
		int status;

		if (child < 0)
			return 254;
		if (!child)
			_exit(open(argv[1], O_RDONLY) < 0);
		waitpid(child, &status, WUNTRACED);
		if (WIFSTOPPED(status)) {
			stopped++;
			kill(child, SIGKILL);
			waitpid(child, &status, 0);
		} else if (WEXITSTATUS(status))
			refused++;
		else
			opened++;
	}
	printf("stopped %d opened %d refused %d\n", stopped, opened, refused);
	return 0;
}
