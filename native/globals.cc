#include "globals.h"

#include <bpf/btf.h>

#include <sys/mman.h>
#include <unistd.h>

namespace fswatch {
namespace {

bool IsReadOnly(const bpf_map* map) { return (bpf_map__map_flags(map) & BPF_F_RDONLY_PROG) != 0; }

}  // namespace

std::optional<Global> FindGlobal(const bpf_object* object, const std::string& name) {
  // Opening the object made libbpf write every variable's place into the object's BTF, one DATASEC a section.
  const btf* types = bpf_object__btf(object);
  if (types == nullptr) return std::nullopt;
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (!bpf_map__is_internal(map)) continue;
    const std::string full = bpf_map__name(map);  // "fswatch.bss"
    const size_t dot = full.find('.');
    if (dot == std::string::npos) continue;
    const int id = btf__find_by_name_kind(types, full.c_str() + dot, BTF_KIND_DATASEC);
    if (id < 0) continue;
    const btf_type* section = btf__type_by_id(types, id);
    const btf_var_secinfo* variable = btf_var_secinfos(section);
    for (uint32_t i = 0; i < btf_vlen(section); i++, variable++) {
      if (name != btf__name_by_offset(types, btf__type_by_id(types, variable->type)->name_off)) continue;
      size_t size = 0;
      auto* data = static_cast<uint8_t*>(const_cast<void*>(bpf_map__initial_value(map, &size)));
      if (data == nullptr || size_t{variable->offset} + variable->size > size) return std::nullopt;
      return Global{data + variable->offset, variable->size, IsReadOnly(map)};
    }
  }
  return std::nullopt;
}

// libbpf keeps the initial values in memory of its own, and puts the kernel's in their place only for generated skeletons.
const bpf_map* MapGlobals(const bpf_object* object) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (!bpf_map__is_internal(map) || (bpf_map__map_flags(map) & BPF_F_MMAPABLE) == 0) continue;
    size_t size = 0;
    void* data = const_cast<void*>(bpf_map__initial_value(map, &size));
    if (data == nullptr) continue;
    const int access = IsReadOnly(map) ? PROT_READ : PROT_READ | PROT_WRITE;
    if (mmap(data, (size + page - 1) / page * page, access, MAP_SHARED | MAP_FIXED, bpf_map__fd(map), 0) == MAP_FAILED) return map;
  }
  return nullptr;
}

}  // namespace fswatch
