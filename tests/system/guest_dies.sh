#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 900
# However a guest ends, its backends are detached and its memory is free: an
# oops, a fault that nothing handles, destroy during disk and network I/O.
. "$(dirname "$0")/lib.sh"
export HV=${HV:-argon}
name=guest_dies-$HV
[ "$HV" != argon ] || need build/argon
need build/dom0-tools/{axl,xenstored,xenconsoled} build/tests/unit/axl/storedump build/guests/pvprobe
TOOLS=argon TIMEOUT=880 KARGS="HV=$HV" \
	in_dom0 build/tests/unit/axl/storedump build/guests/pvprobe <<'END'
PATH=/x:$PATH
TOOL=axl
check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
truncate -s 16M /tmp/p.img /tmp/linux.img
devices() { printf '%s\n' "disk = [ '/tmp/$1.img,raw,xvda,w' ]" "vif = [ 'bridge=xenbr0' ]"; }
probe() { # probe "WORDS": create it
	{ probe_cfg p "disk=write,verify mib=1 net=10.9.0.9 $1" && devices p; } > /tmp/p.cfg
	axl create /tmp/p.cfg
}
{ busybox_cfg linux 128 "ADDR=10.9.0.2 BLK=xvda" && devices linux; } > /tmp/linux.cfg
linux() { # create it, with overrides
	local n
	n=$(seen linux GUEST-READY)
	axl create /tmp/linux.cfg "$@" && until_true 90 more linux GUEST-READY "${n:-0}"
}
type_in() { printf '%s\n' "$2" | timeout 3 axl console "$1" > /dev/null 2>&1; true; }
# what dom0 sends and swallows
nc -ll -p 5000 -e sh -c 'cat > /dev/null' &
nc -ll -p 5001 -e cat /dev/zero &
keep_busy() {
	type_in linux 'while :; do dd if=/dev/zero of=/dev/xvda bs=64k count=64 oflag=direct 2> /dev/null; done &
while :; do nc 10.9.0.1 5000 < /dev/zero; done &
while :; do nc 10.9.0.1 5001 > /dev/null; done &'
}
numbers() {
	awk '{ print $7 }' /sys/block/loop0/stat
	cat /sys/class/net/vif*/statistics/[rt]x_bytes
}
# all three have moved on since
moved() { numbers > /tmp/now && [ "$(paste -d' ' /tmp/then /tmp/now | awk '$2 > $1 + 100' | wc -l)" = 3 ]; }
is_busy() { numbers > /tmp/then && { until_true 60 moved || { cat /tmp/then /tmp/now; false; }; }; }

check "a Linux guest is up" linux
check "so is a probe" probe ""
check "and ready" wait_console p 'PVPROBE READY' 60
axl destroy linux p
until_true 10 gone linux
sleep 1
remember
figures

n=$(seen p about.to)
check "a probe that will fault" probe exit=fault
check "it faults" until_true 60 more p 'about to fault' "$n"
check "without a handler it is gone" until_true 20 gone p
check "the hypervisor says why" sh -c 'axl dmesg | grep -qi "^(.*d[0-9]* crashed\|domain_crash called\|crashed on cpu\|unhandled page fault"'
check "nothing is left of it" settled
n=$(seen p leaving)
check "a probe that will report its crash" probe exit=crash
check "it does" until_true 60 more p 'leaving, reason 3' "$n"
check "it is gone" until_true 20 gone p
check "nothing is left of it" settled
check "one that is kept after its crash" axl create /tmp/p.cfg 'on_crash="preserve"'
check "it is there, crashed" until_true 60 sh -c "axl list p | grep -q -- '-sc'"
check "destroy" axl destroy p
check "nothing is left of it" settled

check "a Linux guest" linux
keep_busy
check "its disk is written, its NIC sends and receives" is_busy
type_in linux 'echo c > /proc/sysrq-trigger'
check "it oopses and is gone" until_true 60 gone linux
check "its console tells" grep -q 'sysrq: Trigger a crash' "$(console_log linux)"
check "nothing is left of it" settled
for i in 1 2 3; do
	check "a Linux guest ($i)" linux
	keep_busy
	check "its disk is written, its NIC sends and receives ($i)" is_busy
	check "destroy during I/O ($i)" axl destroy linux
	check "nothing is left of it ($i)" settled
done

# its monitor is gone before it
check "a Linux guest" linux
kill -9 $(ps -o pid,args | awk '/axl create/ && !/awk/ { print $1 }')
keep_busy
check "destroy without its monitor" axl destroy linux
check "nothing is left of it" settled

# while frontends are still connecting
for us in 20000 50000 100000 150000 200000 300000 400000; do
	axl create /tmp/linux.cfg > /dev/null && usleep $((us * 10)) && axl destroy linux
	check "a Linux guest destroyed after $((us / 100)) ms: nothing is left" settled
	axl create /tmp/p.cfg > /dev/null && usleep $us && axl destroy p
	check "a probe destroyed after $((us / 1000)) ms: nothing is left" settled
done
figures
check "the kernel is content" quiet_kernel
END
