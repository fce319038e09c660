#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# Our xenstored is updated, stopped and started under running guests: nobody notices. With Debian's
# xl and xenstore-control, on Argon and on Debian's Xen; HYPERVISORS="argon xen" chooses.
. "$(dirname "$0")/lib.sh"
control=$ARGON_CACHE/xen/root/usr/lib/xen-4.17/bin/xenstore-control
need build/argon build/dom0-tools/{axl,xenstored,xenconsoled} build/tests/unit/stored/storectl "$control"
for hv in ${HYPERVISORS:-argon xen}; do
	HV=$hv TOOLS=debian TIMEOUT=600 in_dom0 build/dom0-tools/xenstored build/dom0-tools/axl \
		build/dom0-tools/xenconsoled build/tests/unit/stored/storectl "$control" <<'END'
PATH=/x:$PATH
TOOL=xl
answers() { until_true 20 ping -c 1 -W 2 10.9.0.2; }
pid() { cat /run/xenstored.pid; }
runs() { [ "$(readlink "/proc/$(pid)/exe")" = "$1" ]; }
store_is() { [ "$(xenstore-read "$1")" = "$2" ]; }
store_is_sound() { storectl check | grep -q ' 0 faults'; }
domain_0_alone() { [ "$(xenstore-list /local/domain | tr '\n' ' ')" = "0 " ]; }
in_journal() { axl events again | grep -q "$1"; }
is_another() { now=$(axl domid again 2> /dev/null) && [ "$now" != "$first_id" ]; }
ready_twice() { [ "$(grep -c GUEST-READY "$(console_log again)")" = 2 ]; }
seen_by_watch() { grep -q "^$1\$" /tmp/watched; }

check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
truncate -s 16M /tmp/a.img
truncate -s 16M /tmp/b.img
losetup /dev/loop6 /tmp/a.img
losetup /dev/loop7 /tmp/b.img
busybox_cfg g 96 "ADDR=10.9.0.2 BLK=xvda" "disk = [ 'phy:/dev/loop6,xvda,w' ]" \
	"vif = [ 'bridge=xenbr0' ]" > /tmp/g.cfg
check "xl create" xl create /tmp/g.cfg
check "the guest is up" wait_console g GUEST-READY 90 || show_console g
xenstore-write /test/a one
xenstore-watch /test > /tmp/watched &
watcher=$!
until_true 5 seen_by_watch /test
first=$(pid)
cp /x/xenstored /tmp/xenstored.2

check "xenstore-control live-update" xenstore-control live-update /tmp/xenstored.2
check "it is the new program" runs /tmp/xenstored.2
check "in its sandbox, as its user" confined xenstored
check "as is xenconsoled" confined xenconsoled
check "in the same process" [ "$(pid)" = "$first" ]
check "the tree is there" store_is /test/a one
check "the store is sound" store_is_sound
xenstore-write /test/b two
check "a watch set before still fires" until_true 5 seen_by_watch /test/b
check "the guest answers" answers
check "its console goes on" console_echo g
check "a disk is attached" xl block-attach g phy:/dev/loop7 xvdb w
check "the guest has connected it" until_true 20 store_is /local/domain/0/backend/vbd/1/51728/state 4
check "a second update in between" xenstore-control live-update /x/xenstored
check "a disk is detached" xl block-detach g xvdb
check "it is gone" until_true 20 sh -c '! xenstore-exists /local/domain/0/backend/vbd/1/51728'

check "a program that is no xenstored is refused" sh -c '! xenstore-control live-update /bin/busybox'
check "one that is not there, too" sh -c '! xenstore-control live-update /nowhere'
check "the daemon goes on" runs /x/xenstored
check "the guest still answers" answers

before=$(ls "/proc/$(pid)/fd" | wc -l)
i=0
while [ $i -lt 10 ]; do
	xenstore-control live-update /x/xenstored || break
	i=$((i + 1))
done
check "ten updates in a row" [ $i = 10 ]
check "no descriptor is left behind" [ "$(ls "/proc/$(pid)/fd" | wc -l)" = "$before" ]
kill $watcher
check "xl shutdown" xl shutdown -w g
check "only domain 0 is in the store" until_true 15 domain_0_alone

check "another guest" xl create /tmp/g.cfg
check "is up" wait_console g GUEST-READY 90 || show_console g
busybox_cfg again 96 '' | sed 's/^on_reboot.*/on_reboot = "restart"/' > /tmp/again.cfg
check "a guest of axl, restarted when it reboots" axl create /tmp/again.cfg
check "it is up" wait_console again GUEST-READY 90 || show_console again
first_id=$(axl domid again)

kill "$(cat /run/xenconsoled.pid)"
kill "$(pid)"
check "xenstored ends and leaves its state" until_true 10 [ -s /run/xenstored/state ]
check "and an empty pid file" until_true 10 [ ! -s /run/xenstored.pid ]
check "and its socket is gone" until_true 10 [ ! -e /run/xenstored/socket ]
check "a user that does not exist is refused" sh -c '! xenstored --user=nobody-of-that-name'
check "it is started again" xenstored --pid-file /run/xenstored.pid
check "as its user" confined xenstored
check "so is xenconsoled" xenconsoled --log=all --pid-file=/run/xenconsoled.pid
check "the tree is there again" store_is /test/a one
check "the store is sound again" store_is_sound
check "the kernel's store goes on: a disk is attached" xl block-attach g phy:/dev/loop7 xvdb w
check "the guest connects it" until_true 20 store_is /local/domain/0/backend/vbd/2/51728/state 4
check "the guest answers over its NIC" answers
check "the guest's shell is there" console_echo g
check "axl's monitor has found the new xenstored" until_true 20 in_journal 'xenstored was away'
check "the other guest reboots" axl reboot again
check "and its monitor starts it again" until_true 60 is_another
check "it comes up" until_true 90 ready_twice
check "its monitor goes with it" axl destroy again
# xl's own process that waited for the guest's end has lost its connection
check "xl destroy" xl destroy g
check "only domain 0 is in the store again" until_true 15 domain_0_alone
check "the store is sound at the end" store_is_sound
check "the kernel is content" quiet_kernel
END
done
