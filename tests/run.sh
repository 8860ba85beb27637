#!/usr/bin/env bash
# Installs what the tests need, checks the tree, builds everything and runs every test, on the native executable.
# Takes nothing but root and the .NET SDK. The last line is always "N passed, N failed"; the exit code is 0 only
# where something passed and nothing failed. Unformatted code counts as one failure, and so does a step or a project that
# broke before it could count its tests.
#
#   tests/run.sh                              everything
#   tests/run.sh --filter-class '*NetnsTests' arguments go to every test project: see dotnet test --help
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=packaging/fresh-debian.sh
. packaging/fresh-debian.sh

passed=0
failed=0
step=starting
reports=

finish() {
  local status=$?
  [[ -z $reports ]] || rm -rf "$reports"
  # A step that ended this script has not been counted.
  if [[ $status -ne 0 ]]; then
    complain "stopped: $step"
    failed=$((failed + 1))
  fi
  echo "$passed passed, $failed failed"
  exit $((passed > 0 && failed == 0 ? 0 : 1))
}
trap finish EXIT
trap 'exit 130' INT TERM

begin() {
  step=$1
  printf '== %s (%ds)\n' "$step" "$SECONDS"
}

# The sum of one attribute over a report's <assembly> elements.
count() {
  grep -o '<assembly [^>]*' "$2" | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' | awk '{ n += $1 } END { print n + 0 }'
}

run_project() {
  local project=$1 report status=0 bad
  shift
  report="$reports/${project##*/}.xml"
  # Whoever started this in the background may have had signals ignored, and programs inherit that: nothing could be interrupted.
  env --default-signal=HUP,INT,QUIT dotnet test --project "$project" -c Release --no-build --no-progress --no-ansi --timeout 30m --results-directory "$reports" \
    --report-xunit-xml --report-xunit-xml-filename "${report##*/}" "$@" < /dev/null || status=$?
  bad=0
  if [[ -s $report ]]; then
    passed=$((passed + $(count passed "$report")))
    bad=$(($(count failed "$report") + $(count errors "$report")))
  fi
  # 8: no test matched, which a filter may well do in a project.
  if [[ $status -ne 0 && $bad -eq 0 ]] && ! [[ $status -eq 8 && $# -gt 0 ]]; then
    complain "${project##*/} ended with exit code $status"
    bad=1
  fi
  failed=$((failed + bad))
}

begin 'what is missing here'
require_root
require_sdk
install_missing < <(
  needed_to_build_and_run
  needed_to_package
  cat << 'LIST'
lintian lintian judges the Debian package
systemd-nspawn systemd-container boots the machines of the system tests
debootstrap debootstrap makes the image that they are booted from
ipset ipset makes the sets that rules refer to
dbus-daemon dbus-daemon the message bus that the tests run for themselves
nft nftables makes the native rules that NetGuard must leave alone
journalctl systemd compiles the catalog of messages
man man-db renders the manual
mandoc mandoc finds mistakes in the manual
zsh zsh reads its completions
fish fish completes
firewalld firewalld a real firewalld, started by the tests in namespaces of their own
dbus-daemon dbus-daemon the bus that it needs
dockerd docker.io a real Docker Engine, started by the tests in namespaces of their own
/usr/share/doc/busybox-static busybox-static all that the containers of the tests run
LIST
)

begin 'restore'
dotnet restore -v quiet < /dev/null

begin 'format'
dotnet format --verify-no-changes --no-restore < /dev/null || failed=$((failed + 1))

begin 'build'
dotnet build -c Release --no-restore -warnaserror -v quiet < /dev/null

begin 'native executable'
publish_native
NETGUARD_BINARY="$PWD/artifacts/native/netguard"
export NETGUARD_BINARY
[[ -x $NETGUARD_BINARY ]]

begin 'package'
NETGUARD_DEB=$(packaging/deb/build)
export NETGUARD_DEB

begin 'images of machines'
tests/NetGuard.SystemTests/machine-image > /dev/null
tests/NetGuard.SystemTests/machine-image trixie > /dev/null
tests/promtool > /dev/null

reports=$(mktemp -d)
for project in tests/*/*.csproj; do
  grep -q 'Include="xunit.v3"' "$project" || continue
  project=${project%/*}
  begin "tests: ${project##*/}"
  run_project "$project" "$@"
done
printf '== done (%ds)\n' "$SECONDS"
