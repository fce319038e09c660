#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 600
# The dom0 that is Debian with systemd comes up on Argon with our units, and starts a guest by
# axl@.service; the guest goes down and comes back with its unit.
. "$(dirname "$0")/lib.sh"
need build/argon build/dom0-tools/{axl,xenstored,xenconsoled}
tree=build/run/$name.tree wants=etc/systemd/system/multi-user.target.wants
rm -rf "$tree"
mkdir -p "$tree/etc/xen" "$tree/$wants"
cat > "$tree/etc/xen/g.cfg" <<'END'
name = "g"
type = "pv"
memory = 96
kernel = "/guest/vmlinuz"
ramdisk = "/guest/initrd.gz"
extra = "console=hvc0 loglevel=4 panic=-1 ADDR=10.9.0.2 BLK=xvda"
disk = [ '/g.img,raw,xvda,w' ]
vif = [ 'bridge=xenbr0' ]
END
truncate -s 16M "$tree/g.img"
ln -s /usr/lib/systemd/system/axl@.service "$tree/$wants/axl@g.service"
DOM0=plain DOM0TREE=$tree HV=argon TIMEOUT=580 in_dom0 <<'END'
TOOL=axl
up() { [ "$(systemctl is-system-running)" = running ]; }
answers() { until_true 30 ping -c 1 -W 2 10.9.0.2; }
check "the machine is up, no unit has failed" until_true 120 up || systemctl --failed
say "-- up after $(cut -d' ' -f1 /proc/uptime) s: $(systemd-analyze 2> /dev/null | head -1)"
check "this is a control domain" grep -q control_d /proc/xen/capabilities
check "xenstored runs, and is ours" systemctl is-active xenstored
check "xenconsoled runs" systemctl is-active xenconsoled
check "neither is root" eval "confined xenstored && confined xenconsoled"
check "somebody can log in" systemctl is-active serial-getty@hvc0
check "axl list" sh -c 'axl list | grep "^Domain-0 "'
check "the guest has started with the machine" systemctl is-active axl@g
check "axl list shows it" sh -c 'axl list | grep "^g "'
check "it is ready" wait_console g GUEST-READY 90 || show_console g
check "its disk works" grep -q 'GUEST-DISK ok' "$(console_log g)"
check "dom0 reaches it over the bridge" answers
check "its console talks" console_echo g
check "its unit's stop shuts it down" systemctl stop axl@g
check "it is gone" sh -c '! axl domid g'
check "its unit starts it again" systemctl start axl@g
check "dom0 reaches it again" answers
check "axl save" axl save g /g.sav
check "axl restore" axl restore /g.sav
check "it goes on" console_echo g
check "the manual is there" test -s /usr/share/man/man1/axl.1.gz
check "axl destroy" axl destroy g
check "no unit has failed" sh -c '[ -z "$(systemctl --failed --no-legend)" ]'
check "the kernel is content" quiet_kernel
END
rm -rf "$tree"
