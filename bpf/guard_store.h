/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Stores through shared writable mappings that are older than the rule. The kernel tells a file system of the first store into a clean
 * page (page_mkwrite); user space writes a mapped file back when a rule is armed, which makes its pages clean. tmpfs, hugetlbfs and DAX
 * are not told, so there is nothing to see. Attached with the first rule about writes.
 *
 * Judged by the thread that the fault is of: that is the one which stores, also where the kernel stores on its behalf (a read(2) into
 * the mapping, process_vm_writev(2), ptrace(2)). Such a store is made before the signal is delivered.
 */
#ifndef GUARD_STORE_H
#define GUARD_STORE_H

#include "guard_judge.h"

/* Overlayfs maps the file below in place of its own: the name that the user opened is another. 0: it is the file's own. */
static __always_inline u64 dentry_above(u64 file)
{
	struct backing_file *backing = (struct backing_file *)file;

	if (!bpf_core_field_exists(backing->user_path) || !(BPF_CORE_READ((struct file *)file, f_mode) & MODE_BACKING))
		return 0;
	return (u64)BPF_CORE_READ(backing, user_path.dentry);
}

/* A store into the file of this name, if a rule may be about its file system. */
static __always_inline void judge_store(u64 dentry)
{
	if (is_armed_device(BPF_CORE_READ((struct dentry *)dentry, d_parent, d_inode, i_sb, s_dev)))
		judge_covered(dentry, RULE_WRITE | JUDGE_STORE);
}

SEC("fentry/do_page_mkwrite")
int guard_store(u64 *ctx)
{
	struct vm_fault *fault = (struct vm_fault *)ctx[0];
	struct file *file;
	u64 above;

	if (!(armed_ops & RULE_WRITE))
		return 0;
	file = fault->vma->vm_file;
	/* Mappings of no file can ask too. */
	if (!file || !untyped((u64)file))
		return 0;
	above = dentry_above(untyped((u64)file));
	if (above)
		judge_store(above);
	judge_file(file, RULE_WRITE | JUDGE_STORE);
	return 0;
}

/* For kernels where the kernel may skip the program above (preemptible ones), or cannot attach it. */
SEC("kprobe")
int guard_store_probe(struct pt_regs *ctx)
{
	struct vm_fault *fault = (struct vm_fault *)BPF_CORE_READ(ctx, di);
	u64 above, dentry, inode;
	struct file *file;

	if (!(armed_ops & RULE_WRITE))
		return 0;
	file = BPF_CORE_READ(fault, vma, vm_file);
	if (!file)
		return 0;
	above = dentry_above((u64)file);
	if (above)
		judge_store(above);
	dentry = (u64)BPF_CORE_READ(file, f_path.dentry);
	judge_store(dentry);
	/* See judge_file(). */
	inode = (u64)BPF_CORE_READ(file, f_inode);
	if ((u64)BPF_CORE_READ((struct dentry *)dentry, d_inode) != inode)
		judge_below(inode, RULE_WRITE | JUDGE_STORE);
	return 0;
}

#endif
