#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 400
# axl check, create --explain, doctor, and configurations as XML and JSON, on a real host.
. "$(dirname "$0")/lib.sh"
name=${1:-$name}
export HV=${HV:-argon}
[ "$HV" != argon ] || need build/argon
need build/dom0-tools/{axl,xenstored,xenconsoled}
TOOLS=argon TIMEOUT=380 KARGS="HV=$HV" in_dom0 <<'END'
PATH=/x:$PATH
TOOL=axl
# finds CONFIG ID LINE:COLUMN: axl check ends with 1 and tells this finding at this place
finds() {
	axl check "$1" > /tmp/found && return 1
	cat /tmp/found
	grep -q "$1:$3: .*\[$2\]$" /tmp/found
}
# says VERDICT ID: axl doctor does
says() { axl doctor > /tmp/said; cat /tmp/said; grep -q "^$1 .*\[$2\]$" /tmp/said; }

# a host with nothing
check "doctor: no xenstored" says error no-xenstore
check "doctor: no console daemon" says error no-console-daemon
check "doctor: no bridge" says warning no-bridge
check "check tells the same" sh -c "echo \"name='a'\" > /tmp/a.cfg; axl check /tmp/a.cfg | grep -q 'no-xenstore'"
check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
check "doctor finds the host well" axl doctor
check "as JSON too" sh -c "axl --json doctor | grep -q '\"ok\": true'"

truncate -s 16M /tmp/disk.img
busybox_cfg g 128 "ADDR=10.9.0.2 BLK=xvda" "disk = [ '/tmp/disk.img,raw,xvda,w' ]" \
	"vif = [ 'bridge=xenbr0,mac=00:16:3e:00:00:07' ]" > /tmp/g.cfg
check "check of a good one" axl check /tmp/g.cfg
check "--explain" sh -c "axl create -n --explain /tmp/g.cfg | grep -q 'ok  *disk xvda  */tmp/disk.img, raw, 16 MiB'"
cat > /tmp/bad.cfg <<'CFG'
name = "Domain-0"
memory = 999999
kernel = "/guest/nothing"
ramdisk = "/guest/nothing-either"
cpus = "77"
pool = "nopool"
disk = [ "/tmp/disk.img,raw,xvda,rw",
         "/tmp/none.img,raw,xvdb,rw" ]
vif = [ "bridge=nobr" ]
colour = "red"
CFG
check "check of a bad one: its name" finds /tmp/bad.cfg name-in-use 1:8
check "its memory" finds /tmp/bad.cfg too-little-memory 2:10
check "its kernel" finds /tmp/bad.cfg no-such-kernel 3:10
check "its ramdisk" finds /tmp/bad.cfg no-such-ramdisk 4:11
check "its CPUs" finds /tmp/bad.cfg bad-cpus 5:8
check "its pool" finds /tmp/bad.cfg no-such-pool 6:8
check "its disk" finds /tmp/bad.cfg no-such-disk 8:10
check "its bridge" finds /tmp/bad.cfg no-such-bridge 9:9
check "its unknown key" finds /tmp/bad.cfg unknown-key 10:1
check "the good disk of it" grep -q "^ok  *disk xvda " /tmp/found
check "all of them at once" grep -q ": 9 errors, 0 warnings" /tmp/found

# every form makes the same guest
check "export --xml" sh -c "axl export /tmp/g.cfg > /tmp/g.xml"
check "export --json" sh -c "axl --json export /tmp/g.cfg > /tmp/g.json"
check "export --libxl" sh -c "axl export --libxl /tmp/g.cfg > /tmp/l.json"
for form in g.xml g.json l.json; do
	n=$(seen g GUEST-READY) || n=0 # none, or no log yet
	check "create $form" axl create /tmp/$form 'on_poweroff="destroy"'
	check "it runs" until_true 60 more g GUEST-READY "$n"
	check "with its disk" grep -q "GUEST-DISK ok 32768" "$(console_log g)"
	check "its MAC" sh -c "axl network-list g | grep -q 00:16:3e:00:00:07"
	check "a running guest as XML" sh -c "axl export g | grep -q '<source file=./tmp/disk.img./>'"
	check "check: its disk is in use" finds /tmp/g.cfg disk-in-use 10:10
	check "its name" grep -q "\[name-in-use\]" /tmp/found
	check "destroy" axl destroy g
done

# leftovers
check "doctor finds no leftovers" sh -c "! axl doctor | grep -q leftovers"
touch /var/lib/xen/userdata-d.99.aa.libxl-json
losetup /dev/loop7 /tmp/disk.img
check "doctor: files of the dead" says warning stale-files
check "doctor: a loop device" says note loop-without-guest
rm /var/lib/xen/userdata-d.99.aa.libxl-json
losetup -d /dev/loop7
check "doctor: xenstored's folder is its user's" sh -c '[ "$(stat -c %U /run/xenstored)" = xenstored ] && ! axl doctor | grep folder-open'
chmod 777 /var/lib/xen
check "doctor: an open folder" says error folder-open
chmod 755 /var/lib/xen
check "doctor is content again" axl doctor
check "the kernel is content" quiet_kernel
END
