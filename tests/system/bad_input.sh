#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 900
# What cannot work is refused: one clear message, a status that is not 0, and
# the world as it was, after each single case.
. "$(dirname "$0")/lib.sh"
export HV=${HV:-argon}
name=bad_input-$HV
[ "$HV" != argon ] || need build/argon
need build/dom0-tools/{axl,xenstored,xenconsoled} build/tests/unit/axl/storedump build/guests/pvprobe
TOOLS=argon TIMEOUT=880 KARGS="HV=$HV" \
	in_dom0 build/tests/unit/axl/storedump build/guests/pvprobe <<'END'
PATH=/x:$PATH
TOOL=axl
check "axl list works before there is a store" axl list
check "axl info too" axl info
probe_cfg p "" > /tmp/p.cfg
check "axl create then says what is missing" fails "start xenstored first" axl create /tmp/p.cfg
check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
truncate -s 16M /tmp/disk.img
probe_cfg g "net=10.9.0.9" "disk = [ '/tmp/disk.img,raw,xvda,w' ]" "vif = [ 'bridge=xenbr0' ]" \
	> /tmp/g.cfg
sed "s/'g'/'other'/" /tmp/g.cfg > /tmp/other.cfg
busybox_cfg linux 128 "" > /tmp/linux.cfg

# The first domains leave dom0's own entries and an unpacked kernel; the first
# ones that run make the hypervisor's pools grow.
warm_up() {
	axl create /tmp/linux.cfg && axl create /tmp/g.cfg && wait_console g 'PVPROBE READY' 60 &&
		axl destroy linux g
}
check "a first round" warm_up
sleep 1
remember
figures

# refuses "CASE" "TEXT" COMMAND...
refuses() {
	what=$1
	shift
	check "$what: one message, status not 0" fails "$@"
	sed 's/^/@@    /' /tmp/fails.out
	check "$what: nothing is left" settled && return
	# for the next ones to judge themselves alone
	axl list | awk 'NR > 1 && $2 > 0 { print $1 }' | xargs -r axl destroy
	remember
}
refuses "no kernel" "cannot open kernel /nope: No such file" axl create /tmp/g.cfg 'kernel="/nope"'
refuses "a kernel that is none" "as a kernel" axl create /tmp/g.cfg 'kernel="/script"'
refuses "a kernel that is not paravirtualised" "no Xen notes" axl create /tmp/g.cfg 'kernel="/bin/busybox"'
refuses "a directory as kernel" "not a regular file\|Is a directory" axl create /tmp/g.cfg 'kernel="/tmp"'
head -c 100000 /guest/vmlinuz > /tmp/half
refuses "half a kernel" "/tmp/half" axl create /tmp/g.cfg 'kernel="/tmp/half"'
refuses "no ramdisk" "cannot open ramdisk /nope" axl create /tmp/g.cfg 'ramdisk="/nope"'
refuses "no config" "cannot use /nope" axl create /nope

# a config: line, column, what was expected
bad() { # bad LINE...: g.cfg with these lines for its third
	sed 3d /tmp/g.cfg > /tmp/bad.cfg
	printf '%s\n' "$@" > /tmp/lines
	sed -i '2r /tmp/lines' /tmp/bad.cfg
}
bad 'memory = "lots"'
refuses "a value of the wrong kind" 'bad.cfg:3:10: error: "memory" is "lots"; expected a whole number of MiB' \
	axl create /tmp/bad.cfg
bad 'memory = 8' 'kernal = "/x"'
refuses "an unknown key" 'bad.cfg:4:1: error: unknown key "kernal"; did you mean "kernel"?' axl create /tmp/bad.cfg
bad 'memory = 8 MiB'
refuses "words after a value" 'bad.cfg:3:12: error: .*expected' axl create /tmp/bad.cfg
bad 'memory = 8' "extra = 'no end"
refuses "a string without an end" 'bad.cfg:4:9: error: ' axl create /tmp/bad.cfg
bad 'memory = 8'
sed -i 's/xvda,w/xvdq7x,w/' /tmp/bad.cfg
refuses "a disk that does not parse" 'bad.cfg:[0-9]*:[0-9]*: error: .*xvdq7x' axl create /tmp/bad.cfg
refuses "an override" '<override 1>:1:1: error: unknown key' axl create /tmp/g.cfg 'memroy=1'

# memory
refuses "too little memory" "needed, [0-9]* MiB free; Domain-0 has 1024 MiB" axl create /tmp/g.cfg 'memory=99999'
refuses "too little for its kernel" "set memory=" axl create /tmp/linux.cfg 'memory=16'

# devices
refuses "no such bridge" "no such bridge: nowhere.*bridges of this host: xenbr0" axl create /tmp/g.cfg 'vif=["bridge=nowhere"]'
refuses "no such disk" "cannot attach /nope" axl create /tmp/g.cfg 'disk=["/nope,raw,xvda,w"]'
refuses "a directory as disk" "cannot attach /tmp" axl create /tmp/g.cfg 'disk=["/tmp,raw,xvda,w"]'
refuses "the second of two disks" "cannot attach /nope" axl create /tmp/g.cfg \
	'disk=["/tmp/disk.img,raw,xvda,w", "/nope,raw,xvdb,w"]'
refuses "a NIC after a disk" "no such bridge: nowhere" axl create /tmp/g.cfg \
	'vif=["bridge=xenbr0", "bridge=nowhere"]'
modprobe brd rd_nr=1 rd_size=16384
modprobe ext4
mke2fs /dev/ram0 > /dev/null 2>&1
mkdir -p /mnt
mount -t ext4 /dev/ram0 /mnt
remember
refuses "a disk that dom0 has mounted" "mounted for writing on /mnt" axl create /tmp/g.cfg 'disk=["/dev/ram0,raw,xvda,w"]'
axl create /tmp/g.cfg
until_true 60 more g 'PVPROBE READY' 1
remember
refuses "a disk that a guest has" "it is disk xvda of domain [0-9]* (g), attached for writing" axl create /tmp/other.cfg
refuses "a name that is taken" 'there is a domain named "g" already' axl create /tmp/g.cfg
axl destroy g
umount /mnt
rmmod brd
until_true 10 gone g
remember

# words
refuses "no such verb" "no command" axl frobnicate
refuses "an ambiguous verb" "ambiguous" axl d
refuses "no such option" "unknown option -9" axl create -9 /tmp/g.cfg
refuses "no such domain" "no domain \"nobody\"" axl destroy nobody
refuses "an error as JSON" '"id": "no-such-kernel"' axl --json create /tmp/g.cfg 'kernel="/nope"'
check "a dry run" sh -c "axl create -n /tmp/g.cfg | grep -q '\"name\": \"g\"'"
check "it changed nothing" unchanged

# a backend driver that is missing
rmmod xen-netback
remember
refuses "no NIC driver" "modprobe xen-netback" axl create /tmp/g.cfg
modprobe xen-netback
remember

# interrupted at some moment or other
for us in 5000 20000 60000 120000 200000 300000; do
	axl create -p /tmp/g.cfg > /dev/null 2>&1 &
	pid=$!
	usleep $us
	kill -INT $pid 2> /dev/null
	wait $pid
	exists g && axl destroy g
	check "interrupted after $us us: nothing is left" settled
done
figures
check "the kernel is content" quiet_kernel
END
