#!/bin/bash
# SPDX-License-Identifier: MIT
# The devices library with the kernel's backends, on a domain that Debian's xl
# built without devices: attach, refuse, hot-plug, force, clean up.
. "$(dirname "$0")/lib.sh"
need build/tests/unit/devices/devtool
HV=xen TOOLS=debian in_dom0 build/tests/unit/devices/devtool <<'END'
D=/x/devtool
says() { # says TEXT COMMAND...: it fails and explains itself with TEXT
	text=$1
	shift
	"$@" > /tmp/says 2>&1 && { cat /tmp/says; return 1; }
	grep -q -e "$text" /tmp/says || { cat /tmp/says; return 1; }
}
# (xl's node of the console goes with the first clean-up, as it would with the domain)
nodes() { xenstore-ls -f | grep -v '^/local/domain/0/backend/console/' | grep -E 'backend|device/v[bi]|error'; }
as_before() { nodes > /tmp/nodes.now; diff /tmp/nodes.before /tmp/nodes.now; }
no_loops() { [ -z "$(losetup -a)" ] || { losetup -a; return 1; }; }
type_in() { # type_in ID WORDS: a line for the guest's shell
	echo "$2" | timeout 3 xenconsole --interactive "$1"
	true
}
build() { # build NAME WORDS: a paused domain without devices; its id in $ID
	busybox_cfg "$1" 128 "$2" > /tmp/$1.cfg
	xl create -p /tmp/$1.cfg > /tmp/xl.log 2>&1 || { cat /tmp/xl.log; return 1; }
	ID=$(xl domid "$1")
}

check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
modprobe brd rd_nr=2 rd_size=65536
modprobe ext4
mke2fs /dev/ram1 > /dev/null
mkdir -p /mnt
mount -t ext4 /dev/ram1 /mnt
truncate -s 16M /mnt/a.img /mnt/b.img
echo 7 > /proc/sys/kernel/printk

check "a domain is built" build one 'ADDR=10.9.0.2 BLK=xvda'
nodes > /tmp/nodes.before
cat /tmp/one.cfg - > /tmp/d.cfg <<E
disk = [ '/mnt/a.img,raw,xvda,rw', '/dev/ram0,raw,xvdb,rw', '/mnt/b.img,raw,xvdc,ro' ]
vif = [ 'vifname=foo0,rate=100Mb/s,mtu=1400' ]
E
check "everything is there for it" $D check /tmp/d.cfg
check "its devices are attached" $D attach $ID /tmp/d.cfg
check "the loop device bypasses the page cache" grep -q 1 /sys/block/loop0/loop/dio
check "it stays when the tool ends" grep -q 0 /sys/block/loop0/loop/autoclear
check "the read-only disk is read-only" grep -q 1 /sys/block/loop1/ro
check "the NIC is on the bridge" [ -e /sys/class/net/xenbr0/brif/foo0 ]
check "with its MTU" grep -q 1400 /sys/class/net/foo0/mtu
xl unpause one
check "the guest is ready" wait_console one GUEST-READY 90 || show_console one
check "its disk works" grep -q 'GUEST-DISK ok 32768' "$(console_log one)"
check "its NIC works" grep -q 'GUEST-NET ok' "$(console_log one)"
for d in 'vbd xvda' 'vbd xvdb' 'vbd xvdc' 'vif 0'; do
	check "$d is connected" $D wait $ID $d
done

check "dom0 has no address on the interface" sh -c '! grep foo0 /proc/net/if_inet6'
check "a second writer is refused by name" says 'disk xvda of domain [0-9]* (one)' \
	$D disk $ID /mnt/a.img,raw,xvdd,ro
ln /mnt/a.img /mnt/link.img
check "whatever name it has" says disk-in-use $D disk $ID /mnt/link.img,raw,xvdd,rw
check "a mounted disk is refused by name" says 'mounted for writing on /mnt' \
	$D disk $ID /dev/ram1,raw,xvdd,ro
check "readers share" $D disk $ID /mnt/b.img,raw,xvdd,ro
check "and one goes again" $D detach $ID vbd xvdd
check "a missing file" says no-such-disk $D disk $ID /mnt/none.img,raw,xvdd
check "a directory" says disk-kind $D disk $ID /mnt,raw,xvdd
: > /mnt/empty.img
check "an empty file" says disk-empty $D disk $ID /mnt/empty.img,raw,xvdd
check "a missing bridge lists those there are" says 'bridges of this host: xenbr0' \
	$D nic $ID bridge=xenbr7
check "an interface that is no bridge" says 'is no bridge' $D nic $ID bridge=lo
check "a name that is taken" says vifname-taken $D nic $ID vifname=foo0

for n in 1 2 3; do
	check "hot-plug of a NIC ($n)" $D nic $ID ''
	check "it connects ($n)" $D wait $ID vif 1
	check "it is unplugged ($n)" $D detach $ID vif 1
	check "hot-plug of a disk ($n)" $D disk $ID /mnt/b.img,raw,xvde,ro
	check "it connects too ($n)" $D wait $ID vbd xvde
	check "it is unplugged too ($n)" $D detach $ID vbd xvde
done

type_in $ID 'while :; do dd if=/dev/zero of=/dev/xvda bs=64k count=64 oflag=direct; done &'
check "a disk in use is taken away by force" $D detach $ID vbd xvda force
check "its loop device is free" until_true 5 sh -c '! losetup -a | grep a.img'
check "the guest lives on" ping -c 1 -W 5 10.9.0.2
check "the others are still there" sh -c "$D list $ID | grep -q '^51728 xvdb rw front=connected'"
type_in $ID 'while :; do dd if=/dev/zero of=/dev/xvdb bs=64k count=64 oflag=direct; done &'
xl destroy one
check "clean-up after a destroy during I/O" $D cleanup $ID
check "once more changes nothing" $D cleanup $ID
check "no loop device is left" until_true 5 no_loops
check "no interface is left" sh -c '! ls -d /sys/class/net/foo0'

check "a second domain is built" build two ''
nodes > /tmp/nodes.before
sed -i 's/one/two/' /tmp/d.cfg
n=0
while [ $n -lt 20 ] && $D attach $ID /tmp/d.cfg > /tmp/round 2>&1 &&
	$D cleanup $ID >> /tmp/round 2>&1; do
	n=$((n + 1))
done
[ $n = 20 ] || sed 's/^/@@ | /' /tmp/round
check "twenty rounds of attach and clean-up" [ $n = 20 ]
check "no loop device is left of them" no_loops
check "no node is left of them" as_before

rmmod xen-netback
check "a missing driver is named" says 'modprobe xen-netback' $D attach $ID /tmp/d.cfg
check "no loop device is left of that" no_loops
check "no node is left of that" as_before
xl destroy two
check "dom0's kernel met no trouble" quiet_kernel
END
