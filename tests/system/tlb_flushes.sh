#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 300
# A domain's TLB flushes interrupt the CPUs that run it and no others: dom0 on CPU 0, a guest that
# remaps on CPU 1 and looks on CPU 2, and another that keeps CPU 3 busy. Argon counts.
. "$(dirname "$0")/lib.sh"
need build/argon build/dom0-tools/axl build/guests/flushes
SMP=4 HV=${HV:-argon} TOOLS=argon GUEST=0 TIMEOUT=280 HVEXTRA="dom0_max_vcpus=1" \
	in_dom0 build/guests/flushes <<'END'
check "the toolstack starts" toolstack_up
# all: how many have interrupted CPUs 0 to 3 so far
all() {
	axl debug-keys r
	axl dmesg | sed -n 's/.* CPU [0-3]: .*interrupted by \([0-9]*\) flushes.*/\1/p' | tail -n 4 |
		tr '\n' ' '
}
guest() { # guest NAME CPU CPU: two vCPUs, pinned; each flush is for the other
	printf '%s\n' "name = '$1'" 'type = "pv"' 'memory = 12' 'vcpus = 2' "kernel = '/x/flushes'" \
		'extra = "forever"' 'on_crash = "destroy"' > /tmp/g.cfg
	axl create -p /tmp/g.cfg && axl vcpu-pin "$1" 0 "$2" all && axl vcpu-pin "$1" 1 "$3" all &&
		axl unpause "$1" && wait_console "$1" '10 flushes' 60
}
# between N LOW HIGH: CPU N is interrupted this often in a while
between() {
	set -- "$1" "$2" "$3" "$(echo "$before" | cut -d' ' -f$(($1 + 1)))" \
		"$(echo "$after" | cut -d' ' -f$(($1 + 1)))"
	echo "CPU $1: $4 before, $5 after"
	[ -n "$4" ] && [ $(($5 - $4)) -ge "$2" ] && [ $(($5 - $4)) -le "$3" ]
}
a_while() {
	before=$(all)
	usleep 300000
	after=$(all)
	say "-- flushes taken by CPUs 0 to 3: $before- $after"
}
check "dom0 stays on CPU 0" axl vcpu-pin Domain-0 0 0
check "a guest flushes between CPUs 1 and 2" guest f 1 2
check "another on CPU 3 alone" guest g 3 3
a_while
check "CPU 2 is interrupted without end" between 2 100 1000000000
check "CPU 0, which runs dom0, is left alone" between 0 0 0
check "so is CPU 1, which asks" between 1 0 0
check "so is CPU 3, which runs another guest" between 3 0 0
check "both of its vCPUs go to CPU 1" axl vcpu-pin f 1 1 all
a_while
check "CPU 2 is left alone, too" between 2 0 0
check "so are the others" sh -c "[ '$before' = '$after' ]"
check "both guests see what is mapped" sh -c "! grep 'Test result' $(console_log f) $(console_log g)"
check "the kernel is content" quiet_kernel
END
