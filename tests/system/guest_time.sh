#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 600
# Time as a guest has it: stolen time is what the hypervisor says it waited, a pause stops no clock
# and leaves no trace in them, timers come back to their beat, a new guest has the time of day that
# dom0 set. All domains read the same TSC, which is the ruler (dom0-tools/bench/workload_time.c).
. "$(dirname "$0")/lib.sh"
name=${1:-$name}
export HV=${HV:-argon}
[ "$HV" != argon ] || need build/argon
need build/dom0-tools/{axl,xenstored,xenconsoled} build/bench/workload
ICOUNT=1 ICOUNT_SHIFT=2 TOOLS=argon TIMEOUT=580 in_dom0 build/bench/workload <<'END'
PATH=/x:$PATH
TOOL=axl
mkdir -p /tmp/add/bin
cp /x/workload /tmp/add/bin/
(cd /tmp/add && find . | cpio -o -H newc 2> /dev/null | gzip -1) > /tmp/add.gz
cat /guest/initrd.gz /tmp/add.gz > /tmp/initrd.gz
start() {
	busybox_cfg "$1" 128 "" "tsc_mode = 'native'" > "/tmp/$1.cfg"
	sed -i 's|/guest/initrd.gz|/tmp/initrd.gz|' "/tmp/$1.cfg"
	axl create "/tmp/$1.cfg" && wait_console "$1" GUEST-READY 300
}
types() { (echo "$2" | timeout 5 axl console "$1" > /dev/null 2>&1 &); } # into the guest's shell
said() { tr -d '\r' < "$(console_log "$1")" | grep "^$2"; } # said NAME WORD: its lines
repeated() { [ "$(said "$1" "$2" | wc -l)" -ge "$3" ]; }
cpu_ms() { axl metrics | awk -v d="domain=\"$1\"" '/^xen_domain_cpu_seconds_total/ && index($0, d) { print int($NF * 1000) }'; }
near() { # near A B PERCENT: they differ by no more, of B
	echo "$1, expected about $2"
	awk -v a="$1" -v b="$2" -v p="$3" 'BEGIN { d = a - b; d = d < 0 ? -d : d; exit !(d <= b * p / 100) }'
}
check "the toolstack starts" toolstack_up
check "a guest" start a
check "another" start b
say "-- clock sources: dom0 $(cat /sys/devices/system/clocksource/*/current_clocksource)"

# two compete for the CPU: each has about half of it, and knows what it did not have
before_a=$(cpu_ms a) before_b=$(cpu_ms b)
types a "workload burn 8"
types b "workload burn 8"
until_true 60 repeated a BURN 1
until_true 60 repeated b BURN 1
for g in a b; do
	eval "before=\$before_$g"
	had=$(($(cpu_ms $g) - before))
	# shellcheck disable=SC2046
	set -- $(said $g BURN)
	say "-- guest $g: of $3 ms busy $5, stolen $7; the hypervisor says it ran $had"
	check "guest $g was robbed" [ "$7" -gt 2500 ]
	check "what was stolen is what it did not run" near "$7" $(($3 - had)) 6
	check "what it was busy is what it ran" near "$5" "$had" 6
	check "nothing is lost in between" near $(($5 + $7)) "$3" 2
done

# a pause of three seconds
workload clocks 180,100 > /tmp/dom0.clocks &
clocks=$!
types a "workload clocks 100,100"
until_true 60 repeated a CLOCK\  20
axl pause a
sleep 3
axl unpause a
until_true 60 repeated a CLOCKS-DONE 1
wait $clocks
said a CLOCK > /tmp/a.clocks
drift=$(workload drift /tmp/dom0.clocks,/tmp/a.clocks)
say "-- $drift"
moved() { echo "$drift"; [ "$(echo "$drift" | awk -v w="$1" '{ for (i = 1; i <= NF; i++) if ($i == w) print $(i + 1) }')" -lt 1000000 ]; }
check "its monotonic clock has gone on, to the millisecond" moved monotonic
check "so has the time of day" moved realtime
late() { awk '{ l = int($5 / 1000000); if (l > worst) worst = l } END { print worst, l }' /tmp/a.clocks; }
say "-- milliseconds late, worst and last: $(late)"
check "the timer that came due in the pause fires after it" sh -c "set -- $(late); [ \$1 -ge 2500 ] && [ \$1 -le 3500 ]"
check "the later ones are on their old beat" sh -c "set -- $(late); [ \$2 -le 10 ]"
types a "echo BEGUN; workload burn 5"
until_true 20 repeated a BEGUN 1
sleep 1
axl pause a
sleep 2
axl unpause a
until_true 60 repeated a BURN 2
# shellcheck disable=SC2046
set -- $(said a BURN | tail -1)
say "-- paused while it computed: of $3 ms busy $5, stolen $7"
check "its kernel counts the two seconds of the pause as stolen" [ "$7" -ge 1900 ]
check "and nothing else is missing" near $(($5 + $7)) "$3" 2
check "destroy" axl destroy a b

# the time of day
date -s "2031-02-03 04:05:06" > /dev/null
check "a guest of another year" start c
types c 'echo "YEAR $(date +%Y-%m-%d)"'
check "dom0's time of day is the new guest's" until_true 30 repeated c "YEAR 2031-02-03" 1
check "the kernel is content" quiet_kernel
END
