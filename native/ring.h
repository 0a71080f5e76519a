// A BPF ring buffer, drained when the kernel says so and handed over as one buffer a drain.
#pragma once

#include <bpf/libbpf.h>
#include <napi.h>
#include <uv.h>

#include <memory>
#include <string>
#include <vector>

#include "handle.h"

namespace fswatch {

/// One ring. Its poll handle does not keep the event loop alive: the program's own timers do, and a forgotten ring must not
/// keep a finished program running.
class Ring {
 public:
  /// Throws a Napi::Error where the ring cannot be mapped or polled.
  static std::shared_ptr<Ring> Open(Napi::Env env, HandlePtr handle, const bpf_map* map, const Napi::Function& on_batch);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  /// Takes what is there, at most one ringful, and calls back once, if anything was. Records are packed as u32 length, u32 0,
  /// bytes, padding to 8. The callback's exception goes to the caller; it may close the object, and this ring with it.
  void Drain(Napi::Env env);

  /// Stops polling; the memory goes with the last reference. Safe from inside the callback, and twice.
  void Close();

 private:
  // What libuv keeps a pointer to. It outlives the ring, because libuv lets go of a handle one turn after it is closed.
  struct Poll {
    uv_poll_t handle;
    Ring* ring;
    Napi::Env env;
  };

  Ring(Napi::Env env, HandlePtr handle, const bpf_map* map, const Napi::Function& on_batch);
  void StartPolling(Napi::Env env, const std::string& name);
  /// Moves records out of the kernel's buffer until it is empty or `limit` bytes are taken. Empty where there was nothing.
  std::vector<uint8_t> Take(size_t limit);
  static int OnRecord(void* ring, void* data, size_t size);
  static void OnReadable(uv_poll_t* poll, int status, int events);

  HandlePtr handle_;
  size_t size_;
  ring_buffer* buffer_ = nullptr;
  Poll* poll_ = nullptr;
  Napi::FunctionReference on_batch_;
  Napi::AsyncContext context_;
  std::weak_ptr<Ring> self_;
  // Only while Take() runs:
  std::vector<uint8_t> taken_;
  size_t limit_ = 0;
};

}  // namespace fswatch
