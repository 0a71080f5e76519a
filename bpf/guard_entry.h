/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * Where the kernel asks: each hook as an LSM program, and as fmod_ret on the security_* function that calls the hook. User space
 * loads one kind. Each entry says what the call amounts to and hands over the dentry; judge() does the rest.
 */
#ifndef GUARD_ENTRY_H
#define GUARD_ENTRY_H

#include "guard_judge.h"
#include "guard_link.h"
#include "guard_ioctl.h"

/* The hook's arguments by the places user space found. */
#define ARGUMENT(hook, field) argument(ctx, places[hook].field)
#define FILE_OF(hook) ((struct file *)ARGUMENT(hook, dentry))
#define DENTRY_OF(hook) ((struct dentry *)ARGUMENT(hook, dentry))
#define SECOND_OF(hook) ((struct dentry *)ARGUMENT(hook, second))
#define PATH_OF(hook) ((struct path *)ARGUMENT(hook, dentry))
#define PLAIN(hook, after) argument(ctx, places[hook].dentry + (after))

/* `behind`: the place behind the last argument, where the answer so far lies. */
#define GUARD_WITH(hook, function, behind, ...) \
	static __always_inline s32 on_##hook(u64 *ctx) __VA_ARGS__ \
	SEC("lsm/" #hook) \
	int lsm_##hook(u64 *ctx) \
	{ \
		return verdict(ctx, behind, on_##hook(ctx)); \
	} \
	SEC("fmod_ret/" #function) \
	int fmod_ret_##hook(u64 *ctx) \
	{ \
		return verdict(ctx, behind, on_##hook(ctx)); \
	}

#define GUARD(hook, function, HOOK, ...) GUARD_WITH(hook, function, places[HOOK].arguments, __VA_ARGS__)

GUARD(file_open, security_file_open, HOOK_FILE_OPEN, {
	struct file *file = FILE_OF(HOOK_FILE_OPEN);
	u32 flags = file->f_flags, mode = file->f_mode, ops = RULE_OPEN;

	/* Opened to be run: exec is asked for elsewhere. */
	if (flags & FLAG_FMODE_EXEC)
		return 0;
	if (mode & MODE_WRITE)
		ops |= RULE_WRITE;
	if (flags & FLAG_O_TRUNC)
		ops |= RULE_WRITE | RULE_TRUNCATE;
	if (mode & MODE_READ)
		ops |= RULE_READ;
	if (mode & MODE_CREATED)
		ops |= JUDGE_CREATED;
	if (flags & FLAG_O_TMPFILE)
		ops |= JUDGE_NAMELESS;
	return judge_file(file, ops);
})

/*
 * Every read and write asks, of descriptors opened long ago too; so do fallocate, splice, clones and copies. The hottest hook: its
 * arguments are where every kernel has had them (src/kernel/guard/places.ts looks), so that no place need be looked up.
 */
GUARD_WITH(file_permission, security_file_permission, 2, {
	u32 mask = argument(ctx, 1), ops = 0;

	if (mask & (MAY_WRITE_BIT | MAY_APPEND_BIT))
		ops |= RULE_WRITE;
	if (mask & MAY_READ_BIT)
		ops |= RULE_READ;
	return judge_file((struct file *)argument(ctx, 0), ops) ?: judge_spliced((struct file *)argument(ctx, 0), ops);
})

GUARD(path_truncate, security_path_truncate, HOOK_PATH_TRUNCATE, { return judge(PATH_OF(HOOK_PATH_TRUNCATE)->dentry, RULE_WRITE | RULE_TRUNCATE); })

/* From 6.2; before, ftruncate asks path_truncate. */
GUARD(file_truncate, security_file_truncate, HOOK_FILE_TRUNCATE, { return judge_file(FILE_OF(HOOK_FILE_TRUNCATE), RULE_WRITE | RULE_TRUNCATE); })

GUARD(inode_setattr, security_inode_setattr, HOOK_INODE_SETATTR, {
	struct iattr *attributes = (struct iattr *)ARGUMENT(HOOK_INODE_SETATTR, second);

	return judge(DENTRY_OF(HOOK_INODE_SETATTR), attributes->ia_valid & ATTRIBUTE_SIZE ? RULE_WRITE | RULE_TRUNCATE : RULE_ATTR);
})

GUARD(inode_create, security_inode_create, HOOK_INODE_CREATE, { return judge(DENTRY_OF(HOOK_INODE_CREATE), RULE_CREATE | RULE_OPEN_NEW); })
GUARD(inode_mknod, security_inode_mknod, HOOK_INODE_MKNOD, { return judge(DENTRY_OF(HOOK_INODE_MKNOD), RULE_CREATE); })
GUARD(inode_mkdir, security_inode_mkdir, HOOK_INODE_MKDIR, { return judge(DENTRY_OF(HOOK_INODE_MKDIR), RULE_CREATE); })
GUARD(inode_symlink, security_inode_symlink, HOOK_INODE_SYMLINK, { return judge(DENTRY_OF(HOOK_INODE_SYMLINK), RULE_CREATE); })
GUARD(inode_unlink, security_inode_unlink, HOOK_INODE_UNLINK, { return judge(DENTRY_OF(HOOK_INODE_UNLINK), RULE_DELETE); })
GUARD(inode_rmdir, security_inode_rmdir, HOOK_INODE_RMDIR, { return judge(DENTRY_OF(HOOK_INODE_RMDIR), RULE_DELETE); })

/* Rules that ask about a call with two names: both are noted for its question, and without room for them nothing is held. 0: not a side that rules concern. */
static __always_inline s32 ask_two(u64 from, u32 from_ops, u64 to, u32 to_ops, u64 noted_from, u64 noted_to)
{
	u32 how = note_asked_two(noted_from, noted_to, from_ops | to_ops) ? JUDGE_ASKS | JUDGE_NO_HOLD : JUDGE_ASKS;
	s32 answer = from ? judge_walk(from, from_ops | how) : 0;

	if (to && !answer)
		answer = judge_walk(to, to_ops | how);
	forget_asked();
	return answer;
}

/*
 * A call with two names. The source's rules act first. Where one kills, none of the target's do; where one refuses otherwise, those that kill do.
 */
static __always_inline s32 judge_two(struct dentry *from, u32 from_ops, struct dentry *to, u32 to_ops)
{
	u64 source = concerns(from, from_ops) ? untyped((u64)from) : 0, target = concerns(to, to_ops) ? untyped((u64)to) : 0;
	s32 answer = 0;

	if (source)
		answer = judge_walk(source, from_ops);
	if (target && answer > -STRENGTH_OF_KILL)
		answer = stronger(answer, judge_walk(target, answer ? to_ops | JUDGE_REFUSED : to_ops));
	if (answer || !armed_asks || !(source || target))
		return answer;
	return ask_two(source, from_ops, target, to_ops, untyped((u64)from), untyped((u64)to));
}

GUARD(inode_link, security_inode_link, HOOK_INODE_LINK, {
	struct dentry *old = DENTRY_OF(HOOK_INODE_LINK), *fresh = SECOND_OF(HOOK_INODE_LINK);
	s32 answer = judge_two(old, RULE_LINK, fresh, RULE_LINK | RULE_CREATE);

	advance_names();
	if (answer || !armed_ops)
		return answer;
	return link_keeps_rules(untyped((u64)old), untyped((u64)fresh));
})

/* What is renamed over is gone, and what it is called now holds other bytes. */
GUARD(inode_rename, security_inode_rename, HOOK_INODE_RENAME, {
	struct dentry *from = DENTRY_OF(HOOK_INODE_RENAME), *to = SECOND_OF(HOOK_INODE_RENAME);

	advance_names();
	return judge_two(from, RULE_RENAME | RULE_DELETE, to, RULE_RENAME | RULE_CREATE | (is_negative(to) ? 0 : RULE_WRITE | RULE_DELETE));
})

/* Only now has the name moved, or a second one come: what was found clean between the hook and here may not be. */
SEC("fexit/vfs_rename")
int guard_renamed(u64 *ctx)
{
	advance_names();
	return 0;
}

SEC("fexit/vfs_link")
int guard_linked(u64 *ctx)
{
	advance_names();
	return 0;
}

GUARD(inode_setxattr, security_inode_setxattr, HOOK_INODE_SETXATTR, { return judge(DENTRY_OF(HOOK_INODE_SETXATTR), RULE_ATTR); })
GUARD(inode_removexattr, security_inode_removexattr, HOOK_INODE_REMOVEXATTR, { return judge(DENTRY_OF(HOOK_INODE_REMOVEXATTR), RULE_ATTR); })
/* ACLs went through setxattr before 6.2. */
GUARD(inode_set_acl, security_inode_set_acl, HOOK_INODE_SET_ACL, { return judge(DENTRY_OF(HOOK_INODE_SET_ACL), RULE_ATTR); })
GUARD(inode_remove_acl, security_inode_remove_acl, HOOK_INODE_REMOVE_ACL, { return judge(DENTRY_OF(HOOK_INODE_REMOVE_ACL), RULE_ATTR); })
/* chattr, by ioctl and by file_setattr(2), from 6.17; before, the ioctl is seen. */
GUARD(inode_file_setattr, security_inode_file_setattr, HOOK_INODE_FILE_SETATTR, { return judge(DENTRY_OF(HOOK_INODE_FILE_SETATTR), RULE_ATTR); })

/* Stores through a mapping ask nobody, so the mapping is what can be refused. */
GUARD(mmap_file, security_mmap_file, HOOK_MMAP_FILE, {
	struct file *file = FILE_OF(HOOK_MMAP_FILE);
	u64 protection = ARGUMENT(HOOK_MMAP_FILE, second), flags = argument(ctx, places[HOOK_MMAP_FILE].second + 1);
	u32 type = flags & MAP_TYPE_BITS, ops = RULE_READ;

	/* NULL for memory of no file, though the verifier of some kernels believes that it never is: compared as a plain number. */
	if (!file || !untyped((u64)file))
		return 0;
	/* A program that maps itself, or its loader, cannot be asked about any more: opening it can. */
	if (armed_asks && is_exec(system_call_of(current_task())))
		ops |= JUDGE_NO_ASKS;
	if ((type == MAP_SHARED_TYPE || type == MAP_SHARED_VALIDATE_TYPE) && (protection & PROT_WRITE_BIT))
		ops |= RULE_WRITE;
	return judge_file(file, ops) ?: judge_stacked(file, ops);
})

GUARD(file_mprotect, security_file_mprotect, HOOK_FILE_MPROTECT, {
	struct vm_area_struct *area = (struct vm_area_struct *)ARGUMENT(HOOK_FILE_MPROTECT, dentry);
	struct file *file = area->vm_file;

	if (!file || !untyped((u64)file) || !(area->vm_flags & VM_SHARED_BIT) || !(PLAIN(HOOK_FILE_MPROTECT, 2) & PROT_WRITE_BIT))
		return 0;
	return judge_above(untyped((u64)file), RULE_WRITE) ?: judge_file(file, RULE_WRITE);
})

/* A descriptor that somebody else opened. Each write by it is asked about anyway. */
GUARD(file_receive, security_file_receive, HOOK_FILE_RECEIVE, {
	struct file *file = FILE_OF(HOOK_FILE_RECEIVE);

	/* The call that receives it is not made again: it drops what it must not have, and goes on. */
	return judge_file(file, JUDGE_NO_HOLD | (file->f_mode & MODE_READ ? RULE_OPEN | RULE_READ : RULE_OPEN));
})

/* Mounting over a directory, or moving its mount, changes what its name leads to. */
GUARD(sb_mount, security_sb_mount, HOOK_SB_MOUNT, { return judge(PATH_OF(HOOK_SB_MOUNT)->dentry, RULE_RENAME); })
GUARD(move_mount, security_move_mount, HOOK_MOVE_MOUNT, {
	struct path *to = (struct path *)ARGUMENT(HOOK_MOVE_MOUNT, second);

	return judge(to->dentry, RULE_RENAME);
})

GUARD(bprm_check_security, security_bprm_check, HOOK_BPRM_CHECK, {
	struct linux_binprm *program = (struct linux_binprm *)ARGUMENT(HOOK_BPRM_CHECK, dentry);

	/* Through overlayfs, the program below runs. It is opened to be run, which asks nobody else. */
	return judge(program->file->f_path.dentry, RULE_EXEC) ?: judge_stacked(program->file, RULE_EXEC);
})

GUARD(file_ioctl, security_file_ioctl, HOOK_FILE_IOCTL, { return judge_ioctl(FILE_OF(HOOK_FILE_IOCTL), PLAIN(HOOK_FILE_IOCTL, 1), PLAIN(HOOK_FILE_IOCTL, 2)); })
/* From 6.8; before, 32-bit calls ask file_ioctl. */
GUARD(file_ioctl_compat, security_file_ioctl_compat, HOOK_FILE_IOCTL_COMPAT, {
	return judge_ioctl(FILE_OF(HOOK_FILE_IOCTL_COMPAT), PLAIN(HOOK_FILE_IOCTL_COMPAT, 1), PLAIN(HOOK_FILE_IOCTL_COMPAT, 2));
})

#endif
