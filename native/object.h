// The JS class over one .bpf.o: open, choose, load, attach, read and write its maps, close.
#pragma once

#include <napi.h>

#include <map>
#include <memory>
#include <string>

#include "globals.h"
#include "handle.h"
#include "ring.h"

namespace fswatch {

/// JS: new Object(path). Every method but close() throws a clear Error once closed. object.cc has its life (open to close),
/// object_maps.cc what is read and written meanwhile. It must be closed to let go of its rings: their callbacks usually refer to
/// the object, so the garbage collector may see a cycle it cannot break.
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
  Napi::Value LinkFds(const Napi::CallbackInfo& info);
  Napi::Value MapFd(const Napi::CallbackInfo& info);
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
  /// The same, and loaded; or a throw.
  Handle& Loaded(Napi::Env env) const;
  /// The same, and not loaded yet; or a throw.
  Handle& NotLoaded(Napi::Env env) const;
  /// The program or map that the first argument names; or a throw.
  bpf_program* ProgramArgument(const Napi::CallbackInfo& info) const;
  bpf_map* MapArgument(const Napi::CallbackInfo& info) const;
  /// The global variable that the first argument names; or a throw.
  Global GlobalArgument(const Napi::CallbackInfo& info) const;

  HandlePtr handle_;
  std::map<std::string, std::shared_ptr<Ring>> rings_;
};

}  // namespace fswatch
