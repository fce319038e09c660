#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 500
# The daemons that axl create works with, killed or stopped while it is at each kind of its system
# calls: it goes on or says what is wrong, it does not hang, and nothing is left.
. "$(dirname "$0")/lib.sh"
. dom0-tools/image/lib.sh
name=$(basename "$0" .sh)
export HV=${HV:-argon}
[ "$HV" != argon ] || need build/argon
probe=build/guests/pvprobe
need build/dom0-tools/{axl,xenstored,xenconsoled} "$probe" build/tests/unit/axl/storedump
[ -n "$(command -v strace)" ] || skip "no strace: install it"
extra=build/run/$name.extra
rm -rf "$extra"
programs_into "$extra/q" strace
TOOLS=argon GUEST=0 TIMEOUT=480 KARGS="HV=$HV" in_dom0 "$probe" \
	build/tests/unit/axl/storedump "$extra/q" <<'END'
PATH=/x:$PATH
TOOL=axl
printf '#!/bin/sh\nexec /x/q/ld-linux-x86-64.so.2 --library-path /x/q /x/q/strace "$@"\n' > /x/strace
chmod 755 /x/strace
store_pid() { cat /run/xenstored.pid; }
console_pid() { cat /run/xenconsoled.pid; }
console_up() { xenconsoled --log=guest --log-dir=/var/log/xen/console --pid-file=/run/xenconsoled.pid; }
dead() { ! kill -0 "$1" 2> /dev/null; }
stopped() { grep -q '^State:.[tT]' "/proc/$1/status" 2> /dev/null; }

check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
truncate -s 16M /tmp/raw.img
probe_cfg k '' "disk = [ '/tmp/raw.img,raw,xvda,w' ]" "vif = [ 'mac=00:16:3e:00:00:05' ]" > /tmp/k.cfg
create() { axl create -q -p -e /tmp/k.cfg; }
calls() { # calls COMMAND...: those that do something that lasts, or wait for it: the middle one of each
	strace -o /tmp/st axl "$@" > /dev/null || return
	sed -n 's/^\([a-z0-9_]*\)(.*/\1/p' /tmp/st | sort | uniq -c | grep -E \
		' (ioctl|write|writev|sendto|sendmsg|flock|unlink|mkdir|poll|openat)$' |
		while read -r n call; do echo "$call $(((n + 1) / 2))"; done
}
# at CALL N ACTION: create stops there, ACTION is done, it goes on; its status in $RC
at() {
	call=$1 n=$2 action=$3
	strace -qq -o /tmp/trace "--inject=$call:signal=STOP:when=$n" axl create -q -p -e /tmp/k.cfg > /tmp/create.out 2>&1 &
	tracer=$!
	until_true 20 stopped_child || {
		echo "$call $n: it does not come there"
		cat /tmp/create.out
		tail -3 /tmp/trace
		grep State "/proc/$victim/status"
		kill -9 $tracer "$victim"
		return 1
	}
	$action
	kill -CONT "$victim"
	until_true 60 dead $tracer || { echo "$call $n: it hangs"; kill -9 "$victim"; return 1; }
	wait $tracer
	RC=$?
}
# a tracer stops it at each call for a moment: it must stay so
stopped_child() {
	victim=$(grep -l '^TracerPid:.[1-9]' /proc/[0-9]*/status 2> /dev/null | head -1 | cut -d/ -f3)
	[ -n "$victim" ] || return
	for _ in 1 2 3 4 5 6; do
		stopped "$victim" || return
		usleep 50000
	done
}
rounds() { # rounds ACTION AFTER: at each point
	bad=0 worked=0 failed=0
	while read -r c n; do
		at "$c" "$n" "$1" || { bad=$((bad + 1)); continue; }
		if [ $RC = 0 ]; then worked=$((worked + 1)); else failed=$((failed + 1)); fi
		# a failure says what
		[ $RC = 0 ] || grep -q '^axl: .*: ' /tmp/create.out || {
			echo "$c $n: status $RC, and no word of why"
			cat /tmp/create.out
			bad=$((bad + 1))
		}
		if ! $2 > /tmp/after 2>&1; then
			echo "after $c $n (status $RC):"
			cat /tmp/create.out /tmp/after
			bad=$((bad + 1))
		fi
	done < /tmp/points
	echo "-- $1: $worked went on, $failed failed" > /tmp/figures
	[ $bad = 0 ]
}
again() {
	exists k && { axl destroy k || return; }
	create && axl destroy k && settled
}

check "a first round" create
axl destroy k
check "and another" create
axl destroy k
remember
calls create -q -p -e /tmp/k.cfg | awk 'NR % 2 == 0' > /tmp/points
axl destroy k

console_killed() { kill -9 "$(console_pid)"; until_true 5 dead "$(console_pid)"; }
console_again() { console_up && again; }
check "the console daemon killed: create goes on or says why" rounds console_killed console_again
say "$(cat /tmp/figures)"
console_restarted() { console_killed; console_up; }
check "killed and started again" rounds console_restarted again
say "$(cat /tmp/figures)"
store_paused() {
	kill -STOP "$(store_pid)"
	(usleep 700000; kill -CONT "$(store_pid)") &
}
check "the store stopped for a while: create waits for it" rounds store_paused again
say "$(cat /tmp/figures)"
check "none failed" grep -q ' 0 failed' /tmp/figures

check "no loop device is left" [ -z "$(losetup -a)" ]
check "no interface is left" until_true 10 sh -c '! ls -d /sys/class/net/vif*'
check "dom0's kernel met no trouble" quiet_kernel
END
