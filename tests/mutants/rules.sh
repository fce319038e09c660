#!/bin/bash
# SPDX-License-Identifier: MIT
# Each row of docs/security-rules.md names a test and a mutant, all of which exist; and each
# mutant is in a row.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
faults=0
fault() {
	echo "docs/security-rules.md: $*"
	faults=$((faults + 1))
}
names() { grep -oE '`[^`]+`' <<< "$1" | tr -d '`'; }

mutants=$(tests/mutants/apply --names | cut -f1) || exit 1
seen='' rows=0
while IFS='|' read -r _ rule tests kills _; do
	rows=$((rows + 1))
	[ -n "$(names "$tests")" ] || fault "no test for:$rule"
	[ -n "$(names "$kills")" ] || fault "no mutant for:$rule"
	for t in $(names "$tests"); do
		[ -d "tests/guests/$t" ] || [ -f "tests/unit/$t.c" ] || fault "there is no test $t"
	done
	for m in $(names "$kills"); do
		grep -qx -- "$m" <<< "$mutants" || fault "there is no mutant $m"
		seen+=" $m "
	done
done < <(grep -E '^\|.*\|.*\|.*\|$' docs/security-rules.md | grep -vE '^\| (rule|---)')
for m in $mutants; do
	[[ $seen == *" $m "* ]] || fault "the mutant $m belongs to no rule"
done
echo "$rows rules, $(wc -w <<< "$mutants") mutants, $faults faults"
[ $faults = 0 ] && [ $rows -gt 30 ]
