// The global variables of a BPF object, by name: initial values before it is loaded, the kernel's own memory after.
#pragma once

#include <bpf/libbpf.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace fswatch {

/// Where a variable's bytes are.
struct Global {
  uint8_t* data;
  size_t size;
  /// a constant (.rodata): the kernel freezes it at load
  bool read_only;
};

/// Finds a variable in any of the object's data sections; nothing where there is none of that name.
std::optional<Global> FindGlobal(const bpf_object* object, const std::string& name);

/// Maps a loaded object's variables over their initial values, so that FindGlobal() then points into the kernel's memory. Returns
/// the map that could not be mapped (errno says why), or null.
const bpf_map* MapGlobals(const bpf_object* object);

}  // namespace fswatch
