// The JS class over one .bpf.o: open, choose, load, attach, read and write its maps, close.
#pragma once

#include <napi.h>

#include <map>
#include <memory>
#include <string>

#include "handle.h"
#include "ring.h"

namespace fswatch {

/// JS: new Object(path). Every method throws a clear Error once closed.
class Object : public Napi::ObjectWrap<Object> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit Object(const Napi::CallbackInfo& info);

 private:
  Napi::Value Programs(const Napi::CallbackInfo& info);
  Napi::Value Maps(const Napi::CallbackInfo& info);
  void SetAutoload(const Napi::CallbackInfo& info);
  void SetMaxEntries(const Napi::CallbackInfo& info);
  void WriteGlobal(const Napi::CallbackInfo& info);
  Napi::Value ReadGlobal(const Napi::CallbackInfo& info);
  void Load(const Napi::CallbackInfo& info);
  void Attach(const Napi::CallbackInfo& info);
  void Detach(const Napi::CallbackInfo& info);
  Napi::Value ProgramInfo(const Napi::CallbackInfo& info);
  Napi::Value Lookup(const Napi::CallbackInfo& info);
  void Update(const Napi::CallbackInfo& info);
  Napi::Value Delete(const Napi::CallbackInfo& info);
  Napi::Value LookupBatch(const Napi::CallbackInfo& info);
  Napi::Value DeleteBatch(const Napi::CallbackInfo& info);
  void OpenRing(const Napi::CallbackInfo& info);
  void DrainRing(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  /// The handle, or a throw: "closed".
  Handle& Opened(Napi::Env env) const;
  /// The same, and loaded.
  Handle& Loaded(Napi::Env env) const;
  bpf_program* ProgramArgument(const Napi::CallbackInfo& info) const;
  bpf_map* MapArgument(const Napi::CallbackInfo& info) const;

  /// A global variable's bytes: its initial value before load(), the kernel's own memory, mapped, after it.
  struct Global {
    uint8_t* data;
    size_t size;
    bool read_only;
  };
  Global FindGlobal(const Napi::CallbackInfo& info) const;
  /// Maps the loaded object's variables over their initial values.
  void MapGlobals(Napi::Env env) const;

  HandlePtr handle_;
  std::map<std::string, std::shared_ptr<Ring>> rings_;
};

}  // namespace fswatch
