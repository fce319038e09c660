#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 500
# axl why and events on live guests: how each ended, registers of a crash, the step of a creation
# that failed; and consoles: on a pipe, several at once, the escape character, of a guest that dies
# at once.
. "$(dirname "$0")/lib.sh"
name=${1:-$name}
export HV=${HV:-argon}
[ "$HV" != argon ] || need build/argon
need build/dom0-tools/{axl,xenstored,xenconsoled} build/guests/pvprobe
TOOLS=argon TIMEOUT=480 KARGS="HV=$HV" in_dom0 build/guests/pvprobe <<'END'
PATH=/x:$PATH
TOOL=axl
plain() { busybox_cfg "$1" 128 "$2" > "/tmp/$1.cfg"; }
why() { axl why "$1" > /tmp/why.out; cat /tmp/why.out; }
says() { why "$1" | grep -q -e "$2"; }
json_has() { axl --json why "$1" | grep -q -e "$2"; }
crash() { echo 'echo c > /proc/sysrq-trigger' | timeout 5 axl console "$1" > /dev/null 2>&1; }
ended() { ! kill -0 "$1" 2> /dev/null; }

check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
plain p
axl events --follow --json > /tmp/followed 2> /tmp/followed.err &
follower=$!
axl events -f p > /tmp/followed-p 2>&1 &
check "nothing is noted of a domain that never was" fails "nothing is noted" axl why p

# a guest without drivers for what it is given, which shows half a minute later
truncate -s 16M /tmp/u.img
plain u ''
printf '%s\n' "disk = [ '/tmp/u.img,raw,xvda,w' ]" "vif = [ '' ]" >> /tmp/u.cfg
check "a guest without drivers" axl create /tmp/u.cfg

# a life
check "create" axl create /tmp/p.cfg
check "it runs" wait_console p GUEST-READY 90
check "why says who made it" says p 'p ([0-9]*)  created by axl create, 128 MiB'
check "and that it is there" says p '^p is domain [0-9]*, state'
check "pause" axl pause p
check "unpause" axl unpause p
check "what changes it is noted" says p 'axl unpause'
check "shutdown -w" axl shutdown -w p
check "why tells of one that is gone" says p 'There is no such domain now'
check "and how it ended" says p 'shut down: poweroff, action destroy'
check "as JSON too" json_has p '"reason": "poweroff"'

# crashes
n=$(seen p GUEST-READY)
check "again" axl create /tmp/p.cfg 'on_crash="preserve"'
check "it runs" until_true 60 more p GUEST-READY "$n"
crash p
check "it crashes" until_true 60 says p 'state ---sc-: crash'
check "the vCPU's registers are there" grep -q 'rip    0xffffffff8' /tmp/why.out
check "so are return addresses" sh -c 'grep -A9 "return addresses" /tmp/why.out | grep -q "0xffffffff8[0-9a-f]*.*0xffffffff8"'
check "destroy" axl destroy p
check "gone, they still are" says p 'crashed, action preserve; vCPU 0 at 0xffffffff8'
check "as JSON" json_has p '"rip": "0xffffffff8'
probe_cfg f "exit=fault" > /tmp/f.cfg
check "a probe that will fault" axl create /tmp/f.cfg
check "the hypervisor ends it" until_true 60 says f 'crashed, action destroy'
check "its lines about it are there" grep -q "the hypervisor's lines" /tmp/why.out
plain t 'rdinit=/nonexistent root=/dev/none'
check "a guest that panics at once" axl create /tmp/t.cfg
check "is told of" until_true 60 says t 'crashed\|reboot'
check "its console is kept" sh -c 'axl console --log t | grep -q "Kernel panic"'
check "by its end too" [ "$(axl console --tail 3 t | wc -l)" -le 3 ]

# devices
check "a disk that does not connect is told of" until_true 60 says u 'u ([0-9]*)  disk xvda has not connected after 30 s: the guest.s side is initialising, dom0.s initwait'
check "with a way out" grep -q 'hint: has the guest.s kernel the driver xen-blkfront' /tmp/why.out
check "so is a NIC" says u 'NIC 0 has not connected after 30 s'
check "it is still so" says u '^disk 51712 is not connected'
check "as JSON" json_has u '"event": "unconnected"'
check "with its states" json_has u '"frontend_state": "initialising"'
check "who follows sees it" grep -q '"event":"unconnected","name":"u"' /tmp/followed
check "once for each" [ "$(grep -c unconnected /var/lib/argon/events.jsonl)" = 2 ]
check "destroy" axl destroy u

