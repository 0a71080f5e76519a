#include "attached.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "btf.h"
#include "errors.h"

namespace fswatch {
namespace {

// BPF_LSM_CGROUP; headers before Linux 6.0 lack it.
constexpr uint32_t kLsmCgroup = 43;

// The kernel gives its own BTF the first object id; other ids are modules.
constexpr uint32_t kKernelBtf = 1;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// How a link's program changes what a kernel function returns: "lsm", "fmod_ret", "lsm_cgroup"; nullptr: it does not.
const char* KindOf(const bpf_link_info& link) {
  if (link.type == BPF_LINK_TYPE_CGROUP) return link.cgroup.attach_type == kLsmCgroup ? "lsm_cgroup" : nullptr;
  if (link.type != BPF_LINK_TYPE_TRACING) return nullptr;
  if (link.tracing.attach_type == BPF_LSM_MAC) return "lsm";
  return link.tracing.attach_type == BPF_MODIFY_RETURN ? "fmod_ret" : nullptr;
}

// The kernel function, or "". Links tell it from 5.13 on, programs from 6.0 on.
std::string FunctionOf(const bpf_link_info& link, const bpf_prog_info& program) {
  if (link.type == BPF_LINK_TYPE_TRACING && link.tracing.target_btf_id != 0)
    return link.tracing.target_obj_id == kKernelBtf ? KernelFunctionName(link.tracing.target_btf_id) : "";
  return program.attach_btf_obj_id == kKernelBtf ? KernelFunctionName(program.attach_btf_id) : "";
}

}  // namespace

Napi::Value AttachedPrograms(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array list = Napi::Array::New(env);
  uint32_t count = 0;
  for (uint32_t id = 0; bpf_link_get_next_id(id, &id) == 0;) {
    const Descriptor link_fd(bpf_link_get_fd_by_id(id));
    if (link_fd.get() < 0) {
      if (errno == ENOENT || errno == EAGAIN) continue;  // It went meanwhile, or is being made.
      throw SystemError(env, "asking about BPF links failed", errno);
    }
    bpf_link_info link = {};
    uint32_t size = sizeof(link);
    if (bpf_obj_get_info_by_fd(link_fd.get(), &link, &size) != 0) continue;
    const char* kind = KindOf(link);
    if (kind == nullptr) continue;
    bpf_prog_info program = {};
    size = sizeof(program);
    const Descriptor program_fd(bpf_prog_get_fd_by_id(link.prog_id));
    if (program_fd.get() < 0 || bpf_obj_get_info_by_fd(program_fd.get(), &program, &size) != 0) continue;
    const std::string function = FunctionOf(link, program);
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("link", Napi::Number::New(env, id));
    entry.Set("program", Napi::Number::New(env, link.prog_id));
    entry.Set("name", Napi::String::New(env, program.name));
    entry.Set("kind", Napi::String::New(env, kind));
    entry.Set("function", function.empty() ? env.Null() : Napi::String::New(env, function));
    list.Set(count++, entry);
  }
  if (errno != ENOENT) throw SystemError(env, "listing BPF links failed", errno);
  return list;
}

}  // namespace fswatch
