#!/bin/bash
# What a machine runs at every boot, as root: constant, all that varies is its metadata. On bare Debian 12 it installs what is missing; on
# a prepared image (README) nothing is. Safe to repeat. Its lines stand on the serial port.
#   clarateach-boot                               the machine's document; without it the machine is only prepared, to make an image of it
#   clarateach-settings                           what its agent is to know of seats, lines of NAME=VALUE
#   clarateach-agent-url, clarateach-agent-sha256 the agent, where the image hasn't this one
#   clarateach-seats-url, clarateach-seats-sha256 the image that seats are made from, the same
set -Eeuo pipefail
umask 077
export HOME=/root
instance=http://${GCE_METADATA_HOST:-metadata.google.internal}/computeMetadata/v1/instance
home=/var/lib/clarateach
agent=/usr/local/bin/clarateach-agent
# Not by the standard output: that of some functions is their answer.
say() { echo "clarateach: $*" >&2; }
fail() { say "$*"; exit 1; }
trap 'say "this machine did not start: line $LINENO, $BASH_COMMAND"' ERR

# Writes what the metadata have at the path $1 to the file $2; false when there is none. Just after the boot nobody may answer yet.
read_key() {
  local code tries
  for tries in $(seq 60); do
    code=$(curl -sS --max-time 10 -H 'Metadata-Flavor: Google' -o "$2.new" -w '%{http_code}' "$instance/$1") || code="no answer"
    case "$code" in
      200) mv "$2.new" "$2"; return 0 ;;
      404) rm -f "$2.new"; return 1 ;;
    esac
    sleep 1
  done
  fail "the metadata server doesn't tell $1 ($code): this machine can't learn what it is for"
}

# Prints the value of the key $1; nothing when there is none.
value() { if read_key "attributes/$1" "$home/value"; then cat "$home/value"; fi; }

# Downloads $1 to $2, only if its sha256 is $3. What is there already isn't fetched.
fetch() {
  [ ! -e "$2" ] || [ "$(sha256sum "$2" | cut -d' ' -f1)" != "$3" ] || return 0
  say "fetching $1"
  # With its time: an image of seats says how old it is.
  curl -fsSLR --retry 5 --retry-all-errors --max-time 600 -o "$2.new" "$1" || fail "$1 can't be fetched"
  [ "$(sha256sum "$2.new" | cut -d' ' -f1)" = "$3" ] || { rm -f "$2.new"; fail "$1 isn't what it should be: its sha256 isn't $3"; }
  mv "$2.new" "$2"
}

# Just after the boot Debian's own daily update may have them, for which apt doesn't wait.
package_lists() {
  local tries
  for tries in $(seq 60); do
    if apt-get -qq -o APT::Update::Error-Mode=any update; then return 0; fi
    sleep 5
  done
  fail "Debian's package lists can't be fetched"
}

packages() {
  local missing=""
  command -v dockerd >/dev/null || missing="$missing docker.io"
  command -v iptables >/dev/null || missing="$missing iptables"
  command -v mkfs.ext4 >/dev/null || missing="$missing e2fsprogs"
  # With a kernel that has AppArmor Docker starts no container before it loaded its profile, and only recommends what loads it.
  [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ] || command -v apparmor_parser >/dev/null || missing="$missing apparmor"
  [ -n "$missing" ] || return 0
  say "installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  package_lists
  apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $missing >/dev/null || fail "$missing can't be installed"
}

# Starts the unit $1 and goes on when it runs; else its last lines are the reason.
start() { systemctl start "$1" || fail_of "$1" "$1 doesn't start"; }

# The gateway shows the last six lines of the serial port.
fail_of() {
  journalctl --unit "$1" --lines 3 --output cat --no-pager | cut -c1-200 >&2 || true
  fail "$2; its last lines stand before this one"
}

programs() {
  local url digest
  url=$(value clarateach-agent-url)
  digest=$(value clarateach-agent-sha256)
  [ -z "$url" ] || fetch "$url" "$agent" "$digest"
  [ -e "$agent" ] || fail "there is no agent: neither on the image nor in clarateach-agent-url"
  chmod 755 "$agent"
}

# Once: an image that Docker has is known by the file that it came from.
seats() {
  local url digest
  url=$(value clarateach-seats-url)
  [ -n "$url" ] || return 0
  digest=$(value clarateach-seats-sha256)
  [ "$(cat "$home/seats.loaded" 2>/dev/null || true)" != "$digest" ] || return 0
  fetch "$url" "$home/seats.tar" "$digest"
  "$agent" image --tar "$home/seats.tar" || fail "Docker doesn't take the seats' image"
  rm "$home/seats.tar"
  echo "$digest" >"$home/seats.loaded"
}

# A machine that starts again without them forgets them. Its address is another one then; learners' browsers are told which, for live video.
settings() {
  read_key attributes/clarateach-settings "$home/settings.env" || : >"$home/settings.env"
  if read_key network-interfaces/0/access-configs/0/external-ip "$home/value" && [ -s "$home/value" ]; then
    printf '\nCLARATEACH_NEKO_ADDRESS=%s\n' "$(cat "$home/value")" >>"$home/settings.env"
  fi
}

units() {
  umask 022
  cat >/etc/systemd/system/clarateach-agent.service <<'UNIT'
@clarateach-agent.service@
UNIT
  cat >/etc/systemd/system/clarateach-door.service <<'UNIT'
@clarateach-door.service@
UNIT
  umask 077
  systemctl daemon-reload
}

# For an image: all that would be fetched later is fetched now, and nothing is in it that a machine has for itself.
prepare() {
  [ ! -e "$home/machine/identity" ] || fail "this machine has served a class, and an image of it would have its keys: prepare another one"
  CLARATEACH_TOOLS="$home/tools" "$agent" tools || fail "what seats run besides Debian's programs can't be fetched"
  say "prepared; there is no clarateach-boot, so nothing is served"
}

serve() {
  local tries
  systemctl restart clarateach-agent.service clarateach-door.service
  for tries in $(seq 60); do
    if "$agent" seats --machine "$home/machine" >/dev/null 2>&1; then say "the agent is started"; return 0; fi
    sleep 1
  done
  fail_of clarateach-agent.service "the agent doesn't answer"
}

mkdir -p "$home/machine" "$home/tools" "$home/machine/front"
chmod 755 "$home" "$home/tools"
packages
start docker
programs
seats
settings
units
if read_key attributes/clarateach-boot "$home/machine/machine.json"; then serve; else prepare; fi
