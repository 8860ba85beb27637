#!/usr/bin/env bash
# Feeds each parser of NetGuard mutated inputs, led by coverage: SharpFuzz instruments a copy of NetGuard.Core. Needs the .NET SDK. As root it also
# feeds a real daemon generated messages over D-Bus. Ends with a table; a failure names its seed, and its input.
#
#   tests/fuzz.sh                       a million inputs for each
#   tests/fuzz.sh 50000                 that many
#   tests/fuzz.sh 50000 Configurations  for one parser: the name of a test in tests/NetGuard.Core.Tests/Fuzz/FuzzTests.cs
#   tests/fuzz.sh 50000 DBus            for D-Bus alone
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=packaging/fresh-debian.sh
. packaging/fresh-debian.sh
require_sdk

export NETGUARD_FUZZ_INPUTS=${1:-1000000}
parser=${2:-*}
mkdir -p artifacts
folder=$(mktemp -d "$PWD/artifacts/fuzz-XXXXXX")
trap 'rm -rf "$folder"' EXIT
export NETGUARD_FUZZ_REPORT=$folder/report

DOTNET_ROOT=${DOTNET_ROOT:-$(dirname "$(readlink -f "$(command -v dotnet)")")}
export DOTNET_ROOT
dotnet build tests/NetGuard.Core.Tests -c Release -v quiet < /dev/null > /dev/null
dotnet tool restore > /dev/null < /dev/null
mkdir "$folder/tests"
cp -r tests/NetGuard.Core.Tests/bin/Release/net10.0/. "$folder/tests"
dotnet sharpfuzz "$folder/tests/NetGuard.Core.dll"

status=0
if [[ $parser != DBus ]]; then
  # An input that would take more is an OutOfMemoryException.
  DOTNET_GCHeapHardLimit=0x10000000 "$folder/tests/NetGuard.Core.Tests" -method "*.FuzzTests.$parser" -parallelMode none -noColor < /dev/null || status=$?
fi
if [[ $parser == DBus ]] || [[ $parser == '*' && $EUID -eq 0 ]]; then
  require_root
  publish_native
  dotnet build tests/NetGuard.Tests -c Release -v quiet < /dev/null > /dev/null
  NETGUARD_BINARY="$PWD/artifacts/native/netguard" tests/NetGuard.Tests/bin/Release/net10.0/NetGuard.Tests -class '*BusFuzzTests' -noColor < /dev/null || status=$?
fi

echo '| parser | inputs | kept | edges | time | longest | most memory | seed |'
echo '|---|---|---|---|---|---|---|---|'
[[ ! -e $folder/report ]] || cat "$folder/report"
exit $status
