/*
 * Exchanges the first block of two ext4 files by EXT4_IOC_MOVE_EXT, with an argument that is in no page yet when the kernel is called.
 *
 *   exchanger ORIG DONOR ARGUMENT    opens both files, says "ready", waits for a byte on standard input, exchanges. ARGUMENT is a file that it makes.
 *                                    Ends with the errno of the ioctl, 0 where the blocks were exchanged.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

struct move_extent {
	uint32_t reserved, donor;
	uint64_t orig_start, donor_start, blocks, moved;
};

int main(int argc, char **argv)
{
	struct move_extent move = { .blocks = 1 };
	int orig, donor, argument, result = -1;
	char byte;

	if (argc != 4)
		return 255;
	orig = open(argv[1], O_RDWR);
	donor = open(argv[2], O_RDWR);
	argument = open(argv[3], O_CREAT | O_RDWR | O_TRUNC, 0600);
	if (orig < 0 || donor < 0 || argument < 0)
		return 254;
	move.donor = donor;
	if (ftruncate(argument, 4096) || pwrite(argument, &move, sizeof(move), 0) != sizeof(move))
		return 253;
	puts("ready");
	fflush(stdout);
	if (read(0, &byte, 1) != 1)
		return 252;
	for (int tries = 0; tries < 20; tries++) {
		result = ioctl(orig, _IOWR('f', 15, struct move_extent), mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, argument, 0));
		if (!result || errno != EBUSY)
			break;
		usleep(100000);
	}
	return result ? errno : 0;
}
