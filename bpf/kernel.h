/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * The kernel's structures, reduced to the fields we read. CO-RE finds their real offsets when the object is loaded,
 * so order and neighbours do not matter; names and nesting do. Where a field moved, the version stands beside it.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;
typedef unsigned long size_t;
typedef long ssize_t;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

#define KERNEL __attribute__((preserve_access_index))

struct hlist_node {
	struct hlist_node *next;
} KERNEL;

struct hlist_head {
	struct hlist_node *first;
} KERNEL;

struct qstr {
	u32 len;
	u64 hash_len;
	const unsigned char *name;
} KERNEL;

struct file_system_type {
	const char *name;
} KERNEL;

struct super_block {
	u32 s_dev;
	unsigned long s_flags;
	unsigned long s_magic;
	struct file_system_type *s_type;
} KERNEL;

struct inode {
	u16 i_mode;
	unsigned int i_nlink;
	unsigned long i_ino;
	s64 i_size;
	struct {
		int counter;
	} i_writecount;
	u32 i_generation;
	struct super_block *i_sb;
	struct hlist_head i_dentry;
} KERNEL;

struct dentry {
	unsigned int d_flags;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
} KERNEL;

/* d_alias is inside the named union d_u up to 6.18, inside an unnamed one after. */
struct dentry___d_u {
	union {
		struct hlist_node d_alias;
	} d_u;
} KERNEL;

struct dentry___flat {
	struct hlist_node d_alias;
} KERNEL;

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
} KERNEL;

struct dentry___hash {
	struct hlist_bl_node d_hash;
} KERNEL;

struct vfsmount {
	struct dentry *mnt_root;
} KERNEL;

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
} KERNEL;

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
} KERNEL;

struct file {
	struct path f_path;
	struct inode *f_inode;
	unsigned int f_flags;
	unsigned int f_mode;
	s64 f_pos;
	void *private_data;
} KERNEL;

struct pipe_inode_info {
	unsigned int max_usage;
} KERNEL;

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
} KERNEL;

struct files_struct {
	struct fdtable *fdt;
} KERNEL;

struct fs_struct {
	struct path root, pwd;
} KERNEL;

struct task_struct;

struct mm_struct {
	struct file *exe_file;
	struct task_struct *owner; /* with CONFIG_MEMCG */
} KERNEL;

struct upid {
	int nr;
} KERNEL;

/* tasks and numbers are by enum pid_type and by level of the pid namespace. */
struct pid {
	struct hlist_head tasks[4];
	struct upid numbers[1];
} KERNEL;

struct tty_struct {
	char name[64];
} KERNEL;

struct signal_struct {
	unsigned int flags; /* SIGNAL_* */
	struct {
		int counter;
	} live;
	struct pid *pids[4];
	struct tty_struct *tty;
} KERNEL;

typedef struct {
	u32 val;
} KERNEL kuid_t;

/* A user namespace belongs to the effective user that made it; they nest up to 33 levels below the first (level 0). */
struct user_namespace {
	struct user_namespace *parent;
	int level;
	kuid_t owner;
} KERNEL;

/* Numbers as the first user namespace has them. */
struct cred {
	kuid_t uid, suid, euid, fsuid;
	struct user_namespace *user_ns;
} KERNEL;

struct kernfs_node {
	u64 id;
} KERNEL;

/* `ancestors` from 6.1, by level from 0, the group itself included; before, their numbers. */
struct cgroup {
	int level;
	struct kernfs_node *kn;
	struct cgroup *ancestors[1];
} KERNEL;

struct cgroup___ids {
	u64 ancestor_ids[1];
} KERNEL;

struct css_set {
	struct cgroup *dfl_cgrp; /* in the tree of cgroup v2 */
} KERNEL;

struct thread_info {
	u32 status;
} KERNEL;

struct task_struct {
	struct thread_info thread_info;
	void *stack;
	unsigned int flags;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	u64 start_boottime; /* real_start_time before 5.5 */
	const struct cred *real_cred;
	const struct cred *cred;
	char comm[16];
	struct mm_struct *mm;
	struct fs_struct *fs;
	struct files_struct *files;
	struct css_set *cgroups;
	struct signal_struct *signal;
	struct hlist_node pid_links[4];
} KERNEL;

