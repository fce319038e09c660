#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 600
# Every format of images that qemu-nbd serves: what a guest writes is in the image; disks that
# grow: a volume of LVM, a qcow2 file on the way that axl names; files, domains and bridges with
# odd names.
. "$(dirname "$0")/lib.sh"
. dom0-tools/image/lib.sh
name=$(basename "$0" .sh)
export HV=${HV:-argon}
[ "$HV" != argon ] || need build/argon
need build/dom0-tools/{axl,xenstored,xenconsoled} build/guests/pvprobe
for tool in qemu-img qemu-nbd; do
	[ -n "$(command -v $tool)" ] || skip "no $tool: install qemu-utils"
done
dom0-tools/image/fetch devices
extra=build/run/$name.extra root=$(realpath "$CACHE/devices/root")
rm -rf "$extra"
modules_into "$extra/mods" nbd dm-mod
programs_into "$extra/q" qemu-nbd qemu-img
LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu programs_into "$extra/l" \
	"$root/sbin/lvm"
TOOLS=argon TIMEOUT=580 in_dom0 build/guests/pvprobe "$extra"/{q,l,mods} <<'END'
PATH=/x:$PATH
TOOL=axl
says() { # says TEXT COMMAND...: it fails and explains itself with TEXT
	text=$1
	shift
	"$@" > /tmp/says 2>&1 && { cat /tmp/says; return 1; }
	grep -q -e "$text" /tmp/says || { cat /tmp/says; return 1; }
}
in_guest() { # in_guest NAME COMMAND: its status is 0
	console_run "$1" "$2 > /dev/null 2>&1 && echo yes-\$((40 + 2)) || echo no-\$((40 + 2))" -42 &&
		grep -q yes-42 /tmp/shown
}
sectors() { in_guest a "[ \$(cat /sys/block/$1/size) = $2 ]"; }
wrap() { # wrap PROGRAM DIR: with the libraries it was copied with
	printf '#!/bin/sh\nexec /x/%s/ld-linux-x86-64.so.2 --library-path /x/%s /x/%s/%s "$@"\n' "$2" "$2" "$2" "$1" > "/x/$1"
	chmod 755 "/x/$1"
}

