#include "map_reader.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "arguments.h"

namespace fswatch {
namespace {

// Entries asked for at once. A hash bucket that holds more than a whole chunk answers ENOSPC, and the chunk doubles.
constexpr uint32_t kChunk = 4096;
constexpr int kEnotsupp = 524;

/// What a read needs to know of a map.
struct Shape {
  int fd;
  size_t key_size;
  size_t value_size;
  uint32_t max_entries;
};

void MakeRoom(const Shape& shape, MapEntries& out, size_t entries) {
  out.keys.Resize(entries * shape.key_size);
  out.values.Resize(entries * shape.value_size);
}

/// By BPF_MAP_LOOKUP_BATCH. EINVAL or ENOTSUPP with nothing read: the map type has no batch operations.
int ReadInChunks(const Shape& shape, MapEntries& out) {
  // The kernel's place in the map: a bucket number for hashes, a key for other maps.
  std::vector<uint8_t> cursor(std::max<size_t>(shape.key_size, 8));
  bool first = true;
  // No bucket can hold more than the whole map, so this much is never too little.
  const uint32_t limit = shape.max_entries;
  uint32_t chunk = std::min(kChunk, limit);
  for (;;) {
    MakeRoom(shape, out, out.count + chunk);
    uint32_t got = chunk;
    const int failed =
        bpf_map_lookup_batch(shape.fd, first ? nullptr : cursor.data(), cursor.data(), out.keys.data() + out.count * shape.key_size,
                             out.values.data() + out.count * shape.value_size, &got, nullptr);
    const int error = failed != 0 ? errno : 0;
    if (error == ENOSPC && chunk < limit) {
      chunk = chunk > limit / 2 ? limit : chunk * 2;
      continue;
    }
    if (error != 0 && error != ENOENT) return error;
    out.count += got;
    first = false;
    if (error == ENOENT) {
      MakeRoom(shape, out, out.count);
      return 0;
    }
  }
}

/// By BPF_MAP_GET_NEXT_KEY and BPF_MAP_LOOKUP_ELEM: two system calls an entry.
int ReadOneByOne(const Shape& shape, MapEntries& out) {
  std::vector<uint8_t> key(shape.key_size);
  bool first = true;
  // After a deletion beside us the kernel starts over: bounded by what the map can hold, so that it ends.
  for (uint32_t seen = 0; seen < shape.max_entries; seen++) {
    std::vector<uint8_t> next(shape.key_size);
    if (bpf_map_get_next_key(shape.fd, first ? nullptr : key.data(), next.data()) != 0) return errno == ENOENT ? 0 : errno;
    key.swap(next);
    first = false;
    MakeRoom(shape, out, out.count + 1);
    if (bpf_map_lookup_elem(shape.fd, key.data(), out.values.data() + out.count * shape.value_size) == 0) {
      std::memcpy(out.keys.data() + out.count * shape.key_size, key.data(), shape.key_size);
      out.count++;
    } else {
      const int error = errno;
      MakeRoom(shape, out, out.count);
      if (error != ENOENT) return error;
    }
  }
  return 0;
}

}  // namespace

int ReadMap(const bpf_map* map, MapEntries& out) {
  const Shape shape = {bpf_map__fd(map), bpf_map__key_size(map), ValueBytes(map), bpf_map__max_entries(map)};
  const int error = ReadInChunks(shape, out);
  if (out.count > 0 || (error != EINVAL && error != kEnotsupp && error != EOPNOTSUPP)) return error;
  return ReadOneByOne(shape, out);
}

// One by one, because BPF_MAP_DELETE_BATCH stops at the first key that is gone.
int DeleteKeys(const bpf_map* map, const std::vector<uint8_t>& keys, size_t& deleted) {
  const size_t key_size = bpf_map__key_size(map);
  const int fd = bpf_map__fd(map);
  for (size_t at = 0; at + key_size <= keys.size(); at += key_size) {
    if (bpf_map_delete_elem(fd, keys.data() + at) == 0) deleted++;
    else if (errno != ENOENT) return errno;
  }
  return 0;
}

}  // namespace fswatch
