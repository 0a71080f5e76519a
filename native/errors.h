// Errors as sentences: what failed, why (errno), and the tail of what libbpf and the verifier had to say.
#pragma once

#include <napi.h>

#include <string>

namespace fswatch {

/// Routes libbpf's warnings into a bounded buffer instead of stderr, which belongs to the screen. Called once, at module load.
void CaptureLibbpfLog();

/// Forgets what libbpf said so far; called before an operation whose failure should carry only its own log.
void ClearLibbpfLog();

/// The program or map that libbpf's last complaint names: "program x", "map x", or "" where it names none.
std::string BlamedByLibbpf();

/// Makes a JS Error: message "<what>: <why>", .errno (positive), .code ("EPERM"; "ELIBBPF" for libbpf's own numbers), .log (last
/// lines of the log). Take a copy of errno before building `what`: making a string may change it.
Napi::Error SystemError(Napi::Env env, const std::string& what, int error_number);

}  // namespace fswatch
