#!/usr/bin/env bash
# A system under systemd beside this one: own processes, network, mounts and control groups, on the files of LOWER, of which nothing changes:
# what does lies in UPPER. As root:  booted.sh NAME LOWER UPPER [SOURCE=TARGET …]   directories of this computer that are seen in there
set -euo pipefail
[ "$1" = inside ] || {
  # A group of its own in every hierarchy: that of a namespace begins there.
  for group in /sys/fs/cgroup /sys/fs/cgroup/*; do
    [ -e "$group/cgroup.procs" ] || continue
    mkdir -p "$group/$1"
    [ ! -e "$group/cpuset.cpus" ] || for what in cpus mems; do cat "$group/cpuset.$what" >"$group/$1/cpuset.$what"; done
    echo $$ >"$group/$1/cgroup.procs"
  done
  exec unshare --mount --pid --fork --cgroup --net --uts --ipc --kill-child "$0" inside "$@"
}
lower=$3 upper=$4
shift 4
mount --make-rprivate /
mkdir -p "$upper/changes" "$upper/work" "$upper/root"
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$upper/changes,workdir=$upper/work" "$upper/root"
cd "$upper/root"
for bind in "$@"; do
  mkdir -p "${bind#*=}"
  mount --bind "${bind%%=*}" "${bind#*=}"
done
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs tmpfs sys/fs/cgroup
while IFS=: read -r _ controllers _; do
  case "$controllers" in
    "") at=unified type=cgroup2 options=rw ;;
    name=*) at=${controllers#name=} type=cgroup options=none,$controllers ;;
    *) at=$controllers type=cgroup options=$controllers ;;
  esac
  mkdir "sys/fs/cgroup/$at"
  mount -t $type -o "$options" cgroup "sys/fs/cgroup/$at"
done <proc/self/cgroup
# The second version alone stands where others look for it.
[ "$(wc -l <proc/self/cgroup)" != 1 ] || { umount sys/fs/cgroup/unified sys/fs/cgroup && mount -t cgroup2 cgroup2 sys/fs/cgroup; }
mount --rbind /dev dev
mount --bind /dev/null dev/console
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
ip link set lo up
: >etc/fstab
# Nothing but what is tested: no timers, no knobs of the kernel that isn't ours, no other services.
for unit in timers.target systemd-sysctl.service systemd-udevd.service systemd-tmpfiles-setup-dev.service \
  systemd-modules-load.service systemd-binfmt.service getty.target; do
  ln -sf /dev/null "etc/systemd/system/$unit"
done
printf '[Unit]\nRequires=basic.target\nAfter=basic.target\nAllowIsolate=yes\n' >etc/systemd/system/booted.target
pivot_root . mnt
umount -l /mnt
exec env -i container=other PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=booted.target
