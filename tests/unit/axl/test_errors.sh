#!/bin/bash
# SPDX-License-Identifier: MIT
# docs/errors.md lists each error id of the tools, and none that they have not: scripts rely on them.
set -eu
cd "$(dirname "$0")/../../.."
# The ids that stand where an error is set: before its first text, or alone in a table of cannot().
find dom0-tools -name '*.c' -print0 | sort -z | xargs -0 perl -0777 -ne '
	while (/\b(?:ctl_error_set|failed|cannot|refused)\s*\(([^;]*);/g) {
		my $call = $1;
		while ($call =~ /"((?:[^"\\]|\\.)*)"/g) {
			my $text = $1;
			last unless $text =~ /^[a-z][a-z0-9]*(?:-[a-z0-9]+)+$|^(?:usage|xenstore|interrupted|overcommitted|lock|network)$/;
			print "$text\n";
		}
	}
	# findings about configurations and hosts; what is well has no row
	print "$1\n" while /\bdiag_id\([^,;]*, "([a-z-]+)"/g;
	print "$1\n" while /\bdoctor_tell\(doctor,(?!\s*DOCTOR_OK)[^,]*,\s*"([a-z-]+)"/g;' | sort -u > build/tests/unit/axl/errors.source
sed -n 's/^| `\([a-z0-9-]*\)` |.*/\1/p' docs/errors.md | sort > build/tests/unit/axl/errors.docs
status=0
for id in $(comm -23 build/tests/unit/axl/errors.source build/tests/unit/axl/errors.docs); do
	echo "docs/errors.md does not have $id: $(grep -rl --include='*.c' "\"$id\"" dom0-tools | tr '\n' ' ')"
	status=1
done
for id in $(comm -13 build/tests/unit/axl/errors.source build/tests/unit/axl/errors.docs); do
	grep -rq --include='*.c' "\"$id\"" dom0-tools && continue
	echo "docs/errors.md has $id, the source has not"
	status=1
done
[ -z "$(uniq -d build/tests/unit/axl/errors.docs)" ] || { echo "twice: $(uniq -d build/tests/unit/axl/errors.docs)"; status=1; }
[ "$(wc -l < build/tests/unit/axl/errors.source)" -gt 60 ] || { echo "hardly any id was found"; status=1; }
exit $status
