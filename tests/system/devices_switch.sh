#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 600
# Debian's Open vSwitch with guests on it: VLANs, trunks, ports that go with their guests; each
# class of frames that a guest may and may not send under ip=; a rate that holds.
. "$(dirname "$0")/lib.sh"
. dom0-tools/image/lib.sh
name=$(basename "$0" .sh)
export HV=${HV:-argon}
[ "$HV" != argon ] || need build/argon
need build/dom0-tools/{axl,xenstored,xenconsoled} build/tests/unit/devices/devtool build/tests/system/frames
dom0-tools/image/fetch devices
extra=build/run/$name.extra root=$(realpath "$CACHE/devices/root")
rm -rf "$extra"
modules_into "$extra/mods" openvswitch
LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu programs_into "$extra/q" \
	"$root"/usr/bin/{ovs-vsctl,ovs-appctl,ovsdb-tool} "$root"/usr/sbin/ovsdb-server \
	"$root"/usr/lib/openvswitch-switch/ovs-vswitchd
cp "$root/usr/share/openvswitch/vswitch.ovsschema" "$extra/q/"
# for the guest, on a disk
modules_into "$extra/guest" 8021q
cp build/tests/system/frames "$extra/guest/"
tar -C "$extra/guest" -cf "$extra/tools.tar" .
TOOLS=argon TIMEOUT=580 in_dom0 build/tests/unit/devices/devtool build/tests/unit/axl/storedump \
	"$extra"/{q,mods,tools.tar} <<'END'
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
not_in_guest() { # not_in_guest NAME COMMAND: it fails
	console_run "$1" "$2 > /dev/null 2>&1 && echo yes-\$((40 + 2)) || echo no-\$((40 + 2))" -42 &&
		grep -q no-42 /tmp/shown
}
reaches() { in_guest "$1" "ping -c 2 -A -W 5 $2"; }
reaches_not() { not_in_guest "$1" "ping -c 2 -W 1 $2"; }
vif() { echo "vif$(axl domid "$1").$2"; }
has_port() { ovs-vsctl list-ports ovs0 | grep -q "^$1\$"; }
port_has() { # port_has PORT COLUMN VALUE
	ovs-vsctl get port "$1" "$2" > /tmp/column
	grep -q -e "^$3\$" /tmp/column || { cat /tmp/column; return 1; }
}
for p in ovs-vsctl ovs-appctl ovsdb-tool ovsdb-server ovs-vswitchd; do
	printf '#!/bin/sh\nexec /x/q/ld-linux-x86-64.so.2 --library-path /x/q /x/q/%s "$@"\n' $p > /x/$p
	chmod 755 /x/$p
done
in_vlan() { # in_vlan NUMBER: dom0 is there too, as 10.9.0.1
	ovs-vsctl add-port ovs0 in$1 tag=$1 -- set interface in$1 type=internal &&
		ip addr add 10.9.0.1/24 dev in$1 && ip addr add 2001:db8::1/64 dev in$1 &&
		ip link set in$1 up
}

switch_says() { # for the reader of a failure
	{
		ovs-vsctl show
		ovs-appctl dpctl/show -s
		ovs-appctl dpctl/dump-flows
		tail -20 /var/log/openvswitch/ovs-vswitchd.log
		ip addr
	} 2>&1 | sed 's/^/@@ | /'
}

