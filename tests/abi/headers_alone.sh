#!/bin/sh
# SPDX-License-Identifier: MIT
# Every header of include/ must compile by itself, freestanding and without a warning, with both
# compilers the project uses.
set -eu

compilers=gcc
if command -v clang-14 > /dev/null; then
	compilers="gcc clang-14"
fi

status=0
count=0
for header in $(find include -name '*.h' | LC_ALL=C sort); do
	count=$((count + 1))
	for compiler in $compilers; do
		# included twice: guards work, and a header is no main file to its compiler
		if ! printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
			"$compiler" -std=gnu11 -ffreestanding -Wall -Wextra -Werror -Wundef \
				-Wstrict-prototypes -I. -Iinclude -fsyntax-only -x c -; then
			echo "$header does not compile alone with $compiler"
			status=1
		fi
	done
done
echo "$count headers compiled alone with $compilers"
if [ "$count" -lt 20 ]; then
	echo "expected at least 20 headers"
	status=1
fi
exit $status
