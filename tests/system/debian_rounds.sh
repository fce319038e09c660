#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 2400
# Ten times a real Debian, from create to its login and back by shutdown or
# destroy, leave the world as it was after two rounds of warm-up.
. "$(dirname "$0")/lib.sh"
export HV=${HV:-argon}
need build/argon build/dom0-tools/{axl,xenstored,xenconsoled} build/tests/unit/axl/storedump \
	"$ARGON_CACHE/debian-6.1/guests.img"
DISK=$ARGON_CACHE/debian-6.1/guests.img TOOLS=argon GUEST=0 TIMEOUT=2380 KARGS="HV=$HV" \
	in_dom0 build/tests/unit/axl/storedump <<'END'
PATH=/x:$PATH
TOOL=axl
check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
check "the disk with guests is there" disk_up
modprobe ext4
mkdir -p /guests
mount -t ext4 -o noatime "$DISK" /guests
cat > /tmp/debian.cfg <<X
name = "debian"
type = "pv"
memory = 384
vcpus = 1
kernel = "/guests/vmlinuz"
ramdisk = "/guests/initrd.img"
root = "/dev/xvda ro"
extra = "console=hvc0 quiet ip=10.9.0.2::10.9.0.1:255.255.255.0:::off systemd.hostname=debian"
disk = [ '/guests/debian.img,raw,xvda,w' ]
vif = [ 'bridge=xenbr0' ]
X
logins=0
round() { # round VERB...: create, login, end
	axl create /tmp/debian.cfg && until_true 600 more debian ' login:' $logins || return
	logins=$((logins + 1))
	"$@" && until_true 60 gone debian
}
check "warm-up: a Debian to its login, then destroyed" round axl destroy debian
check "warm-up: one more, shut down" round axl shutdown -w debian
sleep 1
remember
figures
for i in 1 2 3 4 5 6 7 8 9 10; do
	if [ $((i % 2)) = 0 ]; then
		check "Debian $i: to its login, shut down" round axl shutdown -w debian
	else
		check "Debian $i: to its login, destroyed" round axl destroy debian
	fi
	check "Debian $i: nothing is left" settled
done
figures
umount /guests
check "the kernel is content" quiet_kernel
END
