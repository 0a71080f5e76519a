/*
 * A file that is opened by its handle when the kernel has forgotten its name.
 *
 *   handle FILE    takes the handle of FILE, drops what the kernel has cached, and appends a byte to the file through the handle. Ends with the errno
 *                  of the open or write, 0 where the byte was written.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct file_handle *handle = malloc(sizeof(*handle) + MAX_HANDLE_SZ);
	int mount, at, drop, fd;

	if (argc != 2 || !handle)
		return 255;
	handle->handle_bytes = MAX_HANDLE_SZ;
	if (name_to_handle_at(AT_FDCWD, argv[1], handle, &mount, 0))
		return 254;
	/* The root of the file system stays in memory; what lies below must not. */
	at = open(argv[1], O_RDONLY);
	if (at < 0)
		return 253;
	sync();
	close(at);
	at = open("/proc/self/cwd", O_RDONLY);
	drop = open("/proc/sys/vm/drop_caches", O_WRONLY);
	if (drop < 0 || write(drop, "2", 1) != 1)
		return 252;
	fd = open_by_handle_at(at, handle, O_WRONLY | O_APPEND);
	if (fd < 0)
		return errno;
	return write(fd, "x", 1) == 1 ? 0 : errno;
}
