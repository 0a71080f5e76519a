#include "object.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "batch.h"
#include "errors.h"

namespace fswatch {
namespace {

std::string TextArgument(const Napi::CallbackInfo& info, size_t i, const char* what) {
  if (!info[i].IsString()) throw Napi::TypeError::New(info.Env(), std::string(what) + " must be a string");
  return info[i].As<Napi::String>();
}

/// A Uint8Array argument of exactly `size` bytes.
Napi::Uint8Array BytesArgument(const Napi::CallbackInfo& info, size_t i, const char* what, size_t size) {
  const bool bytes = info[i].IsTypedArray() && info[i].As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
  if (!bytes) throw Napi::TypeError::New(info.Env(), std::string(what) + " must be a Uint8Array");
  const Napi::Uint8Array array = info[i].As<Napi::Uint8Array>();
  if (array.ByteLength() != size) {
    throw Napi::RangeError::New(info.Env(), std::string(what) + " is " + std::to_string(array.ByteLength()) + " bytes long, not " +
                                                std::to_string(size));
  }
  return array;
}

}  // namespace

Napi::Function Object::Define(Napi::Env env) {
  return DefineClass(env, "BpfObject",
                     {
                         InstanceMethod<&Object::Programs>("programs"),
                         InstanceMethod<&Object::Maps>("maps"),
                         InstanceMethod<&Object::SetAutoload>("setAutoload"),
                         InstanceMethod<&Object::SetMaxEntries>("setMaxEntries"),
                         InstanceMethod<&Object::WriteGlobal>("writeGlobal"),
                         InstanceMethod<&Object::ReadGlobal>("readGlobal"),
                         InstanceMethod<&Object::Load>("load"),
                         InstanceMethod<&Object::Attach>("attach"),
                         InstanceMethod<&Object::Detach>("detach"),
                         InstanceMethod<&Object::ProgramInfo>("programInfo"),
                         InstanceMethod<&Object::Lookup>("lookup"),
                         InstanceMethod<&Object::Update>("update"),
                         InstanceMethod<&Object::Delete>("delete"),
                         InstanceMethod<&Object::LookupBatch>("lookupBatch"),
                         InstanceMethod<&Object::DeleteBatch>("deleteBatch"),
                         InstanceMethod<&Object::OpenRing>("openRing"),
                         InstanceMethod<&Object::DrainRing>("drainRing"),
                         InstanceMethod<&Object::Close>("close"),
                     });
}

Object::Object(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Object>(info) {
  const std::string path = TextArgument(info, 0, "the path of a BPF object");
  ClearLibbpfLog();
  bpf_object* object = bpf_object__open_file(path.c_str(), nullptr);
  if (object == nullptr) throw SystemError(info.Env(), "opening the BPF object " + path + " failed", errno);
  handle_ = std::make_shared<Handle>(object);
}

Handle& Object::Opened(Napi::Env env) const {
  if (!handle_) throw Napi::Error::New(env, "this BPF object is closed");
  return *handle_;
}

Handle& Object::Loaded(Napi::Env env) const {
  Handle& handle = Opened(env);
  if (!handle.loaded()) throw Napi::Error::New(env, "this BPF object is not loaded yet: call load() first");
  return handle;
}

bpf_program* Object::ProgramArgument(const Napi::CallbackInfo& info) const {
  const std::string name = TextArgument(info, 0, "a program's name");
  bpf_program* program = bpf_object__find_program_by_name(Opened(info.Env()).object(), name.c_str());
  if (program == nullptr) throw Napi::Error::New(info.Env(), "there is no BPF program named " + name + " in this object");
  return program;
}

bpf_map* Object::MapArgument(const Napi::CallbackInfo& info) const {
  const std::string name = TextArgument(info, 0, "a map's name");
  bpf_map* map = bpf_object__find_map_by_name(Opened(info.Env()).object(), name.c_str());
  if (map == nullptr) throw Napi::Error::New(info.Env(), "there is no BPF map named " + name + " in this object");
  return map;
}

Napi::Value Object::Programs(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array list = Napi::Array::New(env);
  bpf_program* program = nullptr;
  uint32_t n = 0;
  bpf_object__for_each_program(program, Opened(env).object()) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", bpf_program__name(program));
    entry.Set("section", bpf_program__section_name(program));
    list.Set(n++, entry);
  }
  return list;
}

Napi::Value Object::Maps(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array list = Napi::Array::New(env);
  bpf_map* map = nullptr;
  uint32_t n = 0;
  bpf_object__for_each_map(map, Opened(env).object()) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", bpf_map__name(map));
    entry.Set("type", Napi::Number::New(env, bpf_map__type(map)));
    entry.Set("keySize", Napi::Number::New(env, bpf_map__key_size(map)));
    entry.Set("valueSize", Napi::Number::New(env, bpf_map__value_size(map)));
    entry.Set("maxEntries", Napi::Number::New(env, bpf_map__max_entries(map)));
    list.Set(n++, entry);
  }
  return list;
}

