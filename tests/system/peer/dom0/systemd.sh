#!/bin/bash
# SPDX-License-Identifier: MIT
# A test's script in a dom0 with systemd: what it prints goes to the kernel's log, from there to
# the console; then the machine goes off.
export HOME=/root PATH=/x:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/xen-4.17/bin
usleep() { sleep 0.1; }
{
	. /test/dom0.sh
	. /test/test.sh
	. /test/world.sh
	say "INIT systemd kernel=$(uname -r) up=$(cut -d' ' -f1 /proc/uptime)"
	. /test/script
	say END
} 2>&1 | while IFS= read -r line; do printf '<1>%s\n' "$line" > /dev/kmsg; done
sync
systemctl poweroff --force --force
