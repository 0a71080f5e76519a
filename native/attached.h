// BPF programs that are attached where a kernel function's result can be changed, those of other processes too.
#pragma once

#include <napi.h>

namespace fswatch {

/// attachedPrograms(): see src/kernel/addon.ts. Throws a BpfError (EPERM without CAP_SYS_ADMIN).
Napi::Value AttachedPrograms(const Napi::CallbackInfo& info);

}  // namespace fswatch
