#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 400
# docs/admin-guide.md followed from a bare dom0: two guests on a bridge reach each other, and each
# mistake it tells of is answered in the words that it prints.
. "$(dirname "$0")/lib.sh"
need build/argon build/dom0-tools/{axl,xenstored,xenconsoled}
HV=argon TOOLS=argon TIMEOUT=380 in_dom0 docs/admin-guide.md <<'END'
TOOL=axl
numbers() { sed -E 's/[0-9]+/N/g'; }
numbers < /x/admin-guide.md > /tmp/guide
# mistake COMMAND...: it fails, and each line but the hints is one of the guide's
mistake() {
	if "$@" > /tmp/words 2>&1; then
		echo "it succeeded"
		return 1
	fi
	cat /tmp/words
	grep -v '^axl: hint: ' /tmp/words | numbers > /tmp/said
	[ -s /tmp/said ] && ! grep -vFxf /tmp/guide /tmp/said
}
mkdir -p /etc/xen /srv
cd /etc/xen || exit
web() { # web: the configuration, as far as a guest without a root disk goes
	cat <<-'CFG'
	name    = "web"
	memory  = 128
	vcpus   = 1
	maxvcpus = 2
	kernel  = "/guest/vmlinuz"
	ramdisk = "/guest/initrd.gz"
	extra   = "console=hvc0 loglevel=4 panic=-1"
	disk    = [ '/srv/web.img,raw,xvda,rw' ]

	vif     = [ 'bridge=xenbr0' ]
	CFG
}

# nothing runs yet
mv /dev/xen/privcmd /dev/xen/elsewhere
check "no hypervisor" mistake axl list
mv /dev/xen/elsewhere /dev/xen/privcmd
check "no xenstored" mistake axl domid web
check "nor for xenconsoled" mistake timeout 60 xenconsoled --pid-file=/run/xenconsoled.pid

# start the daemons
mkdir -p /run/xenstored /var/log/xen/console
modprobe xen-blkback && modprobe xen-netback && modprobe loop && modprobe bridge
check "xenstored starts" xenstored --pid-file /run/xenstored.pid
check "xenconsoled starts" xenconsoled --log=guest --log-dir=/var/log/xen/console --pid-file=/run/xenconsoled.pid
check "axl list" axl list
web > web.cfg
sed 's/^memory.*/memory = "lots"/; s/^kernel/kernal/' web.cfg > typos && mv typos web.cfg
check "typos" mistake axl create web.cfg
web > web.cfg
check "a name without its .cfg" mistake axl create web
check "no disk" mistake axl create web.cfg
truncate -s 16M /srv/web.img
check "a disk for a configuration" mistake axl create /srv/web.img
check "a verb of others" mistake axl start web
check "no bridge" mistake axl create web.cfg
check "the bridge" ip link add xenbr0 type bridge
ip addr add 10.9.0.1/24 dev xenbr0
ip link set xenbr0 up
check "too much memory" mistake axl create web.cfg memory=4000

# two guests
check "axl create -n" axl create -n /etc/xen/web.cfg
web | sed 's/$/\r/; s/^/\t/' > dos.cfg
check "Windows' line ends and tabs" axl create -n dos.cfg
cp /srv/web.img /srv/db.img
sed 's/web/db/' /etc/xen/web.cfg > /etc/xen/db.cfg
check "web" axl create /etc/xen/web.cfg 'extra="console=hvc0 loglevel=4 panic=-1 ADDR=10.9.0.2"'
check "db" axl create /etc/xen/db.cfg 'extra="console=hvc0 loglevel=4 panic=-1 ADDR=10.9.0.3"'
check "web is up" wait_console web GUEST-READY 90
check "db is up" wait_console db GUEST-READY 90
check "network-list web db" sh -c '[ "$(axl network-list web db | wc -l)" = 3 ]'
check "dom0 reaches db" ping -c 1 -W 5 10.9.0.3
echo 'ping -c 1 -W 5 10.9.0.3' | timeout 15 axl console web > /tmp/shown 2>&1
check "web reaches db" grep -q '1 packets received' /tmp/shown
echo 'ping -c 1 -W 5 10.9.0.2' | timeout 15 axl console db > /tmp/shown 2>&1
check "db reaches web" grep -q '1 packets received' /tmp/shown
check "axl why web" sh -c 'axl why web | grep -q "created by axl create, 128 MiB"'

# mistakes with guests that run
check "a name in use" mistake axl create web.cfg
check "a name misspelt" mistake axl destroy wbe
check "a disk where the saved domain is to go" mistake axl save web /srv/web.img
mkdir /full && mount -t tmpfs -o size=4m none /full
check "no room for the saved domain" mistake axl save web /full/web.sav
check "web runs on" sh -c '[ -z "$(ls /full)" ] && ping -c 1 -W 5 10.9.0.2'
sed 's/"web"/"other"/' web.cfg > other && mv web.cfg kept && mv other web.cfg
check "a disk in use" mistake axl create web.cfg
mv kept web.cfg
check "too little memory" mistake axl mem-set web 16
check "too high a cap" mistake axl sched-credit2 -d web -c 5000
check "no such CPU" mistake axl vcpu-pin web 0 9
check "more vCPUs than it has" mistake axl vcpu-set web 6
check "more vCPUs than there are CPUs" mistake axl vcpu-set web 2
check "both shut down" axl shutdown -w web db
check "axl why tells of them" sh -c 'axl why web | grep -q "There is no such domain now" && axl why db | grep -q "shut down: poweroff"'
check "the kernel is content" quiet_kernel
END
