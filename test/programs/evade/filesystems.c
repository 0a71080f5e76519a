/* Ways that only some file systems know (shared blocks, subvolumes, swapped inodes), and ways below the file system. */
#include "evade.h"
#include <linux/btrfs.h>
#include <linux/fiemap.h>
#include <linux/fs.h>

/* Not in the kernel's headers for programs, or only in xfslibs. */
struct ext4_move_extent { uint32_t reserved, donor_fd; uint64_t orig_start, donor_start, len, moved_len; };
struct xfs_handle_request { uint32_t fd; const char *path; uint32_t open_flags; void *in; uint32_t in_length; void *out; uint32_t *out_length; };
struct xfs_attribute_operation { uint32_t code; int32_t error; const char *name, *value; uint32_t length, flags; };
struct xfs_attributes_request { struct xfs_handle_request handle; uint32_t count; struct xfs_attribute_operation *operations; };
#define EXT4_MOVE_EXT _IOWR('f', 15, struct ext4_move_extent)
#define EXT4_SWAP_BOOT _IO('f', 17)
#define XFS_PATH_TO_HANDLE _IOWR('X', 105, struct xfs_handle_request)
#define XFS_OPEN_BY_HANDLE _IOWR('X', 107, struct xfs_handle_request)
#define XFS_ATTRMULTI_BY_HANDLE _IOW('X', 123, struct xfs_attributes_request)

static int fd;
static uint64_t block_at;

static void clone_to_fd(void) { MUST(ioctl(fd, FICLONE, source())); }
static void open_before(void) { fd = MUST(open(victim, O_RDWR)); }
static void by_clone(void)
{
	open_before();
	clone_to_fd();
}
static void by_clone_range(void)
{
	struct file_clone_range range = { .src_fd = source(), .src_length = PAGE, .dest_offset = PAGE };

	open_before();
	MUST(ioctl(fd, FICLONERANGE, &range));
}
static void read_clone(void)
{
	int to = source();

	MUST(ioctl(to, FICLONE, MUST(open(victim, O_RDONLY))));
	steal(to);
}

static uint64_t first_block(int of)
{
	struct { struct fiemap head; struct fiemap_extent extent; } map = { .head = { .fm_length = SIZE, .fm_flags = FIEMAP_FLAG_SYNC, .fm_extent_count = 1 } };

	MUST(ioctl(of, FS_IOC_FIEMAP, &map));
	return map.extent.fe_physical;
}
static void note_block(void)
{
	int of = MUST(open(victim, O_RDONLY));

	told->number = first_block(of);
	close(of);
}
/* The bytes stay, but the file gives up its blocks for the other's. */
static void by_dedupe(void)
{
	struct { struct file_dedupe_range head; struct file_dedupe_range_info to; } range = { { 0, SIZE, 1 }, { 0 } };
	int from;

	copy_file(victim, in(outside, "same"), 0644);
	from = MUST(open(in(outside, "same"), O_RDWR));
	MUST(fsync(from));
	range.to.dest_fd = MUST(open(victim, O_RDONLY));
	MUST(ioctl(from, FIDEDUPERANGE, &range));
	if (range.to.status < 0) {
		errno = -range.to.status;
		MUST(-1);
	}
}
static int other_blocks(int victim_fd, char *detail, size_t size)
{
	snprintf(detail, size, "it lies on other blocks");
	return first_block(victim_fd) != told->number;
}

