#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 1200
# axl killed by SIGKILL at many of its system calls, while it creates, destroys, attaches and
# detaches: what the next command finds it cleans up, and nothing is left. QUICK=1: create only.
. "$(dirname "$0")/lib.sh"
. dom0-tools/image/lib.sh
name=$(basename "$0" .sh)
export HV=${HV:-argon}
[ "$HV" != argon ] || need build/argon
probe=build/guests/pvprobe
need build/dom0-tools/{axl,xenstored,xenconsoled} "$probe" build/tests/unit/axl/storedump
for tool in qemu-img qemu-nbd strace; do
	[ -n "$(command -v $tool)" ] || skip "no $tool: install qemu-utils and strace"
done
extra=build/run/$name.extra
rm -rf "$extra"
modules_into "$extra/mods" nbd nft_masq nft_chain_nat
programs_into "$extra/q" qemu-nbd strace
qemu-img create -q -f qcow2 "$extra/disk.qcow2" 16M
TOOLS=argon GUEST=0 TIMEOUT=1180 KARGS="HV=$HV QUICK=${QUICK:-}" in_dom0 "$probe" \
	build/tests/unit/axl/storedump "$extra"/{q,mods,disk.qcow2} <<'END'
PATH=/x:$PATH
TOOL=axl
wrap() { # wrap PROGRAM: with the libraries it was copied with
	printf '#!/bin/sh\nexec /x/q/ld-linux-x86-64.so.2 --library-path /x/q /x/q/%s "$@"\n' "$1" > "/x/$1"
	chmod 755 "/x/$1"
}
check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
modprobe nf_tables
for m in /x/mods/*; do insmod "$m" 2> /dev/null; done
wrap qemu-nbd
wrap strace
cp /x/disk.qcow2 /tmp/
truncate -s 16M /tmp/raw.img /tmp/more.img
probe_cfg k '' "disk = [ '/tmp/raw.img,raw,xvda,w', '/tmp/disk.qcow2,qcow2,xvdb,w' ]" \
	"vif = [ 'ip=10.9.0.5', 'script=vif-nat,ip=10.7.0.2,gatewaydev=xenbr0' ]" > /tmp/k.cfg
create() { axl create -q -p -e /tmp/k.cfg; }
attach() { axl block-attach k /tmp/more.img,raw,xvdd,w && axl network-attach k ip=10.9.0.7; }
detach() { axl block-detach -f k xvdd && axl network-detach -f k 2; }
calls() { # calls COMMAND...: each system call it makes, with their number
	strace -o /tmp/st axl "$@" > /dev/null || return
	# those that do something that lasts, or wait for it
	sed -n 's/^\([a-z0-9_]*\)(.*/\1/p' /tmp/st | sort | uniq -c | grep -E \
		' (ioctl|write|writev|sendto|sendmsg|flock|clone|wait4|unlink|mkdir|poll|ftruncate|openat)$'
}
points() { # middle and last of each
	while read -r n call; do
		for at in $(((n + 1) / 2)) $n; do echo "$call $at"; done
	done | sort -u
}
middles() { while read -r n call; do echo "$call $(((n + 1) / 2))"; done; }
killed() { # killed CALL N COMMAND...: its status says that it was killed
	call=$1 at=$2
	shift 2
	strace -qq -o /dev/null "--inject=$call:signal=KILL:when=$at" axl "$@" > /tmp/killed 2>&1
	[ $? = 137 ]
}
rounds() { # rounds LIST AFTER COMMAND...: kill the command at each point, then do AFTER
	list=$1 after=$2 deaths=0 total=0 bad=0
	shift 2
	while read -r c n; do
		total=$((total + 1))
		before_round || { echo "before $c $n"; bad=$((bad + 1)); continue; }
		killed "$c" "$n" "$@" && deaths=$((deaths + 1))
		if ! $after > /tmp/after 2>&1; then
			echo "after $c $n:"
			cat /tmp/after
			bad=$((bad + 1))
		fi
	done < "$list"
	echo "-- axl $1: killed $deaths times at $total points" > /tmp/figures
	[ $bad = 0 ] && [ $deaths -ge $((total * 2 / 3)) ]
}

check "a first round" create
attach
detach
axl destroy k
check "and another" create
axl destroy k
remember

calls create -q -p -e /tmp/k.cfg | points > /tmp/points
[ -z "$QUICK" ] || { awk 'NR % 3 == 1' /tmp/points > /tmp/some && mv /tmp/some /tmp/points; }
axl destroy k
before_round() { true; }
again() {
	# with no note it was whole, and only had not ended yet
	[ -n "$(ls /run/argon/unfinished)" ] || ! exists k || axl destroy k
	create && axl destroy k && settled
}
check "create, killed: the next one cleans up and nothing is left" rounds /tmp/points again create -q -p -e /tmp/k.cfg
say "$(cat /tmp/figures)"

the_others() {
	create
	calls destroy k | middles > /tmp/points
	before_round() { create; }
	gone_for_good() { axl destroy k; ! exists k && settled; }
	check "destroy, killed: the next one ends it and nothing is left" rounds /tmp/points gone_for_good destroy k
	say "$(cat /tmp/figures)"

	create
	remember
	calls block-attach k /tmp/more.img,raw,xvdd,w | middles > /tmp/points
	axl block-detach -f k xvdd
	before_round() { true; }
	off_and_on() {
		axl block-detach -f k xvdd
		axl block-attach k /tmp/more.img,raw,xvdd,w && axl block-detach -f k xvdd && settled
	}
	check "block-attach, killed: it can be taken off and put on" rounds /tmp/points off_and_on block-attach k /tmp/more.img,raw,xvdd,w
	say "$(cat /tmp/figures)"
	before_round() { axl block-attach k /tmp/more.img,raw,xvdd,w; }
	before_round
	calls block-detach -f k xvdd | middles > /tmp/points
	check "block-detach, killed" rounds /tmp/points off_and_on block-detach -f k xvdd
	say "$(cat /tmp/figures)"

	calls network-attach k script=vif-nat,ip=10.7.0.9,gatewaydev=xenbr0 | middles > /tmp/points
	axl network-detach -f k 2
	before_round() { true; }
	nic_off_and_on() {
		axl network-detach -f k 2
		axl network-attach k ip=10.9.0.9 && axl network-detach -f k 2 && settled
	}
	check "network-attach, killed" rounds /tmp/points nic_off_and_on network-attach k script=vif-nat,ip=10.7.0.9,gatewaydev=xenbr0
	say "$(cat /tmp/figures)"
	check "the end" axl destroy k
}
# as much as is seen in a few minutes on a busy machine
[ -n "$QUICK" ] || the_others
check "no loop device is left" [ -z "$(losetup -a)" ]
check "no image server is left" sh -c '[ ! -e /sys/block/nbd0/pid ] && ! ps | grep -v grep | grep -q qemu-nbd'
check "no interface is left" until_true 10 sh -c '! ls -d /sys/class/net/vif*'
check "dom0's kernel met no trouble" quiet_kernel
END
