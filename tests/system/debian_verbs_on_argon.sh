#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 600
# What else Debian's unmodified tools do to a guest and ask of the hypervisor, on Argon: xl's verbs
# beyond create and destroy, xentop, xenstore-*, lsevtchn; and axl beside Debian's daemons.
. "$(dirname "$0")/lib.sh"
xenhypfs=$ARGON_CACHE/xen/root/usr/sbin/xenhypfs # not in the image
need build/argon build/dom0-tools/axl "$xenhypfs"
HV=argon TOOLS=debian TIMEOUT=580 in_dom0 build/dom0-tools/axl "$xenhypfs" <<'END'
TOOL=xl
shows() { # shows TEXT COMMAND...: it succeeds and prints TEXT
	text=$1
	shift
	"$@" > /tmp/shows 2>&1 && { grep -q -e "$text" /tmp/shows || { cat /tmp/shows; false; }; }
}
answers() { until_true 20 ping -c 1 -W 2 10.9.0.2; }
check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
truncate -s 16M /tmp/g.img /tmp/more.img
busybox_cfg g 128 "ADDR=10.9.0.2 BLK=xvda" "disk = [ '/tmp/g.img,raw,xvda,w' ]" \
	"vif = [ 'bridge=xenbr0' ]" 'vcpus = 2' 'maxmem = 160' > /tmp/g.cfg
check "xl create -p" xl create -p /tmp/g.cfg
check "xl list shows it paused" shows '^g .*--p---' xl list
check "xl unpause" xl unpause g
check "the guest is up" wait_console g GUEST-READY 120 || show_console g

check "xl info" shows '^xen_version *: 4.17' xl info
check "xl info -n" shows 'numa_info' xl info -n
check "xl list -l" shows '"name": "g"' xl list -l
check "xl list -v" shows '^g .* -b---- \|^g .* r----- \|^g ' xl list -v
check "xl vm-list" shows ' g *$' xl vm-list
check "xl domid" xl domid g
check "xl domname" shows '^g$' xl domname "$(xl domid g)"
check "xl uptime" shows '^g ' xl uptime
check "xl dmesg" shows 'Argon' xl dmesg
check "xl debug-keys" xl debug-keys q
hypfs() { /x/xenhypfs "$@"; }
check "xl set-parameters" xl set-parameters "loglvl=info guest_loglvl=error gnttab_max_frames=40"
check "xenhypfs cat: the level" shows '^info$' hypfs cat /params/loglvl
check "xenhypfs cat: the guests' level" shows '^error$' hypfs cat /params/guest_loglvl
check "xenhypfs cat: the number" shows '^40$' hypfs cat /params/gnttab_max_frames
check "xl set-parameters refuses what it does not know" shows 'cannot set parameters: nope=1' sh -c '! xl set-parameters nope=1'
check "xl set-parameters refuses a bad value" shows 'Invalid argument' sh -c '! xl set-parameters loglvl=loud'
check "xenhypfs tree" shows '^ *gnttab_max_maptrack_frames$' hypfs tree
check "xenhypfs ls" [ "$(hypfs ls /params/ | grep -c '^<string> rw ')" = 4 ]
check "xenhypfs ls of a file" shows 'Not a directory' sh -c '! /x/xenhypfs ls /params/loglvl'
check "xenhypfs cat of a directory" shows 'Is a directory' sh -c '! /x/xenhypfs cat /params'
check "xenhypfs write of what may only be read" shows 'Permission denied' sh -c '! /x/xenhypfs write /buildinfo/changeset a'
ranges() { xl dmesg | grep -c 'gnttab_max_frames: 1 to 4096 are possible'; }
n=$(ranges)
check "xenhypfs write out of range" shows 'out of range' sh -c '! /x/xenhypfs write /params/gnttab_max_frames 5000'
check "the log has it at loglvl=info" [ "$(ranges)" = $((n + 1)) ]
check "axl set-parameters" /x/axl set-parameters loglvl=error gnttab_max_frames=64
check "axl out of range" shows 'valid are 1 to 4096' sh -c '! /x/axl set-parameters gnttab_max_frames=5000'
check "the log has it not at loglvl=error" [ "$(ranges)" = $((n + 1)) ]
check "axl sets all or none" sh -c '! /x/axl set-parameters loglvl=all gnttab_max_frames=0'
check "axl set-parameters -l" shows '^loglvl=error$' /x/axl set-parameters -l
check "levels as they were" xl set-parameters "loglvl=all guest_loglvl=all"

