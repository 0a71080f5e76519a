#include "btf.h"

#include <bpf/btf.h>

#include <memory>
#include <string>

#include "errors.h"

namespace fswatch {
namespace {

struct FreeBtf {
  void operator()(btf* b) const { btf__free(b); }
};

// Parsed once: 5 MB and some 10 ms.
const btf* KernelBtf() {
  static const std::unique_ptr<btf, FreeBtf> kernel(btf__load_vmlinux_btf());
  return kernel.get();
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
    case BTF_KIND_STRUCT:
    case BTF_KIND_FWD:
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

Napi::Value KernelFunction(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string name = info[0].ToString();
  const btf* kernel = KernelBtf();
  if (kernel == nullptr) throw SystemError(env, "the kernel's BTF (/sys/kernel/btf/vmlinux) cannot be read", errno);
  const int id = btf__find_by_name_kind(kernel, name.c_str(), BTF_KIND_FUNC);
  if (id < 0) return env.Null();
  const btf_type* prototype = btf__type_by_id(kernel, btf__type_by_id(kernel, id)->type);
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