/* x86-64; of a 32-bit call the arguments are in bx cx dx si di bp. */
struct pt_regs {
	unsigned long bp, bx, r8, r9, r10, ax, cx, dx, si, di, orig_ax, ip, sp;
} KERNEL;

struct filename {
	const char *name;
} KERNEL;

struct open_flags {
	int open_flag;
	int lookup_flags;
} KERNEL;

struct iattr {
	unsigned int ia_valid;
	s64 ia_size;
} KERNEL;

struct renamedata {
	struct dentry *old_dentry;
	struct dentry *new_dentry;
} KERNEL;

struct vm_area_struct {
	struct file *vm_file;
	unsigned long vm_flags;
} KERNEL;

struct linux_binprm {
	struct file *file;
} KERNEL;

struct vm_fault {
	struct vm_area_struct *vma;
} KERNEL;

/* From 6.7: the name that the user opened. The file's own path is the one below. */
struct backing_file {
	struct path user_path;
} KERNEL;

struct address_space {
	struct inode *host;
} KERNEL;

struct kiocb {
	struct file *ki_filp;
	int ki_flags;
} KERNEL;

/* As user space gives it. */
struct iocb {
	int aio_rw_flags;
} KERNEL;

/* What io_uring reads and writes by; the beginning of its io_kiocb. */
struct io_rw {
	struct kiocb kiocb;
	u32 flags; /* from 5.18 */
} KERNEL;

struct io_kiocb {
	struct file *file;
	u8 opcode;
	unsigned int flags; /* 64 bits from 6.8: the low half is what we test */
	void *async_data;
} KERNEL;

struct io_async_rw {
	unsigned long bytes_done;
} KERNEL;

struct io_uring_cqe {
	s32 res;
} KERNEL;

/* From 5.19 io_kiocb.flags says whether async_data is valid; before, it is NULL when not. */
enum req_flag_bits___here {
	REQ_F_ASYNC_DATA_BIT___here = 63,
};

/* Helpers 158, 175 and 191 came with 5.11, 5.15 and 5.18. */
enum bpf_func_id___here {
	BPF_FUNC_get_current_task_btf___here = 1000,
	BPF_FUNC_task_pt_regs___here = 1001,
	BPF_FUNC_copy_from_user_task___here = 1002,
};

