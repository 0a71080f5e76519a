#include "ring.h"

#include <cerrno>
#include <cstring>

#include "errors.h"

namespace fswatch {
namespace {

// One callback gets at most this much, so that a flood cannot keep the event loop in one turn for long.
constexpr size_t kBatchBytes = 4 * 1024 * 1024;

}  // namespace

std::shared_ptr<Ring> Ring::Open(Napi::Env env, HandlePtr handle, const bpf_map* map, const Napi::Function& on_batch) {
  // `ring` is filled in below: the callback's context is the Ring itself.
  std::shared_ptr<Ring> ring(new Ring(std::move(handle), nullptr));
  ring->self_ = ring;
  ring->buffer_ = ring_buffer__new(bpf_map__fd(map), OnRecord, ring.get(), nullptr);
  if (ring->buffer_ == nullptr) throw SystemError(env, std::string("mapping the ring buffer ") + bpf_map__name(map) + " failed", errno);
  ring->on_batch_ = Napi::Persistent(on_batch);

  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  ring->poll_ = new Poll{{}, ring.get(), env};
  const int failed = uv_poll_init(loop, &ring->poll_->handle, ring_buffer__epoll_fd(ring->buffer_));
  if (failed != 0) {
    delete ring->poll_;
    ring->poll_ = nullptr;
    throw SystemError(env, std::string("polling the ring buffer ") + bpf_map__name(map) + " failed", -failed);
  }
  ring->poll_->handle.data = ring->poll_;
  uv_poll_start(&ring->poll_->handle, UV_READABLE, OnReadable);
  uv_unref(reinterpret_cast<uv_handle_t*>(&ring->poll_->handle));
  return ring;
}

Ring::~Ring() {
  Close();
  ring_buffer__free(buffer_);
}

void Ring::Close() {
  if (closed_) return;
  closed_ = true;
  if (poll_ == nullptr) return;
  poll_->ring = nullptr;
  uv_poll_stop(&poll_->handle);
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_->handle), [](uv_handle_t* handle) { delete static_cast<Poll*>(handle->data); });
  poll_ = nullptr;
}

int Ring::OnRecord(void* context, void* data, size_t size) {
  auto* ring = static_cast<Ring*>(context);
  const size_t at = ring->records_.size();
  const size_t padded = (size + 7) & ~size_t{7};
  const uint32_t head[2] = {static_cast<uint32_t>(size), 0};
  ring->records_.resize(at + sizeof(head) + padded);
  std::memcpy(ring->records_.data() + at, head, sizeof(head));
  std::memcpy(ring->records_.data() + at + sizeof(head), data, size);
  // A negative value ends ring_buffer__consume after this record; the rest stays in the ring for the next turn.
  return ring->records_.size() >= kBatchBytes ? -EAGAIN : 0;
}

void Ring::Drain(Napi::Env env) {
  // The callback may close the object, and with it this ring: stay alive until it returns.
  const std::shared_ptr<Ring> keep = self_.lock();
  for (;;) {
    if (closed_) return;
    const int result = ring_buffer__consume(buffer_);
    if (records_.empty()) return;
    Napi::Uint8Array batch = Napi::Uint8Array::New(env, records_.size());
    std::memcpy(batch.Data(), records_.data(), records_.size());
    records_.clear();
    on_batch_.Call({batch});
    if (result != -EAGAIN) return;
  }
}

void Ring::OnReadable(uv_poll_t* handle, int status, int) {
  auto* poll = static_cast<Poll*>(handle->data);
  if (status < 0 || poll->ring == nullptr) return;
  const Napi::Env env = poll->env;
  const Napi::HandleScope scope(env);
  try {
    poll->ring->Drain(env);
  } catch (const Napi::Error& error) {
    // No JS frame above: hand it to process.on('uncaughtException').
    napi_fatal_exception(env, error.Value());
  }
}

}  // namespace fswatch
