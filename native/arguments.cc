#include "arguments.h"

namespace fswatch {

std::string TextArgument(const Napi::CallbackInfo& info, size_t i, const char* what) {
  if (!info[i].IsString()) throw Napi::TypeError::New(info.Env(), std::string(what) + " must be a string");
  return info[i].As<Napi::String>();
}

Napi::Uint8Array BytesArgument(const Napi::CallbackInfo& info, size_t i, const char* what) {
  const bool bytes = info[i].IsTypedArray() && info[i].As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
  if (!bytes) throw Napi::TypeError::New(info.Env(), std::string(what) + " must be a Uint8Array");
  return info[i].As<Napi::Uint8Array>();
}

Napi::Uint8Array BytesArgument(const Napi::CallbackInfo& info, size_t i, const char* what, size_t size) {
  const Napi::Uint8Array array = BytesArgument(info, i, what);
  if (array.ByteLength() == size) return array;
  throw Napi::RangeError::New(info.Env(), std::string(what) + " must be " + std::to_string(size) + " bytes long, not " +
                                              std::to_string(array.ByteLength()));
}

size_t ValueBytes(const bpf_map* map) {
  const size_t size = bpf_map__value_size(map);
  switch (bpf_map__type(map)) {
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_PERCPU_ARRAY:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
    case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
      return (size + 7) / 8 * 8 * static_cast<size_t>(libbpf_num_possible_cpus());
    default:
      return size;
  }
}

}  // namespace fswatch