static void subvolume(const char *folder, const char *name, unsigned long request)
{
	struct btrfs_ioctl_vol_args arguments = { 0 };

	strcpy(arguments.name, name);
	MUST(ioctl(MUST(open(folder, O_RDONLY)), request, &arguments));
}
static void by_subvolume(void) { subvolume(guarded, "new", BTRFS_IOC_SUBVOL_CREATE); }
static void snapshot(const char *of, const char *folder, const char *name)
{
	struct btrfs_ioctl_vol_args_v2 arguments = { .fd = MUST(open(of, O_RDONLY)) };

	strcpy(arguments.name, name);
	MUST(ioctl(MUST(open(folder, O_RDONLY)), BTRFS_IOC_SNAP_CREATE_V2, &arguments));
}
static void by_snapshot(void)
{
	subvolume(outside, "volume", BTRFS_IOC_SUBVOL_CREATE);
	snapshot(in(outside, "volume"), guarded, "new");
}
static void make_volume(void)
{
	subvolume(guarded, "volume", BTRFS_IOC_SUBVOL_CREATE);
	copy_file(victim, in(guarded, "volume/victim"), 0644);
}
static void by_destroy(void) { subvolume(guarded, "volume", BTRFS_IOC_SNAP_DESTROY); }
static void read_snapshot(void)
{
	snapshot(in(guarded, "volume"), outside, "copy");
	steal(MUST(open(in(outside, "copy/victim"), O_RDONLY)));
}
/* A page of Z, compressed by zlib: past the page cache. */
static void write_encoded(void)
{
	static const unsigned char bytes[] = { 0x78, 0xda, 0xed, 0xc1, 0x01, 0x0d, 0, 0, 0, 0xc2, 0xa0, 0x9e, 0xef, 0x1f, 0xc4, 0x1e, 0x0e, 0x28, 0, 0, 0, 0xe0, 0xdd, 0, 0x83, 0x4b, 0xa0, 0x4c };
	struct iovec vec = { (void *)bytes, sizeof(bytes) };
	struct btrfs_ioctl_encoded_io_args arguments = { .iov = &vec, .iovcnt = 1, .len = PAGE, .unencoded_len = PAGE, .compression = BTRFS_ENCODED_IO_COMPRESSION_ZLIB };
	long result = ioctl(fd, BTRFS_IOC_ENCODED_WRITE, &arguments);
	SKIP_IF(result < 0 && errno == ENOTTY, "this kernel has no encoded writes");
	must(result, "BTRFS_IOC_ENCODED_WRITE");
}
static void by_encoded(void)
{
	open_before();
	write_encoded();
}

/* The victim is the donor: it gets the blocks, and so the bytes, of the attacker's file. */
static void move_extent(void)
{
	struct ext4_move_extent move = { .len = SIZE / PAGE };
	int orig = source();

	move.donor_fd = fd;
	MUST(ioctl(orig, EXT4_MOVE_EXT, &move));
	MUST(fsync(orig));
	MUST(fsync(fd));
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}
static void by_move_extent(void)
{
	open_before();
	move_extent();
}
/* The file changes places with the boot loader's inode. */
static void swap_boot(void) { MUST(ioctl(fd, EXT4_SWAP_BOOT)); }
static void by_swap_boot(void)
{
	open_before();
	swap_boot();
}

static char handle[64];
static uint32_t handle_length = sizeof(handle);
static struct xfs_handle_request from_path(void)
{
	return (struct xfs_handle_request){ .path = victim, .open_flags = O_RDWR, .out = handle, .out_length = &handle_length };
}
static void take_handle(void)
{
	struct xfs_handle_request request = from_path();

	MUST(ioctl(MUST(open(base, O_RDONLY)), XFS_PATH_TO_HANDLE, &request));
}
static struct xfs_handle_request by_number(void)
{
	return (struct xfs_handle_request){ .open_flags = O_RDWR, .in = handle, .in_length = handle_length, .out_length = &handle_length };
}
static void by_xfs_handle(void)
{
	struct xfs_handle_request request;

	take_handle();
	request = by_number();
	tamper(MUST(ioctl(MUST(open(base, O_RDONLY)), XFS_OPEN_BY_HANDLE, &request)));
}
static void by_xfs_attributes(void)
{
	struct xfs_attribute_operation set = { .code = 2, .name = "new", .value = "x", .length = 1 };
	struct xfs_attributes_request request = { .count = 1, .operations = &set };

	take_handle();
	request.handle = by_number();
	MUST(ioctl(MUST(open(base, O_RDONLY)), XFS_ATTRMULTI_BY_HANDLE, &request));
	if (set.error) {
		errno = abs(set.error);
		MUST(-1);
	}
}

