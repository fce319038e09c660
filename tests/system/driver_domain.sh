#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 900
# A guest's disk and interface are served by another guest: Debian's kernel with its blkback and
# netback, and axl devd. dom0 has no backend at all.
. "$(dirname "$0")/lib.sh"
. dom0-tools/image/lib.sh
name=$(basename "$0" .sh)
export HV=${HV:-argon}
[ "$HV" != argon ] || need build/argon
need build/dom0-tools/{axl,xenstored,xenconsoled} build/tests/unit/axl/storedump \
	build/image/base.cpio build/image/modules-6.1.cpio
# the driver domain: dom0's programs and drivers without dom0's init
extra=build/run/$name.extra
rm -rf "$extra"
mkdir -p "$extra/root/usr/sbin"
cp build/dom0-tools/axl "$extra/root/usr/sbin/"
cat > "$extra/root/init" <<'END'
#!/bin/busybox sh
export PATH=/bin:/sbin:/usr/sbin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec < /dev/console > /dev/console 2>&1
for m in xen-blkback xen-netback bridge loop nf_tables; do modprobe $m; done
ip link add xenbr0 type bridge
ip addr add 10.9.0.1/24 dev xenbr0
ip link set xenbr0 up
truncate -s 16M /disk.img /other.img
[ -z "$DEVD" ] || axl devd -p /run/devd.pid
echo DRIVERS-READY
while :; do setsid cttyhack sh; done
END
chmod 755 "$extra/root/init"
{
	cat build/image/base.cpio build/image/modules-6.1.cpio
	archive "$extra/root"
} | gzip -1n > "$extra/drivers.gz"
TOOLS=argon TIMEOUT=880 in_dom0 build/tests/unit/axl/storedump "$extra/drivers.gz" <<'END'
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
node() { storedump | grep -q -e "$1"; }
no_node() { ! node "$1"; }
reads() { in_guest g "dd if=/dev/$1 of=/dev/null bs=64k count=16 iflag=direct"; }
printf '%s\n' 'name = "drivers"' 'memory = 256' 'kernel = "/guest/vmlinuz"' \
	'ramdisk = "/x/drivers.gz"' 'extra = "console=hvc0 loglevel=4 panic=-1"' \
	'driver_domain = 1' > /tmp/drivers.cfg
backend_is() { # backend_is DOMID: of disk and interface
	axl --json block-list g | grep -q "/local/domain/$1/backend/vbd/" &&
		axl --json network-list g | grep -q "/local/domain/$1/backend/vif/"
}
ready() { until_true 120 more drivers DRIVERS-READY "$1"; }
seen() { grep -c -e "$2" "$(console_log "$1")" 2> /dev/null; }
more() { [ "$(seen "$1" "$2")" -gt "$3" ]; }
kill_devd() { in_guest drivers 'kill -9 $(cat /run/devd.pid)'; }
start_devd() { in_guest drivers 'axl devd -p /run/devd.pid'; }
busybox_cfg g 128 "ADDR=10.9.0.2 BLK=xvda" \
	"disk = [ '/disk.img,raw,xvda,w,backend=drivers' ]" \
	"vif = [ 'mac=00:16:3e:00:00:02,ip=10.9.0.2,backend=drivers' ]" > /tmp/g.cfg

OTHER=/other.img,raw,xvdb,w,backend=drivers

check "the toolstack starts" toolstack_up
check "in dom0 there is nothing for devd" says 'run it in the driver domain' axl devd -F
check "a guest whose driver domain is not there is refused" \
	says 'no domain has that name' axl create /tmp/g.cfg
check "the driver domain starts" axl create -q /tmp/drivers.cfg
check "it is up" ready 0 || show_console drivers
check "devd starts" start_devd
check "a guest is created" axl create /tmp/g.cfg
check "it is ready" wait_console g GUEST-READY 120 || show_console g
check "its disk works" grep -q 'GUEST-DISK ok 32768' "$(console_log g)"
check "its NIC works" grep -q 'GUEST-NET ok' "$(console_log g)"
check "both are the driver domain's" backend_is "$(axl domid drivers)"
check "dom0 has nothing of it" no_node '/local/domain/0/backend/v'

# -- one more disk, and those that are not to be had --
check "a second disk" axl block-attach g $OTHER
check "it is read" until_true 10 reads xvdb
check "it goes" until_true 10 axl block-detach g xvdb
check "and its loop device" in_guest drivers '[ $(losetup -a | wc -l) = 1 ]'
check "a file that is not there: the driver domain's words" says 'No such file' \
	axl block-attach g /none.img,raw,xvdb,w,backend=drivers
check "a disk in use" says 'for writing' axl block-attach g /disk.img,raw,xvdb,w,backend=drivers
check "a bridge that is not there" says 'it says:' axl network-attach g bridge=none0,backend=drivers

# -- devd is killed --
check "devd is killed" kill_devd
check "the guest does not notice" reads xvda
check "what is new does not come, with the way out" says 'axl devd. running in' \
	axl block-attach g $OTHER
check "devd starts again" start_devd
check "it serves again" axl block-attach g $OTHER
check "the disk is read" until_true 10 reads xvdb
kill_devd
check "what goes meanwhile is not done" says 'axl devd. running in' axl block-detach g xvdb
check "and started once more" start_devd
check "it is" until_true 10 axl block-detach -f g xvdb
check "one that it did not set up goes" axl network-detach g 0
check "with its interface" in_guest drivers '! ls -d /sys/class/net/vif*'
check "the guest is destroyed" axl destroy g
check "no loop device is left" in_guest drivers '[ -z "$(losetup -a)" ]'
check "no backend is left" no_node '/backend/v'

# -- the driver domain is started anew --
N=$(seen g GUEST-READY)
check "the guest is created again" axl create /tmp/g.cfg
check "it is ready again" until_true 120 more g GUEST-READY "$N"
N=$(seen drivers DRIVERS-READY)
check "its driver domain is destroyed" axl destroy drivers
check "the guest's disk goes" until_true 10 axl block-detach g xvda
check "its interface, too" until_true 10 axl network-detach g 0
sed -i 's/panic=-1/panic=-1 DEVD=1/' /tmp/drivers.cfg
check "another driver domain" axl create -q /tmp/drivers.cfg
check "is up" ready "$N" || show_console drivers
check "the disk is attached again" axl block-attach g /disk.img,raw,xvda,w,backend=drivers
check "and read" until_true 10 reads xvda
check "the interface, too" axl network-attach g backend=drivers,ip=10.9.0.2
until_true 10 in_guest g 'ip link set eth0 up'
check "and reaches it" in_guest g 'ip addr add 10.9.0.2/24 dev eth0; ping -c 3 -A -W 5 10.9.0.1'
check "all end" axl destroy g drivers
check "nothing is left in xenstore" no_node '/backend/v'
check "dom0's kernel met no trouble" quiet_kernel
END
