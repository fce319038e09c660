#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 1500
# A hundred pvprobe guests of 8 MiB and twenty Debian guests of 128 MiB at once on a machine of
# 8 GiB: each shows that it lives, what they cost is printed, and all of it comes back.
. "$(dirname "$0")/lib.sh"
export HV=${HV:-argon} PROBES=${PROBES:-100} DEBIANS=${DEBIANS:-20}
name=density-$HV
[ "$HV" != argon ] || need build/argon
need build/dom0-tools/{axl,xenstored,xenconsoled} build/tests/unit/axl/storedump build/guests/pvprobe
TOOLS=argon MEM=8192 DOM0MEM=1024 TIMEOUT=1480 KARGS="HV=$HV PROBES=$PROBES DEBIANS=$DEBIANS" \
	in_dom0 build/tests/unit/axl/storedump build/guests/pvprobe <<'END'
PATH=/x:$PATH
TOOL=axl
check "the toolstack starts" toolstack_up
probe_cfg p "" > /tmp/probe.cfg
busybox_cfg d 128 "" > /tmp/debian.cfg

used() { awk '/^Pss:/ { print $2 }' "/proc/$1/smaps_rollup"; }
daemon() { used "$(cat "/run/$1.pid")"; }
monitors() { # KiB of the processes that wait for the guests' ends, all together
	sum=0
	for p in $(pidof axl); do
		sum=$((sum + $(used "$p" || echo 0)))
	done
	echo $sum
}
guests_kib() { axl --json list | tr ',{' '\n\n' | awk -F: '/"memory_kib"/ { n += $2 } END { print n + 0 }'; }
hypervisor() { # KiB in use that are no domain's
	t=$(axl --json info | sed -n 's/.*"total_pages": \([0-9]*\).*/\1/p')
	echo $(((t - $(free_pages)) * 4 - $(guests_kib)))
}
measure() { # the four figures as they are
	F_HV=$(hypervisor) F_STORE=$(daemon xenstored) F_CONSOLE=$(daemon xenconsoled) F_MONITORS=$(monitors)
}
now() { awk '/^now at/ { print int($3 / 1000000) }' /proc/timer_list; }
create() { # create KIND COUNT: named after the kind; how long each took in /tmp/KIND.ms
	local n=0 t
	: > "/tmp/$1.ms"
	while [ $n -lt "$2" ]; do
		n=$((n + 1))
		t=$(now)
		axl create "/tmp/$1.cfg" "name=\"$1$n\"" || return
		echo $(($(now) - t)) >> "/tmp/$1.ms"
	done
}
pair() { echo "$(($1 / $2)).$(($1 * 10 / $2 % 10))"; }
costs() { # costs KIND COUNT: what these have added, per guest
	local hv=$F_HV store=$F_STORE console=$F_CONSOLE monitors=$F_MONITORS
	measure
	say "-- $1, KiB a guest: hypervisor $(pair $((F_HV - hv)) "$2"), xenstored $(pair $((F_STORE - store)) "$2")," \
		"xenconsoled $(pair $((F_CONSOLE - console)) "$2"), its axl $(pair $((F_MONITORS - monitors)) "$2")"
	say "-- $1, ms to create: $(awk '{ l[NR] = $1 } END {
		for (i = 2; i <= 6; i++) { a += l[i] / 5; b += l[NR - 6 + i] / 5 }
		printf "guests 2 to 6 %d each, %d to %d %d each", a, NR - 4, NR, b }' "/tmp/$1.ms")"
}
probe_lives() { [ "$(axl console --log "$1" | grep -c 'PVPROBE READY')" = 1 ]; }
debian_lives() { grep -q GUEST-READY "$(console_log "$1")"; }
all_live() { # all_live KIND COUNT: waits for each in turn
	local n=0
	while [ $n -lt "$2" ]; do
		n=$((n + 1))
		until_true 300 "$1_lives" "$1$n" || { echo "$1$n shows no sign of life"; return 1; }
	done
}
running() { [ "$(axl list | awk 'NR > 2' | wc -l)" = "$1" ]; }
destroy_all() { axl list | awk 'NR > 2 { print $2 }' | xargs axl destroy; }

# What dom0 keeps for good (its table of event ports grows with the most it ever had) is not
# a guest's: all at once before anything is counted.
paused() {
	n=0
	while [ $n -lt $((PROBES + DEBIANS)) ]; do
		n=$((n + 1))
		axl create -p /tmp/probe.cfg "name=\"w$n\"" || return
	done
}
check "as many, paused, come" paused
check "and go" destroy_all
rm -f /var/log/xen/console/guest-*
sleep 1
remember
measure
say "-- before: hypervisor $F_HV KiB, xenstored $F_STORE, xenconsoled $F_CONSOLE; $(free_pages) pages free"
check "$PROBES pvprobe guests, one after the other" create probe "$PROBES"
check "each lives" all_live probe "$PROBES"
costs probe "$PROBES"
check "$DEBIANS Debian guests, one after the other" create debian "$DEBIANS"
check "each lives" all_live debian "$DEBIANS"
costs debian "$DEBIANS"
check "all are there at once" running $((PROBES + DEBIANS))
say "-- all: $(free_pages) pages free, $(storedump | wc -l) store nodes"
check "a probe among them still answers" axl shutdown -w probe1
check "the last Debian, too" axl shutdown -w "debian$DEBIANS"
check "both are gone" until_true 20 running $((PROBES + DEBIANS - 2))
check "all are destroyed" destroy_all
check "memory, ports, grants, store, processes are as before" settled
say "-- after: xenstored $(daemon xenstored) KiB, xenconsoled $(daemon xenconsoled); $(free_pages) pages free"
check "the kernel is content" quiet_kernel
END
