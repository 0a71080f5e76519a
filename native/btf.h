// What the running kernel's own type information (BTF) says of its functions.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>

namespace fswatch {

/// JS: kernelFunction(name) -> { returns, params: [{ name, type }] } | null. Pointers to structs read "struct file *".
Napi::Value KernelFunction(const Napi::CallbackInfo& info);

/// Name of the function with a type id in the kernel's own BTF; "" where it is none or the BTF cannot be read.
std::string KernelFunctionName(uint32_t id);

}  // namespace fswatch
