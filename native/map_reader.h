// Reading and emptying whole BPF maps by system call; runs on any thread and knows nothing of JS.
#pragma once

#include <bpf/libbpf.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bytes.h"

namespace fswatch {

/// What a map held, packed back to back.
struct MapEntries {
  size_t count = 0;
  Bytes keys;
  Bytes values;
};

/// Reads a whole map: in chunks where the map type can (hashes from 5.6), else entry by entry. Entries written or deleted
/// meanwhile may or may not be there. Returns 0 or an errno.
int ReadMap(const bpf_map* map, MapEntries& out);

/// Deletes packed keys and counts those that were there. Returns 0 or the errno that stopped it.
int DeleteKeys(const bpf_map* map, const std::vector<uint8_t>& keys, size_t& deleted);

}  // namespace fswatch
