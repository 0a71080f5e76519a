{
  "targets": [
    {
      "target_name": "fswatch",
      "sources": ["native/module.cc", "native/object.cc", "native/ring.cc", "native/batch.cc", "native/btf.cc", "native/errors.cc"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=9", "NODE_ADDON_API_CPP_EXCEPTIONS", "_GNU_SOURCE"],
      "cflags!": ["-fno-exceptions"],
      "cflags_cc!": ["-fno-exceptions", "-std=gnu++17", "-std=gnu++1y"],
      "cflags_cc": ["-std=gnu++20", "-fexceptions", "-Wall", "-Wextra", "-Wno-missing-field-initializers", "-ffile-prefix-map=<(module_root_dir)=."],
      "ldflags": ["-Wl,--build-id=none", "-Wl,-rpath,'$$ORIGIN'", "-Wl,--exclude-libs,ALL"],
      "libraries": ["-lbpf"]
    }
  ]
}
