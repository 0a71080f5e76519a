// The part of the JS class that reads and writes: variables, map entries, whole maps, rings.
#include <bpf/bpf.h>

#include <cerrno>
#include <cstring>

#include "arguments.h"
#include "batch.h"
#include "errors.h"
#include "object.h"

namespace fswatch {
namespace {

/// The error of one operation ("reading") on one map.
Napi::Error MapError(Napi::Env env, const char* doing, const bpf_map* map, int error) {
  return SystemError(env, std::string(doing) + " the BPF map " + bpf_map__name(map) + " failed", error);
}

}  // namespace

Global Object::GlobalArgument(const Napi::CallbackInfo& info) const {
  const Handle& handle = Opened(info.Env());
  const std::string name = TextArgument(info, 0, "a variable's name");
  const std::optional<Global> global = FindGlobal(handle.object(), name);
  if (!global) throw Napi::Error::New(info.Env(), "there is no global variable named " + name + " in this object");
  return *global;
}

void Object::WriteGlobal(const Napi::CallbackInfo& info) {
  const Global global = GlobalArgument(info);
  if (global.read_only && handle_->loaded()) throw Napi::Error::New(info.Env(), "constants cannot be written once the object is loaded: the kernel froze them");
  const Napi::Uint8Array bytes = BytesArgument(info, 1, "this variable's value", global.size);
  std::memcpy(global.data, bytes.Data(), global.size);
}

Napi::Value Object::ReadGlobal(const Napi::CallbackInfo& info) {
  const Global global = GlobalArgument(info);
  Napi::Uint8Array bytes = Napi::Uint8Array::New(info.Env(), global.size);
  std::memcpy(bytes.Data(), global.data, global.size);
  return bytes;
}

Napi::Value Object::Lookup(const Napi::CallbackInfo& info) {
  Loaded(info.Env());
  const bpf_map* map = MapArgument(info);
  const Napi::Uint8Array key = BytesArgument(info, 1, "a key of this map", bpf_map__key_size(map));
  Napi::Uint8Array value = Napi::Uint8Array::New(info.Env(), ValueBytes(map));
  if (bpf_map_lookup_elem(bpf_map__fd(map), key.Data(), value.Data()) == 0) return value;
  const int error = errno;
  if (error == ENOENT) return info.Env().Null();
  throw MapError(info.Env(), "reading", map, error);
}

void Object::Update(const Napi::CallbackInfo& info) {
  Loaded(info.Env());
  const bpf_map* map = MapArgument(info);
  const Napi::Uint8Array key = BytesArgument(info, 1, "a key of this map", bpf_map__key_size(map));
  const Napi::Uint8Array value = BytesArgument(info, 2, "a value of this map", ValueBytes(map));
  const uint64_t flags = info[3].IsNumber() ? info[3].As<Napi::Number>().Uint32Value() : uint32_t{BPF_ANY};
  if (bpf_map_update_elem(bpf_map__fd(map), key.Data(), value.Data(), flags) == 0) return;
  const int error = errno;
  throw MapError(info.Env(), "writing", map, error);
}

Napi::Value Object::Delete(const Napi::CallbackInfo& info) {
  Loaded(info.Env());
  const bpf_map* map = MapArgument(info);
  const Napi::Uint8Array key = BytesArgument(info, 1, "a key of this map", bpf_map__key_size(map));
  if (bpf_map_delete_elem(bpf_map__fd(map), key.Data()) == 0) return Napi::Boolean::New(info.Env(), true);
  const int error = errno;
  if (error == ENOENT) return Napi::Boolean::New(info.Env(), false);
  throw MapError(info.Env(), "deleting from", map, error);
}

Napi::Value Object::LookupBatch(const Napi::CallbackInfo& info) {
  Loaded(info.Env());
  return fswatch::LookupBatch(info.Env(), handle_, MapArgument(info));
}

Napi::Value Object::DeleteBatch(const Napi::CallbackInfo& info) {
  Loaded(info.Env());
  const bpf_map* map = MapArgument(info);
  const Napi::Uint8Array keys = BytesArgument(info, 1, "packed keys");
  const size_t key_size = bpf_map__key_size(map);
  if (key_size == 0) throw Napi::TypeError::New(info.Env(), "this map has no keys");
  if (keys.ByteLength() % key_size != 0) {
    throw Napi::RangeError::New(info.Env(), "packed keys must be a multiple of " + std::to_string(key_size) + " bytes long, not " +
                                                std::to_string(keys.ByteLength()));
  }
  return fswatch::DeleteBatch(info.Env(), handle_, map, keys);
}

void Object::OpenRing(const Napi::CallbackInfo& info) {
  Loaded(info.Env());
  const bpf_map* map = MapArgument(info);
  if (!info[1].IsFunction()) throw Napi::TypeError::New(info.Env(), "a ring needs a callback for its records");
  // Two readers of one ring would each get some of the records.
  const auto [place, fresh] = rings_.try_emplace(bpf_map__name(map));
  if (!fresh) throw Napi::Error::New(info.Env(), "that ring is open already");
  try {
    place->second = Ring::Open(info.Env(), handle_, map, info[1].As<Napi::Function>());
  } catch (...) {
    rings_.erase(place);
    throw;
  }
}

void Object::DrainRing(const Napi::CallbackInfo& info) {
  Loaded(info.Env());
  const auto found = rings_.find(bpf_map__name(MapArgument(info)));
  if (found == rings_.end()) throw Napi::Error::New(info.Env(), "that ring is not open: call openRing() first");
  found->second->Drain(info.Env());
}

}  // namespace fswatch
