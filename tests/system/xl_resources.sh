#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 400
# What axl_resources.sh claims of CPU and memory, by Debian's xl and xentop on Argon.
. "$(dirname "$0")/lib.sh"
need build/argon
HV=argon TOOLS=debian SMP=2 TIMEOUT=380 in_dom0 <<'END'
TOOL=xl
# says "TEXT" COMMAND...: it succeeds and says so
says() {
	text=$1
	shift
	"$@" > /tmp/says.out 2>&1 && grep -q -e "$text" /tmp/says.out || {
		cat /tmp/says.out
		return 1
	}
}
# fails "TEXT" COMMAND...: it fails and says so
fails() {
	text=$1
	shift
	! "$@" > /tmp/fails.out 2>&1 && grep -q -e "$text" /tmp/fails.out || {
		cat /tmp/fails.out
		return 1
	}
}
memory_is() { [ "$(xl list g | awk 'NR == 2 {print $3}')" = "$1" ]; }
vcpus_are() { [ "$(xl list g | awk 'NR == 2 {print $4}')" = "$1" ]; }
check "the toolstack starts" toolstack_up
busybox_cfg g 128 "" "vcpus = 2" "maxmem = 256" "cpu_weight = 300" "cap = 150" \
	"cpus = '0-1'" "cpus_soft = '1'" "pool = 'Pool-0'" > /tmp/g.cfg
check "xl create" xl create /tmp/g.cfg
check "it runs" wait_console g GUEST-READY 120
check "weight and cap" says "^g .* 300  150$" xl sched-credit2 -d g
check "its affinities" says " all / 1$" xl vcpu-list g
check "both vCPUs are online" vcpus_are 2
check "vcpu-set" xl vcpu-set g 1
check "the guest gives one up" until_true 60 vcpus_are 1

check "vcpu-pin" xl vcpu-pin g 0 1 0
check "it goes there" until_true 30 says " 0    1   [r-][b-]- .* 1 / 0$" xl vcpu-list g
check "vcpu-pin back" xl vcpu-pin g all all all

check "mem-set" xl mem-set g 110
check "the guest gives memory back" until_true 60 memory_is 110
check "mem-set up" xl mem-set g 160
check "the guest takes it" until_true 60 memory_is 160
check "mem-max" xl mem-max g 200
check "above it there is nothing to have" fails "memory_dynamic_max must be less" xl mem-set g 220

check "sched-credit2" xl sched-credit2 -d g -w 512 -c 50
check "it is changed" says "^g .* 512   50$" xl sched-credit2
check "a weight of 0" fails "from 1 to 65535" xl sched-credit2 -d g -w 0
check "one of 65536" fails "." xl sched-credit2 -d g -w 65536
check "a cap above its vCPUs" fails "from 0 to 200" xl sched-credit2 -d g -c 201
check "the rate limit" xl sched-credit2 -s -p Pool-0 -r 2000
check "one out of range" fails "from 100 to 500000" xl sched-credit2 -s -p Pool-0 -r 99

check "a CPU leaves the pool" xl cpupool-cpu-remove Pool-0 1
check "cpupool-create" xl cpupool-create 'name="fast"' 'sched="credit2"' 'cpus=["1"]'
check "cpupool-list" says "^fast .* 1   credit2 .* 0$" xl cpupool-list
check "the new pool has a rate limit of its own" xl sched-credit2 -s -p fast -r 500
check "it is shown" says "Cpupool fast: ratelimit=500us" xl sched-credit2 -s -p fast
check "the other as it was" says "Cpupool Pool-0: ratelimit=2000us" xl sched-credit2 -s -p Pool-0
check "cpupool-migrate" xl cpupool-migrate g fast
check "list -c" says "^g .* fast$" xl list -c
check "a pool in use stays" fails "destroy" xl cpupool-destroy fast
check "cpupool-rename" xl cpupool-rename fast swift
check "back" xl cpupool-migrate g Pool-0
check "cpupool-destroy" xl cpupool-destroy swift
check "cpupool-cpu-add" xl cpupool-cpu-add Pool-0 1
check "both CPUs are there" says "^Pool-0 .* 2   credit2" xl cpupool-list

check "xentop" says "^         g .* 2    0 " xentop -b -i 2 -d 1
check "its vCPUs" says "^VCPUs(sec):   0: " xentop -b -i 1 -v -f
check "uptime" says "^g .* 0:0" xl uptime
check "claims" says "^g .* 0$" xl claims
check "info -n" says "^  1:       1 " xl info -n
check "the guest has survived it" grep -q GUEST-READY "$(console_log g)"
check "destroy" xl destroy g
check "the kernel is content" quiet_kernel
END
