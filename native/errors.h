// Errors as sentences: what failed, why (errno), and the tail of what libbpf and the verifier had to say.
#pragma once

#include <napi.h>

#include <string>

namespace fswatch {

/// Routes libbpf's messages into a bounded per-process buffer instead of stderr. Called once, at module load.
void CaptureLibbpfLog();

/// Forgets what libbpf said so far; called before an operation whose failure should carry only its own log.
void ClearLibbpfLog();

/// Makes a JS Error: message "<what>: <strerror>", .errno (positive), .code ("EPERM"), .log (last lines of the log).
Napi::Error SystemError(Napi::Env env, const std::string& what, int error_number);

}  // namespace fswatch
