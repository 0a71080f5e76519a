// The addon's entry: a thin layer over libbpf. It decides nothing; src/kernel does.
#include <bpf/libbpf.h>
#include <napi.h>

#include "btf.h"
#include "errors.h"
#include "object.h"

namespace {

Napi::Value LibbpfVersion(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), libbpf_version_string()); }

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  fswatch::CaptureLibbpfLog();
  exports.Set("libbpfVersion", Napi::Function::New(env, LibbpfVersion));
  exports.Set("kernelFunction", Napi::Function::New(env, fswatch::KernelFunction));
  exports.Set("Object", fswatch::Object::Define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(fswatch, Init)
