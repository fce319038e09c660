#!/bin/bash
# SPDX-License-Identifier: MIT
# axl top on a terminal that tmux plays: what stands where, what each key does, that the screen
# follows the window's size and is given back.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
command -v tmux > /dev/null || { echo "skip: no tmux"; exit 77; }
program=$PWD/build/tests/unit/axl/top_world
dir=$(mktemp -d)
export TMUX_TMPDIR=$dir LC_ALL=C.UTF-8
unset TMUX
export ASAN_OPTIONS=detect_leaks=0 # ncurses keeps what it has
n=0
on() { tmux -f /dev/null -L "terminal$n" "$@"; }
trap 'on kill-server 2> /dev/null || true; rm -rf "$dir"' EXIT

# terminal COLUMNS LINES [ENVIRONMENT]: a fresh one with top on it
terminal() {
	on kill-server 2> /dev/null || true
	n=$((n + 1))
	on new-session -d -x "$1" -y "$2" "${3:-} $program -d 0.2; echo top ended with \$?; cat"
}
screen() { on capture-pane -p; }
keys() { on send-keys "$@"; }
shows() { screen | grep -q -e "$1"; }
shows_not() { ! shows "$1"; }
line() { screen | sed -n "$1p" | grep -q -e "$2"; } # line NUMBER TEXT
first_is() { line 6 "^ *$1 "; }                       # of the table

# check CLAIM COMMAND...: becomes true within ten seconds
check() {
	local claim=$1 tries=100
	shift
	until "$@"; do
		tries=$((tries - 1))
		if [ $tries = 0 ]; then
			echo "FAIL $claim: $*"
			screen | sed 's/^/| /'
			exit 1
		fi
		sleep 0.1
	done
	echo "ok $claim"
}

terminal 170 24
check "the first line has name and time" line 1 "^axl top - [0-9][0-9]:[0-9][0-9]:[0-9][0-9]"
check "the second counts domains" line 2 "^8 domains: 1 running, 7 blocked, 1 paused, 0 down"
check "the third tells of memory and CPUs" line 3 "^Mem: 3145728k total, .* free    CPUs: 2 @ "
check "the head of the table" line 5 "^      NAME  STATE   CPU(sec) CPU(%) .* VBD_WSECT SSID"
check "dom0 is first" first_is Domain-0
check "load is seen" shows "^ *last --b--- .* [4-9][0-9]\.[0-9] "
check "one that is paused" shows "^ *mail --b-p- "
check "long names are cut" shows "^a-name-tha --b---"
check "the keys are told below" line 24 "^q quit  s "
keys s
check "s: the busiest is first" first_is last
keys s
check "s again: in order" first_is Domain-0
keys v
check "v: times of vCPUs" line 7 "^VCPUs(sec):   0: "
keys v
check "v again" shows_not VCPUs
keys n
check "n: networks are told below" line 24 "n networks \[on\]"
keys b
check "b as in xentop: disks" line 24 "x disks \[on\]"
on resize-window -x 70 -y 10
check "a smaller window" line 10 "^q quit"
check "lines are cut at its edge" line 5 "^      NAME .* MAXMEM"
keys Down Down
check "down: the list moves" first_is db
check "its head does not" line 5 "^      NAME "
keys Up
check "up" first_is web
keys End
check "end: the last are seen" line 9 "^ *last "
keys Down
check "no further" line 9 "^ *last "
keys Home
check "home" first_is Domain-0
on resize-window -x 170 -y 30
check "a larger one" line 30 "^q quit"
check "all fit again" first_is Domain-0
keys q
check "q ends it" shows "top ended with 0"
itself() { [ "$(on display -p '#{cursor_flag} #{alternate_on}')" = "1 0" ]; }
check "the terminal is itself again" itself

for term in linux vt100; do
	terminal 100 24 TERM=$term
	check "TERM=$term" line 5 "^      NAME  STATE "
	keys Escape
	check "Escape ends it" shows "top ended with 0"
done
terminal 100 24 TERM=unheard-of
check "an unknown terminal" shows "unknown: see"
check "is refused" shows "top ended with 1"
