#!/bin/bash
# SPDX-License-Identifier: MIT
# A guest saved by axl goes on under xl and the other way round, on Argon and on Debian's Xen;
# HYPERVISORS="argon xen" chooses.
. "$(dirname "$0")/lib.sh"
need build/argon build/dom0-tools/axl
for hv in ${HYPERVISORS:-argon}; do
	HV=$hv TOOLS=debian TIMEOUT=600 in_dom0 build/dom0-tools/axl <<'END'
TOOL=xl
axl() { /x/axl "$@"; }
answers() { until_true 20 ping -c 1 -W 2 10.9.0.2; }
check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
truncate -s 16M /tmp/g.img
losetup /dev/loop7 /tmp/g.img
busybox_cfg g 96 "ADDR=10.9.0.2 BLK=xvda" "disk = [ 'phy:/dev/loop7,xvda,w' ]" \
	"vif = [ 'bridge=xenbr0' ]" > /tmp/g.cfg
check "xl create" xl create /tmp/g.cfg
check "the guest is up" wait_console g GUEST-READY 90 || show_console g
check "axl save of what xl created" axl save g /tmp/1.sav
check "it is gone" sh -c '! xl list | grep -q "^g "'
check "nothing unfinished is left" sh -c '! ls /tmp/*.partial'
check "xl restores what axl saved" xl restore /tmp/1.sav
check "the guest's network goes on" answers
check "its console and shell too" console_echo g
check "xl save" xl save g /tmp/2.sav
check "axl restores what xl saved" axl restore /tmp/2.sav
check "the guest's network goes on again" answers
check "axl save -c" axl save -c g /tmp/3.sav
check "the guest runs on after it" answers
check "a file where a directory is missing" sh -c '! /x/axl save g /nowhere/x.sav'
check "the guest runs on after that" answers
check "axl destroy" axl destroy g
dd if=/tmp/3.sav of=/tmp/torn.sav bs=1M count=40 2> /dev/null
check "a torn file is refused" sh -c '! /x/axl restore /tmp/torn.sav 2> /tmp/err'
check "with the reason" grep 'it is not complete' /tmp/err
check "and leaves no domain" sh -c '[ $(xl list | wc -l) = 2 ]'
check "axl restores a checkpoint" axl restore /tmp/3.sav
check "it answers" answers
check "axl destroys it" axl destroy g
check "the kernel is content" quiet_kernel
END
done
