/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/* ioctls that make, copy or delete whole directories, or exchange the contents of files, and where their arguments lie. */
#ifndef VOLUME_H
#define VOLUME_H

/* Numbers are ABI. */
enum volume_ioctl {
	BTRFS_SNAP_CREATE = 0x50009401, BTRFS_SNAP_CREATE_V2 = 0x50009417,
	BTRFS_SUBVOL_CREATE = 0x5000940e, BTRFS_SUBVOL_CREATE_V2 = 0x50009418,
	BTRFS_SNAP_DESTROY = 0x5000940f, BTRFS_SNAP_DESTROY_V2 = 0x5000943f,
	BTRFS_SEND = 0x40489426, BTRFS_SEND32 = 0x40449426,
	IOCTL_XFS_EXCHANGE_RANGE = 0x40285881, /* from 6.10; the other descriptor at 0 */
	IOCTL_XFS_COMMIT_RANGE = 0x40585883,   /* from 6.12; the same */
	IOCTL_F2FS_MOVE_RANGE = 0xc020f509,    /* the other descriptor at 0 */
	/* They set the generation of an inode: ext4 without metadata_csum does so for its owner. */
	IOCTL_SETVERSION = 0x40087602, IOCTL_SETVERSION32 = 0x40047602,		  /* FS_IOC_SETVERSION */
	IOCTL_EXT4_SETVERSION = 0x40086604, IOCTL_EXT4_SETVERSION32 = 0x40046604,
	XFS_ATTRMULTI = 0x4048587b, XFS_ATTRMULTI32 = 0x4024587b, /* BY_HANDLE */
};

enum volume_offset {
	VOLUME_NAME = 8,     /* in struct btrfs_ioctl_vol_args; the source's descriptor at 0 in both */
	VOLUME_NAME_V2 = 56, /* in struct btrfs_ioctl_vol_args_v2 */
	HANDLE_ADDRESS = 24, HANDLE_ADDRESS32 = 12, /* in struct xfs_fsop_handlereq */
	HANDLE_INO = 16,     /* in struct xfs_handle */
};

/* What is known of an inode is told from what was known of another by the generation: nobody may choose it. */
static __always_inline bool sets_generation(u32 number)
{
	return number == IOCTL_SETVERSION || number == IOCTL_SETVERSION32 || number == IOCTL_EXT4_SETVERSION || number == IOCTL_EXT4_SETVERSION32;
}

#endif
