#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 600
# Memory of a guest that runs: ballooned down and up, refused below its need, plugged in above
# what it was booted with; two that start at once are not both promised the last of it. With
# an argument "xl", the first part by Debian's tools.
. "$(dirname "$0")/lib.sh"
tool=${1:-axl}
export HV=${HV:-argon}
name=memory-$tool-$HV
[ "$HV" != argon ] || need build/argon
if [ "$tool" = axl ]; then
	need build/dom0-tools/{axl,xenstored,xenconsoled}
	tools=argon
else
	tools=debian
fi
need build/guests/pvprobe build/tests/system/claimer build/tests/unit/axl/storedump
TOOLS=$tools SMP=${SMP:-2} TIMEOUT=580 KARGS="HV=$HV TOOL=$tool" \
	in_dom0 build/tests/unit/axl/storedump build/guests/pvprobe build/tests/system/claimer <<'END'
PATH=/x:$PATH
check "the toolstack starts" toolstack_up

# --- what a guest has, by its own account ---
if [ $TOOL = xl ]; then
	console() { xenconsole --interactive "$(xl domid "$1")"; }
else
	console() { axl console "$1"; }
fi
# It says so every second: MEM, MiB its balloon driver counts, MiB of MemTotal, and a word.
watch_it() {
	mkfifo "/tmp/typed.$1"
	console "$1" < "/tmp/typed.$1" > "/tmp/shown.$1" 2>&1 &
	exec 3> "/tmp/typed.$1"
	echo 'while :; do echo MEM $(($(cat /sys/devices/system/xen_memory/xen_memory0/info/current_kb) / 1024)) $(awk "/^MemTotal/ { print int(\$2 / 1024) }" /proc/meminfo) $(cat /tmp/word) END; sleep 1; done &' >&3
}
says() { grep -a '^MEM.*END' /tmp/shown.g | tail -1 | tr -d '\r'; }
has() { says | { read -r _ now total _; [ "$now" = "$1" ]; }; }
total() { says | { read -r _ now total _; echo "$total"; }; }
has_total() { [ "$(total)" -ge "$1" ] && [ "$(total)" -le "$2" ]; } # has_total FROM TO
listed() { [ "$($TOOL list g | awk 'NR == 2 { print $3 }')" = "$1" ]; }
word() { says | grep -q " $1 END"; }
in_guest() { echo "$1" >&3; }
fails() { # fails "TEXT" COMMAND...
	text=$1
	shift
	! "$@" > /tmp/fails.out 2>&1 && { cat /tmp/fails.out; grep -q -e "$text" /tmp/fails.out; }
}

busybox_cfg g 128 "memhp_default_state=online" "maxmem = 256" > /tmp/g.cfg
check "create" $TOOL create /tmp/g.cfg
check "it runs" wait_console g GUEST-READY 90
watch_it g
check "its balloon driver counts 128 MiB" until_true 30 has 128
t=$(total)
say "-- at 128 MiB MemTotal is $t MiB"
check "mem-set 108" $TOOL mem-set g 108
check "the guest has 108" until_true 60 has 108
check "so has the hypervisor" until_true 10 listed 108
check "/proc/meminfo has 20 less" until_true 10 has_total $((t - 21)) $((t - 19))
check "mem-set 256, all of its maxmem" $TOOL mem-set g 256
check "the guest has 256" until_true 60 has 256
check "/proc/meminfo has 128 more" until_true 10 has_total $((t + 126)) $((t + 129))
if [ $TOOL = axl ]; then
	check "below its need: the figure" fails "valid are 104 to 256 MiB" axl mem-set g 60
	check "above its maximum: the way" fails "axl mem-max" axl mem-set g 500
else
	check "above its maximum" fails "memory_static_max" xl mem-set g 500
