#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 400
# axl and Debian's xl in one control domain: each lists, detaches and destroys what the other made,
# and remembers what was attached since, over a reboot and a save.
. "$(dirname "$0")/lib.sh"
need build/dom0-tools/axl
HV=${HV:-xen} TOOLS=debian TIMEOUT=380 in_dom0 build/dom0-tools/axl <<'END'
PATH=/x:$PATH
TOOL=axl
no_loops() { [ -z "$(losetup -a)" ] || { losetup -a; return 1; }; }
no_vifs() { ! ls -d /sys/class/net/vif*; }
no_nodes() { # no_nodes ID: nothing of this domain in the store
	! xenstore-ls -f | grep -E "^(/libxl/$1/|/local/domain/$1/|/local/domain/0/backend/[a-z]*/$1[/ ])"
}
cfg() { # cfg NAME ADDRESS FILE: a guest with disk and NIC
	busybox_cfg "$1" 128 "ADDR=$2 BLK=xvda" "disk = [ '/tmp/$1.img,raw,xvda,w' ]" \
		"vif = [ 'bridge=xenbr0' ]" > "/tmp/$1.cfg"
	truncate -s 16M "/tmp/$1.img"
}
devices() { # devices TOOL NAME: what its list -l says of them
	$1 list -l "$2" 2> /dev/null |
		grep -E '"(pdev_path|vdev|readwrite|mac|devid|ip|rate_[a-z_]*|avail_vcpus|max_memkb|target_memkb)"' |
		tr -d ' ,' | sort
}
same() { # same NAME: both say so
	devices axl "$1" > /tmp/axl.says
	devices xl "$1" > /tmp/xl.says
	grep -q vdev /tmp/xl.says && diff /tmp/axl.says /tmp/xl.says
}
has() { # has NAME TEXT: list -l of both and export have it
	axl list -l "$1" | grep -q -e "$2" && xl list -l "$1" 2> /dev/null | grep -q -e "$2" &&
		axl export --libxl "$1" | grep -q -e "$2"
}
has_not() {
	! axl list -l "$1" | grep -e "$2" && ! xl list -l "$1" 2> /dev/null | grep -e "$2" &&
		! axl export --libxl "$1" | grep -e "$2"
}
has_disk() { axl block-list "$1" | grep -q "^$2 .* 4 "; }
check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
truncate -s 16M /tmp/more.img
cfg ours 10.9.0.2
cfg theirs 10.9.0.3

check "axl creates a guest" axl create /tmp/ours.cfg 'on_reboot="restart"' vcpus=2
ID=$(axl domid ours)
check "it is ready" wait_console ours GUEST-READY 90 || show_console ours
xl block-list ours > /tmp/list 2>&1
check "xl lists its disk" grep -q "^51712 .* 4 .*/local/domain/0/backend/vbd/$ID/51712" /tmp/list
xl network-list ours > /tmp/list 2>&1
check "and its NIC" grep -q "^0 .* 4 .*/local/domain/0/backend/vif/$ID/0" /tmp/list
check "both list it whole" same ours
check "axl attaches another disk" axl block-attach ours /tmp/more.img,raw,xvdb,w
check "and a NIC" axl network-attach ours mac=00:16:3e:00:00:77,rate=10Mb/s
check "both list them" same ours
check "the disk is in list -l and export" has ours '"/tmp/more.img"'
check "the NIC, too" has ours '"00:16:3e:00:00:77"'
check "axl changes its rate" axl network-set ours 1 rate=20Mb/s
check "both list that" has ours '"rate_bytes_per_interval": 125000'
check "axl takes a vCPU" axl vcpu-set ours 1
check "and memory" axl mem-set ours 100
check "both list them (2)" same ours
check "a vCPU is listed" [ "$(axl list -l ours | tr -d ' \n' | grep -o 'avail_vcpus":\[[0-9,]*' )" = 'avail_vcpus":[0' ]
check "xl, too" [ "$(xl list -l ours | tr -d ' \n' | grep -o 'avail_vcpus":\[[0-9,]*' )" = 'avail_vcpus":[0' ]
check "the NIC goes" until_true 10 axl network-detach ours 1
check "it is listed no more" has_not ours '"00:16:3e:00:00:77"'
check "both list the rest" same ours
n=$(seen ours GUEST-READY)
check "it reboots" axl reboot ours
check "and runs" until_true 120 more ours GUEST-READY "$n"
check "the disk has come along" has_disk ours 51728
check "the NIC has not" [ "$(axl network-list ours | wc -l)" = 2 ]
check "both list it (3)" same ours
check "it is saved" axl save ours /tmp/ours.save
check "and restored" axl restore /tmp/ours.save
check "with the disk" until_true 20 has_disk ours 51728
check "both list it (4)" same ours
ID=$(axl domid ours)
check "xl takes it away" until_true 5 xl block-detach ours xvdb
check "with its loop device" until_true 5 sh -c '! losetup -a | grep -q more.img'
check "xl destroys the guest" xl destroy ours
check "its loop device is free" until_true 10 no_loops
check "its interface is gone" until_true 10 no_vifs
check "its nodes are gone" no_nodes "$ID"

check "xl creates a guest" xl create /tmp/theirs.cfg
ID=$(axl domid theirs)
check "it is ready, too" wait_console theirs GUEST-READY 90 || show_console theirs
axl block-list theirs > /tmp/list 2>&1
check "axl lists its disk" grep -q "^51712 .* 4 .*/local/domain/0/backend/vbd/$ID/51712" /tmp/list
axl network-list theirs > /tmp/list 2>&1
check "and its NIC (2)" grep -q "^0 .* 4 .*/local/domain/0/backend/vif/$ID/0" /tmp/list
check "xl attaches another disk" xl block-attach theirs /tmp/more.img,raw,xvdb,w
check "axl a NIC" axl network-attach theirs mac=00:16:3e:00:00:78
check "both list both" same theirs
check "the disk (2)" has theirs '"/tmp/more.img"'
check "the NIC (2)" has theirs '"00:16:3e:00:00:78"'
check "xl takes that" until_true 10 xl network-detach theirs 00:16:3e:00:00:78
check "neither lists it" has_not theirs '"00:16:3e:00:00:78"'
check "what xl wrote is kept" sh -c 'axl list -l theirs | grep -q colo_restore_enable'
check "axl takes it away" until_true 5 axl block-detach theirs xvdb
check "neither lists it (2)" has_not theirs '"/tmp/more.img"'
check "with its loop device (2)" until_true 5 sh -c '! losetup -a | grep -q more.img'
check "axl destroys the guest" axl destroy theirs
check "its loop device is free (2)" until_true 10 no_loops
check "its interface is gone (2)" until_true 10 no_vifs
check "its nodes are gone (2)" no_nodes "$ID"
check "dom0's kernel met no trouble" quiet_kernel
END
