#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 900
# Saved domains that are torn or bent anywhere are refused whole and leave nothing; a full disk
# loses neither guest nor earlier file; the compressed form goes there and back; Debian's own reader
# takes the plain one.
. "$(dirname "$0")/lib.sh"
need build/argon build/dom0-tools/{axl,xenstored,xenconsoled} build/tests/unit/axl/storedump
disk=build/run/$name.saved
mkdir -p build/run
rm -f "$disk"
truncate -s 256M "$disk"
trap 'rm -f "$disk"' EXIT
HV=argon TOOLS=argon TIMEOUT=880 DISKS=$disk in_dom0 build/tests/unit/axl/storedump <<'END'
PATH=/x:$PATH
TOOL=axl
answers() { until_true 20 ping -c 1 -W 2 10.9.0.2; }
size() { stat -c %s "$1"; }
word() { od -An -tu4 -j "$2" -N4 "$1" | tr -d ' '; }
# flip FILE OFFSET: the lowest bit of that byte
flip() {
	b=$(od -An -tu1 -j "$2" -N1 "$1" | tr -d ' ')
	printf "\\$(printf %o $((b ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2> /dev/null
}
# records FILE: offset and length of the body of each record of the image, after those of the
# three headers
records() {
	off=$((48 + $(word "$1" 44)))
	echo "0 40"
	echo "48 $((off - 48))"
	echo "$off 64"
	off=$((off + 16 + 8 + 24 + 16))
	while :; do
		set -- "$1" "$(word "$1" $off)" "$(word "$1" $((off + 4)))"
		echo "$((off + 8)) $3"
		[ "$2" != 0 ] || break
		off=$((off + 8 + ($3 + 7) / 8 * 8))
	done
}
refused() {
	if axl restore "$1" > /tmp/out 2>&1; then
		echo "it was taken"
		return 1
	fi
	cat /tmp/out
	grep -q 'cannot use the saved domain\|cannot restore into\|cannot use the config' /tmp/out &&
		grep -q 'hint:' /tmp/out && [ "$(axl list | wc -l)" = 2 ]
}
# bent FILE OFFSET...: refused with a bit the other way at each
bent() {
	file=$1
	shift
	for at; do
		flip "$file" "$at"
		refused "$file" || { echo "with a bit changed at $at"; return 1; }
		flip "$file" "$at"
		tried=$((tried + 1))
	done
}
# torn FILE LENGTH...: refused when it is only so long; lengths fall
torn() {
	cp "$1" /tmp/torn.sav
	shift
	for length; do
		truncate -s "$length" /tmp/torn.sav
		refused /tmp/torn.sav || { echo "of $length bytes"; return 1; }
		tried=$((tried + 1))
	done
	rm /tmp/torn.sav
}

check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
truncate -s 16M /tmp/g.img
busybox_cfg g 96 "ADDR=10.9.0.2 BLK=xvda" "disk = [ '/tmp/g.img,raw,xvda,w' ]" \
	"vif = [ 'bridge=xenbr0' ]" > /tmp/g.cfg
check "axl create" axl create /tmp/g.cfg
check "the guest is up" wait_console g GUEST-READY 90 || show_console g

mkdir /small
mount -t tmpfs -o size=20m tmpfs /small
echo "Xen saved domain, earlier" > /small/x.sav
check "a full disk ends a save with its name" fails 'No space left' axl save g /small/x.sav
check "the earlier file is still there, alone" [ "$(ls /small) $(cat /small/x.sav)" = "x.sav Xen saved domain, earlier" ]
check "the guest runs on" answers
check "its console and shell too" console_echo g
check "so it is with a device that is full" fails 'No space left' axl save g /dev/full
check "the guest runs on after that" answers

check "axl save --compress" sh -c "axl --json save -c --compress g /tmp/z.sav > /tmp/saved.json"
check "its size is told" grep -q "\"bytes\": *$(size /tmp/z.sav)" /tmp/saved.json
check "axl save" axl save g /tmp/s.sav
check "the compressed one is smaller by half" [ $(($(size /tmp/z.sav) * 2)) -lt "$(size /tmp/s.sav)" ]
disk_up
check "a copy for the host" sh -c "cat /tmp/s.sav > $DISK && sync"
say "-- $(size /tmp/s.sav) bytes, compressed $(size /tmp/z.sav)"
md5sum /tmp/s.sav /tmp/z.sav > /tmp/sums
sleep 1
remember

tried=0
records /tmp/s.sav > /tmp/records
end=$(size /tmp/s.sav)
n=0 offsets='' lengths=''
while read -r at length; do
	n=$((n + 1))
	# by turns the type and the length of a record; and a byte of its body
	[ $n -le 3 ] || [ $((n % 4)) = 0 ] || offsets="$offsets $((at - 8 + n % 2 * 4))"
	[ "$length" = 0 ] || [ $((n % 4)) = 1 ] || offsets="$offsets $((at + length * (n % 5) / 5))"
	[ $((n % 5)) != 0 ] || lengths="$((at + length / 2)) $lengths"
done < /tmp/records
check "a bit changed in each header and each of $n records" bent /tmp/s.sav $offsets
check "or in the sum" bent /tmp/s.sav $((end - 32)) $((end - 16)) $((end - 1))
check "torn in each fifth record, and before the sum" torn /tmp/s.sav $((end - 1)) $((end - 32)) $lengths 20 0
end=$(size /tmp/z.sav)
check "a bit changed in the compressed form" bent /tmp/z.sav 5 33 38 41 46 $((end / 3)) \
	$((end / 2)) $((end - 40)) $((end - 30)) $((end - 3))
check "or torn" torn /tmp/z.sav $((end - 1)) $((end - 32)) $((end / 2)) 41 35
say "-- $tried faults"
check "the files are as they were" md5sum -c /tmp/sums
check "nothing of $tried refused domains is left" settled

check "axl restores the compressed file" axl restore /tmp/z.sav
check "the guest's network goes on" answers
check "its console and shell too" console_echo g
check "axl destroy" axl destroy g
check "axl restores the plain file" axl restore /tmp/s.sav
check "the guest goes on" console_echo g
check "axl destroys it" axl destroy g
check "the kernel is content" quiet_kernel
END
stream_verify "verify-stream-v2 accepts what axl saved on Argon" "$disk"
