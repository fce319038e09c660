# SPDX-License-Identifier: MIT
# shellcheck shell=busybox
# What dom0's init, its session and the tests' scripts share.

# Lines for whoever reads the serial log begin with "@@ ".
say() {
	[ -n "$QUIET" ] || echo "@@ $*"
}

# until_true SECONDS COMMAND...: ask ten times a second.
until_true() {
	local n=$(($1 * 10))
	shift
	until "$@"; do
		n=$((n - 1))
		[ $n -gt 0 ] || return 1
		usleep 100000
	done
}

# toolstack_up: the store, dom0's entries in it, the console daemon; ours or,
# with TOOLS=debian, Xen's.
toolstack_up() {
	mkdir -p /run/xen /run/xenstored /var/lib/xenstored /var/lib/xen /run/lock \
		/var/log/xen/console
	xenstored --pid-file /run/xenstored.pid || return
	# what Debian's tools expect of dom0 to be in the store; ours do it themselves
	if [ "$TOOLS" = debian ] && ! xen-init-dom0 > /tmp/init-dom0.log 2>&1; then
		cat /tmp/init-dom0.log
		return 1
	fi
	xenconsoled --log=guest --log-dir=/var/log/xen/console --pid-file=/run/xenconsoled.pid
}

# backends_up: the kernel's backends, and xenbr0, on which guests meet dom0 at
# 10.9.0.1.
backends_up() {
	modprobe xen-blkback && modprobe xen-netback && modprobe bridge && modprobe loop &&
		ip link add xenbr0 type bridge &&
		ip addr add 10.9.0.1/24 dev xenbr0 && ip link set xenbr0 up
}

first_disk() {
	local d
	for d in /dev/vda /dev/sda /dev/nvme0n1; do
		[ -b $d ] && { DISK=$d; return 0; }
	done
	return 1
}

# disk_up: drivers of the machine's disk, until it is there; its name in $DISK.
disk_up() {
	local m
	for m in virtio_pci virtio_blk ahci sd_mod nvme; do modprobe $m 2> /dev/null; done
	until_true 30 first_disk
}

first_nic() {
	local n
	for n in /sys/class/net/*; do
		[ -e "$n/device" ] && { NIC=${n##*/}; return 0; }
	done
	return 1
}

# nic_up: driver of the machine's NIC, until it is there; its name in $NIC, with
# the address that QEMU's user network gives to the first machine.
nic_up() {
	local m
	for m in virtio_pci virtio_net e1000; do modprobe $m 2> /dev/null; done
	until_true 10 first_nic && ip addr add 10.0.2.15/24 dev "$NIC" &&
		ip link set "$NIC" up
}

# the log that the console daemon keeps of a guest
console_log() {
	echo "/var/log/xen/console/guest-$1.log"
}

# wait_console GUEST TEXT [SECONDS]: until TEXT shows on its console.
wait_console() {
	until_true "${3:-120}" grep -q -e "$2" "$(console_log "$1")" 2> /dev/null
}
