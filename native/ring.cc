#include "ring.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "errors.h"

namespace fswatch {
namespace {

// Bytes one turn of the event loop takes: under a flood the screen and the keys get their turn in between. The ring stays
// readable, so what is left comes with the next turn.
constexpr size_t kTurnBytes = 4 * 1024 * 1024;

Napi::Uint8Array ToJs(Napi::Env env, const std::vector<uint8_t>& bytes) {
  Napi::Uint8Array array = Napi::Uint8Array::New(env, bytes.size());
  std::memcpy(array.Data(), bytes.data(), bytes.size());
  return array;
}

}  // namespace

std::shared_ptr<Ring> Ring::Open(Napi::Env env, HandlePtr handle, const bpf_map* map, const Napi::Function& on_batch) {
  std::shared_ptr<Ring> ring(new Ring(env, std::move(handle), map, on_batch));
  ring->self_ = ring;
  ClearLibbpfLog();
  ring->buffer_ = ring_buffer__new(bpf_map__fd(map), OnRecord, ring.get(), nullptr);
  if (ring->buffer_ == nullptr) {
    const int error = errno;
    throw SystemError(env, std::string("opening the BPF map ") + bpf_map__name(map) + " as a ring buffer failed", error);
  }
  ring->StartPolling(env, bpf_map__name(map));
  return ring;
}

Ring::Ring(Napi::Env env, HandlePtr handle, const bpf_map* map, const Napi::Function& on_batch)
    : handle_(std::move(handle)), size_(bpf_map__max_entries(map)), on_batch_(Napi::Persistent(on_batch)), context_(env, "fswatch ring") {}

Ring::~Ring() {
  Close();
  ring_buffer__free(buffer_);
}

void Ring::StartPolling(Napi::Env env, const std::string& name) {
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  auto poll = std::make_unique<Poll>(Poll{{}, this, env});
  int failed = uv_poll_init(loop, &poll->handle, ring_buffer__epoll_fd(buffer_));
  if (failed == 0) {
    poll_ = poll.release();  // from here on libuv owns it: Close() gives it back
    poll_->handle.data = poll_;
    failed = uv_poll_start(&poll_->handle, UV_READABLE, OnReadable);
  }
  if (failed != 0) throw SystemError(env, "polling the ring buffer " + name + " failed", -failed);
  uv_unref(reinterpret_cast<uv_handle_t*>(&poll_->handle));
}

void Ring::Close() {
  if (poll_ == nullptr) return;
  poll_->ring = nullptr;
  uv_poll_stop(&poll_->handle);
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_->handle), [](uv_handle_t* handle) { delete static_cast<Poll*>(handle->data); });
  poll_ = nullptr;
}

int Ring::OnRecord(void* context, void* data, size_t size) {
  auto* ring = static_cast<Ring*>(context);
  const auto* bytes = static_cast<const uint8_t*>(data);
  const uint32_t head[2] = {static_cast<uint32_t>(size), 0};
  const auto* head_bytes = reinterpret_cast<const uint8_t*>(head);
  ring->taken_.insert(ring->taken_.end(), head_bytes, head_bytes + sizeof(head));
  ring->taken_.insert(ring->taken_.end(), bytes, bytes + size);
  ring->taken_.resize((ring->taken_.size() + 7) & ~size_t{7});
  // A negative value ends ring_buffer__consume after this record; the rest stays in the ring.
  return ring->taken_.size() >= ring->limit_ ? -EAGAIN : 0;
}

std::vector<uint8_t> Ring::Take(size_t limit) {
  limit_ = limit;
  ring_buffer__consume(buffer_);
  return std::exchange(taken_, {});
}

void Ring::Drain(Napi::Env env) {
  // The callback may close the object: what it is called through must not go while it runs.
  const std::shared_ptr<Ring> keep = self_.lock();
  // Bounded, because a fast producer could otherwise keep this loop busy for ever.
  const std::vector<uint8_t> records = Take(size_);
  if (!records.empty()) on_batch_.Call({ToJs(env, records)});
}

void Ring::OnReadable(uv_poll_t* handle, int status, int) {
  const auto* poll = static_cast<Poll*>(handle->data);
  if (status < 0 || poll->ring == nullptr) return;
  const std::shared_ptr<Ring> ring = poll->ring->self_.lock();
  const Napi::Env env = poll->env;
  const Napi::HandleScope scope(env);
  try {
    const std::vector<uint8_t> records = ring->Take(kTurnBytes);
    // MakeCallback, because no JS is running: it gives the callback an asynchronous context, and runs the promises it leaves behind.
    if (!records.empty()) ring->on_batch_.MakeCallback(env.Global(), {ToJs(env, records)}, ring->context_);
  } catch (const Napi::Error& error) {
    // No JS frame above: hand it to process.on('uncaughtException').
    napi_fatal_exception(env, error.Value());
  }
}

}  // namespace fswatch
