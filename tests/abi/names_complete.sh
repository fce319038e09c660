#!/bin/sh
# SPDX-License-Identifier: MIT
# The list of facts is read out of our headers by names.awk; here the compiler says what the
# headers define, and both must agree, so that no number escapes the comparison.
set -eu

out=build/tests/abi/complete
mkdir -p "$out"
rm -rf "${out:?}"/*
export LC_ALL=C
tests/abi/make_list "$out"

# what the compiler's own headers bring along
printf '#include <stddef.h>\n#include <stdint.h>\n' > "$out/base.c"
cat "$out/base.c" "$out/our_headers.h" > "$out/all.c"

macros()
{
	gcc -std=gnu11 -ffreestanding -Iinclude -E -dM "$1" |
		sed -n 's/^#define \([A-Za-z0-9_]*\).*/\1/p' | sort -u
}
# entries of DWARF: "TAG NAME" for each type, member and enumerator that has a name
debug_names()
{
	gcc -std=gnu11 -ffreestanding -Iinclude -g -fno-eliminate-unused-debug-types \
		-c -o "$out/object.o" "$1"
	readelf --debug-dump=info "$out/object.o" | awk '
		/Abbrev Number/ {
			tag = $NF
		}
		/DW_AT_name/ && tag != "" {
			print tag, $NF
			tag = ""
		}' | sort
}

macros "$out/base.c" > "$out/macros.base"
macros "$out/all.c" > "$out/macros.all"
debug_names "$out/base.c" > "$out/debug.base"
debug_names "$out/all.c" > "$out/debug.all"
comm -13 "$out/debug.base" "$out/debug.all" > "$out/debug"

{
	comm -13 "$out/macros.base" "$out/macros.all" | grep -Ev '^(XEN_[A-Z0-9_]*_H|ABI_(SIZE|OFFSET))$'
	sed -n 's/^(DW_TAG_enumerator) //p' "$out/debug"
} | sort > "$out/constants.compiler"
awk '$1 == "const" || $1 == "call" { print $2 }' "$out/names" | sort > "$out/constants.list"

sed -n 's/^(DW_TAG_member) //p' "$out/debug" | sort > "$out/members.compiler"
awk '$1 == "member" { sub(/.*[. ]/, ""); print }' "$out/names" | sort > "$out/members.list"

sed -nE 's/^\(DW_TAG_(structure_type|union_type|typedef)\) //p' "$out/debug" | sort > "$out/types.compiler"
awk '$1 == "type" { print $NF }' "$out/names" | sort > "$out/types.list"

status=0
for kind in constants members types; do
	if [ "$(wc -l < "$out/$kind.list")" -lt 100 ]; then
		echo "$kind: only $(wc -l < "$out/$kind.list") in the list"
		status=1
	fi
	if ! diff "$out/$kind.compiler" "$out/$kind.list"; then
		echo "$kind: the compiler (<) and names.awk (>) disagree on what include/xen/ defines"
		status=1
	fi
done
exit $status