check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
modprobe nf_tables
ip addr del 10.9.0.1/24 dev xenbr0
for m in /x/mods/*; do insmod "$m" 2> /dev/null; done
cp /x/tools.tar /tmp/
truncate -s %64K /tmp/tools.tar
MAC=00:16:3e:00:00:02
{
	busybox_cfg a 128 "ADDR=10.9.0.2 BLK=xvda" \
		"disk = [ '/tmp/a.img,raw,xvda,rw', '/tmp/tools.tar,raw,xvdb,ro' ]"
	echo "vif = [ 'script=vif-openvswitch,bridge=ovs0.10,mac=$MAC,ip=10.9.0.2 2001:db8::2/127' ]"
} > /tmp/a.cfg
busybox_cfg b 128 "ADDR=10.9.0.3 BLK=xvdb" "disk = [ '/tmp/tools.tar,raw,xvdb,ro' ]" \
	"vif = [ 'script=vif-openvswitch,bridge=ovs0,vlan=10p/20,mac=00:16:3e:00:00:03' ]" > /tmp/b.cfg
truncate -s 16M /tmp/a.img

# -- the switch --
check "a switch that does not run is named, before the guest is built" says 'systemctl start openvswitch-switch' axl create /tmp/a.cfg
mkdir -p /var/run/openvswitch /etc/openvswitch /var/log/openvswitch
check "its database" ovsdb-tool create /etc/openvswitch/conf.db /x/q/vswitch.ovsschema
check "its server" ovsdb-server --remote=punix:/var/run/openvswitch/db.sock --detach --pidfile --log-file
check "which answers" ovs-vsctl --no-wait init
check "the switch" ovs-vswitchd --detach --pidfile --log-file
check "a bridge that is not there" says 'ovs-vsctl add-br ovs0' axl create /tmp/a.cfg
check "which leaves nothing" says 'no domain' axl domid a
check "a bridge" ovs-vsctl --timeout=20 add-br ovs0
check "dom0 in VLAN 10" in_vlan 10
check "VLANs that are no numbers" says 'is not understood' axl create /tmp/a.cfg "vif=['script=vif-openvswitch,bridge=ovs0.ten']"
check "a guest in VLAN 10" axl create /tmp/a.cfg
check "its port" has_port "$(vif a 0)"
check "with its tag" port_has "$(vif a 0)" tag 10
check "and the guest's MAC" sh -c "ovs-vsctl get interface $(vif a 0) external-ids:attached-mac | grep -q $MAC"
check "it is ready" wait_console a GUEST-READY 120 || show_console a
check "it reaches dom0 there" grep -q 'GUEST-NET ok' "$(console_log a)" || switch_says
check "a guest in VLAN 10, and tagged in 20" axl create /tmp/b.cfg
check "its port is in both" port_has "$(vif b 0)" trunks '\[20\]'
check "it is ready (b)" wait_console b GUEST-READY 120 || show_console b
check "they reach each other" reaches a 10.9.0.3
check "dom0 in VLAN 20" ovs-vsctl add-port ovs0 in20 tag=20 -- set interface in20 type=internal
ip addr add 10.8.0.1/24 dev in20
ip link set in20 up
tools='mkdir -p /t && tar xf /dev/xvdb -C /t; for m in /t/*.ko; do insmod $m; done;'
in_guest b "$tools ip link add link eth0 name t20 type vlan id 20 && ip addr add 10.8.0.3/24 dev t20 && ip link set t20 up"
check "tagged, it reaches VLAN 20" reaches b 10.8.0.1
in_guest a "$tools ip link add link eth0 name t20 type vlan id 20; ip link set t20 up"
in_guest b 'ip link add link eth0 name t30 type vlan id 30 && ip addr add 10.7.0.3/24 dev t30 && ip link set t30 up'
ovs-vsctl add-port ovs0 in30 tag=30 -- set interface in30 type=internal
ip addr add 10.7.0.1/24 dev in30
ip link set in30 up
check "in no other, tagged or not" reaches_not b 10.7.0.1
check "a second NIC, trunk of 20 and 30" axl network-attach b script=vif-openvswitch,bridge=ovs0:20:30,mac=00:16:3e:00:00:33
check "its port's trunks" port_has "$(vif b 1)" trunks '\[20, 30\]'
check "and no tag" port_has "$(vif b 1)" tag '\[\]'
check "connects" until_true 10 in_guest b 'ip link del t30; ip link set eth1 up && ip link add link eth1 name u30 type vlan id 30 && ip addr add 10.7.0.3/24 dev u30 && ip link set u30 up'
check "and reaches VLAN 30" reaches b 10.7.0.1
P=$(vif b 1)
check "is detached" until_true 10 axl network-detach b 1
check "its port is gone" sh -c "! ovs-vsctl list-ports ovs0 | grep -q '^$P\$'"
check "its VLANs do not change" says 'network-attach' axl network-set b 0 vlan=30p

# -- who may send what --
dropped() { axl --json network-list a | sed -n 's/.*"dropped_frames": \([0-9]*\).*/\1/p' | head -1; }
came() { cat "/sys/class/net/$V/statistics/rx_packets"; }
V=$(vif a 0)
check "the guest has its IPv6 address" in_guest a 'ip addr add 2001:db8::2/64 dev eth0'
in_guest b 'ip addr add 2001:db8::4/64 dev eth0'
check "which reaches dom0" until_true 15 in_guest a 'ping -6 -c 1 -W 2 2001:db8::1'
check "and the other" until_true 15 in_guest a 'ping -6 -c 1 -W 2 2001:db8::4'
check "and the other reaches it" in_guest b 'ping -6 -c 1 -W 2 2001:db8::2'
D=$(dropped)
say "-- dropped until now: $D"
send() { # send WORDS: one frame by the guest, which came
	before=$(dropped) from=$(came)
	in_guest a "/t/frames eth0 $*" && [ "$(came)" -gt "$from" ]
}
passes() { send "$@" && { [ "$(dropped)" = "$before" ] || { echo "$before, then $(dropped)"; return 1; }; }; }
is_dropped() { send "$@" && { [ "$(dropped)" = $((before + 1)) ] || { echo "$before, then $(dropped)"; return 1; }; }; }
L=fe80::216:3eff:fe00:2
check "its own frames pass: IPv4" passes $MAC ip4 10.9.0.2
check "IPv6" passes $MAC ip6 2001:db8::2
check "of its network" passes $MAC ip6 2001:db8::3
check "from the link's address" passes $MAC ip6 $L
check "ARP" passes $MAC arp $MAC 10.9.0.2
check "ARP without an address" passes $MAC arp $MAC 0.0.0.0
check "DHCP" passes $MAC dhcp
check "an advertisement" passes $MAC na 2001:db8::2 2001:db8::2
check "one of the link's address" passes $MAC na $L $L
check "a solicitation" passes $MAC ns 2001:db8::2 2001:db8::4
check "one from nowhere" passes $MAC ns :: 2001:db8::2
for kind in "ip4 10.9.0.2" "ip6 2001:db8::2" "arp $MAC 10.9.0.2" "na 2001:db8::2 2001:db8::2" dhcp; do
	check "under a foreign MAC nothing passes: ${kind%% *}" is_dropped 00:16:3e:00:00:99 $kind
