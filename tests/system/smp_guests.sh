#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 1200
# vCPUs of a guest come and go while it runs, by axl's and by Debian's xl's vcpu-set; guests of many
# vCPUs come up with all of them. HV=xen: the same on Debian's; COUNTS="32 64 128" of vCPUs.
. "$(dirname "$0")/lib.sh"
export HV=${HV:-argon}
[ "$HV" != argon ] || need build/argon
need build/dom0-tools/axl
{ echo "COUNTS='${COUNTS-32 128}'" && cat <<'END'; } |
axl() { /x/axl "$@"; }
# The guest brings up each CPU that it is given, as a udev rule does in a distribution, and says
# which run whenever that changes.
online_loop='o=; while :; do for f in /sys/devices/system/cpu/cpu*/online; do read x < $f && [ $x = 0 ] && echo 1 > $f; done 2> /dev/null; read n < /sys/devices/system/cpu/online; [ "$n" = "$o" ] || echo CPUS "are $n;"; o=$n; sleep 1; done'
type_line() { echo "$2" > "$(xenstore-read "/local/domain/$(xl domid "$1")/console/tty")"; }
cpus_are() { grep -o 'CPUS are [^;]*;' "$(console_log "$1")" | tail -n 1 | grep -qx "CPUS are $2;"; }
states() { axl --json vcpu-list "$1" | grep -o '"online": *[a-z]*' | tr -d ' '; }
online() { [ "$(states "$1" | grep -c true)" = "$2" ] && [ "$(states "$1" | grep -c online)" = "$3" ]; }
guest() { # guest NAME VCPUS MAXVCPUS MEMORY
	busybox_cfg "$1" "$4" "loglevel=5" "maxvcpus = $3" |
		sed "s/^vcpus = .*/vcpus = $2/; s/vmlinuz/vmlinux/" > "/tmp/$1.cfg"
}
follows() { # follows VERB... WHICH COUNT: the guest h does what the verb says
	check "$TOOL vcpu-set to $1" $TOOL vcpu-set --ignore-host h "$1"
	check "the guest runs CPUs $2" until_true 120 cpus_are h "$2"
	check "the others are down" until_true 30 online h "$1" 8
}

check "the toolstack starts" toolstack_up
guest h 1 8 128
check "a guest with one of eight vCPUs" axl create /tmp/h.cfg
check "it comes up" wait_console h GUEST-READY 120 || show_console h
type_line h "$online_loop"
check "it runs CPU 0 alone" until_true 60 cpus_are h 0
check "vcpu-list shows seven that are down" online h 1 8
TOOL=axl
follows 4 0-3
follows 2 0-1
TOOL=xl
follows 8 0-7
follows 1 0
TOOL=axl
follows 3 0-2
check "axl --json tells of nine" sh -c '/x/axl --json vcpu-set --ignore-host h 9 2>&1 | grep -q "1 to 8"'
check "the guest has met no fault" sh -c \
	"! grep -E 'BUG:|WARNING:|Call Trace|rcu.*stall' $(console_log h)"
check "axl destroys it" axl destroy h

clock() { cut -d' ' -f1 /proc/uptime; }
for n in $COUNTS; do
	guest m$n "$n" "$n" 256
	t=$(clock)
	check "a guest with $n vCPUs" axl create "/tmp/m$n.cfg"
	check "it comes up" wait_console "m$n" GUEST-READY 400 || show_console "m$n"
	say "-- $n vCPUs: from $t s to $(clock) s"
	type_line "m$n" 'read n < /sys/devices/system/cpu/online; echo CPUS "are $n;"'
	check "with CPUs 0 to $((n - 1))" until_true 60 cpus_are "m$n" "0-$((n - 1))"
	check "all are online" online "m$n" "$n" "$n"
	# a program on each CPU: they are interrupted by each other
	type_line "m$n" 'i=0; while [ $i -lt $(nproc) ]; do taskset -c $i true && echo -n .; i=$((i+1)); done; echo ALL "$i;"'
	check "a program runs on each" wait_console "m$n" "ALL $n;" 240
	check "its kernel has met no fault" sh -c \
		"! grep -E 'BUG:|WARNING:|Call Trace|rcu.*stall' $(console_log "m$n")"
	check "destroy" axl destroy "m$n"
done
check "the kernel is content" quiet_kernel
END
	TOOLS=debian SMP=${SMP:-1} DOM0MEM=768 TIMEOUT=1180 in_dom0 build/dom0-tools/axl
