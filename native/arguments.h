// What JS hands in, checked before libbpf sees it: a wrong length there is a wild read here.
#pragma once

#include <bpf/libbpf.h>
#include <napi.h>

#include <string>

namespace fswatch {

/// Argument `i` as a string, or a JS TypeError that calls it `what`.
std::string TextArgument(const Napi::CallbackInfo& info, size_t i, const char* what);

/// Argument `i` as a Uint8Array of any length, or a JS TypeError that calls it `what`.
Napi::Uint8Array BytesArgument(const Napi::CallbackInfo& info, size_t i, const char* what);

/// The same of exactly `size` bytes, or a JS RangeError.
Napi::Uint8Array BytesArgument(const Napi::CallbackInfo& info, size_t i, const char* what, size_t size);

/// Bytes user space exchanges for one value: a per-CPU map hands over one value, padded to 8 bytes, for every possible CPU.
size_t ValueBytes(const bpf_map* map);

}  // namespace fswatch
