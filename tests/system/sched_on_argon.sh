#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 900
# Debian's xl rules shares and pools on Argon, and a domain that storms takes no more than its share of the CPU:
# dom0's own progress with and without it, in instructions.
. "$(dirname "$0")/lib.sh"
need build/argon build/guests/storm-{timers,events,yields} build/bench/spin
ICOUNT=1 SMP=1 HV=argon TOOLS=debian GUEST=0 TIMEOUT=880 \
	in_dom0 build/guests/storm-{timers,events,yields} build/bench/spin <<'END'
check "the toolstack starts" toolstack_up

# A nanosecond is an instruction: the wall clock counts them, whoever's they are.
work() { i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; }
clock() { awk '/^now at/ { print int($3 / 1000) }' /proc/timer_list; }
cost() { # microseconds, thousands of instructions, until our work is done
	from=$(clock)
	work
	echo $(($(clock) - from))
}
storm() { # storm NAME: the domain s
	[ "$1" = spin ] || set -- "storm-$1"
	printf '%s\n' 'name = "s"' 'type = "pv"' 'memory = 16' 'vcpus = 2' \
		"kernel = '/x/$1'" 'on_crash = "destroy"' > /tmp/s.cfg
	xl create /tmp/s.cfg
}
between() { # between LOW HIGH: cost per cent of that of being alone
	c=$(cost)
	echo "$c thousand instructions, alone $alone"
	[ $((c * 100)) -ge $((alone * $1)) ] && [ $((c * 100)) -le $((alone * $2)) ]
}
cost > /dev/null
alone=$(cost)
say "alone: $alone thousand instructions"
for s in spin timers events yields; do
	check "storm-$s starts" storm $s
	sleep 1
	low=170
	[ $s != yields ] || low=98
	check "beside storm-$s dom0 has half the CPU at least" between $low 215
	check "it is capped" xl sched-credit2 -d s -c 5
	check "then dom0 has all but a twentieth" between 98 112
	check "its weight is raised" xl sched-credit2 -d s -c 0 -w 1024
	[ $s = yields ] || check "then it has four fifths" between 430 560
	xl destroy s
done

refused() { ! "$@"; }
check "a weight of 0 is refused" refused xl sched-credit2 -d Domain-0 -w 0
check "so is a cap above the vCPUs" refused xl sched-credit2 -d Domain-0 -c 101
check "the rate limit is set" xl sched-credit2 -s -r 2000
check "and shown" sh -c 'xl sched-credit2 -s | grep -q "ratelimit=2000us"'
check "an absurd one is refused" refused xl sched-credit2 -s -r 50
check "the last CPU stays with dom0" sh -c 'xl cpupool-cpu-remove Pool-0 0 2>&1 | grep -q busy'
check "the kernel is content" quiet_kernel
END
