#!/bin/bash
# SPDX-License-Identifier: MIT
# The bash completion, with an axl of its own.
set -u # an interactive shell goes on after an error
cd "$(dirname "$0")/../../.." || exit
axl() {
	case "$*" in
	help) printf 'Usage axl\n\naxl full list of subcommands:\n\n create   Create\n console  Attach\n list     List\n' ;;
	"help events") printf 'Usage\n\nOptions:\n\n-f, --follow    go on\n-n, --number N  the last\n' ;;
	"help create") printf 'Usage\n\nOptions:\n\n-p, --paused   leave it\n-q, --quiet    say nothing\n' ;;
	cpupool-list) printf 'Name CPUs\nPool-0 4\nfast 2\n' ;;
	events) printf '2026-11-21 18:58:01  old (1)  created\n2026-11-21 18:58:01  web  axl create failed\n' ;;
	"set-parameters -l") printf 'guest_loglvl=warning\nloglvl=info\n' ;;
	list) printf 'Name ID\nDomain-0 0\nweb 1\ndb 2\n' ;;
	esac
}
compopt() { :; }
. dom0-tools/axl/completion.bash
failed=0
expect() { # expect "WORDS" WORD...: completing the last word
	want=$1
	shift
	COMP_WORDS=(axl "$@")
	COMP_CWORD=$#
	_axl
	[ "${COMPREPLY[*]}" = "$want" ] && return
	echo "axl $*: ${COMPREPLY[*]}, not $want"
	failed=1
}
expect "create console" c
expect "create" cr
expect "--json" --j
expect "list" --json l
expect "web" console w
expect "Domain-0 web db" destroy web ""
expect "web" mem-set w
expect "web" why w
expect "old" why o
expect "db" vcpu-pin d
expect "db" network-set d
expect "--follow" events --fo
expect "fast" cpupool-destroy f
expect "db" cpupool-migrate d
expect "--paused" create --p
expect "README.md" create README.m
expect "list" help l
expect "" info x
expect "1" domname 1
expect "loglvl=" set-parameters lo
# each verb that takes a domain offers those there are
for verb in $(perl -0777 -ne 'while (/\{"([a-z0-9-]+)",\s*verb_\w+,\s*"[^"]*",\s*"([^"]*)"/g) {
	my ($verb, $args) = ($1, $2);
	print "$verb\n" if $args =~ /^(?:\[[^\]]*\] )*[<\[](?:-a \| )?domain[^i]/;
}' dom0-tools/axl/verbs.c); do
	COMP_WORDS=(axl "$verb" w)
	COMP_CWORD=2
	_axl
	[[ " ${COMPREPLY[*]} " == *" web "* ]] || { echo "axl $verb w: no domain offered"; failed=1; }
	found=$((${found:-0} + 1))
done
[ "${found:-0}" -gt 25 ] || { echo "only ${found:-0} verbs with a domain"; failed=1; }
exit $failed
