# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For system tests: sourced from the top folder. A test says what it needs, then
# runs a script in dom0 with in_dom0; a FAIL line or a missing end fails it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export ARGON_CACHE=${ARGON_CACHE:-build/cache}
name=$(basename "$0" .sh)

skip() {
	echo "skip: $*"
	exit 77
}

# need FILE...: skip unless all are built.
need() {
	local f
	for f; do
		[ -e "$f" ] || skip "$f is not built yet"
	done
}

# in_dom0 [FILE...] < SCRIPT: boot, run, judge. Settings are boot's, see there.
in_dom0() {
	local script=build/run/$name.script out=build/log/$name.results
	mkdir -p build/run build/log
	cat > "$script"
	tests/system/peer/boot "$name" "$script" "$@" | tee "$out"
	! grep -q '^FAIL' "$out" || { echo "$name: some checks failed"; return 1; }
	grep -q '^ok ' "$out" || { echo "$name: not one check passed"; return 1; }
}
