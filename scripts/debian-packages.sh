#!/bin/sh
# The Debian packages that building and testing need. As root it installs what is missing; otherwise it names the one line that does.
set -eu
packages='
clang-14 llvm-14            BPF objects
libbpf-dev libelf-dev       the addon links libbpf
zlib1g-dev                  which needs zlib
bpftool                     layouts from BTF (npm run gen)
g++ make python3            node-gyp
patchelf binutils           prebuilds: run path, symbol versions
qemu-system-x86             guests with other kernels
busybox-static cpio kmod    their first process and modules
xz-utils zstd lz4           unpacking kernels
util-linux                  setpriv: a guest ends with its test
e2fsprogs btrfs-progs xfsprogs  file systems in guests
strace sqlite3 git rsync     workloads, and what they are compared with
openssh-client              a login in a guest; its server is installed there only
tmux                        the screen, in a real terminal
libbpf-tools bpftrace       peers in the benchmark
'
missing=
# The reasons start at the second run of blanks.
for name in $(printf '%s' "$packages" | sed 's/   *.*//'); do
  dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing="$missing $name"
done
[ -n "$missing" ] || exit 0
line="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" != 0 ]; then
  echo "Building and testing need Debian packages that are not installed. As root: $line" >&2
  exit 1
fi
echo "installing Debian packages:$missing"
apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $line -qq >/dev/null
