#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 1200
# Guests cross hypervisors: two that xl and axl save on Debian's Xen go on on Argon, each under the
# other tool; saved there they go on on Xen again. Three boots share a disk.
. "$(dirname "$0")/lib.sh"
need build/argon build/dom0-tools/axl
test=$name disk=build/run/$name.img
mkdir -p build/run
rm -f "$disk"
truncate -s 1536M "$disk"
/sbin/mke2fs -q -F -t ext4 -O ^has_journal "$disk"
trap 'rm -f "$disk"' EXIT

# stop NUMBER HYPERVISOR < SCRIPT: one boot of the journey.
stop() {
	name=$test-$1
	# shellcheck disable=SC2016
	{
		cat <<-'COMMON'
		TOOL=xl
		axl() { /x/axl "$@"; }
		check "the toolstack starts" toolstack_up
		check "the backends are there" backends_up
		disk_up
		mkdir /mnt
		check "the shared disk is there" mount -t ext4 "$DISK" /mnt
		# goes_on NAME: memory, the counting process, disk, network, clock
		goes_on() {
			check "$1: its memory is as it was" console_run "$1" 'echo mark-$(cat /tmp/mark)' "mark-of-$1"
			was=$(cat "/mnt/$1.count")
			check "$1: its counter goes on from $was" console_run "$1" \
				"c=\$(cat /tmp/n); sleep 3; [ \$c -ge $was -a \$(cat /tmp/n) -gt \$c ] && echo on-\$((6 * 7))" on-42
			check "$1: it reads what it wrote to its disk" console_run "$1" \
				'head -c 4096 /dev/xvda | sha1sum | cut -c1-8 | grep -f /tmp/sum && echo disk-$((6 * 7))' disk-42
			check "$1: it writes to its disk" console_run "$1" \
				'dd if=/dev/zero of=/dev/xvda bs=64k count=32 seek=1 conv=fsync && echo wrote-$((6 * 7))' wrote-42
			check "$1: dom0 reaches it" until_true 20 ping -c 1 -W 2 "$2"
		}
		# park NAME: how far its counter has come
		park() {
			console_run "$1" 'echo n=$(cat /tmp/n)' 'n=[0-9]' &&
				sed -n 's/.*n=\([0-9][0-9]*\).*/\1/p' /tmp/shown | head -1 > "/mnt/$1.count" &&
				[ -s "/mnt/$1.count" ]
		}
		gone() { ! xl list | grep -q "^$1 "; }
		COMMON
		cat
		echo 'check "the kernel is content" quiet_kernel'
		echo 'umount /mnt'
	} | HV=$2 TOOLS=debian TIMEOUT=390 DISKS=$disk in_dom0 build/dom0-tools/axl
}

stop 1 xen <<'END'
n=2
for g in a b; do
	truncate -s 16M /mnt/$g.img
	busybox_cfg $g 96 "ADDR=10.9.0.$n BLK=xvda" "disk = [ '/mnt/$g.img,raw,xvda,w' ]" \
		"vif = [ 'bridge=xenbr0' ]" > /tmp/$g.cfg
	check "xl create $g" xl create /tmp/$g.cfg
	check "$g is up" wait_console $g GUEST-READY 90 || show_console $g
	check "$g gets memory to keep" console_run $g "echo of-$g > /tmp/mark; echo done-\$((6 * 7))" done-42
	check "$g writes to its disk" console_run $g \
		'dd if=/dev/urandom of=/dev/xvda bs=4k count=1 conv=fsync; head -c 4096 /dev/xvda | sha1sum | cut -c1-8 > /tmp/sum; echo done-$((6 * 7))' done-42
	check "$g counts" console_run $g \
		'(i=0; while :; do i=$((i + 1)); echo $i > /tmp/m; mv /tmp/m /tmp/n; sleep 1; done) & sleep 1; echo done-$((6 * 7))' done-42
	check "$g has counted" until_true 20 park $g
	n=$((n + 1))
done
check "xl saves a on Xen" xl save a /mnt/a.sav
check "axl saves b on Xen" axl save b /mnt/b.sav
check "both are gone" sh -c '[ $(xl list | wc -l) = 2 ]'
END

stop 2 argon <<'END'
check "axl restores a on Argon, saved by xl on Xen" axl restore /mnt/a.sav
goes_on a 10.9.0.2
check "xl restores b on Argon, saved by axl on Xen" xl restore /mnt/b.sav
goes_on b 10.9.0.3
check "how far a has counted" park a
check "how far b has counted" park b
check "axl saves a on Argon" axl save a /mnt/a2.sav
check "xl saves b on Argon" xl save b /mnt/b2.sav
check "both are gone" sh -c '[ $(xl list | wc -l) = 2 ]'
END

stop 3 xen <<'END'
check "xl restores a on Xen, saved by axl on Argon" xl restore /mnt/a2.sav
goes_on a 10.9.0.2
check "axl restores b on Xen, saved by xl on Argon" axl restore /mnt/b2.sav
goes_on b 10.9.0.3
check "xl destroys a" xl destroy a
check "axl destroys b" axl destroy b
END

# Debian's own reader takes what axl wrote as it takes what xl wrote.
name=$test
for f in a b a2 b2; do
	/sbin/debugfs -R "dump /$f.sav build/run/$test.sav" "$disk" 2> /dev/null
	stream_verify "verify-stream-v2 accepts $f.sav" "build/run/$test.sav"
	rm "build/run/$test.sav"
done
