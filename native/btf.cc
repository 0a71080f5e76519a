#include "btf.h"

#include <bpf/btf.h>

#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "arguments.h"
#include "errors.h"

namespace fswatch {
namespace {

struct FreeBtf {
  void operator()(btf* types) const { btf__free(types); }
};

// The kernel's types and its functions by name, or why they cannot be had.
struct KernelTypes {
  std::unique_ptr<btf, FreeBtf> types;
  int error = 0;
  std::unordered_map<std::string_view, uint32_t> functions;

  // An index, because libbpf searches its 100,000 types from the start every time: 0.6 ms a name, and start-up asks for dozens.
  KernelTypes() : types(btf__load_vmlinux_btf()), error(types ? 0 : errno) {
    const uint32_t count = types ? btf__type_cnt(types.get()) : 0;
    for (uint32_t id = 1; id < count; id++) {
      const btf_type* type = btf__type_by_id(types.get(), id);
      if (btf_is_func(type)) functions.emplace(btf__name_by_offset(types.get(), type->name_off), id);
    }
  }
};

// Made once: some 5 MB and 10 ms.
const KernelTypes& Kernel() {
  static const KernelTypes kernel;
  return kernel;
}

std::string TypeName(const btf* kernel, uint32_t id) {
  if (id == 0) return "void";
  const btf_type* type = btf__type_by_id(kernel, id);
  const std::string name = btf__name_by_offset(kernel, type->name_off);
  switch (btf_kind(type)) {
    case BTF_KIND_PTR:
      return TypeName(kernel, type->type) + " *";
    case BTF_KIND_CONST:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_TYPE_TAG:
      return TypeName(kernel, type->type);
    case BTF_KIND_FWD:
      return (btf_kflag(type) ? "union " : "struct ") + name;
    case BTF_KIND_STRUCT:
      return "struct " + name;
    case BTF_KIND_UNION:
      return "union " + name;
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64:
      return "enum " + name;
    default:
      return name.empty() ? "?" : name;
  }
}

}  // namespace

std::string KernelFunctionName(uint32_t id) {
  const btf* kernel = Kernel().types.get();
  const btf_type* type = kernel != nullptr && id < btf__type_cnt(kernel) ? btf__type_by_id(kernel, id) : nullptr;
  return type != nullptr && btf_is_func(type) ? btf__name_by_offset(kernel, type->name_off) : "";
}

Napi::Value KernelFunction(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string name = TextArgument(info, 0, "a function's name");
  const btf* kernel = Kernel().types.get();
  if (kernel == nullptr) throw SystemError(env, "the kernel's BTF (/sys/kernel/btf/vmlinux) cannot be read", Kernel().error);
  const auto function = Kernel().functions.find(name);
  if (function == Kernel().functions.end()) return env.Null();
  const btf_type* prototype = btf__type_by_id(kernel, btf__type_by_id(kernel, function->second)->type);
  Napi::Array params = Napi::Array::New(env);
  const btf_param* param = btf_params(prototype);
  for (uint32_t i = 0; i < btf_vlen(prototype); i++) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", btf__name_by_offset(kernel, param[i].name_off));
    entry.Set("type", TypeName(kernel, param[i].type));
    params.Set(i, entry);
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("returns", TypeName(kernel, prototype->type));
  result.Set("params", params);
  return result;
}

}  // namespace fswatch