check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
for m in /x/mods/*; do insmod "$m" 2> /dev/null; done
wrap qemu-nbd q
wrap qemu-img q
wrap lvm l
truncate -s 16M /tmp/a.img
busybox_cfg a 128 "BLK=xvda" "disk = [ '/tmp/a.img,raw,xvda,rw' ]" > /tmp/a.cfg
check "a guest" axl create /tmp/a.cfg
check "is ready" wait_console a GUEST-READY 120 || show_console a

# -- formats --
trouble() { # for the reader of a failure; what is attached goes
	echo "$1"
	axl block-list a
	dmesg | tail -5
	tail -5 "$(console_log a)"
	axl block-detach -f a xvdb
	false
}
round() { # round CLAIM XL-FORMAT QEMU-FORMAT [OPTIONS]: written by the guest, read in the image
	f=/tmp/disk.$2
	rm -f "$f"
	if ! qemu-img create -q -f $3 ${4:+-o $4} "$f" 16M; then
		echo "qemu-img makes none"
		return 1
	fi
	axl block-attach a "$f,$2,xvdb,w" || return
	until_true 10 in_guest a '[ -b /dev/xvdb ] && dd if=/bin/busybox of=/dev/xvdb bs=64k count=8 seek=3 oflag=direct' || trouble "the guest does not write" || return
	until_true 10 axl block-detach a xvdb || trouble "it is not detached" || return
	qemu-img convert -f $3 -O raw "$f" /tmp/flat || return
	dd if=/tmp/flat bs=64k skip=3 count=8 2> /dev/null | cmp - /tmp/written
}
# the guest's busybox is dom0's
dd if=/bin/busybox of=/tmp/written bs=64k count=8 2> /dev/null
check "qcow2: what the guest writes is in the image" round qcow2 qcow2 qcow2
check "qcow2 of the first version" round qcow2-0.10 qcow2 qcow2 compat=0.10
check "qcow2, compressed by zstd" round qcow2-zstd qcow2 qcow2 compression_type=zstd
check "qcow" round qcow qcow qcow
check "qed" round qed qed qed
check "vhd that grows" round vhd vhd vpc subformat=dynamic
check "vhd of a fixed size" round vhd-fixed vhd vpc subformat=fixed
served() { # a raw image by qemu-nbd, where it is asked for
	truncate -s 16M /tmp/flat.img
	axl block-attach a format=raw,vdev=xvdb,access=w,backendtype=qdisk,target=/tmp/flat.img || return
	[ -e /sys/block/nbd0/pid ] || return
	until_true 10 in_guest a '[ -b /dev/xvdb ] && dd if=/bin/busybox of=/dev/xvdb bs=64k count=8 seek=3 oflag=direct' || return
	until_true 10 axl block-detach a xvdb || return
	dd if=/tmp/flat.img bs=64k skip=3 count=8 2> /dev/null | cmp - /tmp/written
}
check "raw by qemu-nbd" served
check "a format that is none" says 'vhdx' axl block-attach a /tmp/disk.qcow2,vhdx,xvdb,w
check "an image that is another" says 'qemu-img check' axl block-attach a /tmp/disk.qcow2,qed,xvdb,w
check "no server is left" sh -c '! [ -e /sys/block/nbd0/pid ] && [ -z "$(ls /run/argon/nbd)" ]'

# -- growing --
check "an image" axl block-attach a /tmp/disk.qcow2,qcow2,xvdb,w
check "has its size" until_true 10 sectors xvdb 32768
check "does not grow where it is" says 'qemu-img resize /tmp/disk.qcow2' axl block-resize a xvdb 32
check "on the way that is named: detached" until_true 10 axl block-detach a xvdb
check "made bigger" qemu-img resize -q /tmp/disk.qcow2 32M
check "attached" axl block-attach a /tmp/disk.qcow2,qcow2,xvdb,w
check "it has grown" until_true 10 sectors xvdb 65536
until_true 10 axl block-detach a xvdb

export DM_DISABLE_UDEV=1 LVM_SUPPRESS_FD_WARNINGS=1
truncate -s 64M /tmp/pv.img
PV=$(losetup -f)
losetup "$PV" /tmp/pv.img
volume() { lvm "$@" --config 'devices{obtain_device_list_from_udev=0 use_devicesfile=0} activation{udev_sync=0 udev_rules=0} global{use_lvmlockd=0 use_lvmpolld=0} log{verbose=0}'; }
check "a volume group" volume vgcreate -qq guests "$PV"
check "a volume" volume lvcreate -qq -y -Wn -Zn --monitor n -L 16M -n web guests
ls -l /dev/guests/web > /dev/null || ls -l /dev/mapper /dev/guests
check "is a disk" axl block-attach a phy:/dev/guests/web,xvdc,w
check "of its size" until_true 10 sectors xvdc 32768
check "axl does not make it bigger" says 'lvextend' axl block-resize a xvdc 32
check "LVM does" volume lvextend -qq -L 32M guests/web
check "axl tells the guest" axl block-resize a xvdc
check "which sees it" until_true 10 sectors xvdc 65536
check "and writes there" in_guest a '[ -b /dev/xvdc ] && dd if=/bin/busybox of=/dev/xvdc bs=64k count=2 seek=500 oflag=direct'
check "it is in the volume" sh -c 'dd if=/dev/guests/web bs=64k skip=500 count=2 2> /dev/null | cmp -n 131072 - /bin/busybox'
check "somebody else's disk is refused" says 'xvdc of domain [0-9]* (a)' axl block-attach a phy:/dev/mapper/guests-web,xvdd,w
check "it goes" until_true 10 axl block-detach a xvdc
check "and the volume is free" volume lvremove -qq -y guests/web
volume vgremove -qq guests
losetup -d "$PV"

# -- names --
mkdir -p /tmp/dir/sub
long=$(printf '%200s' '' | tr ' ' l)
odd() { # odd FILE: as a raw disk and as an image
	truncate -s 1M "$1" || return
	axl block-attach a "vdev=xvdb,format=raw,access=rw,target=$1" || return
	until_true 10 sectors xvdb 2048 || return
	axl --json block-list a > /tmp/list.json
	until_true 10 axl block-detach a xvdb || return
	qemu-img create -q -f qcow2 "$1" 2M || return
	axl block-attach a "vdev=xvdb,format=qcow2,access=rw,target=$1" || return
	until_true 10 sectors xvdb 4096 || return
	axl list -l a > /tmp/long.json || return
	until_true 10 axl block-detach a xvdb || return
	rm "$1"
	[ -z "$(ls /run/argon/nbd)" ] && ! losetup -a | grep xvdb
}
check "a blank in a name" odd '/tmp/with a blank.img'
check "quotes" odd "/tmp/it's \"quoted\".img"
check "a comma" odd '/tmp/one,two.img'
check "an equals sign and a colon" odd '/tmp/a=b:c.img'
check "UTF-8" odd '/tmp/größe-磁盘.img'
check "200 characters" odd "/tmp/$long"
check "a way up" odd '/tmp/dir/sub/../../up.img'
check "a dollar, a backslash, a semicolon" odd '/tmp/$HOME\x;reboot.img'
check "a dash first" sh -c 'cd /tmp && touch -- -x && ! axl block-attach a vdev=xvdb,format=qcow2,access=rw,target=-x'
check "a line's end" odd '/tmp/new
line.img'

probe_cfg n '' > /tmp/n.cfg
named() { # named NAME [QUOTE]: a domain's life under it
	q=${2:-\"}
	axl create -q -p /tmp/n.cfg "name=$q$1$q" || return
	id=$(axl domid "$1") && [ "$(axl domname "$id")" = "$1" ] || return
	axl list | grep -qF -e "$1" && axl list -l "$id" > /dev/null && axl why -- "$1" | grep -qF -e "$1 ($id)" || return
	axl pause "$id" && axl rename "$id" 'another' && axl rename another "$1" || return
	axl network-attach "$id" && axl network-list "$id" > /dev/null || return
	axl destroy -- "$1" || return
	! axl domid "$1" 2> /dev/null && ! ls -d /sys/class/net/vif"$id".* 2> /dev/null
}
check "a domain with a blank in its name" named 'a b'
check "with quotes" named "it's"
check "with the others" named 'a "b"' "'"
check "in UTF-8" named 'größe-磁盘'
check "of dots" named '..'
check "of 127 characters" named "$(printf '%127s' '' | tr ' ' n)"
check "not of 128" says 'characters' axl create -q -p /tmp/n.cfg "name='$(printf '%128s' '' | tr ' ' n)'"
check "that shells would obey" named '$(reboot);*'
check "with a dash first" named '-x'
check "not with a way up" says 'cannot be a domain' axl create -q -p /tmp/n.cfg 'name="../x"'
check "not with a line's end" says 'not closed' axl create -q -p /tmp/n.cfg "name='a
b'"

bridged() { # bridged NAME
	ip link add "$1" type bridge && ip link set "$1" up || return
	axl network-attach a "bridge=$1" || return
	[ -e "/sys/class/net/$1/brif/vif$(axl domid a).0" ] || return
	axl --json network-list a > /tmp/list.json
	axl list -l a | grep -q nics || return
	until_true 10 axl network-detach -f a 0 && ip link del "$1"
}
check "a bridge with quotes in its name" bridged "br'1\"2"
check "in UTF-8 (2)" bridged 'brü'
check "that shells would obey (2)" bridged '$(x);*'
for b in 'a b' -br '../br' '..' 'a:b' 'sixteen_letters_'; do
	check "not: $b" says 'vif option "bridge"' axl network-attach a "bridge=$b"
done

axl destroy a
check "no loop device is left" [ -z "$(losetup -a)" ]
check "no server is left (2)" until_true 10 sh -c '! ps | grep -v grep | grep -q qemu-nbd'
check "dom0's kernel met no trouble" quiet_kernel
END
