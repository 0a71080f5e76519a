// A BPF ring buffer, drained when the kernel says so and handed over as one buffer a drain.
#pragma once

#include <bpf/libbpf.h>
#include <napi.h>
#include <uv.h>

#include <memory>
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

  /// Takes what is there and calls back once, if anything was. Records are packed as u32 length, u32 0, bytes, padding to 8.
  void Drain(Napi::Env env);

  /// Stops polling; also called from inside the callback.
  void Close();

 private:
  // Outlives the ring until libuv has let go of it.
  struct Poll {
    uv_poll_t handle;
    Ring* ring;
    Napi::Env env;
  };

  Ring(HandlePtr handle, ring_buffer* buffer) : handle_(std::move(handle)), buffer_(buffer) {}
  static int OnRecord(void* ring, void* data, size_t size);
  static void OnReadable(uv_poll_t* poll, int status, int events);

  HandlePtr handle_;
  ring_buffer* buffer_;
  Poll* poll_ = nullptr;
  Napi::FunctionReference on_batch_;
  std::vector<uint8_t> records_;
  bool closed_ = false;
  std::weak_ptr<Ring> self_;
};

}  // namespace fswatch
