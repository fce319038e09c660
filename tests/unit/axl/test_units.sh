#!/bin/bash
# SPDX-License-Identifier: MIT
# systemd takes our units as they are, and the programs they start take their options.
set -eu
cd "$(dirname "$0")/../../.."
[ -d dom0-tools/systemd ] && command -v systemd-analyze > /dev/null || exit 77
root=build/tests/unit/axl/units
rm -rf $root
mkdir -p $root/usr/sbin $root/etc/systemd/system $root/usr/lib/systemd/system
status=0
programs=$(sed -n 's|^Exec[A-Za-z]*=[-@+!]*\(/[^ ]*\).*|\1|p' dom0-tools/systemd/*.service | sort -u)
for program in $programs; do
	case $program in
	/usr/sbin/axl | /usr/sbin/xenstored | /usr/sbin/xenconsoled | /usr/sbin/argon-* | /usr/bin/systemd-*) ;;
	*)
		echo "$program: not a program of ours"
		status=1
		;;
	esac
	mkdir -p "$root$(dirname "$program")"
	ln -sf /bin/true "$root$program"
done
mkdir -p $root/bin && cp /bin/true $root/bin/true
cp dom0-tools/systemd/*.{service,mount} $root/etc/systemd/system/
# what every system has
for unit in /usr/lib/systemd/system/{*.target,systemd-*.service,-.mount,*.slice,*.socket}; do
	[ ! -e "$unit" ] || cp -n "$unit" $root/usr/lib/systemd/system/
done
for unit in dom0-tools/systemd/*.{service,mount}; do
	name=${unit##*/}
	[[ $name != *@.* ]] || name=${name/@/@web}
	said=$(systemd-analyze verify --man=no --root="$PWD/$root" "$name" 2>&1 |
		grep -F "${unit##*/}" || true)
	[ -z "$said" ] || { echo "$said"; status=1; }
done
# each option a unit gives is one that the program's help or manual names
while read -r unit option; do
	grep -rqF -e "${option//-/\\-}" docs/man/ || { echo "$unit: no manual names $option"; status=1; }
done < <(sed -n 's/^Exec[A-Za-z]*=//p' dom0-tools/systemd/*.service | grep -o -e ' --[a-z-]*' | sed 's/^ /units /' | sort -u)
exit $status
