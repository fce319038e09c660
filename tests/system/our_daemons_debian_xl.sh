#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# Debian's xl and store clients with our xenstored and xenconsoled, on Debian's Xen or $HV.
. "$(dirname "$0")/lib.sh"
need build/dom0-tools/{xenstored,xenconsoled} build/tests/unit/stored/storectl
export HV=${HV:-xen}
name=our_daemons-$HV
TOOLS=debian in_dom0 build/dom0-tools/xenstored build/dom0-tools/xenconsoled \
	build/tests/unit/stored/storectl <<'END'
PATH=/x:$PATH
TOOL=xl
runs_ours() { readlink "/proc/$(cat "/run/$1.pid")/exe" | grep -q "^/x/$1"; }
store_is() { [ "$(xenstore-read "$1")" = "$2" ]; }
store_is_sound() { storectl check | grep -q ' 0 faults'; }
domains_in_store() { xenstore-list /local/domain | tr '\n' ' '; }
nothing_of() { ! xenstore-ls -f | grep -E "/(domain|libxl|backend/[a-z]+)/$1( |/)|/vm/."; }

check "the toolstack starts" toolstack_up
check "it is our xenstored" runs_ours xenstored
check "it is our xenconsoled" runs_ours xenconsoled
check "neither is root, or could become it" eval "confined xenstored && confined xenconsoled"

xenstore-watch -n 3 /test > /tmp/watched &
watcher=$!
until_true 5 grep -q . /tmp/watched
check "xenstore-write" xenstore-write /test/a one /test/b two
check "xenstore-read" store_is /test/b two
check "xenstore-chmod" xenstore-chmod /test/a n0 r5 b6
check "xenstore-ls -p shows it" sh -c "xenstore-ls -fp | grep -q '^/test/a = \"one\" *(n0,r5,b6)'"
check "xenstore-rm" xenstore-rm /test
check "it is gone" sh -c '! xenstore-exists /test'
wait $watcher
check "xenstore-watch saw it all" [ "$(sort -u /tmp/watched | tr '\n' ' ')" = "/test /test/a /test/b " ]
for i in 1 2 3 4 5 6 7 8 9; do
	for j in 1 2 3 4 5 6 7 8 9; do
		echo "/many/a-name-that-is-made-long-enough-for-more-than-four-thousand-letters-$i$j x"
	done
done | xargs xenstore-write
check "a long directory comes in parts" sh -c '[ $(xenstore-list /many | wc -l) = 81 ]'
xenstore-rm /many

check "the backends are there" backends_up
lifecycle pv1 10.9.0.2
check "nothing of it is left in the store" until_true 10 nothing_of 1
check "the store is sound" store_is_sound
check "its log is kept" grep -q GUEST-READY "$(console_log pv1)"

# a reader who is there when the guest dies gets all, then the end
busybox_cfg pv2 128 "" > /tmp/pv2.cfg
check "a second guest" xl create /tmp/pv2.cfg
wait_console pv2 GUEST-READY 90
(sleep 60) | timeout 50 xenconsole --interactive "$(xl domid pv2)" > /tmp/last 2>&1 &
reader=$!
check "who comes late sees the last screen" until_true 10 grep -q GUEST-READY /tmp/last
check "it is destroyed under its reader" xl destroy pv2
wait $reader
check "who then reads the end, not a hang" [ $? != 124 ]
check "no terminal is left" until_true 15 sh -c '[ "$(ls /dev/pts)" = ptmx ]'
check "only domain 0 is in the store" [ "$(domains_in_store)" = "0 " ]
check "the kernel is content" quiet_kernel
END
