#include "batch.h"

#include <bpf/bpf.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "errors.h"

namespace fswatch {
namespace {

// Entries asked for at once. A hash bucket that holds more than a whole chunk answers ENOSPC, and the chunk doubles.
constexpr uint32_t kChunk = 4096;

class LookupWorker : public Napi::AsyncWorker {
 public:
  LookupWorker(Napi::Env env, HandlePtr handle, const bpf_map* map)
      : Napi::AsyncWorker(env, "fswatch lookupBatch"),
        deferred_(Napi::Promise::Deferred::New(env)),
        handle_(std::move(handle)),
        fd_(bpf_map__fd(map)),
        key_size_(bpf_map__key_size(map)),
        value_size_(bpf_map__value_size(map)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

  void Execute() override {
    std::vector<uint8_t> cursor(key_size_ > 8 ? key_size_ : 8);
    bool first = true;
    uint32_t chunk = kChunk;
    for (;;) {
      keys_.resize((count_ + chunk) * size_t{key_size_});
      values_.resize((count_ + chunk) * size_t{value_size_});
      uint32_t got = chunk;
      const int failed = bpf_map_lookup_batch(fd_, first ? nullptr : cursor.data(), cursor.data(), keys_.data() + count_ * size_t{key_size_},
                                              values_.data() + count_ * size_t{value_size_}, &got, nullptr);
      const int error = failed != 0 ? errno : 0;
      if (error == ENOSPC) {
        chunk *= 2;
        continue;
      }
      if (error != 0 && error != ENOENT) {
        error_ = error;
        return;
      }
      count_ += got;
      first = false;
      if (error == ENOENT) break;
    }
    keys_.resize(count_ * size_t{key_size_});
    values_.resize(count_ * size_t{value_size_});
  }

  void OnOK() override {
    const Napi::Env env = Env();
    if (error_ != 0) {
      deferred_.Reject(SystemError(env, "reading a BPF map failed", error_).Value());
      return;
    }
    Napi::Object result = Napi::Object::New(env);
    result.Set("count", Napi::Number::New(env, static_cast<double>(count_)));
    result.Set("keys", Copy(env, keys_));
    result.Set("values", Copy(env, values_));
    deferred_.Resolve(result);
  }

 private:
  static Napi::Uint8Array Copy(Napi::Env env, const std::vector<uint8_t>& bytes) {
    Napi::Uint8Array array = Napi::Uint8Array::New(env, bytes.size());
    if (!bytes.empty()) std::memcpy(array.Data(), bytes.data(), bytes.size());
    return array;
  }

  Napi::Promise::Deferred deferred_;
  HandlePtr handle_;
  int fd_;
  uint32_t key_size_;
  uint32_t value_size_;
  size_t count_ = 0;
  int error_ = 0;
  std::vector<uint8_t> keys_;
  std::vector<uint8_t> values_;
};

class DeleteWorker : public Napi::AsyncWorker {
 public:
  DeleteWorker(Napi::Env env, HandlePtr handle, const bpf_map* map, const Napi::Uint8Array& keys)
      : Napi::AsyncWorker(env, "fswatch deleteBatch"),
        deferred_(Napi::Promise::Deferred::New(env)),
        handle_(std::move(handle)),
        fd_(bpf_map__fd(map)),
        key_size_(bpf_map__key_size(map)),
        keys_(keys.Data(), keys.Data() + keys.ByteLength()) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

  // BPF_MAP_DELETE_BATCH stops at the first key that is gone; one by one, a missing key is no event.
  void Execute() override {
    for (size_t at = 0; at + key_size_ <= keys_.size(); at += key_size_) {
      if (bpf_map_delete_elem(fd_, keys_.data() + at) == 0) deleted_++;
    }
  }

  void OnOK() override { deferred_.Resolve(Napi::Number::New(Env(), static_cast<double>(deleted_))); }

 private:
  Napi::Promise::Deferred deferred_;
  HandlePtr handle_;
  int fd_;
  uint32_t key_size_;
  std::vector<uint8_t> keys_;
  size_t deleted_ = 0;
};

}  // namespace

Napi::Value LookupBatch(Napi::Env env, HandlePtr handle, const bpf_map* map) {
  auto* worker = new LookupWorker(env, std::move(handle), map);  // deletes itself when done
  const Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

Napi::Value DeleteBatch(Napi::Env env, HandlePtr handle, const bpf_map* map, const Napi::Uint8Array& keys) {
  auto* worker = new DeleteWorker(env, std::move(handle), map, keys);  // deletes itself when done
  const Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

}  // namespace fswatch
