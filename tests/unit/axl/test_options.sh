#!/bin/bash
# SPDX-License-Identifier: MIT
# Every option that xl(1) of Xen 4.17 gives a PV verb is one to axl, too: it goes on until it looks
# for the hypervisor or the file, or refuses the option by name. Where a hypervisor is to be found,
# the commands would do something: skipped.
cd "$(dirname "$0")/../../.." || exit
axl=build/dom0-tools/axl
[ ! -e /dev/xen/privcmd ] || exit 77
failed=0 count=0

# takes PATTERN: each line of standard input is a command line
takes() {
	local words out
	while read -r -a words; do
		count=$((count + 1))
		out=$($axl "${words[@]}" 2>&1 < /dev/null)
		if [[ $out == *"unknown option"* || $out != *$1* ]]; then
			echo "axl ${words[*]}: $out"
			failed=1
		fi
	done
}

takes 'cannot talk to the hypervisor' << 'END'
-t list
-v list
-vvv list
-f list
-N list
-T list
config-update web -f /dev/null
config-update web --defconfig=/dev/null
config-update web -d /dev/null
config-update web memory=64
console web
console -t pv web
console -n 0 web
destroy -f web
domid web
domname 1
rename web other
dump-core web /nowhere/core
list
list -l
list --long
list -Z
list --context
list -v
list --verbose
list -c
list --cpupool
list -n
list --numa
list -lvcnZ web
mem-max web 64
mem-set web 64
pause web
unpause web
reboot web
reboot -a
reboot --all
reboot -w web
reboot --wait web
reboot -F web
save web /nowhere/image
save -c web /nowhere/image
save -p web /nowhere/image
save -D web /nowhere/image
shutdown web
shutdown -a
shutdown --all
shutdown -w web
shutdown --wait web
shutdown -F web
shutdown -awF
sysrq web h
vcpu-list
vcpu-list web
vcpu-pin web 0 all
vcpu-pin web all 0 0
vcpu-pin -f web 0 all
vcpu-pin --force web 0 all -
vcpu-set web 1
vcpu-set -i web 1
vcpu-set --ignore-host web 1
vm-list
debug-keys q
dmesg
dmesg -c
dmesg --clear
info
info -n
info --numa
claims
uptime
uptime -s
uptime web
sched-credit2
sched-credit2 -d web
sched-credit2 -d web -w 256
sched-credit2 --domain=web --weight=256
sched-credit2 -d web -c 50
sched-credit2 --domain=web --cap=50
sched-credit2 -s
sched-credit2 -s -r 1000
sched-credit2 --schedparam --ratelimit_us=1000
sched-credit2 -p Pool-0
sched-credit2 --cpupool=Pool-0 -s
cpupool-create name="a"
cpupool-create -f /dev/null name="a"
cpupool-create --defconfig=/dev/null name="a"
cpupool-create -n name="a"
cpupool-create --dryrun name="a"
cpupool-list
cpupool-list -c
cpupool-list --cpus Pool-0
cpupool-destroy a
cpupool-rename a b
cpupool-cpu-add a 1
cpupool-cpu-add a node:0
cpupool-cpu-remove a 1
cpupool-migrate web a
block-attach web phy:/dev/x,xvda,w
block-detach web xvda
block-detach web xvda --force
block-list web
network-attach web bridge=b mac=00:16:3e:00:00:01 ip=10.0.0.1 script=vif-bridge vifname=a rate=1Mb/s
network-detach web 0
network-detach web 0 --force
network-list web
channel-list web
END
takes 'cannot use /nowhere' << 'END'
create /nowhere
create -q /nowhere
create --quiet /nowhere
create -f /nowhere
create --defconfig=/nowhere
create -p /nowhere
create -F /nowhere
create -c /nowhere
create -e /nowhere
create -n /nowhere
create --dryrun /nowhere
create -d /nowhere
create -i /nowhere
create --ignore-global-affinity-masks /nowhere
create /nowhere memory=64
END
takes 'cannot open /nowhere' << 'END'
restore /nowhere
restore -p /nowhere
restore -e /nowhere
restore -d /nowhere
restore -c /nowhere
restore -F /nowhere
END
takes 'VNC viewer' << 'END'
create -V /nowhere
create --vncviewer /nowhere
create -A /nowhere
create --vncviewer-autopass /nowhere
restore -V /nowhere
restore --vncviewer /nowhere
restore -A /nowhere
restore --vncviewer-autopass /nowhere
END
# create's are in its help, from which they are completed, and in the manual
for option in -c -p -q -F -e -n -f -i -d --quiet --ignore-global-affinity-masks; do
	$axl help create | grep -qE -e "(^|[ ,])$option( |,|$)" || { echo "axl help create: no $option"; failed=1; }
	sed -n '/^\.SS create/,/^\.SS check/s/\\-/-/gp' docs/man/axl.1 | grep -qE -e " $option( |\"|$)" || {
		echo "axl.1: create has no $option"
		failed=1
	}
done
echo "$count command lines"
exit $failed
