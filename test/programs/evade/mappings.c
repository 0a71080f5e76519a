/* Ways to change the file through memory that maps it: stores, system calls that write to memory, other processes. */
#include "evade.h"
#include <linux/userfaultfd.h>
#include <sys/ptrace.h>

static int fd;
static char *map;
static pid_t helper;

/* Maps all of the file; `open_flags` decide what the mapping may become. */
static void make_map(int open_flags, int protection, int flags)
{
	fd = MUST(open(victim, open_flags));
	map = (char *)MUST(mmap(NULL, SIZE, protection, flags, fd, 0));
}
static void map_shared(void) { make_map(O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED); }
static void map_reading(void) { make_map(O_RDWR, PROT_READ, MAP_SHARED); }
static void store(void) { strcpy(map, "tampered"); }

static void by_shared(void)
{
	map_shared();
	store();
}
static void by_validate(void)
{
	make_map(O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED_VALIDATE);
	store();
}
static void by_populate(void)
{
	make_map(O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE);
	store();
}

static void allow_writing(void)
{
	MUST(mprotect(map, SIZE, PROT_READ | PROT_WRITE));
	store();
}
static void by_mprotect(void)
{
	map_reading();
	allow_writing();
}

static void remap(void)
{
	map = (char *)MUST(mremap(map, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, MUST(mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))));
	store();
}
/* An old size of 0 makes a second mapping out of a shared one. */
static void remap_twice(void)
{
	map = (char *)MUST(mremap(map, 0, SIZE, MREMAP_MAYMOVE));
	store();
}
static void by_mremap(void)
{
	map_shared();
	remap();
}

static void remap_pages(void)
{
	MUST(remap_file_pages(map, PAGE, 0, 2, 0));
	store();
}
static void by_remap_pages(void)
{
	map_shared();
	remap_pages();
}

static void remove_pages(void) { MUST(madvise(map, PAGE, MADV_REMOVE)); }
static void by_remove(void)
{
	map_shared();
	remove_pages();
}

/* The kernel writes, not this program. */
static void read_into(void)
{
	int ends[2];

	MUST(pipe(ends));
	MUST(write(ends[1], "tampered", 8));
	MUST(read(ends[0], map, 8));
}
static void by_read_into(void)
{
	map_shared();
	read_into();
}
static void read_direct_into(void)
{
	int from;

	close(source());
	from = open(in(outside, "source"), O_RDONLY | O_DIRECT);
	SKIP_IF(from < 0 && errno == EINVAL, "the file system has no O_DIRECT");
	must(from, "open with O_DIRECT");
	MUST(read(from, map, PAGE));
}
static void by_read_direct_into(void)
{
	map_shared();
	read_direct_into();
}

/* Another process's memory. */
static void write_vm(void)
{
	struct iovec from = { "tampered", 8 }, to = { map, 8 };

	MUST(process_vm_writev(helper, &from, 1, &to, 1, 0));
}
static void write_mem(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", helper);
	MUST(pwrite(MUST(open(path, O_RDWR)), "tampered", 8, (off_t)map));
}
static void poke(void)
{
	MUST(ptrace(PTRACE_ATTACH, helper, NULL, NULL));
	MUST(waitpid(helper, NULL, 0));
	MUST(ptrace(PTRACE_POKEDATA, helper, map, 0x6465726570d0d0L));
	MUST(ptrace(PTRACE_DETACH, helper, NULL, NULL));
}

static void nothing(void) {}
static void helper_maps(void)
{
	map_shared();
	helper = keep(nothing);
	munmap(map, SIZE);
	close(fd);
}
static void by_vm(void)
{
	helper_maps();
	write_vm();
}
static void by_mem(void)
{
	helper_maps();
	write_mem();
}
static void by_poke(void)
{
	helper_maps();
	poke();
}

/* Every page was written once, so no store faults any more. */
static void map_and_touch(void)
{
	map_shared();
	for (int i = 0; i < SIZE; i += PAGE)
		((volatile char *)map)[i] = map[i];
}
static void map_and_close(void)
{
	map_and_touch();
	close(fd);
}
static void store_in_fork(void) { wait_for(fork_to(store)); }

