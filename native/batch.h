// Whole-map reads and deletions, on a worker thread so that a map of a million entries does not stop the screen.
#pragma once

#include <bpf/libbpf.h>
#include <napi.h>

#include "handle.h"

namespace fswatch {

/// JS: Promise<{ count, keys: Uint8Array, values: Uint8Array }>; keys and values are packed back to back. Rejects with a system
/// error. The handle keeps the map alive until the promise settles, whatever is closed meanwhile.
Napi::Value LookupBatch(Napi::Env env, HandlePtr handle, const bpf_map* map);

/// JS: Promise<number>: how many of the packed keys were there and are deleted now. A missing key is not an error.
Napi::Value DeleteBatch(Napi::Env env, HandlePtr handle, const bpf_map* map, const Napi::Uint8Array& keys);

}  // namespace fswatch
