#!/bin/bash
# SPDX-License-Identifier: MIT
# `make run` as a person meets it: a dom0 shell with Debian running, whose
# console reaches the login, whose network reaches dom0; then power off.
# HV=xen TOOLS=debian tries the flow itself without a line of ours.
# limit: 900
. "$(dirname "$0")/lib.sh"
export HV=${HV:-argon} TOOLS=${TOOLS:-argon}
[ "$HV" = argon ] && need build/argon
[ "$TOOLS" = argon ] && need build/dom0-tools/{axl,xenstored,xenconsoled}
TOOL=axl
[ "$TOOLS" = debian ] && TOOL=xl
export TOOL

env -u MAKEFLAGS -u MAKELEVEL expect -f - <<'END'
log_user 1
set tool $env(TOOL)
set timeout 600
proc lost {what} { send_user "\nFAIL: $what\n"; exec kill [exp_pid]; exit 1 }
proc await {pattern what} {
	expect {
		-re $pattern { send_user "\n@@ ok $what\n" }
		"FAILED:*\n" { lost "dom0 reports a failure before: $what" }
		"Kernel panic" { lost "panic before: $what" }
		timeout { lost "no $what in $::timeout s" }
		eof { send_user "\nFAIL: QEMU ended before: $what\n"; exit 1 }
	}
}
proc given {name otherwise} {
	if {[info exists ::env($name)] && $::env($name) ne ""} { return $::env($name) }
	return $otherwise
}
set guests [given GUESTS 1]
set from [clock seconds]
spawn make run
await {dom0 is up on} "dom0 reaches its init"
for {set n 1} {$n <= $guests} {incr n} {
	set guest debian[expr {$n > 1 ? $n : ""}]
	await "$guest: login prompt on its console; dom0 \\(10\\.9\\.0\\.1\\) answers" "login prompt of $guest, dom0 pinged by it"
}
await {This is dom0, Debian.*To leave: poweroff} "a banner that says what to try and how to leave"
await {dom0# } "a shell in dom0"
send_user "\n@@ -- [expr {[clock seconds] - $from}] s from the command to the shell\n"
set timeout 60
send "uname -r; echo cpus-\$(nproc)\r"
await [string map {. \\.} "[given KERNEL 6.1]."] "the kernel that was asked for"
await "cpus-[given SMP 1]\\M" "the CPUs that were asked for"
await {dom0# } "they end"
send "$tool list\r"
await {debian +[0-9]+ +[0-9]+} "list shows the guest"
await {dom0# } "list ends"
send "ping -c 2 10.9.0.2\r"
await { 0% packet loss} "dom0 reaches the guest"
await {dom0# } "ping ends"
for {set n 2} {$n <= $guests} {incr n} {
	send "ping -c 2 10.9.0.[expr {$n + 1}]\r"
	await { 0% packet loss} "dom0 reaches guest $n"
	await {dom0# } "ping ends"
}
set timeout 120
send "$tool console debian\r"
sleep 1
send "\r"
await {debian login: } "the login on the guest's console"
send "root\r"
await {Password: } "it asks for the password"
send "argon\r"
await {root@debian:~# } "a shell in the guest"
send "ping -c 2 10.9.0.1; uname -r; head -c 300000 /dev/urandom > /root/f; sync; cksum < /root/f; echo 3 > /proc/sys/vm/drop_caches; cksum < /root/f; echo sum-\$((40 + 2))\r"
await { 0% packet loss} "the guest reaches dom0"
await {(\d+ 300000)\s+\1} "its disk keeps what was written"
await {sum-42} "its commands end"
send "\035"
await {dom0# } "console is left with Ctrl-]"
send "$tool shutdown -w debian\r"
await {dom0# } "shutdown ends"
send "while $tool list | grep -q '^debian '; do usleep 200000; done; echo gone-\$((40 + 2))\r"
await {gone-42} "the guest is gone"
send "poweroff\r"
expect {
	eof { send_user "\n@@ ok power off\n" }
	timeout { lost "dom0 does not power off" }
}
END
