#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 300
# A guest with two channels, one at a terminal, one at a socket, served by our xenconsoled: bytes
# both ways, through restarts of the daemon, save and restore; xl sees what axl has made. HV chooses.
. "$(dirname "$0")/lib.sh"
export HV=${HV:-argon}
need build/argon build/dom0-tools/{axl,xenconsoled}
extra=build/run/$name.extra
rm -rf "$extra"
programs_into "$extra/q" socat
TOOLS=debian TIMEOUT=280 in_dom0 build/dom0-tools/axl build/dom0-tools/xenconsoled "$extra/q" <<'END'
PATH=/x:$PATH
TOOL=axl
socket=/run/agent.sock
connect() { /x/q/ld-linux-x86-64.so.2 --library-path /x/q /x/q/socat -t 15 - "UNIX-CONNECT:$socket"; }
has() { xenstore-exists "$1"; }
back() { echo "/local/domain/0/backend/console/$(axl domid g)/$1"; }
store_is() { [ "$(xenstore-read "$1")" = "$2" ]; }
connected() { store_is "$(back 1)/state" 4 && store_is "$(back 2)/state" 4; }
# Of each channel, in the guest: every line comes back in < >.
echoes() {
	console_run g 'for n in 1 2; do (while :; do stty raw -echo < /dev/hvc$n; while read -r l; do echo "<$l>"; done < /dev/hvc$n > /dev/hvc$n; sleep 1; done) 2> /dev/null & done; echo echo-$((40 + 2))' echo-42
}
answered() { # answered TEXT COMMAND...: it is sent TEXT, and comes upon <TEXT>
	text=$1
	shift
	rm -f /tmp/to
	mkfifo /tmp/to
	"$@" < /tmp/to > /tmp/from 2>&1 &
	talker=$!
	exec 4> /tmp/to
	echo "$text" >&4
	until_true 20 grep -q "<$text>" /tmp/from
	rc=$?
	kill $talker
	exec 4>&-
	[ $rc = 0 ] || cat /tmp/from
	return $rc
}
half_closed() { # the answer comes to one who sends no more
	echo "$1" | connect > /tmp/from 2>&1 &
	talker=$!
	until_true 20 grep -q "<$1>" /tmp/from
	rc=$?
	kill $talker
	return $rc
}
same_list() {
	xl channel-list g > /tmp/xl.out && axl channel-list g > /tmp/axl.out && diff /tmp/xl.out /tmp/axl.out
}
is_user() { [ "$(stat -c %u "/proc/$1")" != 0 ]; }
consoled_up() { xenconsoled --log=guest --pid-file=/run/xenconsoled.pid; }
consoled_down() {
	pid=$(cat /run/xenconsoled.pid)
	kill "$@" "$pid" && until_true 10 [ ! -e "/proc/$pid" ]
}
nothing_left() {
	[ ! -e $socket ] && ! xenstore-ls -f | grep -E 'console/[0-9]+/[12]|device/console'
}
says() { # says TEXT COMMAND...: it fails and explains itself with TEXT
	text=$1
	shift
	"$@" > /tmp/says 2>&1 && { cat /tmp/says; return 1; }
	grep -q -e "$text" /tmp/says || { cat /tmp/says; return 1; }
}

check "the toolstack starts" toolstack_up
check "xenconsoled is a user of its own" is_user "$(cat /run/xenconsoled.pid)"
busybox_cfg g 96 '' "channel = [ 'name=org.example.a,connection=pty', 'connection=socket,name=org.example.b,path=$socket' ]" > /tmp/g.cfg
check "axl create with a pty and a socket channel" axl create /tmp/g.cfg
check "the guest is up" wait_console g GUEST-READY 90 || show_console g
check "it has connected both" until_true 20 connected
check "xl and axl list them alike" same_list
sed 's/^/@@ | /' /tmp/xl.out
check "the first at a terminal" grep -q '^0 *0 *4 .* pty */dev/pts/' /tmp/axl.out
check "the second at a socket" grep -q '^1 *0 *4 .* socket' /tmp/axl.out
axl --json channel-list g > /tmp/list.json
check "JSON names them and the socket" sh -c 'grep -q "org.example.a" /tmp/list.json && grep -q "\"path\": *\"/run/agent.sock\"" /tmp/list.json'
check "root alone may connect" [ "$(stat -c %a $socket)" = 600 ]
check "the guest echoes" echoes
check "axl console -n 1" answered one axl console -n 1 g
check "what xl console -n 1 starts" answered two xenconsole --interactive --type pv --num 1 "$(axl domid g)"
check "a program at the socket" answered three connect
check "one that closes its half" half_closed four
check "axl console -n 2 tells of the socket" says "socat - UNIX-CONNECT:$socket" axl console -n 2 g
check "a channel that is not there" says 'has no channel 3' axl console -n 3 g

check "xenconsoled ends" consoled_down
check "and takes the socket along" [ ! -e $socket ]
check "it starts again" consoled_up
check "the socket is back" until_true 10 [ -S $socket ]
check "the terminal speaks" answered five axl console -n 1 g
check "so does the socket" answered six connect
check "xenconsoled is killed" consoled_down -9
check "it starts over its dead socket" consoled_up
check "the socket speaks again" until_true 20 answered seven connect
check "the console too" console_echo g

check "axl save" axl save g /tmp/g.sav
check "nothing is left of the channels" until_true 10 nothing_left
check "axl restore" axl restore /tmp/g.sav
check "both are connected again" until_true 20 connected
check "the terminal speaks after it" until_true 30 answered eight axl console -n 1 g
check "and the socket" answered nine connect
check "axl destroy" axl destroy g
check "nothing is left" until_true 10 nothing_left

echo precious > $socket
check "a file in the way: create is refused" says 'bad-channel-path\|something that is no socket' axl create /tmp/g.cfg
check "the file is untouched" grep -q precious $socket
rm $socket
busybox_cfg h 96 '' "channel = [ 'name=b,connection=socket,path=/proc/s' ]" > /tmp/h.cfg
check "a folder without room for sockets: the daemon's refusal ends create" says 'cannot listen at /proc/s' axl create /tmp/h.cfg
check "that leaves no domain" sh -c '! axl domid h 2> /dev/null'
check "xenconsoled makes way" consoled_down
/usr/lib/xen-4.17/bin/xenconsoled --log=guest --pid-file=/run/xenconsoled.pid
check "Debian's serves no channels, and create says so" says 'no console daemon took it' axl create /tmp/g.cfg
check "nothing is left of that" nothing_left
check "the kernel is content" quiet_kernel
END
