#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 900
# Debian's libvirt, with its Xen driver over Debian's libxl, runs a guest on Argon beside our
# xenstored and xenconsoled: list, define, start, console, suspend, shutdown, destroy.
. "$(dirname "$0")/lib.sh"
need build/argon build/dom0-tools/{axl,xenstored,xenconsoled}
DOM0=libvirt HV=argon TIMEOUT=880 in_dom0 <<'END'
TOOL=axl
export LIBVIRT_DEFAULT_URI=xen:///system
state() { [ "$(virsh domstate "$1")" = "$2" ]; }
answers() { until_true 30 ping -c 1 -W 2 10.9.0.2; }
# what is typed goes to virsh's own terminal
virsh_console() {
	rm -f /tmp/typed
	mkfifo /tmp/typed
	script -qfc "virsh console g --force" /tmp/shown < /tmp/typed > /dev/null 2>&1 &
	pid=$!
	exec 3> /tmp/typed
	until_true 60 grep -q 'Escape character' /tmp/shown # what is typed before is lost
	echo 'echo sum-$((21 + 21))' >&3
	until_true 30 grep -q sum-42 /tmp/shown
	rc=$?
	kill $pid
	exec 3>&-
	[ $rc = 0 ] || cat -v /tmp/shown
	return $rc
}
check "libvirtd runs" until_true 60 systemctl is-active libvirtd
check "virsh list shows domain 0" sh -c 'virsh list --all | grep "Domain-0 *running"'
check "virsh version knows the hypervisor" sh -c 'virsh version | grep "Xen 4.17"'
check "virsh nodeinfo" virsh nodeinfo
check "virsh capabilities" sh -c 'virsh capabilities | grep "xenpv"'
truncate -s 16M /g.img
# the kernel's block backend: what a configuration leaves open is QEMU to libvirt
busybox_cfg g 96 "ADDR=10.9.0.2 BLK=xvda" "disk = [ 'format=raw,vdev=xvda,access=rw,backendtype=phy,target=/g.img' ]" \
	"vif = [ 'mac=00:16:3e:01:02:03,bridge=xenbr0' ]" > /g.cfg
sed -i 's|/guest/vmlinuz|/guest/vmlinux|' /g.cfg
check "virsh domxml-from-native" sh -c 'virsh domxml-from-native xen-xl /g.cfg > /g.xml'
check "virsh define" virsh define /g.xml
check "it is shut off" state g "shut off"
check "virsh start" virsh start g || cat /var/log/libvirt/libxl/*.log
check "it runs" state g running
check "virsh list shows it" sh -c 'virsh list | grep "g *running"'
check "axl list shows it too" sh -c 'axl list | grep "^g "'
check "the guest is ready" wait_console g GUEST-READY 120 || show_console g
check "dom0 reaches it" answers
check "virsh console talks to its shell" virsh_console
check "virsh dominfo" sh -c 'virsh dominfo g | grep "Max memory: *98304"'
check "virsh domblklist" sh -c 'virsh domblklist g | grep "xvda */g.img"'
check "virsh domiflist" sh -c 'virsh domiflist g | grep "00:16:3e:01:02:03"'
check "virsh vcpuinfo" sh -c 'virsh vcpuinfo g | grep "State: *"'
check "virsh suspend" virsh suspend g
check "it is paused" state g paused
check "virsh resume" virsh resume g
check "dom0 reaches it again" answers
check "virsh save" virsh save g /g.lvsave
check "it is saved" state g "shut off"
check "virsh restore" virsh restore /g.lvsave
check "it goes on" answers
check "virsh shutdown" virsh shutdown g
check "it has shut down" until_true 60 state g "shut off"
# libvirt calls it shut off a moment before it has cleaned up
check "virsh start again" until_true 20 virsh start g
check "virsh destroy" virsh destroy g
check "it is gone" sh -c '! axl domid g'
check "virsh undefine" virsh undefine g
check "Debian's xl agrees" sh -c '[ $(xl list | wc -l) = 2 ]'
check "no unit has failed" sh -c '[ -z "$(systemctl --failed --no-legend)" ]' || systemctl --failed
check "the kernel is content" quiet_kernel
END
