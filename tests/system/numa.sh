#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 400
# A machine of two NUMA nodes: the topology is seen, a guest's memory comes from one node, the one
# with most of it free or the one of its CPUs, and goes back there.
. "$(dirname "$0")/lib.sh"
need build/argon build/dom0-tools/{axl,xenstored,xenconsoled} build/tests/unit/axl/storedump build/guests/pvprobe
node() { echo "-object memory-backend-ram,id=m$1,size=1536M -numa node,nodeid=$1,memdev=m$1,cpus=$1"; }
TOOLS=argon SMP=2 MEM=3072 GUEST=0 TIMEOUT=380 EXTRA_ARGS="$(node 0) $(node 1)
	-numa dist,src=0,dst=1,val=25 -numa dist,src=1,dst=0,val=25" \
	in_dom0 build/tests/unit/axl/storedump build/guests/pvprobe <<'END'
PATH=/x:$PATH
TOOL=axl
check "the toolstack starts" toolstack_up
says() { # says "TEXT" COMMAND...
	text=$1
	shift
	"$@" > /tmp/says.out 2>&1 && grep -q -e "$text" /tmp/says.out || { cat /tmp/says.out; false; }
}
check "two nodes" says "^nr_nodes *: 2" axl info
check "CPU 1 is in node 1" says "^  1: .* 1 *$" axl info -n
check "node 0 has its distances" says "^ *0: .* 10,25 *$" axl info -n
check "node 1, too" says "^ *1: .* 25,10 *$" axl info -n
free_of() { axl info -n | awk -v n="$1:" '/^node:/ { on = 1 } on && $1 == n { print $3 }'; }
a=$(free_of 0) b=$(free_of 1)
say "-- free: node 0 $a MiB, node 1 $b MiB"
[ "$a" -gt "$b" ] && most=0 other=1 || most=1 other=0
taken() { # taken NODE MIB: it has so much less than at first, the other as much as ever
	x=$a y=$b
	[ "$1" = 0 ] && x=$((x - $2)) || y=$((y - $2))
	n=$(free_of 0) m=$(free_of 1)
	echo "node 0 $n of $a, node 1 $m of $b"
	[ "$n" -le $((x + 2)) ] && [ "$n" -ge $((x - 4)) ] && [ "$m" -le $((y + 2)) ] && [ "$m" -ge $((y - 4)) ]
}
probe_cfg p "" "memory = 300" | sed '/^memory = 8/d' > /tmp/p.cfg
check "a guest" axl create /tmp/p.cfg
check "it lives" wait_console p 'PVPROBE READY'
check "its memory is of the node with most of it" taken $most 300
check "list -n says so" says "^p .* $most$" axl list -n
check "its vCPU would rather run there" says " all / $most$" axl vcpu-list p
check "destroy" axl destroy p
check "it goes back there" until_true 10 taken 0 0
check "one with CPUs of the other" axl create /tmp/p.cfg "cpus=\"node:$other\""
check "has its memory there" taken $other 300
check "vcpu-pin takes a node" axl vcpu-pin p 0 node:$most
check "and has its CPU" says " $most / all$" axl vcpu-list p
check "destroy" axl destroy p
check "it goes back" until_true 10 taken 0 0
check "one larger than a node" axl create /tmp/p.cfg "memory=$((a + b - 200))" 'name="large"'
check "lives, too" wait_console large 'PVPROBE READY'
check "destroy" axl destroy large
check "all is back" until_true 10 taken 0 0
check "the kernel is content" quiet_kernel
END
