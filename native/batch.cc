#include "batch.h"

#include <string>
#include <vector>

#include "errors.h"
#include "map_reader.h"

namespace fswatch {
namespace {

/// Work of one promise on one map: Run() on a libuv worker thread, Result() back on the JS thread. Deletes itself when settled.
class MapWorker : public Napi::AsyncWorker {
 public:
  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  MapWorker(Napi::Env env, HandlePtr handle, const bpf_map* map, const char* doing)
      : Napi::AsyncWorker(env, doing), map_(map), deferred_(Napi::Promise::Deferred::New(env)), handle_(std::move(handle)), doing_(doing) {}

  /// Returns 0 or an errno.
  virtual int Run() = 0;
  virtual Napi::Value Result(Napi::Env env) = 0;

  const bpf_map* map_;

 private:
  void Execute() override { error_ = Run(); }

  void OnOK() override {
    if (error_ == 0) {
      deferred_.Resolve(Result(Env()));
      return;
    }
    deferred_.Reject(SystemError(Env(), std::string(doing_) + " the BPF map " + bpf_map__name(map_) + " failed", error_).Value());
  }

  // Run() threw: in practice std::bad_alloc.
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

  Napi::Promise::Deferred deferred_;
  HandlePtr handle_;
  const char* doing_;
  int error_ = 0;
};

class LookupWorker : public MapWorker {
 public:
  LookupWorker(Napi::Env env, HandlePtr handle, const bpf_map* map) : MapWorker(env, std::move(handle), map, "reading") {}

 private:
  int Run() override { return ReadMap(map_, entries_); }

  Napi::Value Result(Napi::Env env) override {
    Napi::Object result = Napi::Object::New(env);
    result.Set("count", Napi::Number::New(env, static_cast<double>(entries_.count)));
    result.Set("keys", ToJs(env, entries_.keys));
    result.Set("values", ToJs(env, entries_.values));
    return result;
  }

  // JS takes the memory over: copying 6 MB would hold up the screen.
  static Napi::Uint8Array ToJs(Napi::Env env, Bytes& bytes) {
    const size_t size = bytes.size();
    if (size == 0) return Napi::Uint8Array::New(env, 0);
    const size_t capacity = bytes.capacity();
    const Napi::ArrayBuffer buffer =
        Napi::ArrayBuffer::New(env, bytes.Release(), size, [capacity](Napi::Env, void* data) { Bytes::Free(data, capacity); });
    return Napi::Uint8Array::New(env, size, buffer, 0);
  }

  MapEntries entries_;
};

class DeleteWorker : public MapWorker {
 public:
  // The keys are copied: the caller's array may change while the worker runs.
  DeleteWorker(Napi::Env env, HandlePtr handle, const bpf_map* map, const Napi::Uint8Array& keys)
      : MapWorker(env, std::move(handle), map, "deleting from"), keys_(keys.Data(), keys.Data() + keys.ByteLength()) {}

 private:
  int Run() override { return DeleteKeys(map_, keys_, deleted_); }

  Napi::Value Result(Napi::Env env) override { return Napi::Number::New(env, static_cast<double>(deleted_)); }

  std::vector<uint8_t> keys_;
  size_t deleted_ = 0;
};

Napi::Value Start(MapWorker* worker) {
  const Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

}  // namespace

Napi::Value LookupBatch(Napi::Env env, HandlePtr handle, const bpf_map* map) {
  return Start(new LookupWorker(env, std::move(handle), map));
}

Napi::Value DeleteBatch(Napi::Env env, HandlePtr handle, const bpf_map* map, const Napi::Uint8Array& keys) {
  return Start(new DeleteWorker(env, std::move(handle), map, keys));
}

}  // namespace fswatch