# failures
cp /tmp/p.cfg /tmp/b.cfg
sed -i 's/^name.*/name = "b"/' /tmp/b.cfg
check "a bridge that is not there" fails "no such bridge" axl create /tmp/b.cfg "vif=['bridge=nobr']"
check "why names the step and the error" says b 'axl create failed (step check): .*no such bridge.*\[no-such-bridge\]'
check "and the way out" grep -q 'hint: ' /tmp/why.out
sed -i 's/^on_reboot.*/on_reboot = "restart"/' /tmp/p.cfg
n=$(seen p GUEST-READY)
check "one that restarts" axl create /tmp/p.cfg
check "it runs" until_true 60 more p GUEST-READY "$n"
check "more memory than it may have" fails "cannot have 65536 MiB" axl mem-set p 64g
check "is noted" says p 'axl mem-set failed: '
check "reboot" axl reboot p
check "a restart is told" until_true 90 says p 'created by axl restart'
check "so is the reboot" says p 'shut down: reboot, action restart'
check "destroy" axl destroy p
check "is noted" says p 'axl destroy'

# who follows has seen it come and go, without its asking
check "a follower saw domains appear" grep -q '"event":"appeared","name":"p"' /tmp/followed
check "and created" grep -q '"event":"created","name":"p"' /tmp/followed
check "and crash" grep -q '"event":"crashed","name":"p"' /tmp/followed
check "and go" until_true 10 grep -q '"event":"gone"' /tmp/followed
check "each line has the schema" [ "$(grep -vc '^{"schema":1,"verb":"events","time":"' /tmp/followed)" = 0 ]
check "one of a domain saw that only" [ "$(grep -vc '  p ([0-9]*)  ' /tmp/followed-p)" = 0 ]
kill $follower
mkfifo /tmp/reader
axl events -f > /tmp/reader &
writer=$!
head -1 < /tmp/reader > /dev/null
check "a follower ends with its reader" until_true 10 ended $writer

# consoles
n=$(seen p GUEST-READY)
check "a guest for consoles" axl create /tmp/p.cfg
check "it runs" until_true 60 more p GUEST-READY "$n"
check "console on a pipe" console_echo p
mkfifo /tmp/c1 /tmp/c2
axl console p < /tmp/c1 > /tmp/out1 2>&1 &
c1=$!
exec 5> /tmp/c1
echo 'echo early-$((40 + 0))' >&5
check "one is attached" until_true 20 grep -q early-40 /tmp/out1
axl console -t pv -n 0 p < /tmp/c2 > /tmp/out2 2>&1 &
c2=$!
exec 6> /tmp/c2
echo 'echo second-$((40 + 2))' >&6
check "and another: it types" until_true 20 grep -q second-42 /tmp/out2
check "the first sees it" until_true 20 grep -q second-42 /tmp/out1
echo 'echo first-$((40 + 1))' >&5
check "the first types" until_true 20 grep -q first-41 /tmp/out1
check "the second sees it" until_true 20 grep -q first-41 /tmp/out2
printf '\035' >&5
check "the escape character leaves" until_true 10 ended $c1
check "the other stays" kill -0 $c2
echo 'echo third-$((40 + 3))' >&6
check "and goes on" until_true 20 grep -q third-43 /tmp/out2
exec 5>&- 6>&-
check "a guest without channels has one console" fails "no channel 1" timeout 20 axl console -n 1 p
check "of one kind" fails "serial is none" timeout 20 axl console -t serial p
mkfifo /tmp/c3
timeout 60 axl console -e q p < /tmp/c3 > /dev/null 2>&1 &
c3=$!
exec 7> /tmp/c3
printf 'a\035q' >&7
check "-e takes another character" until_true 20 ended $c3
exec 7>&-
kill $c2
wait $c2 # its end would interrupt the opening of the next pipe
mkfifo /tmp/c4
axl console p < /tmp/c4 > /tmp/out4 2>&1 &
c2=$!
exec 8> /tmp/c4
old=$(axl domid p)
check "reboot" axl reboot p
check "a console goes on with the successor" until_true 90 grep -q GUEST-READY /tmp/out4
check "which is another domain" [ "$(axl domid p)" != "$old" ]
echo 'echo fourth-$((40 + 4))' >&8
check "and types to it" until_true 20 grep -q fourth-44 /tmp/out4
check "a new name" axl rename p pp
axl reboot pp
check "is its successor's too" until_true 90 says pp 'created by axl restart'
n=$(seen pp GUEST-READY)
check "which runs" until_true 90 more pp GUEST-READY "${n:-0}"
echo 'echo fifth-$((40 + 5))' >&8
check "the console has followed" until_true 20 grep -q fifth-45 /tmp/out4
axl rename pp p
check "shutdown" axl shutdown -w p
check "a console ends with its guest" until_true 10 ended $c2
check "create -c shows it from its first line" sh -c "timeout 60 axl create -c /tmp/p.cfg 'extra=\"console=hvc0 JOB=off\"' 'on_poweroff=\"destroy\"' < /dev/null > /tmp/first 2>&1; grep -q 'Linux version' /tmp/first"
check "the journal is bounded" [ "$(cat /var/lib/argon/events.jsonl* | wc -c)" -lt 2200000 ]
check "the kernel is content" quiet_kernel
END