/* Mapped for reading only; the mapping's own magic link is opened for more. */
static void map_read_only(void) { make_map(O_RDONLY, PROT_READ, MAP_SHARED); }
static void by_map_files(void)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (long)map, (long)map + SIZE);
	tamper_path(path);
}

/* The kernel puts a page into a hole of the file, and no store nor call for writing is made. */
static void make_hole(void) { MUST(truncate(victim, 2 * SIZE)); }
static void map_hole(void)
{
	fd = MUST(open(victim, O_RDWR));
	map = (char *)MUST(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, SIZE));
}
static void hole_and_map(void)
{
	make_hole();
	map_hole();
}
static void fill_hole(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { { (uintptr_t)map, SIZE }, UFFDIO_REGISTER_MODE_MISSING, 0 };
	struct uffdio_copy copy = { .dst = (uintptr_t)map, .src = MUST(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)), .len = PAGE };
	int faults = MUST(syscall(SYS_userfaultfd, O_CLOEXEC));

	memset((void *)copy.src, 'u', PAGE);
	MUST(ioctl(faults, UFFDIO_API, &api));
	MUST(ioctl(faults, UFFDIO_REGISTER, &range));
	MUST(ioctl(faults, UFFDIO_COPY, &copy));
}
static void by_fill_hole(void)
{
	map_hole();
	fill_hole();
}

#define MAPPED 1, "mapped before"
const struct evasion mapping_ways[] = {
	{ "mmap-shared", WRITE, by_shared },
	{ "mmap-shared-validate", WRITE, by_validate },
	{ "mmap-populate", WRITE, by_populate },
	{ "mmap-mprotect", WRITE, by_mprotect },
	{ "mmap-mremap", WRITE, by_mremap },
	{ "mmap-remap-file-pages", WRITE, by_remap_pages },
	{ "mmap-madvise-remove", WRITE, by_remove },
	{ "mmap-read-into", WRITE, by_read_into },
	{ "mmap-direct-read-into", WRITE, by_read_direct_into },
	{ "process-vm-writev", WRITE, by_vm },
	{ "proc-mem", WRITE, by_mem },
	{ "ptrace-poke", WRITE, by_poke },
	{ "userfaultfd-copy", WRITE, by_fill_hole, make_hole, .fs = "tmpfs" },
	{ "mapped-userfaultfd-copy", WRITE, fill_hole, hole_and_map, MAPPED, "tmpfs" },
	{ "mapped-store", WRITE, store, map_and_touch, MAPPED },
	{ "mapped-untouched-store", WRITE, store, map_shared, MAPPED },
	{ "mapped-closed-store", WRITE, store, map_and_close, MAPPED },
	{ "mapped-fork-store", WRITE, store_in_fork, map_and_touch, MAPPED },
	{ "mapped-mprotect", WRITE, allow_writing, map_reading, MAPPED },
	{ "mapped-mremap", WRITE, remap, map_shared, MAPPED },
	{ "mapped-mremap-twice", WRITE, remap_twice, map_shared, MAPPED },
	{ "mapped-remap-file-pages", WRITE, remap_pages, map_shared, MAPPED },
	{ "mapped-madvise-remove", WRITE, remove_pages, map_shared, MAPPED },
	{ "mapped-read-into", WRITE, read_into, map_shared, MAPPED },
	{ "mapped-direct-read-into", WRITE, read_direct_into, map_shared, MAPPED },
	{ "mapped-process-vm-writev", WRITE, write_vm, helper_maps, MAPPED },
	{ "mapped-proc-mem", WRITE, write_mem, helper_maps, MAPPED },
	{ "mapped-ptrace-poke", WRITE, poke, helper_maps, MAPPED },
	{ "mapped-read-map-files", WRITE, by_map_files, map_read_only, MAPPED },
	{ 0 },
};