/* Where the first block lies on the device, in bytes. */
static void find_block(void)
{
	int of = MUST(open(victim, O_RDONLY));

	block_at = first_block(of);
	close(of);
}
static void write_below(const char *path, int flags)
{
	char *block = aligned_alloc(PAGE, PAGE);
	int below = MUST(open(path, O_WRONLY | flags));

	memset(block, 'b', PAGE);
	MUST(pwrite(below, block, PAGE, block_at));
	MUST(fsync(below));
	close(below);
	sync();
	/* So that the file is read anew. */
	write_text("/proc/sys/vm/drop_caches", "1");
}
static void by_device(void)
{
	char device[PATH_MAX], point[PATH_MAX];

	device_of(device, point);
	write_below(device, O_DIRECT);
}
static void by_image(void)
{
	char device[PATH_MAX], point[PATH_MAX], path[PATH_MAX + 64], image[PATH_MAX] = "";
	FILE *file;

	device_of(device, point);
	snprintf(path, sizeof(path), "/sys/block/%s/loop/backing_file", strrchr(device, '/') + 1);
	file = fopen(path, "re");
	SKIP_IF(!file || fscanf(file, "%4095[^\n]", image) != 1, "the device is no loop device");
	write_below(image, 0);
}
static void read_device(void)
{
	char device[PATH_MAX], point[PATH_MAX];

	device_of(device, point);
	MUST(pread(MUST(open(device, O_RDONLY)), told->secret, SECRET, block_at));
}

#define BELOW 1, "below the file system", "ext4 xfs"
const struct evasion filesystem_ways[] = {
	{ "ficlone", WRITE, by_clone, .fs = "btrfs xfs" },
	{ "ficlonerange", WRITE, by_clone_range, .fs = "btrfs xfs" },
	{ "fd-before-ficlone", WRITE, clone_to_fd, open_before, 1, "opened before", "btrfs xfs" },
	{ "read-ficlone", OPEN, read_clone, .fs = "btrfs xfs" },
	{ "fideduperange", WRITE, by_dedupe, note_block, .fs = "btrfs xfs", .judge = other_blocks },
	{ "btrfs-subvolume-create", CREATE, by_subvolume, .fs = "btrfs" },
	{ "btrfs-snapshot-create", CREATE, by_snapshot, .fs = "btrfs" },
	{ "btrfs-subvolume-delete", DELETE, by_destroy, make_volume, .fs = "btrfs" },
	{ "btrfs-snapshot-read", OPEN, read_snapshot, make_volume, .fs = "btrfs" },
	{ "btrfs-encoded-write", WRITE, by_encoded, .fs = "btrfs" },
	{ "fd-before-btrfs-encoded-write", WRITE, write_encoded, open_before, 1, "opened before", "btrfs" },
	{ "fd-before-ext4-move-extent", WRITE, move_extent, open_before, 1, "opened before", "ext4" },
	{ "ext4-move-extent", WRITE, by_move_extent, .fs = "ext4" },
	{ "ext4-swap-boot", WRITE, by_swap_boot, .fs = "ext4" },
	{ "fd-before-ext4-swap-boot", WRITE, swap_boot, open_before, 1, "opened before", "ext4" },
	{ "xfs-handle", WRITE, by_xfs_handle, .fs = "xfs" },
	{ "xfs-attributes-by-handle", ATTR, by_xfs_attributes, .fs = "xfs" },
	{ "device-write", WRITE, by_device, find_block, BELOW },
	{ "device-image-write", WRITE, by_image, find_block, BELOW },
	{ "device-read", OPEN, read_device, find_block, BELOW },
	{ 0 },
};