fi
check "mem-max 640" $TOOL mem-max g 640
check "mem-set 600" $TOOL mem-set g 600
check "the guest plugs it in" until_true 90 has 600
check "so the hypervisor says" until_true 10 listed 600
say "-- at 600 MiB MemTotal is $(total) MiB"
check "MemTotal is beyond what it was booted with" has_total 470 600
# a tmpfs is half of the boot's memory unless told
in_guest 'mkdir /big && mount -t tmpfs -o size=500m none /big'
in_guest 'dd if=/dev/zero of=/big/f bs=1M count=330 2> /dev/null && echo filled > /tmp/word'
check "a file larger than the boot's memory fits" until_true 90 word filled
in_guest 'rm /big/f; echo empty > /tmp/word'
check "and goes" until_true 30 word empty
check "mem-set 300" $TOOL mem-set g 300
check "the guest gives it back" until_true 60 has 300
check "so the hypervisor says" until_true 10 listed 300
check "destroy" $TOOL destroy g
exec 3>&-

# --- the last page is promised once ---
claims() {
	until_true 10 gone g
	last() { # last NAME: a guest that takes most of what is free
		probe_cfg "$1" "" "memory = $want" | sed '/^memory = 8/d'
	}
	want=$(($(free_pages) / 256 - 64))
	last a > /tmp/a.cfg
	last b > /tmp/b.cfg
	states() { axl list | awk 'NR > 2 { print $1, $3 }'; }
	race() { # one of two wins, the other is told; whoever it is
		axl create /tmp/a.cfg > /tmp/a.out 2>&1 & pa=$!
		axl create /tmp/b.cfg > /tmp/b.out 2>&1 & pb=$!
		wait $pa; ra=$?
		wait $pb; rb=$?
		echo "a $ra, b $rb"
		cat /tmp/a.out /tmp/b.out
		[ $((ra + rb)) = 1 ] || return
		[ $ra = 0 ] && won=a lost=b || { won=b lost=a; }
		grep -q "MiB" /tmp/$lost.out && exists $won && gone $lost && axl destroy $won
	}
	check "a first guest" axl create /tmp/a.cfg
	check "goes" axl destroy a
	sleep 1
	remember
	n=0
	wins=
	while [ $n -lt 8 ]; do
		n=$((n + 1))
		check "round $n: two start at once for $want MiB, one has it, the other is told" race || break
		wins="$wins$won"
		check "round $n: nothing is left" settled || break
	done
	say "-- the winners: $wins; told: $(head -1 /tmp/$lost.out)"

	# --- a builder that dies with a promise, and axl killed at any moment ---
	claimer $((want + 20)) > /tmp/claimer.out &
	pid=$!
	check "a builder claims all but a little" until_true 10 grep -q promised /tmp/claimer.out
	id=$(sed 's/domain \([0-9]*\).*/\1/' /tmp/claimer.out)
	promised() { axl claims | awk -v id="$1" '$2 == id { print $NF }'; }
	check "axl claims shows it" [ "$(promised "$id")" = $((want + 20)) ]
	check "nobody else gets it, though it is free" fails "($((want + 20)) MiB of them promised to others)" axl create /tmp/b.cfg
	check "a small one may start" axl create /tmp/b.cfg memory=16
	check "and go" axl destroy b
	kill -9 $pid
	wait $pid 2> /dev/null
	check "the promise outlives its builder" [ "$(promised "$id")" = $((want + 20)) ]
	check "until the domain is destroyed" axl destroy "$id"
	check "nothing is left" settled
	killed=0
	for ms in 0 3 6 10 15 20 30 40 60 100 200; do
		axl create /tmp/a.cfg > /tmp/a.out 2>&1 & pid=$!
		usleep $((ms * 1000))
		kill -9 $pid 2> /dev/null
		wait $pid 2> /dev/null
		id=$(axl list | awk 'NR > 2 { print $2 }')
		[ -z "$id" ] || {
			killed=$((killed + 1))
			axl destroy "$id"
		}
		check "killed after $ms ms: destroy leaves nothing" settled || break
		check "killed after $ms ms: the memory can be had" axl create /tmp/b.cfg
		check "killed after $ms ms: and given back" axl destroy b
	done
	say "-- of 11 killed, $killed left a domain"
}
[ $TOOL != axl ] || claims
check "the kernel is content" quiet_kernel
END
