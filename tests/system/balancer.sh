#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 600
# argon-balancer takes memory from a guest that needs little and gives it to one that needs more,
# as they report, within their bounds; it shows what it did; a silent guest is left alone.
. "$(dirname "$0")/lib.sh"
export HV=${HV:-argon}
[ "$HV" != argon ] || need build/argon
need build/dom0-tools/{axl,xenstored,xenconsoled,argon-balancer} build/tests/unit/axl/storedump
TOOLS=argon TIMEOUT=580 in_dom0 build/tests/unit/axl/storedump build/dom0-tools/argon-balancer <<'END'
PATH=/x:$PATH
TOOL=axl
check "the toolstack starts" toolstack_up
fails() { # fails "TEXT" COMMAND...
	text=$1
	shift
	! "$@" > /tmp/fails.out 2>&1 && { cat /tmp/fails.out; grep -q -e "$text" /tmp/fails.out; }
}
type_in() { printf '%s\n' "$2" | timeout 5 axl console "$1" > /dev/null 2>&1; true; }
# What a guest reports: all it has less what is available, as XS_WRITE of 8 digits.
agent='while :; do u=$(awk "/current/ { next } /^MemAvailable/ { a = \$2 } END { getline t < \"/sys/devices/system/xen_memory/xen_memory0/info/current_kb\"; printf \"%08d\", t - a }" /proc/meminfo)
printf "\013\000\000\000\001\000\000\000\000\000\000\000\027\000\000\000memory/meminfo\000$u" > /dev/xen/xenbus; sleep 1; done &'
for g in busy idle mute; do
	busybox_cfg $g 192 "" "maxmem = 320" > /tmp/$g.cfg
	check "create $g" axl create /tmp/$g.cfg
done
for g in busy idle mute; do
	check "$g runs" wait_console $g GUEST-READY 120
done
size() { axl list "$1" | awk 'NR == 2 { print $3 }'; }
last() { axl balancer | awk -v g="$1" '$1 == g { print $NF }'; }
figure() { axl balancer | awk -v g="$1" -v n="$2" '$1 == g { print $n }'; }
reports() { [ "$(figure "$1" 5)" -gt 0 ] 2> /dev/null; }
idle_gives() { [ "$(size idle)" -lt 192 ] && [ "$(size idle)" -ge 120 ]; }
busy_takes() { [ "$(size busy)" -gt 200 ] && [ "$(size busy)" -le 320 ]; }
sum() { echo $(($(size busy) + $(size idle))); }
at_most() { [ "$(sum)" -le "$1" ] || { axl list; false; }; }
rests() { [ "$(last busy)" != gives ] && [ "$(last idle)" != gives ] && [ "$(last busy)" != takes ]; }
show() { axl balancer | sed 's/^/@@ -- /'; }

check "it does not run unless it is started" fails "does not run" axl balancer
# nothing is to spare: what one takes another gives
reserve=$(($(free_pages) / 256))
check "a dry run starts" argon-balancer --dry-run --interval=1 --reserve=$reserve --pid-file=/run/balancer.pid
type_in busy "$agent"
type_in idle "$agent"
check "a report arrives" until_true 30 reports busy
check "another, too" until_true 30 reports idle
type_in busy 'mkdir /big && mount -t tmpfs -o size=500m none /big && dd if=/dev/zero of=/big/f bs=1M count=95'
busy_waits() { [ "$(last busy)" = waits ] && [ "$(last idle)" = gives ]; }
check "it says what it would do" until_true 60 busy_waits
show
check "and does it not" at_most 384
check "nobody was asked" [ "$(size idle)" = 192 ]
kill "$(cat /run/balancer.pid)"
check "it leaves nothing in the store" until_true 10 sh -c '! storedump | grep -q argon-balancer'
check "it starts" argon-balancer --interval=1 --reserve=$reserve --pid-file=/run/balancer.pid
check "it is not root" confined balancer
check "the idle guest gives" until_true 60 idle_gives
check "the busy guest takes" until_true 60 busy_takes
check "together they have no more than before" at_most 385
check "the silent one has what it had" [ "$(size mute)" = 192 ]
check "it comes to rest" until_true 30 rests
show
check "the JSON says so" sh -c 'axl --json balancer | grep -q "\"last\": \"silent\""'
check "a bound below its need" fails "bounds lie within 120 and 320 MiB" axl balancer --min=50 idle
check "a bound for dom0" fails "leaves domain 0 alone" axl balancer --min=50 Domain-0
check "a bound" axl balancer --min=180 idle
idle_has_180() { [ "$(size idle)" -ge 180 ]; }
check "it is kept" until_true 60 idle_has_180
check "together they have no more than before" at_most 385
kill -9 "$(cat /run/balancer.pid)"
check "killed, it does not run" until_true 10 fails "its process is gone" axl balancer
check "the guests live" sh -c 'for g in busy idle mute; do axl domid $g; done'
check "destroy" axl destroy busy idle mute
check "the kernel is content" quiet_kernel
END
