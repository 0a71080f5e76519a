// The loaded BPF object and its attachments, shared by the JS object and by work in flight on other threads.
#pragma once

#include <bpf/libbpf.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace fswatch {

/// Owns one bpf_object and its links. Whoever still reads a map holds a reference, so closing under it is safe: the kernel
/// side is detached at once, the file descriptors go when the last reader is done.
class Handle {
 public:
  explicit Handle(bpf_object* object) : object_(object) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    DetachAll();
    bpf_object__close(object_);
  }

  bpf_object* object() const { return object_; }
  bool loaded() const { return loaded_; }
  void set_loaded() { loaded_ = true; }

  /// Takes the link over; an earlier one of the same program to the same function ("": the one of its section) is destroyed.
  void Keep(const std::string& program, const std::string& function, bpf_link* link) {
    bpf_link*& kept = links_[{program, function}];
    if (kept != nullptr) bpf_link__destroy(kept);
    kept = link;
  }
  /// From wherever the program is attached.
  void Detach(const std::string& program) {
    auto at = links_.lower_bound({program, ""});
    while (at != links_.end() && at->first.first == program) {
      bpf_link__destroy(at->second);
      at = links_.erase(at);
    }
  }
  /// Descriptors of all links.
  std::vector<int> LinkFds() const {
    std::vector<int> fds;
    for (const auto& [name, link] : links_) fds.push_back(bpf_link__fd(link));
    return fds;
  }
  void DetachAll() {
    for (const auto& [name, link] : links_) bpf_link__destroy(link);
    links_.clear();
  }

 private:
  bpf_object* object_;
  bool loaded_ = false;
  std::map<std::pair<std::string, std::string>, bpf_link*> links_;
};

using HandlePtr = std::shared_ptr<Handle>;

}  // namespace fswatch