void Object::SetAutoload(const Napi::CallbackInfo& info) {
  bpf_program* program = ProgramArgument(info);
  const int failed = bpf_program__set_autoload(program, info[1].ToBoolean());
  if (failed != 0) throw SystemError(info.Env(), std::string("choosing the BPF program ") + bpf_program__name(program) + " failed", -failed);
}

void Object::SetMaxEntries(const Napi::CallbackInfo& info) {
  bpf_map* map = MapArgument(info);
  const int failed = bpf_map__set_max_entries(map, info[1].ToNumber().Uint32Value());
  if (failed != 0) throw SystemError(info.Env(), std::string("sizing the BPF map ") + bpf_map__name(map) + " failed", -failed);
}

Object::Global Object::FindGlobal(const Napi::CallbackInfo& info) const {
  const Napi::Env env = info.Env();
  const std::string name = TextArgument(info, 0, "a variable's name");
  const bpf_object* object = Opened(env).object();
  // Opening the object made libbpf write every variable's place into the object's BTF, one DATASEC a section.
  const btf* types = bpf_object__btf(object);
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (!bpf_map__is_internal(map)) continue;
    const std::string full = bpf_map__name(map);  // "fswatch.bss"
    const std::string section = full.substr(full.find('.'));
    const int id = btf__find_by_name_kind(types, section.c_str(), BTF_KIND_DATASEC);
    if (id < 0) continue;
    const btf_type* data_section = btf__type_by_id(types, id);
    const btf_var_secinfo* variable = btf_var_secinfos(data_section);
    for (uint32_t i = 0; i < btf_vlen(data_section); i++, variable++) {
      if (name != btf__name_by_offset(types, btf__type_by_id(types, variable->type)->name_off)) continue;
      size_t size = 0;
      auto* data = static_cast<uint8_t*>(const_cast<void*>(bpf_map__initial_value(map, &size)));
      if (data == nullptr || variable->offset + variable->size > size) break;
      return {data + variable->offset, variable->size, section == ".rodata"};
    }
  }
  throw Napi::Error::New(env, "there is no global variable named " + name + " in this object");
}

void Object::WriteGlobal(const Napi::CallbackInfo& info) {
  const Global global = FindGlobal(info);
  if (global.read_only && handle_->loaded()) throw Napi::Error::New(info.Env(), "constants are frozen once the object is loaded");
  const Napi::Uint8Array bytes = BytesArgument(info, 1, "a global's value", global.size);
  std::memcpy(global.data, bytes.Data(), global.size);
}

Napi::Value Object::ReadGlobal(const Napi::CallbackInfo& info) {
  const Global global = FindGlobal(info);
  Napi::Uint8Array bytes = Napi::Uint8Array::New(info.Env(), global.size);
  std::memcpy(bytes.Data(), global.data, global.size);
  return bytes;
}

void Object::Load(const Napi::CallbackInfo& info) {
  Handle& handle = Opened(info.Env());
  ClearLibbpfLog();
  const int failed = bpf_object__load(handle.object());
  if (failed != 0) throw SystemError(info.Env(), std::string("loading the BPF object ") + bpf_object__name(handle.object()) + " failed", -failed);
  handle.set_loaded();
  MapGlobals(info.Env());
}

// libbpf keeps the initial values in memory of its own, and puts the kernel's in their place only for generated skeletons.
void Object::MapGlobals(Napi::Env env) const {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, handle_->object()) {
    if (!bpf_map__is_internal(map) || (bpf_map__map_flags(map) & BPF_F_MMAPABLE) == 0) continue;
    size_t size = 0;
    void* data = const_cast<void*>(bpf_map__initial_value(map, &size));
    if (data == nullptr) continue;
    const int access = (bpf_map__map_flags(map) & BPF_F_RDONLY_PROG) != 0 ? PROT_READ : PROT_READ | PROT_WRITE;
    if (mmap(data, (size + page - 1) / page * page, access, MAP_SHARED | MAP_FIXED, bpf_map__fd(map), 0) == MAP_FAILED) {
      throw SystemError(env, std::string("mapping the global variables ") + bpf_map__name(map) + " failed", errno);
    }
  }
}

void Object::Attach(const Napi::CallbackInfo& info) {
  Handle& handle = Loaded(info.Env());
  bpf_program* program = ProgramArgument(info);
  ClearLibbpfLog();
  bpf_link* link = bpf_program__attach(program);
  if (link == nullptr) {
    throw SystemError(info.Env(), std::string("attaching the BPF program ") + bpf_program__name(program) + " (" + bpf_program__section_name(program) + ") failed",
                      errno);
  }
  handle.Keep(bpf_program__name(program), link);
}

