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

SEC("fentry/do_page_mkwrite")
int guard_store(u64 *ctx)
{
	struct vm_fault *fault = (struct vm_fault *)ctx[0];
	struct file *file;

	if (!(armed_ops & RULE_WRITE))
		return 0;
	file = fault->vma->vm_file;
	/* Mappings of no file can ask too. */
	if (!file || !untyped((u64)file))
		return 0;
	judge_above(untyped((u64)file), RULE_WRITE | JUDGE_STORE);
	judge_file(file, RULE_WRITE | JUDGE_STORE);
	return 0;
}

/* For kernels where the kernel may skip the program above (preemptible ones), or cannot attach it. */
SEC("kprobe")
int guard_store_probe(struct pt_regs *ctx)
{
	struct vm_fault *fault = (struct vm_fault *)BPF_CORE_READ(ctx, di);
	u64 dentry, inode;
	struct file *file;

	if (!(armed_ops & RULE_WRITE))
		return 0;
	file = BPF_CORE_READ(fault, vma, vm_file);
	if (!file)
		return 0;
	judge_above((u64)file, RULE_WRITE | JUDGE_STORE);
	dentry = (u64)BPF_CORE_READ(file, f_path.dentry);
	judge_untyped(dentry, RULE_WRITE | JUDGE_STORE);
	/* See judge_file(). */
	inode = (u64)BPF_CORE_READ(file, f_inode);
	if ((u64)BPF_CORE_READ((struct dentry *)dentry, d_inode) != inode)
		judge_below(inode, RULE_WRITE | JUDGE_STORE);
	return 0;
}

#endif
