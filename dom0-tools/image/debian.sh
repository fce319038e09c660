# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A Debian root by mmdebstrap and an ext4 image of it, without loop devices.
# Sourced after lib.sh by the builders of the guest and of dom0.

# For the same input the same images, as far as maintainer scripts allow.
export SOURCE_DATE_EPOCH=1700000000

DEBIAN_SOURCES="deb http://deb.debian.org/debian bookworm main
deb http://deb.debian.org/debian bookworm-updates main
deb http://security.debian.org/debian-security bookworm-security main"

# Timers that have nothing to do in an image, and a console that nobody has.
DEBIAN_MASKED="apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service \
getty@tty1.service"

# The release's suites as this machine's apt has them, be it from a mirror.
debian_sources() {
	local list
	# shellcheck disable=SC2016
	list=$(apt-get indextargets --format '$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ORIGIN)' \
		'Created-By: Packages' | awk -F'|' '
		$4 == "Debian" && $2 ~ /^bookworm(-updates|-security)?$/ && $3 == "main" {
			print "deb " $1 " " $2 " " $3
		}' | sort -u)
	echo "${list:-$DEBIAN_SOURCES}"
}

# debian_root DIR PACKAGES MACHINE-ID [mmdebstrap options...]: Debian's root below
# DIR, with the paths in the array EXCLUDES left out; root's password is "argon".
debian_root() {
	local dir=$1 packages=$2 id=$3 list options=() e log=$CACHE/mmdebstrap.log
	shift 3
	list=$(debian_sources)
	for e in "${EXCLUDES[@]}"; do options+=(--dpkgopt="path-exclude=$e"); done
	while read -r e; do options+=(--aptopt="$e"); done < <(apt-config dump |
		grep -E '^Acquire::(https?::Proxy|Check-Valid-Until|Check-Date) ')
	# some build machines may not mount anything, even as root
	as_root unshare -m true 2> /dev/null || options+=(--skip=chroot/mount)
	as_root env SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH mmdebstrap --mode=root \
		--variant=minbase --include="$packages" "${options[@]}" \
		--aptopt='Acquire::Retries "3"' --aptopt='Acquire::Languages "none"' "$@" \
		--customize-hook='echo root:argon | chroot "$1" chpasswd' \
		--customize-hook="chroot \"\$1\" systemctl -q mask $DEBIAN_MASKED" \
		--customize-hook="echo $id > \"\$1/etc/machine-id\"" \
		bookworm "$dir" - <<< "$list" > "$log" 2>&1 || true
	[ -e "$dir/etc/fstab" ] && compgen -G "$dir/boot/initrd.img-*" > /dev/null ||
		die "mmdebstrap failed, see $log: $(tail -3 "$log")"
}

# file_system IMAGE SIZE LABEL UUID DIR [mke2fs options...]
file_system() {
	local image=$1 size=$2 label=$3 uuid=$4 dir=$5
	shift 5
	as_root env E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH mke2fs -q -F -t ext4 -L "$label" \
		-U "$uuid" -E "hash_seed=$uuid,lazy_itable_init=1" -m 1 "$@" \
		-d "$dir" "$image" "$size" > /dev/null
}

# debian_finish DIR: what was made belongs to who asked for it.
debian_finish() {
	as_root chown -R "$(id -u):$(id -g)" "$1"
	chmod -R u+rw,a+r "$1"
}

# remake NAME RECIPE-FUNCTION COMMAND...: like once, but made anew if RECIPE-FUNCTION
# prints something else than when it was made.
remake() {
	local name=$1 recipe=$2 done=$CACHE/$1
	shift 2
	[ ! -e "$done" ] || [ "$($recipe)" = "$(cat "$done/recipe" 2> /dev/null)" ] || rm -rf "$done"
	once "$name" "$@"
	[ -e "$done/recipe" ] || $recipe > "$done/recipe"
	touch "$done"
}
