/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* ioctls that change a file without writing to it: flags, and moves, swaps and shares of its blocks. */
#ifndef GUARD_IOCTL_H
#define GUARD_IOCTL_H

#include "guard_volume.h"

/* Numbers are ABI; 32-bit programs have their own for structures that hold a long. */
enum ioctl_number {
	IOCTL_SETFLAGS = 0x40086602,	/* FS_IOC_SETFLAGS */
	IOCTL_SETFLAGS32 = 0x40046602,	/* FS_IOC32_SETFLAGS */
	IOCTL_FSSETXATTR = 0x401c5820,	/* FS_IOC_FSSETXATTR */
	IOCTL_ENABLE_VERITY = 0x40806685,
	IOCTL_SET_ENCRYPTION_POLICY = 0x800c6613,
	IOCTL_FICLONE = 0x40049409,	/* they ask file_permission too: here in case a file system answers before */
	IOCTL_FICLONERANGE = 0x4020940d,
	IOCTL_EXT4_MOVE_EXT = 0xc028660f, /* the donor's descriptor is at 4 */
	IOCTL_EXT4_SWAP_BOOT = 0x6611,
	IOCTL_XFS_SWAPEXT = 0xc0c0586d, /* two descriptors, at 8 and 16 */
	IOCTL_RESVSP = 0x40305828, IOCTL_RESVSP64 = 0x4030582a, /* space_resv: fallocate by another name */
	IOCTL_UNRESVSP = 0x40305829, IOCTL_UNRESVSP64 = 0x4030582b,
	IOCTL_ZERO_RANGE = 0x40305839,
	IOCTL_F2FS_SEC_TRIM_FILE = 0x4018f514, /* erases blocks */
	IOCTL_LOOP_SET_FD = 0x4c00, IOCTL_LOOP_CHANGE_FD = 0x4c06, /* the descriptor is the argument */
	IOCTL_LOOP_CONFIGURE = 0x4c0a, /* the descriptor is at 0 */
};

/* Another file that an ioctl changes, named by a descriptor in the caller's memory. */
static __always_inline s32 judge_descriptor(u64 address, int fd)
{
	struct file *file;

	if (address && bpf_probe_read_user(&fd, sizeof(fd), (void *)address))
		return 0;
	file = file_of_fd(fd);
	if (!file || !(BPF_CORE_READ(file, f_mode) & MODE_WRITE))
		return 0;
	return judge_covered((u64)BPF_CORE_READ(file, f_path.dentry), RULE_WRITE);
}

/* What an ioctl does to the file it is called on: RULE_*, or 0. */
static __always_inline u32 ops_of_ioctl(u32 number)
{
	switch (number) {
	case IOCTL_SETFLAGS:
	case IOCTL_SETFLAGS32:
	case IOCTL_SETVERSION:
	case IOCTL_SETVERSION32:
	case IOCTL_EXT4_SETVERSION:
	case IOCTL_EXT4_SETVERSION32:
	case IOCTL_FSSETXATTR:
	case IOCTL_ENABLE_VERITY:
	case IOCTL_SET_ENCRYPTION_POLICY:
		return RULE_ATTR;
	case IOCTL_FICLONE:
	case IOCTL_FICLONERANGE:
	case IOCTL_EXT4_MOVE_EXT:
	case IOCTL_EXT4_SWAP_BOOT:
	case IOCTL_XFS_EXCHANGE_RANGE:
	case IOCTL_XFS_COMMIT_RANGE:
	case IOCTL_F2FS_MOVE_RANGE:
	case IOCTL_F2FS_SEC_TRIM_FILE:
	case IOCTL_RESVSP:
	case IOCTL_RESVSP64:
	case IOCTL_UNRESVSP:
	case IOCTL_UNRESVSP64:
	case IOCTL_ZERO_RANGE:
		return RULE_WRITE;
	default:
		return 0;
	}
}

/* What it does to others. */
static __always_inline s32 judge_others(u32 number, u64 argument)
{
	u64 address = 0, second = 0;

	switch (number) {
	case IOCTL_LOOP_SET_FD:
	case IOCTL_LOOP_CHANGE_FD:
		return judge_descriptor(0, argument);
	case IOCTL_EXT4_MOVE_EXT:
		address = argument + 4;
		break;
	case IOCTL_XFS_SWAPEXT:
		address = argument + 8;
		second = argument + 16;
		break;
	case IOCTL_XFS_EXCHANGE_RANGE:
	case IOCTL_XFS_COMMIT_RANGE:
	case IOCTL_F2FS_MOVE_RANGE:
	case IOCTL_LOOP_CONFIGURE:
		address = argument;
		break;
	default:
		return 0;
	}
	return judge_descriptor(address, -1) ?: second ? judge_descriptor(second, -1) : 0;
}

/*
 * Does it change a file that is named in the caller's memory? That may be a page that is not there yet, which a program cannot read, and
 * another thread can change it after it was judged.
 */
static __always_inline bool changes_another(u32 number)
{
	return number == IOCTL_EXT4_MOVE_EXT || number == IOCTL_XFS_SWAPEXT || number == IOCTL_XFS_EXCHANGE_RANGE ||
	       number == IOCTL_XFS_COMMIT_RANGE || number == IOCTL_F2FS_MOVE_RANGE;
}

/* Is it refused wherever a rule that refuses such operations may lie on the file system? */
static __always_inline bool is_never_allowed(u32 number)
{
	return sets_generation(number) ? !!refusing_ops : changes_another(number) && (refusing_ops & RULE_WRITE);
}

static __always_inline s32 judge_ioctl(struct file *file, u32 number, u64 argument)
{
	u32 ops = ops_of_ioctl(number);
	s32 answer;

	if (!armed_ops)
		return 0;
	answer = judge_volume_ioctl(file, number, argument);
	if (!answer && (armed_ops & (RULE_WRITE | RULE_ATTR)))
		answer = judge_others(number, argument) ?: ops ? judge_file(file, ops) : 0;
	if (answer || !is_never_allowed(number) || rules_over == RULES_OVER || !is_armed_device(file->f_inode->i_sb->s_dev))
		return answer;
	return is_exempt() ? 0 : -ERROR_NOT_SUPPORTED;
}

#endif
