// The addon's entry: a thin layer over libbpf. It decides nothing; src/kernel does.
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <malloc.h>
#include <napi.h>
#include <sys/stat.h>
#include <time.h>

#include <cerrno>

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

// isDax(fd): see src/kernel/addon.ts. Asks no server: what the kernel knows of the file is enough.
Napi::Value IsDax(const Napi::CallbackInfo& info) {
  if (!info[0].IsNumber()) throw Napi::TypeError::New(info.Env(), "the descriptor must be a number");
  struct statx found {};
  if (statx(info[0].As<Napi::Number>().Int32Value(), "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &found) != 0) {
    const int error = errno;
    throw fswatch::SystemError(info.Env(), "statx", error);
  }
  return Napi::Boolean::New(info.Env(), (found.stx_attributes & STATX_ATTR_DAX) != 0);
}

/*
 * What is read of the kernel's tables is some MB a tick. glibc takes such a block from the heap once it has freed one of that size, and
 * gives the heap back only from its end: 20 to 30 MB stayed resident. With a threshold that is set it maps them and unmaps them.
 */
void KeepHeapSmall() {
  constexpr int kThresholdBytes = 128 * 1024;
  mallopt(M_MMAP_THRESHOLD, kThresholdBytes);
  mallopt(M_TRIM_THRESHOLD, kThresholdBytes);
  // Threads that read tables would each have a heap of their own.
  mallopt(M_ARENA_MAX, 1);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  KeepHeapSmall();
  fswatch::CaptureLibbpfLog();
  exports.Set("libbpfVersion", Napi::Function::New(env, LibbpfVersion));
  exports.Set("bootTimeNs", Napi::Function::New(env, BootTimeNs));
  exports.Set("attachedPrograms", Napi::Function::New(env, fswatch::AttachedPrograms));
  exports.Set("isDax", Napi::Function::New(env, IsDax));
  exports.Set("kernelFunction", Napi::Function::New(env, fswatch::KernelFunction));
  exports.Set("Object", fswatch::Object::Define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(fswatch, Init)