check "xl vcpu-list" shows '^g .* 1 ' xl vcpu-list
check "xl vcpu-pin" xl vcpu-pin g 1 0
check "xl vcpu-set" xl vcpu-set g 1
check "the guest has one CPU then" until_true 20 console_run g 'echo cpus-$(nproc)' cpus-1
check "xl sched-credit2 sets" xl sched-credit2 -d g -w 512 -c 50
check "xl sched-credit2 shows" shows '^g *[0-9]* *512 *50' xl sched-credit2
check "xl cpupool-list" shows '^Pool-0' xl cpupool-list
check "xl mem-set" xl mem-set g 112
check "xl mem-max" xl mem-max g 150
check "xl claims" xl claims
check "xl rename" xl rename g h
check "it has the new name" xl domid h
check "and back" xl rename h g
check "xl sysrq" xl sysrq g h
check "xl trigger is refused by the hypervisor, not by a hang" shows 'Function not implemented' timeout 20 xl trigger g nmi
check "xl config-update" xl config-update g /tmp/g.cfg
check "xl block-attach" xl block-attach g 'format=raw,vdev=xvdb,access=rw,target=/tmp/more.img'
check "xl block-list" shows 51728 xl block-list g
check "xl block-detach" xl block-detach g xvdb
check "xl network-attach" xl network-attach g bridge=xenbr0
check "xl network-list" shows '^1 ' xl network-list g
check "xl network-detach" xl network-detach g 1
check "xl pause" xl pause g
check "xl unpause" xl unpause g
check "the guest answers after all this" answers
check "xentop" shows ' g ' xentop -b -f -n -v -x -i 2 -d 1
check "lsevtchn" shows 'Interdomain' lsevtchn "$(xl domid g)"
check "xenctx sees where it is" sh -c "xenctx $(xl domid g) | grep '^rip: ffffffff'"
check "xen-hptool" sh -c 'xen-hptool list || true'

check "xenstore-write" xenstore-write /test/a one /test/b two
check "xenstore-read" shows '^two$' xenstore-read /test/b
check "xenstore-list" shows '^a$' xenstore-list /test
check "xenstore-chmod" xenstore-chmod /test/a n0 r5
check "xenstore-ls" shows 'a = "one".*(n0,r5)' xenstore-ls -p /test
xenstore-watch -n 2 /test > /tmp/watched &
watcher=$!
until_true 5 grep -q . /tmp/watched
check "xenstore-rm" xenstore-rm /test
check "xenstore-exists" sh -c '! xenstore-exists /test'
wait $watcher
check "xenstore-watch saw it" [ "$(sort -u /tmp/watched)" = /test ]

check "xl shutdown -w" timeout 90 xl shutdown -w g
check "it is gone" until_true 20 sh -c '! xl list | grep -q "^g "'
check "xl reboot has a guest to come back" sh -c "sed -i 's/on_reboot.*/on_reboot = \"restart\"/' /tmp/g.cfg; xl create /tmp/g.cfg"
old=$(xl domid g)
until_true 60 answers
check "xl reboot" xl reboot g
check "it comes back as another domain" until_true 60 sh -c "n=\$(xl domid g) && [ \$n != $old ]"
check "xl destroy" xl destroy g

TOOL=/x/axl
lifecycle axl1 10.9.0.3
check "the kernel is content" quiet_kernel
END
