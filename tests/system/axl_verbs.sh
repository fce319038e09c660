#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 500
# axl's verbs, a domain's ends and what follows them. What is refused: bad_input.sh.
. "$(dirname "$0")/lib.sh"
name=${1:-$name}
export HV=${HV:-argon}
[ "$HV" != argon ] || need build/argon
need build/dom0-tools/{axl,xenstored,xenconsoled} build/tests/unit/axl/storedump
TOOLS=argon TIMEOUT=480 KARGS="HV=$HV" in_dom0 build/tests/unit/axl/storedump <<'END'
PATH=/x:$PATH
TOOL=axl
state_of() { axl list "$1" | sed -n '2s/.* \([rbpscd-]\{6\}\) .*/\1/p'; }
is_in_state() { state_of "$1" | grep -q "$2"; }
cfg() { # cfg NAME: a guest with disk and NIC
	busybox_cfg "$1" 128 "ADDR=10.9.0.2 BLK=xvda" "disk = [ '/tmp/disk.img,raw,xvda,w' ]" \
		"vif = [ 'bridge=xenbr0' ]" > "/tmp/$1.cfg"
}
plain() { # plain NAME [LINE]: a guest without devices
	busybox_cfg "$1" 128 "" "$2" > "/tmp/$1.cfg"
}

check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
truncate -s 16M /tmp/disk.img
plain p
cfg g
cfg other

# The first domain leaves dom0's own entries and an unpacked kernel, and the first ones that run
# make the hypervisor's pools grow.
warm_up() {
	axl create /tmp/p.cfg 'vcpus=2' && axl create /tmp/g.cfg && wait_console g GUEST-READY 90 &&
		wait_console p GUEST-READY 90 && axl shutdown -w g p
}
check "a first round" warm_up
remember
figures

# two at a time
axl create -p /tmp/p.cfg > /tmp/one 2>&1 &
one=$!
axl create -p /tmp/p.cfg > /tmp/two 2>&1
two=$?
wait $one
one=$?
check "of two with the same name one wins" [ $((one + two)) = 1 ]
check "the other says so" grep -q 'there is a domain named "p" already' /tmp/one /tmp/two
check "its disk is no obstacle for nobody" sh -c "axl create -p /tmp/g.cfg && ! axl create /tmp/other.cfg > /tmp/busy 2>&1"
check "a disk in use is refused" grep -q "in use\|xvda\|g" /tmp/busy
check "both go" axl destroy p g
check "nothing is left" settled

# verbs
check "create -p --json" sh -c "axl --json create -p /tmp/p.cfg 'vcpus=2' | grep -q '\"domid\": '"
check "it is paused" is_in_state p p
check "rename" axl rename p q
check "domname" [ "$(axl domname "$(axl domid q)")" = q ]
check "its name is taken" sh -c "! axl create -p /tmp/p.cfg 'name=\"q\"' 2>/dev/null"
check "rename back" axl rename q p
n=$(seen p GUEST-READY)
check "unpause" axl unpause p
check "it runs" until_true 60 more p GUEST-READY "$n"
check "two vCPUs" [ "$(axl vcpu-list p | awk 'NR > 1 && $4 != "-"' | wc -l)" = 2 ]
check "pause" axl pause p
check "it is paused again" is_in_state p p
axl unpause p
check "console on a pipe" console_echo p
check "console --log" sh -c "axl console --log p | grep -q GUEST-READY"
check "console --tail" [ "$(axl console --tail 1 p | wc -l)" -le 1 ]
check "uptime" sh -c "axl uptime p | grep -q '0:00:'"
axl sysrq p h
check "sysrq reaches it" wait_console p "sysrq: HELP" 20
check "shutdown -w" axl shutdown -w p
check "it is gone with it" gone p
check "its log is kept" sh -c "axl console --log p | grep -q GUEST-UP"
check "nothing is left" settled
check "dmesg" sh -c "axl dmesg | grep -q ."
check "debug-keys" axl debug-keys h
frames=$(axl set-parameters -l | sed -n 's/^gnttab_max_frames=//p')
check "set-parameters -l" [ "$frames" -gt 0 ]
check "set-parameters" axl set-parameters "guest_loglvl=info" gnttab_max_frames=$((frames - 1))
check "they are set" sh -c "axl set-parameters -l | grep -qx gnttab_max_frames=$((frames - 1))"
check "a value that is none is refused" sh -c "! axl set-parameters loglvl=none gnttab_max_frames=x"
check "and nothing was set" sh -c "! axl set-parameters -l | grep -q ^loglvl=none"
check "set-parameters back" axl set-parameters guest_loglvl=all gnttab_max_frames="$frames"

# ends
crash() { echo 'echo c > /proc/sysrq-trigger' | timeout 5 axl console "$1" > /dev/null 2>&1; }
plain p
sed -i 's/^on_reboot.*/on_reboot = "restart"/' /tmp/p.cfg
n=$(seen p GUEST-READY)
check "create with on_reboot=restart" axl create /tmp/p.cfg
check "it runs" until_true 60 more p GUEST-READY "$n"
old=$(axl domid p)
n=$(seen p GUEST-READY)
check "reboot" axl reboot p
check "it comes again" until_true 90 more p GUEST-READY "$n"
check "as another domain" [ "$(axl domid p)" != "$old" ]
check "the monitor's log tells" grep -q "reboot, action restart" /var/log/axl/p.log
crash p
check "a crash destroys it" until_true 60 gone p || cat /var/log/axl/p.log
check "nothing is left" settled
plain p 'on_poweroff = "preserve"'
sed -i 's/^on_crash.*/on_crash = "preserve"/' /tmp/p.cfg
n=$(seen p GUEST-READY)
check "create with on_crash=preserve" axl create /tmp/p.cfg
check "it runs" until_true 60 more p GUEST-READY "$n"
crash p
check "the crashed one is kept" until_true 60 is_in_state p sc
check "destroy" axl destroy p
check "nothing is left" settled
check "create -F ends with its guest" timeout 100 axl create -F /tmp/p.cfg 'extra="console=hvc0 JOB=off"' 'on_poweroff="destroy"'
check "nothing is left" settled

check "the kernel is content" quiet_kernel
END
