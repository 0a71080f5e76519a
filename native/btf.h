// What the running kernel's own type information (BTF) says of its functions.
#pragma once

#include <napi.h>

namespace fswatch {

/// JS: kernelFunction(name) -> { returns, params: [{ name, type }] } | null. Pointers to structs read "struct file *".
Napi::Value KernelFunction(const Napi::CallbackInfo& info);

}  // namespace fswatch
