#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 900
# All ways a guest's disk and interface are connected: qcow2, scripts, bridge, VLANs, routes, NAT,
# Open vSwitch; what a guest sends under foreign addresses; changes while it runs.
. "$(dirname "$0")/lib.sh"
. dom0-tools/image/lib.sh
name=$(basename "$0" .sh)
export HV=${HV:-argon}
[ "$HV" != argon ] || need build/argon
need build/dom0-tools/{axl,xenstored,xenconsoled} build/tests/unit/devices/devtool
for tool in qemu-img qemu-nbd; do
	[ -n "$(command -v $tool)" ] || skip "no $tool: install qemu-utils"
done
# drivers that dom0's image does not have, and qemu-nbd with its libraries
extra=build/run/$name.extra
rm -rf "$extra"
modules_into "$extra/mods" nbd nft_masq nft_chain_nat
programs_into "$extra/q" qemu-nbd
qemu-img create -q -f qcow2 "$extra/disk.qcow2" 16M
qemu-img create -q -f vpc "$extra/disk.vhd" 16M
TOOLS=argon TIMEOUT=880 in_dom0 build/tests/unit/devices/devtool build/tests/unit/axl/storedump \
	"$extra"/{q,mods,disk.qcow2,disk.vhd} <<'END'
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
reaches() { in_guest "$1" "ping -c 3 -A -W 3 $2"; }
reaches_not() { not_in_guest "$1" "ping -c 2 -W 1 $2"; }
dropped() { axl --json network-list "$1" | sed -n 's/.*"dropped_frames": \([0-9]*\).*/\1/p' | head -1; }
more_dropped() { [ "$(dropped a)" -gt "$1" ]; }
image_free() { [ ! -e /sys/block/nbd0/pid ] && [ -z "$(ls /run/argon/nbd)" ]; }
node() { storedump | grep -e "$1"; }
vif() { echo "vif$(axl domid "$1").$2"; }
sectors() { in_guest "$1" "[ \$(cat /sys/block/$2/size) = $3 ]"; }

check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
modprobe nf_tables
cp /x/disk.qcow2 /x/disk.vhd /tmp/
truncate -s 16M /tmp/raw.img
{
	busybox_cfg a 128 "ADDR=10.9.0.2 BLK=xvda" "disk = [ '/tmp/disk.qcow2,qcow2,xvda,rw' ]"
	echo "vif = [ 'mac=00:16:3e:00:00:02,ip=10.9.0.2' ]"
} > /tmp/a.cfg
busybox_cfg b 128 "ADDR=10.9.0.3" "vif = [ 'mac=00:16:3e:00:00:03' ]" > /tmp/b.cfg

