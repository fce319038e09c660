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

# stream_verify CLAIM FILE: Debian's own reader of saved domains takes it.
stream_verify() {
	local xen=$ARGON_CACHE/xen/root/usr/lib/xen-4.17 log=build/log/$name.verify
	if PYTHONPATH=$xen/lib/python python3 "$xen/bin/verify-stream-v2" -v -f xl -i "$2" > "$log" 2>&1; then
		echo "ok $1: $(grep -c Record "$log") records"
	else
		echo "FAIL $1: $(tail -1 "$log")"
		return 1
	fi
}

# For tests that come by firmware and have no harness in dom0.

# small_initrd TEXT FILE WORK: an initramfs whose init says TEXT and ends.
small_initrd() {
	printf '#!/bin/busybox sh\necho %s\n/bin/busybox poweroff -f\n' "$1" > "$3/init"
	chmod +x "$3/init"
	{
		cat build/image/base.cpio
		(cd "$3" && echo init | cpio -o -H newc --quiet)
	} > "$2"
	rm "$3/init"
}

# Drivers of dom0's kernel that its image lacks, in loading order, and programs with their
# libraries:  modules_into DIR MODULE...   programs_into DIR PROGRAM...
modules_into() {
	local dir=$1 kernel=$CACHE/kernel-${KVER:-6.1} module
	shift
	mkdir -p "$dir"
	for module; do
		modprobe -d "$kernel" -S "$(basename "$kernel"/lib/modules/*)" --show-depends "$module"
	done | awk '!seen[$2]++ { print $2 }' | nl -nrz -w2 | while read -r n file; do
		cp "$file" "$dir/$n-$(basename "$file")"
	done
}

programs_into() {
	local dir=$1 program files
	shift
	mkdir -p "$dir"
	for program; do
		mapfile -t files < <(command -v "$program"; ldd "$(command -v "$program")" | grep -o '/[^ ]*')
		cp -L "${files[@]}" "$dir/"
	done
}

# console_start LOG QEMU-OPTIONS...: a machine with its console in LOG.
console_start() {
	console=$1
	shift
	timeout -k 5 240 qemu-system-x86_64 -accel tcg -cpu max,-smap,-erms -display none \
		-no-reboot -net none -serial stdio -monitor none "$@" < /dev/null > "$console" 2>&1 &
	qemu=$!
	trap 'kill $qemu 2>/dev/null || true' EXIT
}

# await TEXT CLAIM: until it shows on the console or the machine has ended.
await() {
	if grep -qam1 -F "$1" < <(timeout 240 tail -n +1 -F --pid=$qemu "$console" 2>/dev/null); then
		echo "ok $2"
	else
		echo "FAIL $2"
		tail -20 "$console" | strings
		exit 1
	fi
}

console_end() {
	wait $qemu || true
	trap - EXIT
}
