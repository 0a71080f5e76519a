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
constexpr size_t kTailLines = 12;

std::mutex log_mutex;
std::string log_text;

int Capture(enum libbpf_print_level level, const char* format, va_list args) {
  if (level == LIBBPF_DEBUG) return 0;
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
  for (size_t lines = 0; start > 0 && lines <= kTailLines; start--) {
    if (log_text[start - 1] == '\n' && ++lines > kTailLines) break;
  }
  return log_text.substr(start);
}

}  // namespace

void CaptureLibbpfLog() { libbpf_set_print(Capture); }

void ClearLibbpfLog() {
  const std::lock_guard<std::mutex> lock(log_mutex);
  log_text.clear();
}

Napi::Error SystemError(Napi::Env env, const std::string& what, int error_number) {
  Napi::Error error = Napi::Error::New(env, what + ": " + std::strerror(error_number));
  const char* name = strerrorname_np(error_number);
  error.Set("errno", Napi::Number::New(env, error_number));
  error.Set("code", Napi::String::New(env, name != nullptr ? name : "EUNKNOWN"));
  error.Set("log", Napi::String::New(env, LogTail()));
  return error;
}

}  // namespace fswatch
