/* Bytes: lengths, holes, and all the ways they move from file to file. */
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "semantics.h"

void sizes(void)
{
	int fd, reader;

	make("file", "0123456789");
	IS("truncate", truncate("file", 4), 0);
	is_text("shorter", text_of("file"), "0123");
	IS("truncate longer", truncate("file", 100000), 0);
	is("longer", size_of("file"), 100000);
	IS("truncate nothing", truncate("nothing", 1), -ENOENT);
	IS("truncate below zero", truncate("file", -1), -EINVAL);
	IS("truncate a directory", ({ mkdir("dir", 0755); truncate("dir", 0); }), -EISDIR);
	fd = open("file", O_RDWR);
	reader = open("file", O_RDONLY);
	IS("ftruncate", ftruncate(fd, 10), 0);
	IS("ftruncate what is open to read", ftruncate(reader, 5), -EINVAL);
	IS("read behind the end", pread(fd, &(char[4]){}, 4, 10), 0);
	IS("read over the end", pread(fd, &(char[4]){}, 4, 8), 2);
	IS("write behind the end", pwrite(fd, "x", 1, 65536), 1);
	is("with a hole", size_of("file"), 65537);
	SEE("find data", lseek(fd, 0, SEEK_DATA));
	SEE("find a hole", lseek(fd, 0, SEEK_HOLE));
	IS("find data behind the end", lseek(fd, 70000, SEEK_DATA), -ENXIO);
	IS("seek before the beginning", lseek(fd, -1, SEEK_SET), -EINVAL);
	IS("seek from the end", lseek(fd, -1, SEEK_END), 65536);
	SEE("allocate", fallocate(fd, 0, 0, 131072));
	see("allocated", size_of("file"));
	SEE("allocate behind the end", fallocate(fd, FALLOC_FL_KEEP_SIZE, 262144, 4096));
	see("the size is kept", size_of("file"));
	SEE("punch a hole", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 4096));
	SEE("zero", fallocate(fd, FALLOC_FL_ZERO_RANGE, 8192, 4096));
	SEE("collapse", fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 4096, 4096));
	SEE("insert", fallocate(fd, FALLOC_FL_INSERT_RANGE, 4096, 4096));
	see("size after all", size_of("file"));
	IS("punch and resize", fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 4096), -EOPNOTSUPP);
	IS("allocate nothing", fallocate(fd, 0, 0, 0), -EINVAL);
	IS("allocate what is open to read", fallocate(reader, 0, 0, 4096), -EBADF);
	IS("posix_fallocate", posix_fallocate(fd, 0, 4096), 0);
	IS("fsync", fsync(fd), 0);
	IS("fdatasync", fdatasync(fd), 0);
	SEE("sync_file_range", sync_file_range(fd, 0, 4096, SYNC_FILE_RANGE_WRITE));
	IS("advise", posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	SEE("read ahead", readahead(reader, 0, 4096));
	close(fd);
	close(reader);
}

static void between(const char *name, int from, int to, ssize_t count)
{
	char label[64];
	loff_t at = 0;

	snprintf(label, sizeof(label), "%s: copy_file_range", name);
	SEE(label, copy_file_range(from, &at, to, NULL, count, 0));
	snprintf(label, sizeof(label), "%s: sendfile", name);
	at = 0;
	IS(label, sendfile(to, from, &at, count), count);
}

