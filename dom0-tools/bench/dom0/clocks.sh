# SPDX-License-Identifier: MIT
# shellcheck shell=busybox
# In dom0: two guests' clocks beside dom0's over ten minutes, all three with work to do; they share
# the TSC, by which each clock is read. "CLOCKS key nanoseconds" or "SKIP key reason".
W=/x/workload
SECONDS_MEASURED=${SECONDS_MEASURED:-600}
LOAD=${LOAD:-10}

mkdir -p /tmp/add/bin
cp $W /tmp/add/bin/
(cd /tmp/add && find . | cpio -o -H newc 2> /dev/null | gzip -1) > /tmp/add.gz
cat /guest/initrd.gz /tmp/add.gz > /tmp/initrd.gz

guest() { # guest NAME
	cat > "/tmp/$1.cfg" <<-CFG
	name = "$1"
	type = "pv"
	memory = 128
	vcpus = 1
	tsc_mode = "native"
	kernel = "/guest/vmlinux"
	ramdisk = "/tmp/initrd.gz"
	extra = "console=hvc0 loglevel=4 panic=-1"
	on_crash = "destroy"
	CFG
	axl create "/tmp/$1.cfg" > /tmp/out 2>&1 && wait_console "$1" GUEST-READY 300
}

types() { # types NAME COMMAND: into the guest's shell
	echo "$2" | timeout 5 axl console "$1" > /dev/null 2>&1
}

if ! toolstack_up || ! guest a || ! guest b; then
	say "SKIP clocks.realtime no guests: $(tail -1 /tmp/out)"
else
	for g in a b; do
		types $g "cat /sys/devices/system/clocksource/*/current_clocksource; workload load $LOAD &"
		types $g "workload clocks $SECONDS_MEASURED,1000"
	done
	$W load "$LOAD" &
	$W clocks $((SECONDS_MEASURED + 10)),1000 > /tmp/dom0.clocks
	for g in a b; do
		wait_console $g CLOCKS-DONE 60
		tr -d '\r' < "$(console_log $g)" > /tmp/$g.clocks
		say "- clocksource of guest $g: $(grep -x 'xen\|tsc' /tmp/$g.clocks), of dom0: $(cat /sys/devices/system/clocksource/*/current_clocksource)"
		say "- $g $($W drift /tmp/dom0.clocks,/tmp/$g.clocks | tee /tmp/$g.drift)"
	done
	cat /tmp/?.drift | awk '
		function larger(a, b) { b = b < 0 ? -b : b; return a > b ? a : b }
		{ seconds = $3; real = larger(real, $9); mono = larger(mono, $11) }
		END {
			print "@@ CLOCKS clocks.seconds", seconds
			print "@@ CLOCKS clocks.realtime", real
			print "@@ CLOCKS clocks.monotonic", mono
		}'
fi