# -- images --
check "without the driver qcow2 is refused" says 'modprobe nbd' axl create /tmp/a.cfg
for m in /x/mods/*; do insmod "$m" 2> /dev/null; done
check "without qemu-nbd it is refused with the package" says 'apt install qemu-utils' \
	axl create /tmp/a.cfg
printf '#!/bin/sh\nexec /x/q/ld-linux-x86-64.so.2 --library-path /x/q /x/q/qemu-nbd "$@"\n' > /x/qemu-nbd
chmod 755 /x/qemu-nbd
check "a guest on qcow2 is created" axl create /tmp/a.cfg
check "it is ready" wait_console a GUEST-READY 120 || show_console a
check "its disk works" grep -q 'GUEST-DISK ok 32768' "$(console_log a)"
check "its NIC works" grep -q 'GUEST-NET ok' "$(console_log a)"
check "nobody else gets the image" says 'detach it there first' axl block-attach a /tmp/disk.qcow2,qcow2,xvdc,w
check "it does not grow under qemu-nbd" says 'qemu-img resize' axl block-resize a xvda 32
check "a second image, read-only" axl block-attach a /tmp/disk.vhd,vhd,xvdb,ro
check "it is there" until_true 10 in_guest a 'dd if=/dev/xvdb bs=64k count=1'
check "and goes" until_true 10 axl block-detach a xvdb
check "its server ends" sh -c '! [ -e /sys/block/nbd1/pid ]'
echo nonsense > /tmp/bad.qcow2
truncate -s 1M /tmp/bad.qcow2
check "an image that is none is refused" says 'qemu-img check' axl block-attach a /tmp/bad.qcow2,qcow2,xvdb
check "without a trace" sh -c '[ "$(ls /run/argon/nbd)" = 0 ] && ! [ -e /sys/block/nbd1/pid ]'

# -- a disk that grows --
check "a raw disk" axl block-attach a /tmp/raw.img,raw,xvdd,w
check "has its size" until_true 10 sectors a xvdd 32768
check "it grows" axl block-resize a xvdd 24
check "the guest sees it" until_true 10 sectors a xvdd 49152
check "it does not shrink" says 'does not expect its disk' axl block-resize a xvdd 20
truncate -s 32M /tmp/raw.img
check "what grew elsewhere is told" axl block-resize a xvdd
check "the guest sees it, too" until_true 10 sectors a xvdd 65536
check "and writes there" in_guest a 'dd if=/bin/busybox of=/dev/xvdd bs=64k seek=500 count=2 oflag=direct'
check "it goes" until_true 10 axl block-detach a xvdd

# -- a script of the administrator's --
cat > /tmp/block-mine <<'E'
#!/bin/sh
echo "$1 $XENBUS_TYPE $XENBUS_PATH" >> /tmp/mine.log
[ "$1" = add ] || exit 0
echo "store node of the device" > /dev/null
exit 1
E
chmod 755 /tmp/block-mine
check "a script that fails is named" says 'block-mine failed' \
	axl block-attach a vdev=xvdd,script=/tmp/block-mine,target=some:thing
check "it was asked to take back" grep -q 'remove vbd /local/domain/0/backend/vbd' /tmp/mine.log

# -- two guests on a bridge --
check "a second guest" axl create /tmp/b.cfg
check "it is ready (b)" wait_console b GUEST-READY 120 || show_console b
check "they reach each other" reaches a 10.9.0.3
check "in both directions" reaches b 10.9.0.2
D=$(dropped a)
in_guest a 'ip addr add 10.9.0.9/24 dev eth0'
check "from a foreign address nothing comes" not_in_guest a 'ping -c 2 -W 1 -I 10.9.0.9 10.9.0.3'
check "and it is counted" more_dropped "$D"
check "allowed, it comes" axl network-set a 0 'ip=10.9.0.2 10.9.0.9'
check "from both addresses" in_guest a 'ping -c 3 -A -W 3 -I 10.9.0.9 10.9.0.3'
check "and back" axl network-set a 0 ip=10.9.0.2
D=$(dropped a)
in_guest a 'ip link set eth0 down; ip link set eth0 address 00:16:3e:00:00:99; ip link set eth0 up'
check "under a foreign MAC nothing comes" reaches_not a 10.9.0.3
check "and it is counted (MAC)" more_dropped "$D"
in_guest a 'ip link set eth0 down; ip link set eth0 address 00:16:3e:00:00:02; ip link set eth0 up'
check "under its own it does" reaches a 10.9.0.3
D=$(dropped a)
in_guest a 'ip addr add 10.9.0.66/24 dev eth0; arping -A -c 2 -I eth0 10.9.0.66; ip addr del 10.9.0.66/24 dev eth0'
check "by ARP, too" more_dropped "$D"

# -- changes --
check "its rate changes" axl network-set a 0 rate=8Mb/s
check "netback is told" node "backend/vif/$(axl domid a)/0/rate.*50000,50000"
check "and the limit goes" axl network-set a 0 rate=none
check "its MAC does not change" says 'mac= does not change' axl network-set a 0 mac=00:16:3e:00:00:05
ip link add br1 type bridge
ip link set br1 up
check "it moves to another bridge" axl network-set a 0 bridge=br1
check "it is there (br1)" [ -e "/sys/class/net/br1/brif/$(vif a 0)" ]
check "and out of reach" reaches_not a 10.9.0.3
check "VLANs need a bridge that knows them" says 'vlan_filtering 1' axl network-set a 0 vlan=10p
echo 1 > /sys/class/net/br1/bridge/vlan_filtering
check "then they are set" axl network-set a 0 vlan=10p
check "in another VLAN" axl network-set b 0 bridge=br1,vlan=20p/30-33
check "nobody is met" reaches_not a 10.9.0.3
check "in the same" axl network-set b 0 vlan=10p
check "they meet" reaches a 10.9.0.3
check "and home again" axl network-set a 0 bridge=xenbr0
check "and home again (b)" axl network-set b 0 bridge=xenbr0

# -- routed --
check "a route needs an address" says 'give the guest.s address' axl network-attach a script=vif-route
check "a routed interface" axl network-attach a script=vif-route,ip=10.8.0.2,gatewaydev=xenbr0
check "has its route" sh -c "ip route | grep -q '^10.8.0.2 dev $(vif a 1)'"
until_true 10 in_guest a 'ip link set eth1 up'
in_guest a 'ip addr add 10.8.0.2/32 dev eth1; ip route add 10.9.0.1 dev eth1'
check "dom0 reaches it" ping -c 2 -W 5 10.8.0.2
in_guest a 'ip route del 10.9.0.1 dev eth1'
check "it goes (route)" until_true 10 axl network-detach a 1
check "and its route" sh -c "! ip route | grep -q '^10.8.0.2'"

# -- NAT --
ip link add out0 type bridge
ip addr add 192.0.2.1/24 dev out0
ip link set out0 up
check "b is outside, too" axl network-attach b bridge=out0
until_true 10 in_guest b 'ip link set eth1 up'
in_guest b 'ip addr add 192.0.2.2/24 dev eth1'
check "an interface behind NAT" axl network-attach a script=vif-nat,ip=10.7.0.2,gatewaydev=out0
until_true 10 in_guest a 'ip link set eth1 up'
in_guest a 'ip addr add 10.7.0.2/24 dev eth1; ip route add 192.0.2.0/24 via 10.7.0.129'
check "who is outside answers it" reaches a 192.0.2.2
check "its rules stand" devtool chains "$(vif a 1)"
check "it goes (NAT)" until_true 10 axl network-detach a 1
check "with its rules" says 'no rules' devtool chains "vif$(axl domid a).1"

# -- Open vSwitch and scripts --
check "without Open vSwitch it is refused with the package" says 'apt install openvswitch-switch' \
	axl network-attach a script=vif-openvswitch,bridge=ovs0
printf '#!/bin/sh\necho "$@" >> /tmp/ovs.log\n' > /x/ovs-vsctl
chmod 755 /x/ovs-vsctl
check "with its tool" axl network-attach a script=vif-openvswitch,bridge=ovs0.10,mac=00:16:3e:00:00:07
check "the port is added" grep -q "add-port ovs0 $(vif a 1) tag=10 -- set interface $(vif a 1) external-ids:attached-mac=\"00:16:3e:00:00:07\"" /tmp/ovs.log
check "it goes (OVS)" until_true 10 axl network-detach a 1
check "the port is removed" sh -c "tail -1 /tmp/ovs.log | grep -q 'del-port $(vif a 1)'"
printf '#!/bin/sh\necho "$@ $vif $XENBUS_PATH" >> /tmp/vif.log\n' > /tmp/vif-mine
chmod 755 /tmp/vif-mine
check "a script of the administrator's" axl network-attach a script=/tmp/vif-mine
check "it is run" grep -q "^online type_if=vif $(vif a 1) /local/domain/0/backend/vif/" /tmp/vif.log
check "it goes (script)" until_true 10 axl network-detach a 1
check "it is run again" grep -q "^offline type_if=vif $(vif a 1) " /tmp/vif.log
check "a script that is not there" says 'cannot run the vif script' axl network-attach a script=vif-none

# -- nothing stays --
V=$(vif a 0)
axl destroy a b
check "the image is free" until_true 10 image_free
check "no loop device is left" [ -z "$(losetup -a)" ]
check "no interface is left" until_true 10 sh -c '! ls -d /sys/class/net/vif*'
check "no rule is left" says 'no rules' devtool chains "$V"
check "dom0's kernel met no trouble" quiet_kernel
END