void moving(const char *elsewhere)
{
	char other[4096], data[20000] = "";
	struct iovec parts[2] = { { "vec", 3 }, { "tor", 3 } };
	int from, to, far, pipes[2];
	loff_t at = 0;

	make("from", "0123456789");
	make("to", "");
	snprintf(other, sizeof(other), "%s/moved", elsewhere);
	from = open("from", O_RDWR);
	to = open("to", O_RDWR);
	far = open(other, O_RDWR | O_CREAT | O_TRUNC, 0644);
	between("near", from, to, 10);
	is("near: size", size_of("to"), 20);
	between("far", from, far, 10);
	see("far: size", size_of(other));
	IS("copy onto itself", copy_file_range(from, &at, from, &(loff_t){ 5 }, 10, 0), -EINVAL);
	IS("copy with flags", copy_file_range(from, NULL, to, NULL, 1, 1), -EINVAL);
	close(to);
	to = open("to", O_RDONLY);
	IS("copy into what is open to read", copy_file_range(from, NULL, to, NULL, 1, 0), -EBADF);
	IS("send into what is open to read", sendfile(to, from, NULL, 1), -EBADF);
	close(to);
	to = open("to", O_RDWR | O_APPEND);
	IS("copy to append", copy_file_range(from, NULL, to, NULL, 1, 0), -EBADF);
	close(to);
	to = open("to", O_RDWR | O_TRUNC);
	pipe(pipes);
	at = 0;
	IS("splice out", splice(from, &at, pipes[1], NULL, 10, 0), 10);
	IS("splice in", splice(pipes[0], NULL, to, NULL, 10, 0), 10);
	is_text("spliced", text_of("to"), "0123456789");
	IS("vmsplice", vmsplice(pipes[1], parts, 2, 0), 6);
	at = 0;
	IS("splice in at the beginning", splice(pipes[0], NULL, to, &at, 6, 0), 6);
	is_text("spliced over", text_of("to"), "vector6789");
	IS("splice file to file", splice(from, NULL, to, NULL, 1, 0), -EINVAL);
	IS("writev", pwritev(to, parts, 2, 4), 6);
	is_text("written by parts", text_of("to"), "vectvector");
	SEE("pwritev2 to append", pwritev2(to, parts, 2, 0, RWF_APPEND));
	see("its size", size_of("to"));
	IS("preadv", preadv(to, &(struct iovec){ data, 4 }, 1, 0), 4);
	IS("write much", write(to, data, sizeof(data)), sizeof(data));
	IS("read much", pread(to, data, sizeof(data), 0), sizeof(data));
	IS("write nothing", write(to, data, 0), 0);
	IS("write from nowhere", pwritev(to, &(struct iovec){ (void *)1, 10 }, 1, 0), -EFAULT);
	close(from);
	close(to);
	close(far);
	unlink(other);
	close(pipes[0]);
	close(pipes[1]);
}

void mapping(void)
{
	int fd, reader;
	char *map;

	make("file", "mapped text");
	fd = open("file", O_RDWR);
	reader = open("file", O_RDONLY);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	is("shared", map != MAP_FAILED, 1);
	memcpy(map, "MAPPED", 6);
	IS("msync", msync(map, 4096, MS_SYNC), 0);
	is_text("stored", text_of("file"), "MAPPED text");
	IS("write under it", pwrite(fd, "m", 1, 0), 1);
	is("seen through it", map[0], 'm');
	IS("protect", mprotect(map, 4096, PROT_READ), 0);
	IS("unprotect", mprotect(map, 4096, PROT_READ | PROT_WRITE), 0);
	munmap(map, 4096);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, reader, 0);
	is("private", map != MAP_FAILED, 1);
	memcpy(map, "private", 7);
	is_text("not stored", text_of("file"), "mAPPED text");
	munmap(map, 4096);
	IS("shared to write what is open to read", (long)mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, reader, 0), -EACCES);
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, reader, 0);
	IS("unprotect what is open to read", mprotect(map, 4096, PROT_READ | PROT_WRITE), -EACCES);
	munmap(map, 4096);
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	IS("unprotect what is open to write", mprotect(map, 4096, PROT_READ | PROT_WRITE), 0);
	map[1] = 'a';
	munmap(map, 4096);
	is_text("stored at last", text_of("file"), "maPPED text");
	IS("to run", ({ map = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, reader, 0); munmap(map, 4096); }), 0);
	IS("a length of nothing", (long)mmap(NULL, 0, PROT_READ, MAP_SHARED, fd, 0), -EINVAL);
	close(fd);
	close(reader);
}
