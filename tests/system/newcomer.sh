#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 900
# docs/admin-guide.md with a dom0 and two guests that are Debian with systemd: started by their
# units on one bridge, they reach each other by name and by TCP; then what a day brings: consoles,
# a disk and a NIC more, save and restore, reboot, shutdown.
. "$(dirname "$0")/lib.sh"
guests=$ARGON_CACHE/debian-6.1
need build/argon build/dom0-tools/{axl,xenstored,xenconsoled} "$guests/guests.img"
DOM0=plain GUEST=0 HV=argon DOM0MEM=768 DISKS="$guests/guests.img $guests/debian.img" TIMEOUT=880 \
	in_dom0 <<'END'
TOOL=axl
config() { # config NAME ADDRESS DISK: as the guide has it
	cat > "/etc/xen/$1.cfg" <<-CFG
	name    = "$1"
	memory  = 320
	vcpus   = 1
	kernel  = "/srv/vmlinuz"
	ramdisk = "/srv/initrd.img"
	root    = "/dev/xvda ro"
	extra   = "console=hvc0 quiet ip=$2::10.9.0.1:255.255.255.0:::off systemd.hostname=$1"
	disk    = [ '$3,raw,xvda,rw' ]
	vif     = [ 'bridge=xenbr0' ]
	CFG
}
up() { [ "$(systemctl is-system-running)" = running ]; }
# types NAME COMMAND TEXT: into the guest's shell, until TEXT shows
types() { console_run "$1" "$2" "$3"; }
# log_in NAME: at the console, as a person does
log_in() {
	console_run "$1" "" 'login:' && console_run "$1" root Password: && console_run "$1" argon ':~#'
}
count() { grep -c ' login:' "$(console_log "$1")" 2> /dev/null; }
more_logins() { [ "$(count "$1")" -gt "$2" ]; }

mkdir -p /etc/xen /srv
check "dom0 is up, no unit has failed" until_true 120 up || systemctl --failed
check "the disk with the guests" mount -t ext4 /dev/vdb /srv
config web 10.9.0.2 /srv/debian.img
config db 10.9.0.3 /dev/vdc
for name in web db; do
	check "axl check $name.cfg" axl check /etc/xen/$name.cfg
done
check "axl doctor finds no error" axl doctor
check "both are to start with the machine" systemctl enable axl@web axl@db
check "and start now" systemctl start axl@web axl@db
for name in web db; do
	check "$name: a login on its console" wait_console $name "$name login:" 300 || show_console $name
done
say "-- both at their login after $(cut -d. -f1 /proc/uptime) s"
check "dom0 reaches both" sh -c 'ping -c 1 -W 5 10.9.0.2 && ping -c 1 -W 5 10.9.0.3'
for name in web db; do
	check "$name: log in" log_in $name
	check "$name: names of both" types $name \
		"echo 10.9.0.2 web >> /etc/hosts; echo 10.9.0.3 db >> /etc/hosts; echo known-\$((1 + 1))" known-2
done
check "web reaches db by name" types web 'ping -c 2 -W 5 db' ' 0% packet loss'
check "db reaches web by name" types db 'ping -c 2 -W 5 web' ' 0% packet loss'
types db 'systemd-socket-activate -l 7777 --inetd -a cat & sleep 1; echo listens-$((1 + 1))' listens-2
check "web talks TCP to db" types web \
	'exec 3<> /dev/tcp/db/7777; echo over-$((40 + 2)) >&3; head -1 <&3; exec 3>&-' over-42

truncate -s 16M /root/data.img
check "a disk more" axl block-attach web /root/data.img,raw,xvdb,rw
check "web sees it" types web 'until [ -b /dev/xvdb ]; do sleep 1; done; blockdev --getsize64 /dev/xvdb' 16777216
check "and gives it back" axl block-detach web xvdb
check "a NIC more" axl network-attach web bridge=xenbr0
check "web sees it" types web 'until [ -e /sys/class/net/enX1 ]; do sleep 1; done; echo nic-$((1 + 1))' nic-2
check "and gives it back" axl network-detach web 1

check "db is saved" axl save db /srv/db.sav
check "web hears nothing from it" types web 'ping -c 1 -W 2 db' '100% packet loss'
check "db is restored" axl restore /srv/db.sav
check "web reaches it again" types web 'until ping -c 1 -W 2 db > /dev/null; do :; done; echo back-$((1 + 1))' back-2
check "its shell goes on" types db 'echo still-$((1 + 1))' still-2

before=$(count web)
check "web is rebooted" axl reboot -w web
check "and comes to its login again" until_true 300 more_logins web "$before" || show_console web
check "its unit stands" systemctl is-active axl@web
check "both units stop" systemctl stop axl@web axl@db
check "both are gone" sh -c '! axl domid web && ! axl domid db'
check "axl why tells how" sh -c 'axl why web | grep -q "shut down: poweroff" && axl why db | grep -q "axl restore"'
check "no unit has failed" sh -c '[ -z "$(systemctl --failed --no-legend)" ]'
check "the kernel is content" quiet_kernel
END
