#!/bin/bash
# SPDX-License-Identifier: MIT
# dom0's own drivers on Argon: virtio, AHCI with e1000, NVMe; on one CPU and on
# two; interrupts by line, MSI and MSI-X.
. "$(dirname "$0")/lib.sh"
need build/argon
export HV=argon GUEST=0 DISK=64M
test=$name
machine() { # machine DISKBUS NIC SMP
	echo "-- $1, $2, $3 CPUs"
	name=$test-$1
	DISKBUS=$1 NIC=$2 SMP=$3 KARGS=CPUS=$3 in_dom0 <<-'END'
	write_read() {
		dd if=/dev/urandom of=/tmp/w bs=64k count=64 && dd if=/tmp/w of=$DISK bs=64k oflag=direct &&
			dd if=$DISK of=/tmp/r bs=64k count=64 iflag=direct && cmp /tmp/w /tmp/r
	}
	check "a disk appears" disk_up
	check "what is written to it is read back" write_read
	check "a NIC appears" nic_up
	check "QEMU's gateway answers ping" ping -c 3 -W 5 10.0.2.2
	check "all its CPUs are up" test "$(nproc)" = "$CPUS"
	check "the kernel is content" quiet_kernel
	END
}
machine virtio virtio 1
machine ahci e1000 2
machine nvme virtio 2
