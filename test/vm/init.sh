#!/bin/busybox sh
# The first process of a guest: the host's root below, memory above; runs /job/go and tells how it ended.
b=/bin/busybox
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev 2>/dev/null
for module in /modules/*.ko; do $b insmod "$module" 2>/dev/null; done
. /job/settings
die() {
  echo "guest: $*" >/dev/console
  $b poweroff -f
}
nine=trans=virtio,version=9p2000.L,msize=1048576
$b mkdir -p /lower /upper /root
$b mount -t 9p -o "ro,$nine,cache=loose" host /lower || die "the host's files cannot be mounted"
$b mount -t tmpfs -o size=70% upper /upper
$b mkdir /upper/files /upper/work
$b mount -t overlay -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work overlay /root || die "overlayfs failed"
for folder in proc sys dev; do
  $b mkdir -p "/root/$folder"
  $b mount --move "/$folder" "/root/$folder"
done
$b mkdir -p /root/dev/pts /root/dev/shm /root/tmp /root/run
$b mount -t devpts -o ptmxmode=666,mode=620 devpts /root/dev/pts
$b mount -t tmpfs shm /root/dev/shm
$b mount -t tmpfs run /root/run
$b mount -t tmpfs -o mode=1777 tmp /root/tmp
# A checkout below /tmp would be hidden by the new, empty one.
case "$PROJECT" in
  /tmp/* | /run/*)
    $b mkdir -p "/root$PROJECT"
    $b mount --bind "/lower$PROJECT" "/root$PROJECT"
    ;;
esac
$b mount -t bpf bpf /root/sys/fs/bpf
$b mount -t securityfs security /root/sys/kernel/security
$b mount -t debugfs debug /root/sys/kernel/debug
$b mount -t tracefs trace /root/sys/kernel/tracing
$b mount -t cgroup2 cgroup /root/sys/fs/cgroup 2>/dev/null
[ -e /root/dev/fd ] || $b ln -s /proc/self/fd /root/dev/fd
[ -e /root/dev/stdout ] || { $b ln -s fd/0 /root/dev/stdin; $b ln -s fd/1 /root/dev/stdout; $b ln -s fd/2 /root/dev/stderr; }
$b ip link set lo up
$b hostname guest
if [ -n "$WRITABLE" ]; then
  $b mkdir -p "/root$WRITABLE"
  $b mount -t 9p -o "$nine,cache=none" writable "/root$WRITABLE" || die "the writable folder cannot be mounted"
fi
# On top of the first root, so that paths seen from the kernel begin where the guest's begin. Our own root stays below it:
# absolute names are still the initramfs's, the guest's are relative from here on.
cd /root && $b mount --move . / || die "the root cannot be moved"
$b mkdir -p ./lib/modules ./run/guest/bin
$b ln -sfn "$MODULES" "./lib/modules/$($b uname -r)"
$b cp /job/* ./run/guest/
$b cp /bin/busybox ./run/guest/busybox
printf '#!/bin/sh\nexec "%s/node_modules/.bin/node" "%s/dist/fswatch-tui.js" "$@"\n' "$PROJECT" "$PROJECT" >./run/guest/bin/fswatch-tui
$b chmod +x ./run/guest/bin/fswatch-tui
port() {
  for p in ./sys/class/virtio-ports/*; do
    read -r name <"$p/name" && [ "$name" = "$1" ] && echo "./dev/${p##*/}"
  done
}
status_port=$(port status)
if [ "$TTY" = 1 ]; then
  # Held open: a console forgets its size when the last one closes it.
  exec 5<>./dev/hvc0
  $b stty rows "$ROWS" cols "$COLUMNS" sane <&5
  $b chroot . /run/guest/busybox setsid -c /bin/sh /run/guest/go <&5 >&5 2>&5 5>&-
  status=$?
else
  # A port can be opened once only, so cats stand between: the command may open /dev/stdout as it likes.
  $b mkfifo ./run/guest/out ./run/guest/err
  $b cat ./run/guest/out >"$(port stdout)" &
  out=$!
  $b cat ./run/guest/err >"$(port stderr)" &
  err=$!
  $b chroot . /run/guest/busybox setsid /bin/sh /run/guest/go </dev/null >./run/guest/out 2>./run/guest/err
  status=$?
  wait $out $err
fi
echo "$status" >"$status_port"
$b sync
$b poweroff -f
