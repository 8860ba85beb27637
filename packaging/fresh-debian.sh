# shellcheck shell=bash
# What packaging/quickstart and tests/run.sh share: from a fresh Debian with the .NET SDK to a built executable.
# Sourced, never run; the caller has set -euo pipefail and stands in the repository's root.

# Neither a login shell's search path nor its home can be counted on.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"
export HOME="${HOME:-/root}"
# No servers of the SDK that outlive the script, nothing sent, and no need for ICU.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

complain() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

require_root() {
  [[ $EUID -eq 0 ]] && return
  complain "this needs root, for network namespaces and their firewalls: sudo $0"
  return 1
}

require_sdk() {
  command -v dotnet > /dev/null && return
  complain 'the .NET 10 SDK is missing: no dotnet in the search path'
  return 1
}

# Reads lines "WHAT PACKAGE REASON": WHAT is a program, or a file with its path. Installs the packages whose WHAT is missing.
install_missing() {
  local what package reason log
  local -a missing=()
  while read -r what package reason; do
    if [[ $what == /* ]]; then [[ -e $what ]] && continue; elif command -v "$what" > /dev/null; then continue; fi
    missing+=("$package")
    echo "  $package: $reason"
  done
  [[ ${#missing[@]} -eq 0 ]] && return
  log=$(mktemp)
  # No service of theirs is to start here: a Docker Engine would change this machine's own firewall.
  local policy=
  if [[ ! -e /usr/sbin/policy-rc.d ]]; then
    policy=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
  fi
  local status=0
  if ! { DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 update \
    && DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends "${missing[@]}"; } \
    > "$log" 2>&1 < /dev/null; then
    tail -n 20 "$log" >&2
    complain "could not install ${missing[*]}"
    status=1
  fi
  rm -f "$log" ${policy:+"$policy"}
  return "$status"
}

# What both need.
needed_to_build_and_run() {
  cat << 'LIST'
iptables-nft iptables the firewall's own tools, which NetGuard reads and writes with
ip iproute2 makes network namespaces and their interfaces
nsenter util-linux enters a network namespace
sysctl procps reads and sets the forwarding switches
modprobe kmod lets the kernel load the modules that rules ask for
gcc gcc links the native executable
/usr/include/stdio.h libc6-dev the C library to link against
/usr/include/zlib.h zlib1g-dev linked into the native executable
LIST
}

# What packages are built with.
needed_to_package() {
  cat << 'LIST'
dpkg-buildpackage dpkg-dev builds the Debian package
dh debhelper builds the Debian package
rpmbuild rpm builds the rpm
LIST
}

# The native executable, in artifacts/native. Trim and AOT warnings are errors.
publish_native() {
  dotnet publish src/NetGuard -c Release -o artifacts/native -warnaserror -v quiet < /dev/null
}