done
check "another's IPv4 address is dropped" is_dropped $MAC ip4 10.9.0.3
check "no address, and not for DHCP" is_dropped $MAC ip4 0.0.0.0
check "another's IPv6 address" is_dropped $MAC ip6 2001:db8::4
check "another's of the link" is_dropped $MAC ip6 fe80::216:3eff:fe00:3
check "no IPv6 address" is_dropped $MAC ip6 ::
check "ARP for another" is_dropped $MAC arp $MAC 10.9.0.3
check "ARP with another's MAC in it" is_dropped $MAC arp 00:16:3e:00:00:03 10.9.0.2
check "an advertisement of another's address" is_dropped $MAC na 2001:db8::2 2001:db8::4
check "from the link's address, too" is_dropped $MAC na $L 2001:db8::4
check "one of its own from another's" is_dropped $MAC na 2001:db8::4 2001:db8::2
check "one from nowhere (2)" is_dropped $MAC na :: 2001:db8::2
check "other protocols" is_dropped $MAC type 0x88cc
check "another list of addresses" axl network-set a 0 ip=10.9.0.2
check "and no IPv6 passes" is_dropped $MAC ip6 2001:db8::2
check "nor from the link's" is_dropped $MAC ip6 $L
check "IPv6 only" axl network-set a 0 ip=2001:db8::2
check "passes" passes $MAC ip6 2001:db8::2
check "its neighbour not" is_dropped $MAC ip6 2001:db8::3
check "and no IPv4" is_dropped $MAC ip4 10.9.0.2
check "nor ARP" is_dropped $MAC arp $MAC 10.9.0.2
check "nor DHCP" is_dropped $MAC dhcp
check "as before" axl network-set a 0 'ip=10.9.0.2 2001:db8::2'

# -- how fast --
mkfifo /tmp/hold
exec 4<> /tmp/hold
centis() { awk '{ print int($1 * 100) }' /proc/uptime; }
takes() { # hundredths of a second that 1 MiB from the guest needs, in $TOOK
	: > /tmp/got
	# it would hang up with its input's end
	nc -l -p 5000 < /tmp/hold > /tmp/got &
	pid=$!
	usleep 200000
	start=$(centis)
	in_guest a 'dd if=/dev/zero bs=64k count=16 | nc -w 20 10.9.0.1 5000' || return
	wait $pid
	TOOK=$(($(centis) - start))
	[ "$(wc -c < /tmp/got)" = 1048576 ]
}
check "1 MiB without a rate" takes
FREE=$TOOK
check "a rate" axl network-set a 0 rate=256KB/s
check "1 MiB with it" takes
say "-- 1 MiB took ${FREE} hundredths of a second, at 256 KiB/s ${TOOK}"
# four seconds, less what may come at once
check "it holds" [ "$TOOK" -gt 300 ]
check "and is what slows" [ "$TOOK" -gt $((2 * FREE)) ]
check "no rate again" axl network-set a 0 rate=none
check "1 MiB" takes
say "-- and without ${TOOK}"
check "is fast again" [ "$TOOK" -lt 300 ]

# -- the end --
P=$(vif b 0)
check "shutdown" axl destroy a b
check "no port is left" until_true 10 sh -c '! ovs-vsctl list-ports ovs0 | grep -q ^vif'
check "no interface is left" until_true 10 sh -c '! ls -d /sys/class/net/vif*'
check "no rule is left" says 'no rules' devtool chains "$V"
check "no loop device is left" [ -z "$(losetup -a)" ]
check "dom0's kernel met no trouble" quiet_kernel
END
