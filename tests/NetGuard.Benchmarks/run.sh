#!/usr/bin/env bash
# Measures NetGuard against the bare tools and prints the README's tables. Takes nothing but root and the .NET SDK; what is
# measured runs in network namespaces of its own. --quick shows within two minutes that it works, --only GROUP ... measures a part; --help
# tells the rest.
#
#   tests/NetGuard.Benchmarks/run.sh --output benchmarks.md
#   tests/NetGuard.Benchmarks/run.sh soak --minutes 60      random mishaps against the daemon: does it hold, does it grow?
#   tests/NetGuard.Benchmarks/run.sh chaos --steps 100000   as many as it can, and it is killed now and then; --seed N plays a run again, --backend legacy
set -euo pipefail
started_in=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
# shellcheck source=packaging/fresh-debian.sh
. packaging/fresh-debian.sh

# Standard output is for the tables.
{
  require_root
  require_sdk
  install_missing < <(
    needed_to_build_and_run
    cat << 'LIST'
dbus-daemon dbus-daemon the message bus of the daemon that is tried
dockerd docker.io a real Docker Engine, started in namespaces of its own
/usr/share/doc/busybox-static busybox-static all that its containers run
LIST
  )
  publish_native
  dotnet build tests/NetGuard.Benchmarks -c Release -warnaserror -v quiet < /dev/null
} >&2

# A path in the arguments is meant from where the caller stands.
cd "$started_in"
export NETGUARD_BINARY="${NETGUARD_BINARY:-$root/artifacts/native/netguard}"
exec dotnet "$root/tests/NetGuard.Benchmarks/bin/Release/net10.0/NetGuard.Benchmarks.dll" "$@"
