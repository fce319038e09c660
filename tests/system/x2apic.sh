#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 400
# The local APIC by MSRs, two CPUs: interrupts between them, the timer, the devices' interrupts. It
# takes a newer QEMU than Debian 12's own, which plays x2APIC only with KVM.
. "$(dirname "$0")/lib.sh"
need build/argon build/guests/{flushes,storm-timers,events}
dom0-tools/image/fetch qemu || skip "no QEMU of bookworm-backports to be had"
PATH=$(realpath "$ARGON_CACHE")/qemu/bin:$PATH
export PATH HV=argon SMP=2 CPU=max,-smap,-erms,+x2apic
log=build/log/$name.guest
mkdir -p build/log
guest() { # guest APIC NAME [HVARGS]: it succeeds, on that kind of APIC
	HVARGS="console=com1 com1=115200,8n1 loglvl=all guest_loglvl=all dom0_mem=128M ${3:-}" \
		LIMIT=90 tests/guests/run build/argon "$2" > "$log" 2>&1 || { tail -20 "$log"; echo "FAIL $2 on $1"; exit 1; }
	grep -q "Local APIC: $1$" "$log" || { grep "Local APIC" "$log"; echo "FAIL $2: not on $1"; exit 1; }
	grep -q '2 CPUs run' "$log" || { echo "FAIL $2: not two CPUs"; exit 1; }
	echo "ok $2 on $1"
}
guest x2APIC flushes
guest x2APIC storm-timers
guest x2APIC events
guest xAPIC flushes x2apic=off

GUEST=0 DISK=64M TIMEOUT=200 in_dom0 build/dom0-tools/axl <<'END'
check "the hypervisor says so" sh -c "/x/axl dmesg | grep -q 'Local APIC: x2APIC'"
check "dom0 has both CPUs" [ "$(nproc)" = 2 ]
busy() { taskset "$1" sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done'; }
busy 1 & busy 2
wait
check "both have run" sh -c "/x/axl vcpu-list 0 | awk 'NR > 1 && \$6 > 0' | wc -l | grep -qx 2"
check "a disk's interrupts arrive" disk_up
check "what is written to it is read back" sh -c 'dd if=/dev/urandom of=/tmp/w bs=64k count=16 &&
	dd if=/tmp/w of=/dev/vda bs=64k oflag=direct && dd if=/dev/vda of=/tmp/r bs=64k count=16 iflag=direct && cmp /tmp/w /tmp/r'
check "timers wake both" sh -c 'taskset 1 sleep 0.2 && taskset 2 sleep 0.2'
check "no APIC error" sh -c "! /x/axl dmesg | grep 'local APIC error'"
check "the kernel is content" quiet_kernel
END
