#include "object.h"

#include <bpf/bpf.h>

#include <cerrno>

#include "arguments.h"
#include "errors.h"
#include "globals.h"

namespace fswatch {

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
                         InstanceMethod<&Object::LinkFds>("linkFds"),
                         InstanceMethod<&Object::MapFd>("mapFd"),
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
  if (object == nullptr) {
    const int error = errno;
    throw SystemError(info.Env(), "opening the BPF object " + path + " failed", error);
  }
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

Handle& Object::NotLoaded(Napi::Env env) const {
  Handle& handle = Opened(env);
  if (handle.loaded()) throw Napi::Error::New(env, "this BPF object is loaded already: choose programs and sizes before load()");
  return handle;
}

bpf_program* Object::ProgramArgument(const Napi::CallbackInfo& info) const {
  const Handle& handle = Opened(info.Env());
  const std::string name = TextArgument(info, 0, "a program's name");
  bpf_program* program = bpf_object__find_program_by_name(handle.object(), name.c_str());
  if (program == nullptr) throw Napi::Error::New(info.Env(), "there is no BPF program named " + name + " in this object");
  return program;
}

bpf_map* Object::MapArgument(const Napi::CallbackInfo& info) const {
  const Handle& handle = Opened(info.Env());
  const std::string name = TextArgument(info, 0, "a map's name");
  bpf_map* map = bpf_object__find_map_by_name(handle.object(), name.c_str());
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
  NotLoaded(info.Env());
  bpf_program* program = ProgramArgument(info);
  const int failed = bpf_program__set_autoload(program, info[1].ToBoolean());
  if (failed != 0) throw SystemError(info.Env(), std::string("choosing the BPF program ") + bpf_program__name(program) + " failed", -failed);
}

void Object::SetMaxEntries(const Napi::CallbackInfo& info) {
  NotLoaded(info.Env());
  bpf_map* map = MapArgument(info);
  const int failed = bpf_map__set_max_entries(map, info[1].ToNumber().Uint32Value());
  if (failed != 0) throw SystemError(info.Env(), std::string("sizing the BPF map ") + bpf_map__name(map) + " failed", -failed);
}

void Object::Load(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Handle& handle = NotLoaded(env);
  ClearLibbpfLog();
  const int failed = bpf_object__load(handle.object());
  if (failed != 0) {
    const std::string blamed = BlamedByLibbpf();
    throw SystemError(env, std::string("loading the BPF object ") + bpf_object__name(handle.object()) + " failed" + (blamed.empty() ? "" : " at " + blamed),
                      -failed);
  }
  if (const bpf_map* map = MapGlobals(handle.object())) {
    const int error = errno;
    throw SystemError(env, std::string("mapping the global variables ") + bpf_map__name(map) + " failed", error);
  }
  handle.set_loaded();
}

void Object::Attach(const Napi::CallbackInfo& info) {
  Handle& handle = Loaded(info.Env());
  bpf_program* program = ProgramArgument(info);
  // A program for a kprobe may be attached to many functions; others know their place by their section.
  const bool named = info.Length() > 1 && !info[1].IsUndefined();
  const std::string function = named ? TextArgument(info, 1, "the kernel function") : "";
  ClearLibbpfLog();
  bpf_link* link = named ? bpf_program__attach_kprobe(program, false, function.c_str()) : bpf_program__attach(program);
  if (link == nullptr) {
    const int error = errno;
    const std::string name = std::string(bpf_program__name(program)) + " (" + bpf_program__section_name(program) + ")";
    throw SystemError(info.Env(), "attaching the BPF program " + name + (named ? " to " + function : "") + " failed", error);
  }
  handle.Keep(bpf_program__name(program), function, link);
}

void Object::Detach(const Napi::CallbackInfo& info) {
  Handle& handle = Loaded(info.Env());
  handle.Detach(bpf_program__name(ProgramArgument(info)));
}

Napi::Value Object::LinkFds(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::vector<int> fds = Loaded(env).LinkFds();
  Napi::Array result = Napi::Array::New(env, fds.size());
  for (size_t i = 0; i < fds.size(); i++) result.Set(i, Napi::Number::New(env, fds[i]));
  return result;
}

Napi::Value Object::MapFd(const Napi::CallbackInfo& info) {
  Loaded(info.Env());
  return Napi::Number::New(info.Env(), bpf_map__fd(MapArgument(info)));
}

Napi::Value Object::ProgramInfo(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Loaded(env);
  bpf_program* program = ProgramArgument(info);
  const int fd = bpf_program__fd(program);
  if (fd < 0) throw Napi::Error::New(env, std::string("the BPF program ") + bpf_program__name(program) + " is not loaded: it was not chosen");
  bpf_prog_info kernel = {};
  uint32_t size = sizeof(kernel);
  if (bpf_obj_get_info_by_fd(fd, &kernel, &size) != 0) {
    const int error = errno;
    throw SystemError(env, std::string("asking about the BPF program ") + bpf_program__name(program) + " failed", error);
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("id", Napi::Number::New(env, kernel.id));
  result.Set("type", Napi::Number::New(env, kernel.type));
  result.Set("recursionMisses", Napi::Number::New(env, static_cast<double>(kernel.recursion_misses)));
  result.Set("runCount", Napi::Number::New(env, static_cast<double>(kernel.run_cnt)));
  result.Set("runTimeNs", Napi::Number::New(env, static_cast<double>(kernel.run_time_ns)));
  return result;
}

void Object::Close(const Napi::CallbackInfo&) {
  for (const auto& [name, ring] : rings_) ring->Close();
  rings_.clear();
  if (!handle_) return;
  handle_->DetachAll();
  handle_.reset();
}

}  // namespace fswatch
