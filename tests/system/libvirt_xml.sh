#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 700
# Debian's virsh converts, under Argon, what tests/config/libvirt/compare holds our XML against: it
# says today what is recorded there.
. "$(dirname "$0")/lib.sh"
need build/argon build/dom0-tools/{axl,xenstored,xenconsoled}
DOM0=libvirt HV=argon TIMEOUT=680 in_dom0 tests/config/libvirt <<'END'
export LIBVIRT_DEFAULT_URI=xen:///system
# a MAC that was not written is a random one
same() { sed 's/mac=[0-9a-f:]*/mac=/g' "$1" > /tmp/now && sed 's/mac=[0-9a-f:]*/mac=/g' "$2" | diff - /tmp/now; }
check "libvirtd runs" until_true 60 systemctl is-active libvirtd
mkdir /tmp/recorded
check "virsh converts" /x/libvirt/record /tmp/recorded
check "all of them" [ "$(ls /tmp/recorded | wc -l)" = "$(ls /x/libvirt/*.from /x/libvirt/*.ours /x/libvirt/*.back /x/libvirt/*.native | wc -l)" ]
for f in /tmp/recorded/*; do
	check "$(basename "$f")" same "$f" "/x/libvirt/$(basename "$f")"
done
check "virsh defines our XML" virsh define /tmp/recorded/full.ours
check "axl check of what virsh then has" sh -c 'virsh dumpxml "web <1> & co" > /tmp/web.xml; axl export /tmp/web.xml > /tmp/again.xml && grep -q "<name>web &lt;1&gt; &amp; co</name>" /tmp/again.xml'
virsh undefine "web <1> & co"
END