/* x86's limits and flags; values are ABI or have not changed from 5.10 to 7.2. */
enum {
	S_TYPE = 0170000,
	S_REGULAR = 0100000,
	S_PIPE = 0010000,
	FLAG_O_CREAT = 0100,
	FLAG_O_EXCL = 0200,
	FLAG_O_TRUNC = 01000,
	FLAG_O_TMPFILE = 020000000, /* __O_TMPFILE */
	FLAG_O_APPEND = 02000,
	FLAG_O_ACCESS = 3, /* O_ACCMODE: 0 reads, 1 writes, 2 both */
	FLAG_O_PATH = 010000000,
	APPEND_FLAG = 020, /* RWF_APPEND, and IOCB_APPEND from 5.9 */
	FLAG_FMODE_EXEC = 040, /* __FMODE_EXEC: the kernel opens a program to run it */
	MODE_CREATED = 0x100000, /* FMODE_CREATED */
	/* FMODE_BACKING, from 6.5: a file that a stacked file system (overlayfs) opened below. Bit 25; where FMODE_NONOTIFY has that (7.2, 6.12.118), bit 24. */
	MODE_BACKING = 0x3000000,
	MODE_NOACCOUNT = 0x20000000, /* FMODE_NOACCOUNT: opened by the kernel; set with FMODE_BACKING */
	LOOKUP_FLAG_CACHED = 0x200000, /* LOOKUP_CACHED, io_uring's first try from 5.12 */
	ATTRIBUTE_SIZE = 8, /* ATTR_SIZE */
	MODE_READ = 1, /* FMODE_READ */
	MODE_WRITE = 2, /* FMODE_WRITE */
	MAY_EXEC_BIT = 1, MAY_WRITE_BIT = 2, MAY_READ_BIT = 4, MAY_APPEND_BIT = 8,
	S_DIRECTORY = 0040000,
	PROT_WRITE_BIT = 2,
	MAP_TYPE_BITS = 0xf, MAP_SHARED_TYPE = 1, MAP_SHARED_VALIDATE_TYPE = 3,
	VM_SHARED_BIT = 8,
	ERROR_PERMITTED = 1, /* EPERM */
	ERROR_INTR = 4, /* EINTR */
	ERROR_RESTARTNOINTR = 513, /* ERESTARTNOINTR: the same call again, once a signal is dealt with */
	SIGNAL_KILL = 9, /* SIGKILL */
	SIGNAL_STOP = 19, /* SIGSTOP */
	SIGNAL_CONTINUE = 18, /* SIGCONT */
	IOCB_FLAG_WRITE = 1 << 6, /* IOCB_WRITE */
	STATUS_COMPAT = 2, /* TS_COMPAT: in a 32-bit system call */
	TASK_KTHREAD = 0x00200000, /* PF_KTHREAD */
	TASK_IO_WORKER = 0x10,	   /* PF_IO_WORKER */
	TASK_DUMPCORE = 0x200,	   /* PF_DUMPCORE */
	PID_OF_PROCESS = 0, PID_OF_SESSION = 3, /* PIDTYPE_PID, PIDTYPE_SID */
	AT_CURRENT_DIR = -100, /* AT_FDCWD */
	ERROR_AGAIN = 11,
	ERROR_CROSS_DEVICE = 18, /* EXDEV */
	ERROR_NOT_SUPPORTED = 95, /* EOPNOTSUPP */
	ERROR_QUOTA = 122, /* EDQUOT */
	FALLOCATE_KEEP_SIZE = 1, FALLOCATE_PUNCH = 2, FALLOCATE_COLLAPSE = 8, FALLOCATE_INSERT = 32, /* FALLOC_FL_* */
	RENAME_EXCHANGE_FLAG = 2, /* RENAME_EXCHANGE */
	COMMAND_SETFL = 4, /* F_SETFL */
	ERROR_IOCBQUEUED = 529, /* EIOCBQUEUED */
	MAX_ERROR = 4095,
	CALL_IO_URING_ENTER = 426, /* of 64 and of 32 bits */
	CALL_IO_SUBMIT = 209,
	CALL_IO_SUBMIT_COMPAT = 248,
	CALL_IO_SUBMIT_X32 = 544,
	CALL_IOCTL_NUMBER = 16,
	CALL_IOCTL_COMPAT = 54,
	CALL_SENDFILE = 40, CALL_SENDFILE_COMPAT = 187, CALL_SENDFILE64_COMPAT = 239,
	CALL_SPLICE = 275, CALL_SPLICE_COMPAT = 313,
	CALL_COPY_FILE_RANGE = 326, CALL_COPY_FILE_RANGE_COMPAT = 377,
	CALL_EXECVE = 59,
	CALL_EXECVEAT = 322,
	CALL_EXECVE_COMPAT = 11,
	CALL_EXECVEAT_COMPAT = 358,
	X32_CALL_BIT = 0x40000000, /* __X32_SYSCALL_BIT */
	ERROR_NO_CALL = 38, /* ENOSYS */
	ERROR_INVALID = 22,
	DENTRY_DISCONNECTED = 0x20, /* DCACHE_DISCONNECTED */
	MAGIC_BTRFS = 0x9123683e,
	MAGIC_BCACHEFS = 0xca451a4e,
	MAGIC_OVERLAY = 0x794c7630,
	STACK_BYTES = 16384, /* THREAD_SIZE without KASAN */
};
#define SB_INTERNAL (1UL << 31) /* SB_NOUSER: pipefs, sockfs, anon_inodefs, the kernel's own tmpfs */

#endif
