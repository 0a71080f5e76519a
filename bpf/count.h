/* SPDX-License-Identifier: (GPL-2.0-or-later OR BSD-2-Clause) */
/*
 * The workers: what happens at an operation, whichever way it was seen. Entries (entry_*.h) are a few lines that call these.
 *
 * `direct`: the pointers come from a typed (BTF) context and may be followed by plain loads; else they are read by helper.
 * It is a constant at every call, so one branch of FIELD() is left.
 */
#ifndef COUNT_H
#define COUNT_H

#include "events.h"
#include "room.h"

#define FIELD(direct, p, f) ((direct) ? (p)->f : BPF_CORE_READ(p, f))

#define add(where, n) __sync_fetch_and_add(&(where), (n))

static __always_inline bool is_error(s64 result)
{
	return (u64)result >= (u64)-MAX_ERROR;
}

/* Inlined twin of inode_key() for the fast path. */
static __always_inline void fill_file_key(struct file_key *key, struct inode *inode, const bool direct)
{
	struct super_block *sb = FIELD(direct, inode, i_sb);

	key->dev = FIELD(direct, sb, s_dev);
	key->ino = FIELD(direct, inode, i_ino);
	key->generation = FIELD(direct, inode, i_generation);
	/*
	 * Sockets, pipes and their like come by the thousand and have no name: one entry a kind and process. Regular files are
	 * asked about first: they are what is hot, and each load the verifier does not trust costs seven instructions.
	 */
	if ((FIELD(direct, inode, i_mode) & S_TYPE) != S_REGULAR && (FIELD(direct, sb, s_flags) & SB_INTERNAL)) {
		key->ino = 0;
		key->generation = 0;
	}
}

/* What an entry begins with, in or out of the filter; in read-only data, for the stack of seven nested calls is 512 bytes in all. */
static const volatile struct counters fresh_in = {}, fresh_out = { .flags = COUNTERS_FILTERED_OUT };

/* First sight of a {process, file}, or its records are still owed. NULL: the table is full. */
static __noinline struct counters *first_sight(struct counter_key *key, struct inode *inode, struct dentry *dentry, struct vfsmount *mnt)
{
	struct counters *c;
	bool out;

	if (!key)
		return NULL;
	c = bpf_map_lookup_elem(&counters, key);
	if (!c) {
		if (!has_room(key, inode, dentry))
			return NULL;
		out = (filter.flags & FILTER_PATH) && !(dentry && below_a_root((u64)dentry, (u64)mnt));
		if (!bpf_map_update_elem(&counters, key, out ? (void *)&fresh_out : (void *)&fresh_in, BPF_NOEXIST))
			add(entries_taken, 1);
		c = bpf_map_lookup_elem(&counters, key);
		if (!c)
			return NULL;
	}
	if (c->flags & (COUNTERS_FILTERED_OUT | COUNTERS_FILE_SENT))
		return c;
	if (is_postponed(inode, dentry)) {
		lose(LOSS_FACTS_FULL);
		return c;
	}
	if (know_process(&key->process))
		return c;
	if (inode && send_file(inode, dentry, mnt))
		return c;
	c->flags = COUNTERS_FILE_SENT;
	return c;
}

/* The entry to count in; NULL where there is no room (counted) or the filter says no (`out` set). */
static __always_inline struct counters *entry(struct counter_key *key, struct inode *inode, struct dentry *dentry, struct vfsmount *mnt, bool *out)
{
	struct counters *c = bpf_map_lookup_elem(&counters, key);

	if (!c || c->flags != COUNTERS_FILE_SENT) {
		c = first_sight(key, inode, dentry, mnt);
		if (!c) {
			lose(LOSS_COUNTERS_FULL);
			return NULL;
		}
		if (c->flags & COUNTERS_FILTERED_OUT) {
			*out = true;
			return NULL;
		}
	}
	c->tick = tick;
	return c;
}

static __always_inline struct counters *entry_of_file(struct counter_key *key, struct file *file, const bool direct, bool *out)
{
	struct counters *c;

	fill_file_key(&key->file, FIELD(direct, file, f_inode), direct);
	c = bpf_map_lookup_elem(&counters, key);
	if (c && c->flags == COUNTERS_FILE_SENT) {
		c->tick = tick;
		return c;
	}
	return entry(key, BPF_CORE_READ(file, f_inode), BPF_CORE_READ(file, f_path.dentry), BPF_CORE_READ(file, f_path.mnt), out);
}

static __always_inline void stream_event(const struct counter_key *key, u32 op, s64 result, u32 open_flags, const bool apart)
{
	if (stream) {
		struct happening h = { .key = key, .op = op, .result = result, .open_flags = open_flags, .apart = apart };

		emit(&h);
	}
}

/* Bytes came out of or went into `file`: one call that returned `result`. `key->process` is who; `apart`: see struct happening. */
static __always_inline void count_transfer(struct counter_key *key, u32 op, struct file *file, s64 result, const bool direct, const bool apart)
{
	bool out = false;
	struct counters *c = entry_of_file(key, file, direct, &out);
	struct totals *t;

	if (out)
		return;
	t = totals_here();
	if (result < 0) {
		add(t->errors[op % OP_SLOTS], 1);
		if (c)
			add(c->errors, 1);
	} else if (op == OP_WRITE) {
		add(t->calls[OP_WRITE], 1);
		add(t->write_bytes, result);
		if (c) {
			add(c->writes, 1);
			add(c->write_bytes, result);
		}
	} else {
		add(t->calls[OP_READ], 1);
		add(t->read_bytes, result);
		if (c) {
			add(c->reads, 1);
			add(c->read_bytes, result);
		}
	}
	stream_event(key, op, result, 0, apart);
}

