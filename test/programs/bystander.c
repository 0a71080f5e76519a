/*
 * Another loader of BPF programs, for tests: attaches a program that returns a constant, and waits until its standard input ends.
 * bystander lsm bpf_lsm_inode_mkdir -13 | bystander fmod_ret security_inode_mkdir 0
 */
#include <elf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static long bpf(int command, union bpf_attr *attributes) { return syscall(SYS_bpf, command, attributes, sizeof(*attributes)); }

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Bytes that follow a type, by its kind. */
static size_t extra(const struct btf_type *type)
{
	size_t n = type->info & 0xffff;

	switch (type->info >> 24 & 31) {
	case BTF_KIND_INT: return 4;
	case BTF_KIND_ARRAY: return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION: return n * sizeof(struct btf_member);
	case BTF_KIND_ENUM: return n * sizeof(struct btf_enum);
	case BTF_KIND_FUNC_PROTO: return n * sizeof(struct btf_param);
	case BTF_KIND_VAR: return sizeof(struct btf_var);
	case BTF_KIND_DATASEC: return n * sizeof(struct btf_var_secinfo);
	case 17 /* DECL_TAG */: return 4;
	case 19 /* ENUM64 */: return n * 12;
	default: return 0;
	}
}

/* The id of a kernel function in its BTF. */
static unsigned int id_of(const char *function)
{
	static char bytes[64 << 20];
	const struct btf_header *header = (void *)bytes;
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY);
	size_t size = 0;
	const char *at, *end, *strings;
	ssize_t got;

	while (fd >= 0 && (got = read(fd, bytes + size, sizeof(bytes) - size)) > 0)
		size += got;
	if (size == 0)
		die("BTF");
	strings = bytes + header->hdr_len + header->str_off;
	at = bytes + header->hdr_len + header->type_off;
	end = at + header->type_len;
	for (unsigned int id = 1; at < end; id++) {
		const struct btf_type *type = (void *)at;

		if ((type->info >> 24 & 31) == BTF_KIND_FUNC && !strcmp(strings + type->name_off, function))
			return id;
		at += sizeof(*type) + extra(type);
	}
	fprintf(stderr, "there is no %s\n", function);
	exit(1);
}

int main(int argc, char **argv)
{
	struct bpf_insn code[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K }, { .code = BPF_JMP | BPF_EXIT } };
	static char log[65536];
	union bpf_attr load = {}, open_ = {};
	char byte;
	long program;

	if (argc != 4)
		return 2;
	code[0].imm = atoi(argv[3]);
	load.prog_type = strcmp(argv[1], "lsm") ? BPF_PROG_TYPE_TRACING : BPF_PROG_TYPE_LSM;
	load.expected_attach_type = strcmp(argv[1], "lsm") ? BPF_MODIFY_RETURN : BPF_LSM_MAC;
	load.attach_btf_id = id_of(argv[2]);
	load.insns = (unsigned long)code;
	load.insn_cnt = 2;
	load.license = (unsigned long)"GPL";
	load.log_buf = (unsigned long)log;
	load.log_size = sizeof(log);
	load.log_level = 1;
	strcpy(load.prog_name, "bystander");
	program = bpf(BPF_PROG_LOAD, &load);
	if (program < 0) {
		fputs(log, stderr);
		die("BPF_PROG_LOAD");
	}
	open_.raw_tracepoint.prog_fd = program;
	if (bpf(BPF_RAW_TRACEPOINT_OPEN, &open_) < 0)
		die("BPF_RAW_TRACEPOINT_OPEN");
	puts("attached");
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
	return 0;
}
