// A growing block of memory that JS can take over without a copy.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>

namespace fswatch {

/// Like a vector of bytes, without its zeroing and copying: mapped pages, which move when they grow and go back to the system when
/// they are freed. malloc would keep megabytes for each of libuv's threads, and every reading may come from another.
class Bytes {
 public:
  Bytes() = default;
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  ~Bytes() { Free(data_, capacity_); }

  uint8_t* data() { return data_; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }

  /// Keeps what is there; what is new is not initialized. Throws std::bad_alloc.
  void Resize(size_t size) {
    if (size > capacity_ || size < capacity_ / 2) Remap(std::max(size > capacity_ ? size + size / 2 : size, size_t{1}));
    size_ = size;
  }

  /// Gives the memory away, to be freed by Free() with the capacity() it had before.
  uint8_t* Release() {
    uint8_t* data = data_;
    data_ = nullptr;
    capacity_ = size_ = 0;
    return data;
  }

  static void Free(void* data, size_t capacity) {
    if (data != nullptr) munmap(data, capacity);
  }

 private:
  void Remap(size_t capacity) {
    void* moved = data_ == nullptr ? mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                                   : mremap(data_, capacity_, capacity, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) throw std::bad_alloc();
    data_ = static_cast<uint8_t*>(moved);
    capacity_ = capacity;
  }

  uint8_t* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace fswatch
