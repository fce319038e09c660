#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 900
# After five rounds of warm-up, ROUNDS times a pvprobe guest with disk and NIC
# from create to destroy leave the world as it was.
. "$(dirname "$0")/lib.sh"
export HV=${HV:-argon} ROUNDS=${ROUNDS:-200}
name=rounds-$HV
[ "$HV" != argon ] || need build/argon
need build/dom0-tools/{axl,xenstored,xenconsoled} build/tests/unit/axl/storedump build/guests/pvprobe
TOOLS=argon GUEST=0 TIMEOUT=880 KARGS="HV=$HV ROUNDS=$ROUNDS" \
	in_dom0 build/tests/unit/axl/storedump build/guests/pvprobe <<'END'
PATH=/x:$PATH
TOOL=axl
check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
truncate -s 16M /tmp/disk.img
probe_cfg p "disk=write,verify mib=1 net=10.9.0.9" "disk = [ '/tmp/disk.img,raw,xvda,w' ]" \
	"vif = [ 'bridge=xenbr0' ]" > /tmp/p.cfg
ready=0
round() {
	axl create /tmp/p.cfg && until_true 60 more p 'PVPROBE READY' $ready && axl destroy p &&
		ready=$((ready + 1))
}
rounds() { # rounds COUNT: so many; every tenth also answers ping
	local n=0
	while [ $n -lt "$1" ]; do
		round || return
		n=$((n + 1))
	done
}
rss() { awk '/VmRSS/ { print $2 }' "/proc/$(cat "/run/$1.pid")/status"; }
check "five rounds of warm-up" rounds 5
sleep 1
remember
check "nothing moves while nothing happens" settled
figures
store=$(rss xenstored) console=$(rss xenconsoled)
from=$(cut -d. -f1 /proc/uptime)
check "$ROUNDS rounds" rounds "$ROUNDS"
check "free memory, ports, grants, store, loop devices, processes are as before" settled
figures
say "-- $ROUNDS rounds in $(($(cut -d. -f1 /proc/uptime) - from)) s; RSS of xenstored $store," \
	"then $(rss xenstored) KiB, of xenconsoled $console, then $(rss xenconsoled) KiB"
check "the kernel is content" quiet_kernel
END