void Object::Detach(const Napi::CallbackInfo& info) { Loaded(info.Env()).Detach(bpf_program__name(ProgramArgument(info))); }

Napi::Value Object::ProgramInfo(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Loaded(env);
  bpf_program* program = ProgramArgument(info);
  bpf_prog_info kernel = {};
  uint32_t size = sizeof(kernel);
  if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &kernel, &size) != 0) {
    throw SystemError(env, std::string("asking about the BPF program ") + bpf_program__name(program) + " failed", errno);
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("id", Napi::Number::New(env, kernel.id));
  result.Set("type", Napi::Number::New(env, kernel.type));
  result.Set("recursionMisses", Napi::Number::New(env, static_cast<double>(kernel.recursion_misses)));
  result.Set("runCount", Napi::Number::New(env, static_cast<double>(kernel.run_cnt)));
  result.Set("runTimeNs", Napi::Number::New(env, static_cast<double>(kernel.run_time_ns)));
  return result;
}

Napi::Value Object::Lookup(const Napi::CallbackInfo& info) {
  Loaded(info.Env());
  const bpf_map* map = MapArgument(info);
  const Napi::Uint8Array key = BytesArgument(info, 1, "a key", bpf_map__key_size(map));
  Napi::Uint8Array value = Napi::Uint8Array::New(info.Env(), bpf_map__value_size(map));
  if (bpf_map_lookup_elem(bpf_map__fd(map), key.Data(), value.Data()) == 0) return value;
  if (errno == ENOENT) return info.Env().Null();
  throw SystemError(info.Env(), std::string("reading the BPF map ") + bpf_map__name(map) + " failed", errno);
}

void Object::Update(const Napi::CallbackInfo& info) {
  Loaded(info.Env());
  const bpf_map* map = MapArgument(info);
  const Napi::Uint8Array key = BytesArgument(info, 1, "a key", bpf_map__key_size(map));
  const Napi::Uint8Array value = BytesArgument(info, 2, "a value", bpf_map__value_size(map));
  const uint64_t flags = info[3].IsNumber() ? info[3].ToNumber().Uint32Value() : uint32_t{BPF_ANY};
  if (bpf_map_update_elem(bpf_map__fd(map), key.Data(), value.Data(), flags) != 0) {
    throw SystemError(info.Env(), std::string("writing the BPF map ") + bpf_map__name(map) + " failed", errno);
  }
}

Napi::Value Object::Delete(const Napi::CallbackInfo& info) {
  Loaded(info.Env());
  const bpf_map* map = MapArgument(info);
  const Napi::Uint8Array key = BytesArgument(info, 1, "a key", bpf_map__key_size(map));
  return Napi::Boolean::New(info.Env(), bpf_map_delete_elem(bpf_map__fd(map), key.Data()) == 0);
}

Napi::Value Object::LookupBatch(const Napi::CallbackInfo& info) {
  Loaded(info.Env());
  return fswatch::LookupBatch(info.Env(), handle_, MapArgument(info));
}

Napi::Value Object::DeleteBatch(const Napi::CallbackInfo& info) {
  Loaded(info.Env());
  const bpf_map* map = MapArgument(info);
  const Napi::Uint8Array keys = info[1].As<Napi::Uint8Array>();
  if (keys.ByteLength() % bpf_map__key_size(map) != 0) throw Napi::RangeError::New(info.Env(), "packed keys must be a whole number of keys");
  return fswatch::DeleteBatch(info.Env(), handle_, map, keys);
}

void Object::OpenRing(const Napi::CallbackInfo& info) {
  Loaded(info.Env());
  const bpf_map* map = MapArgument(info);
  if (!info[1].IsFunction()) throw Napi::TypeError::New(info.Env(), "a ring needs a callback for its records");
  rings_[bpf_map__name(map)] = Ring::Open(info.Env(), handle_, map, info[1].As<Napi::Function>());
}

void Object::DrainRing(const Napi::CallbackInfo& info) {
  Loaded(info.Env());
  const auto found = rings_.find(bpf_map__name(MapArgument(info)));
  if (found == rings_.end()) throw Napi::Error::New(info.Env(), "that ring is not open: call openRing() first");
  const std::shared_ptr<Ring> ring = found->second;
  ring->Drain(info.Env());
}

void Object::Close(const Napi::CallbackInfo&) {
  for (const auto& [name, ring] : rings_) ring->Close();
  rings_.clear();
  if (!handle_) return;
  handle_->DetachAll();
  handle_.reset();
}

}  // namespace fswatch
