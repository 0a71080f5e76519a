{
  "targets": [
    {
      "target_name": "fswatch",
      "sources": [
        "native/arguments.cc", "native/attached.cc", "native/batch.cc", "native/btf.cc", "native/errors.cc", "native/globals.cc", "native/map_reader.cc",
        "native/module.cc", "native/object.cc", "native/object_maps.cc", "native/ring.cc"
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      # An exception that cannot be thrown into a JS environment on its way out is dropped: a worker may end with a read in flight.
      "defines": ["NAPI_VERSION=9", "NODE_ADDON_API_CPP_EXCEPTIONS_ALL", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS", "_GNU_SOURCE"],
      "cflags!": ["-fno-exceptions"],
      "cflags_cc!": ["-fno-exceptions", "-std=gnu++17", "-std=gnu++20", "-std=gnu++1y"],
      "cflags_cc": ["-std=c++20", "-fexceptions", "-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers", "-ffile-prefix-map=<(module_root_dir)=."],
      # libstdc++ inside, because its symbols are younger than the C library we promise to run on. libgcc is not: the static one asks for
      # glibc 2.35 (_dl_find_object), and Node itself needs the shared one.
      "ldflags": ["-static-libstdc++", "-Wl,--gc-sections", "-Wl,--build-id=none", "-Wl,-rpath,'$$ORIGIN'", "-Wl,--exclude-libs,ALL"],
      "libraries": ["-lbpf"]
    },
    {
      # Its own process, see native/keeper.c. It links nothing but the C library.
      "target_name": "fswatch-keeper",
      "type": "executable",
      "sources": ["native/keeper.c"],
      "cflags": ["-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers", "-ffile-prefix-map=<(module_root_dir)=."],
      "ldflags": ["-Wl,--gc-sections", "-Wl,--build-id=none"]
    }
  ]
}
