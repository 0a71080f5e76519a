#include "errors.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>

namespace fswatch {
namespace {

// The verifier's verdict stands at the end; a load's whole log can be megabytes.
constexpr size_t kLogBytes = 64 * 1024;
constexpr size_t kTailLines = 16;

// Of the kernel, but in no C library's table: "this map (program) type cannot do that".
constexpr int kEnotsupp = 524;

// libbpf has one log per process, and worker threads may load this module too.
std::mutex log_mutex;
std::string log_text;

int Capture(enum libbpf_print_level level, const char* format, va_list args) {
  if (level != LIBBPF_WARN) return 0;
  std::va_list again;
  va_copy(again, args);
  const int length = std::vsnprintf(nullptr, 0, format, args);
  if (length > 0) {
    std::string line(static_cast<size_t>(length) + 1, '\0');
    std::vsnprintf(line.data(), line.size(), format, again);
    line.pop_back();
    const std::lock_guard<std::mutex> lock(log_mutex);
    log_text += line;
    if (log_text.size() > kLogBytes) log_text.erase(0, log_text.size() - kLogBytes);
  }
  va_end(again);
  return length;
}

std::string LogTail() {
  const std::lock_guard<std::mutex> lock(log_mutex);
  size_t start = log_text.size();
  for (size_t lines = 0; start > 0; start--) {
    if (log_text[start - 1] == '\n' && ++lines > kTailLines) break;
  }
  return log_text.substr(start);
}

std::string Describe(int error_number) {
  if (error_number == kEnotsupp) return "Operation not supported by the kernel";
  char text[128] = "";
  libbpf_strerror(error_number, text, sizeof(text));
  return text;
}

std::string CodeOf(int error_number) {
  if (error_number == kEnotsupp) return "ENOTSUPP";
  if (error_number >= __LIBBPF_ERRNO__START) return "ELIBBPF";
  const char* name = strerrorname_np(error_number);
  return name != nullptr ? name : "EUNKNOWN";
}

}  // namespace

void CaptureLibbpfLog() { libbpf_set_print(Capture); }

void ClearLibbpfLog() {
  const std::lock_guard<std::mutex> lock(log_mutex);
  log_text.clear();
}

std::string BlamedByLibbpf() {
  const std::lock_guard<std::mutex> lock(log_mutex);
  size_t best = std::string::npos;
  std::string blamed;
  for (const auto& [mark, kind] : {std::pair{"libbpf: prog '", "program "}, std::pair{"libbpf: map '", "map "}}) {
    const size_t at = log_text.rfind(mark);
    if (at == std::string::npos || (best != std::string::npos && at < best)) continue;
    const size_t name = at + std::strlen(mark);
    best = at;
    blamed = kind + log_text.substr(name, log_text.find('\'', name) - name);
  }
  return blamed;
}

Napi::Error SystemError(Napi::Env env, const std::string& what, int error_number) {
  Napi::Error error = Napi::Error::New(env, what + ": " + Describe(error_number));
  error.Set("errno", Napi::Number::New(env, error_number));
  error.Set("code", Napi::String::New(env, CodeOf(error_number)));
  error.Set("log", Napi::String::New(env, LogTail()));
  return error;
}

}  // namespace fswatch
