#!/bin/bash
# SPDX-License-Identifier: MIT
# The bash completion, with an axl of its own.
set -eu
cd "$(dirname "$0")/../../.."
axl() {
	case "$*" in
	help) printf 'Usage axl\n\naxl full list of subcommands:\n\n create   Create\n console  Attach\n list     List\n' ;;
	"help create") printf 'Usage\n\nOptions:\n\n-p, --paused   leave it\n-q, --quiet    say nothing\n' ;;
	cpupool-list) printf 'Name CPUs\nPool-0 4\nfast 2\n' ;;
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
expect "fast" cpupool-destroy f
expect "db" cpupool-migrate d
expect "--paused" create --p
expect "README.md" create README.m
expect "list" help l
expect "" info x
exit $failed
