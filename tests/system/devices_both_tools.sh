#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 400
# axl and Debian's xl in one control domain: each lists, detaches and destroys what the other made.
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
check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
truncate -s 16M /tmp/more.img
cfg ours 10.9.0.2
cfg theirs 10.9.0.3

check "axl creates a guest" axl create /tmp/ours.cfg
ID=$(axl domid ours)
check "it is ready" wait_console ours GUEST-READY 90 || show_console ours
xl block-list ours > /tmp/list 2>&1
check "xl lists its disk" grep -q "^51712 .* 4 .*/local/domain/0/backend/vbd/$ID/51712" /tmp/list
xl network-list ours > /tmp/list 2>&1
check "and its NIC" grep -q "^0 .* 4 .*/local/domain/0/backend/vif/$ID/0" /tmp/list
check "axl attaches another disk" axl block-attach ours /tmp/more.img,raw,xvdb,w
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
check "axl takes it away" until_true 5 axl block-detach theirs xvdb
check "with its loop device (2)" until_true 5 sh -c '! losetup -a | grep -q more.img'
check "axl destroys the guest" axl destroy theirs
check "its loop device is free (2)" until_true 10 no_loops
check "its interface is gone (2)" until_true 10 no_vifs
check "its nodes are gone (2)" no_nodes "$ID"
check "dom0's kernel met no trouble" quiet_kernel
END
