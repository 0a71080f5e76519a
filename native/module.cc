// The addon's entry: a thin layer over libbpf. It decides nothing; src/kernel does.
#include <bpf/libbpf.h>
#include <napi.h>
#include <time.h>

#include "attached.h"
#include "btf.h"
#include "errors.h"
#include "object.h"

namespace {

Napi::Value LibbpfVersion(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), libbpf_version_string()); }

// CLOCK_BOOTTIME in ns, which Node does not offer; see src/kernel/boot-clock.ts.
Napi::Value BootTimeNs(const Napi::CallbackInfo& info) {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return Napi::BigInt::New(info.Env(), static_cast<int64_t>(now.tv_sec) * 1000000000 + now.tv_nsec);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  fswatch::CaptureLibbpfLog();
  exports.Set("libbpfVersion", Napi::Function::New(env, LibbpfVersion));
  exports.Set("bootTimeNs", Napi::Function::New(env, BootTimeNs));
  exports.Set("attachedPrograms", Napi::Function::New(env, fswatch::AttachedPrograms));
  exports.Set("kernelFunction", Napi::Function::New(env, fswatch::KernelFunction));
  exports.Set("Object", fswatch::Object::Define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(fswatch, Init)