static __always_inline int on_transfer(u32 op, struct file *file, s64 result, const bool direct)
{
	struct counter_key key;

	key.process = current_process();
	if (watched(key.process.tgid))
		count_transfer(&key, op, file, result, direct, false);
	return 0;
}

/* sendfile, splice, copy_file_range: one call, two files. A failure is the reader's: which side failed is not known. */
static __noinline int on_copy(struct file *in, struct file *out, s64 result)
{
	if (in)
		on_transfer(OP_READ, in, result, false);
	if (out && result >= 0)
		on_transfer(OP_WRITE, out, result, false);
	return 0;
}

/* `pages` pages of a shared mapping of `inode` became dirty. */
static __always_inline int on_mmap_write(struct inode *inode, struct dentry *dentry, struct vfsmount *mnt, u64 pages)
{
	struct counter_key key;
	struct counters *c;
	bool out = false;

	key.process = current_process();
	if (!watched(key.process.tgid))
		return 0;
	fill_file_key(&key.file, inode, false);
	c = entry(&key, inode, dentry, mnt, &out);
	if (out)
		return 0;
	add(totals_here()->calls[OP_MMAP_WRITE], pages);
	if (c)
		add(c->mmap_pages, pages);
	stream_event(&key, OP_MMAP_WRITE, pages, 0, true);
	return 0;
}

/* An open that gave a file. */
static __always_inline int on_opened(struct file *file, u32 open_flags, const bool direct)
{
	struct counter_key key;
	struct counters *c;
	struct totals *t;
	bool out = false, created;

	key.process = current_process();
	if (!watched(key.process.tgid))
		return 0;
	c = entry_of_file(&key, file, direct, &out);
	if (out)
		return 0;
	t = totals_here();
	add(t->calls[OP_OPEN], 1);
	if (c)
		add(c->opens, 1);
	stream_event(&key, OP_OPEN, 0, open_flags, false);
	created = (open_flags & FLAG_O_CREAT) && (FIELD(direct, file, f_mode) & MODE_CREATED);
	if (created) {
		add(t->calls[OP_CREATE], 1);
		if (c)
			add(c->changes, 1);
		stream_event(&key, OP_CREATE, 0, open_flags, false);
	}
	return 0;
}

/*
 * An operation known by its path only: failed opens; by tracepoint, everything done to a name. It counts for the process; the
 * event says the name as it was given.
 */
static __noinline int on_named(u32 op, s64 result, u32 open_flags, const struct given_path *given)
{
	struct counter_key key = {};
	struct counters *c;
	bool out = false;

	key.process = current_process();
	if (!watched(key.process.tgid))
		return 0;
	c = entry(&key, NULL, NULL, NULL, &out);
	if (out)
		return 0;
	if (is_error(result)) {
		add(totals_here()->errors[op % OP_SLOTS], 1);
		if (c)
			add(c->errors, 1);
	} else {
		add(totals_here()->calls[op % OP_SLOTS], 1);
		if (c)
			add(c->changes, 1);
	}
	if (stream) {
		struct happening h = { .key = &key, .op = op, .result = result, .open_flags = open_flags };

		emit_given(&h, given);
	}
	return 0;
}

/*
 * A change of a known inode or of one of its names. `dentry` may have lost its inode by now (unlink), so both are given, or be
 * gone itself (NULL).
 */
static __noinline int on_change(u32 op, const struct file_key *file, struct dentry *dentry, struct vfsmount *mnt, s64 result)
{
	struct counter_key key;
	struct counters *c;
	bool out = false;

	if (!file)
		return 0;
	key.process = current_process();
	if (!watched(key.process.tgid))
		return 0;
	key.file = *file;
	c = entry(&key, BPF_CORE_READ(dentry, d_inode), dentry, mnt, &out);
	if (out)
		return 0;
	if (is_error(result)) {
		add(totals_here()->errors[op % OP_SLOTS], 1);
		if (c)
			add(c->errors, 1);
	} else {
		add(totals_here()->calls[op % OP_SLOTS], 1);
		if (c)
			add(c->changes, 1);
		/* Its name is another now; if that cannot be sent, the next operation sends it. */
		if (op == OP_RENAME && c && send_file(BPF_CORE_READ(dentry, d_inode), dentry, mnt))
			c->flags = 0;
	}
	if (stream) {
		struct happening h = { .key = &key, .op = op, .result = result };

		if (dentry)
			emit_dentry(&h, dentry);
		else
			emit(&h);
	}
	return 0;
}

static __always_inline int on_file_change(u32 op, struct file *file, s64 result)
{
	struct file_key key = inode_key(BPF_CORE_READ(file, f_inode));

	return on_change(op, &key, BPF_CORE_READ(file, f_path.dentry), BPF_CORE_READ(file, f_path.mnt), result);
}

#endif
