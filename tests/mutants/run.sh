#!/bin/bash
# SPDX-License-Identifier: MIT
# Take each check out of the hypervisor, one at a time, and see whether its test notices.
# Mutants are listed in tests/mutants/*.list; the tree they are put into is build/mutants.
#   run.sh [TEXT...]     only mutants whose name, or whose test's name, contains a TEXT
# A mutant's test is one of:
#   unit/ROOM/test_NAME      a host program of tests/unit
#   guest NAME, isolated NAME   a test guest as dom0's kernel, the latter on isolated roots
#   domu NAME                a test guest as unprivileged domain
# limit: 1800
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
top=$PWD
tree=$top/build/mutants
mkdir -p "$tree" build/log
unset MAKEFLAGS MAKELEVEL MFLAGS

# The tree follows ours; what did not change keeps its time, so little is compiled.
from=(Makefile hypervisor include tests/unit guest-pv-drivers/rules.mk)
sync_tree() {
	local f
	find "${from[@]}" -type f | while read -r f; do
		cmp -s "$f" "$tree/$f" || { mkdir -p "$(dirname "$tree/$f")" && cp "$f" "$tree/$f"; }
	done
	(cd "$tree" && find "${from[@]}" -type f) | while read -r f; do
		[ -e "$f" ] || rm "$tree/$f"
	done
}

build() { # build GOAL...: in the tree
	make -s -C "$tree" -j2 HV_VERSION=mutant WARNINGS=-w "$@" > "$tree/make.log" 2>&1
}

goal_of() { # goal_of TEST
	case $1 in
	unit/*) echo "build/tests/$1" ;;
	*) echo build/argon ;;
	esac
}

# Storms may flood the log.
storm() { [[ $1 != *storm-* ]] || echo guest_loglvl=all; }

# run_test TEST: its status; 0 and 77 mean that it noticed nothing.
run_test() {
	case $1 in
	unit/*) (cd "$tree" && timeout -k 2 60 "build/tests/$1") ;;
	guest\ *) LIMIT=30 tests/guests/run build/mutants/build/argon "${1#* }" ;;
	isolated\ *)
		HVARGS="console=com1 com1=115200,8n1 loglvl=all dom0_mem=128M xpti=on" \
			LIMIT=30 tests/guests/run build/mutants/build/argon "${1#* }"
		;;
	domu\ *) HVEXTRA=$(storm "$1") LIMIT=100 tests/guests/domu build/mutants/build/argon "${1#* }" ;;
	*) echo "no such kind of test: $1" && return 2 ;;
	esac > "$tree/test.log" 2>&1 < /dev/null
}

undo() { # undo FILE...: as it is in our tree
	local f
	for f; do cp "${f#"$tree/"}" "$f"; done
}

wants() { # wants LINE TEXT...
	local t
	for t in "${@:2}"; do [[ $1 == *$t* ]] && return; done
	[ $# = 1 ]
}

only=("$@") wanted=() tests=()
while IFS=$'\t' read -r name by; do
	wants "$name $by" "${only[@]}" || continue
	wanted+=("$name	$by")
	tests+=("$by")
done < <(tests/mutants/apply --names)
[ ${#wanted[@]} -gt 0 ] || { echo "mutants: none is called like $*"; exit 2; }

# Without mutants all tests must pass: one that fails anyway kills nothing.
sync_tree
mapfile -t tests < <(printf '%s\n' "${tests[@]}" | tr ';' '\n' | sort -u)
goals=()
for t in "${tests[@]}"; do goals+=("$(goal_of "$t")"); done
build "${goals[@]}" || { tail -20 "$tree/make.log"; echo "mutants: the tree does not build"; exit 2; }
for t in "${tests[@]}"; do
	run_test "$t" || { tail -20 "$tree/test.log"; echo "mutants: $t fails without any mutant"; exit 2; }
done

killed=0 survived=0 misfits=0
for line in "${wanted[@]}"; do
	IFS=$'\t' read -r name by <<< "$line"
	verdict="SURVIVED $by"
	if ! files=$(tests/mutants/apply "$name" "$tree" 2>&1); then
		verdict="does not apply: $files" files=
	else
		IFS=';' read -ra list <<< "$by"
		for t in "${list[@]}"; do
			if ! build "$(goal_of "$t")"; then
				verdict="does not apply: $(grep -m1 error: "$tree/make.log")"
				break
			fi
			run_test "$t"
			status=$?
			if [ $status != 0 ] && [ $status != 77 ]; then
				verdict="killed by $t"
				break
			fi
		done
		# shellcheck disable=SC2086
		undo $files
	fi
	case $verdict in
	killed*) killed=$((killed + 1)) ;;
	SURVIVED*) survived=$((survived + 1)) ;;
	*) misfits=$((misfits + 1)) ;;
	esac
	printf '%-34s %s\n' "$name" "$verdict"
done
echo "$killed killed, $survived survived, $misfits do not apply"
[ $survived = 0 ] && [ $misfits = 0 ]
