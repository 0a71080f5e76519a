#!/bin/busybox sh
# Pid 1 while the guest has nothing but its initramfs: turns the host's files into the guest's root and hands over to session.sh.
b=/bin/busybox
die() {
  echo "guest init: $*" > /dev/console
  $b poweroff -f
}
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
for module in /modules/*; do $b insmod "$module"; done

# Ports come up one by one after the driver: the host's first message names the one to wait for.
tries=0
until control=$($b grep -lx control /sys/class/virtio-ports/*/name 2> /dev/null); do
  tries=$((tries + 1))
  [ $tries -lt 500 ] || die 'no control port after 5 seconds'
  $b usleep 10000
done
control=${control%/name}
exec 9<> "/dev/${control##*/}"
read -r length <&9
$b head -c "$length" <&9 > /job
. /job

share=trans=virtio,version=9p2000.L,msize=512000
$b mount -t 9p -o "ro,cache=loose,$share" root /host || die 'cannot mount the host'
# A tmpfs over the host's files: the guest writes where it likes and the host sees nothing of it.
$b mount -t tmpfs -o size=70% layer /layer
$b mkdir /layer/upper /layer/work
$b mount -t overlay -o lowerdir=/host,upperdir=/layer/upper,workdir=/layer/work root /new || die 'cannot mount the overlay'

# What lies below a folder that gets a fresh tmpfs has to be put aside first.
number=0
for folder in "$REPOSITORY"; do
  case $folder in
    /tmp/* | /run/* | /mnt/*)
      number=$((number + 1))
      $b mkdir -p /aside/$number
      $b mount --bind "/new$folder" /aside/$number
      aside=$folder
      ;;
  esac
done
for folder in proc sys dev run tmp mnt; do [ -d /new/$folder ] || $b mkdir /new/$folder; done
$b mount -t tmpfs -o mode=755 run /new/run
$b mount -t tmpfs -o mode=1777 tmp /new/tmp
[ -z "$aside" ] || { $b mkdir -p "/new$aside" && $b mount --move /aside/1 "/new$aside"; }

$b mount --move /proc /new/proc
$b mount --move /sys /new/sys
$b mount --move /dev /new/dev
