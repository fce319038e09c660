# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the image builders share: the cache of unpacked Debian packages, and
# putting programs with their libraries, kernel modules and archives together.
# Sourced with the project's top folder as working directory.

# an ordinary user's has neither depmod nor mke2fs
PATH=$PATH:/usr/sbin:/sbin
CACHE=${ARGON_CACHE:-build/cache}
XEN_VERSION=4.17
XEN_BIN=/usr/lib/xen-$XEN_VERSION/bin

say() {
	printf '  %-8s %s\n' IMAGE "$*"
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# Root rights, for the few steps that need them.
as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# apt_get ARGS...: quiet; with fresh package lists if it fails at first (a
# mirror drops the files that an old list names).
apt_get() {
	local log=$CACHE/apt.log
	mkdir -p "$CACHE"
	apt-get -q -o Acquire::Retries=3 "$@" > "$log" 2>&1 && return
	as_root apt-get -q -o Acquire::Retries=3 update > "$log" 2>&1 || true
	apt-get -q -o Acquire::Retries=3 "$@" > "$log" 2>&1 ||
		die "apt-get $1 failed: $(tail -3 "$log")"
}

# download PACKAGE...: into $CACHE/debs, what is not there yet.
download() {
	local p need=()
	mkdir -p "$CACHE/debs"
	for p; do
		compgen -G "$CACHE/debs/${p}_*.deb" > /dev/null || need+=("$p")
	done
	[ ${#need[@]} = 0 ] && return
	say "downloading ${#need[@]} packages: ${need[*]:0:4}$([ ${#need[@]} -gt 4 ] && echo …)"
	local cache
	cache=$(realpath "$CACHE")
	mkdir -p "$cache/new"
	(CACHE=$cache && cd "$cache/new" && apt_get download "${need[@]}")
	mv "$cache"/new/*.deb "$cache/debs/"
}

# unpack DIR PACKAGE...: the files of the packages, below DIR.
unpack() {
	local dir=$1 p
	shift
	mkdir -p "$dir"
	for p; do
		dpkg-deb --fsys-tarfile "$CACHE/debs/${p}"_*.deb |
			tar -C "$dir" -x --keep-directory-symlink --no-same-owner
	done
}

# once NAME COMMAND...: run COMMAND with $CACHE/NAME.new for its first argument
# and keep the result as $CACHE/NAME; nothing if it is there. Half a result is
# never kept, and two callers do not collide.
once() {
	local name=$1
	shift
	[ -e "$CACHE/$name" ] && return
	mkdir -p "$(dirname "$CACHE/$name")"
	exec {lock}> "$CACHE/.lock"
	flock "$lock"
	if [ ! -e "$CACHE/$name" ]; then
		rm -rf "$CACHE/$name.new"
		"$@" "$CACHE/$name.new"
		mv "$CACHE/$name.new" "$CACHE/$name"
	fi
	exec {lock}>&-
}

# index_libraries ROOT: where each shared library below ROOT is; for put_elf.
declare -A LIBRARY
index_libraries() {
	local f
	LIBRARY=()
	while read -r f; do
		LIBRARY[${f##*/}]=${f#"$1"}
	done < <(find "$1/usr/lib" "$1/lib" \( -type f -o -type l \) -name '*.so*' 2> /dev/null)
}

# put_elf DEST ROOT FILE...: copy FILEs (paths below ROOT) and, as far as ROOT
# has them, the libraries they need.
put_elf() {
	local dest=$1 root=$2 f n
	shift 2
	for f; do
		[ -e "$dest$f" ] && continue
		mkdir -p "$dest${f%/*}"
		cp -L "$root$f" "$dest$f"
		for n in $(objdump -p "$dest$f" 2> /dev/null | awk '/NEEDED/ { print $2 }'); do
			[ -n "${LIBRARY[$n]:-}" ] && put_elf "$dest" "$root" "${LIBRARY[$n]}"
		done
	done
	return 0
}

# put_host_elf DEST DIR FILE...: copy FILEs of this machine into DEST/DIR, with
# the libraries that they load here.
put_host_elf() {
	local dest=$1 dir=$2 f l
	shift 2
	mkdir -p "$dest$dir"
	for f; do
		cp -L "$f" "$dest$dir/"
		# a static program makes ldd fail: nothing to copy
		{ ldd "$f" 2> /dev/null || true; } | sed -n 's|^[^/]*\(/[^ ]*\).*|\1|p' | while read -r l; do
			case $l in /lib* | /usr/lib*) ;; *) continue ;; esac
			[ -e "$dest$l" ] && continue
			mkdir -p "$dest${l%/*}"
			cp -L "$l" "$dest$l"
		done
	done
}

# put_modules DEST KERNEL MODULE...: copy modules with those they depend on.
put_modules() {
	local dest=$1 kernel=$2 release m f
	shift 2
	release=$(basename "$kernel"/lib/modules/*)
	mkdir -p "$dest/lib/modules/$release"
	cp "$kernel/lib/modules/$release"/modules.{builtin,order,builtin.modinfo} \
		"$dest/lib/modules/$release/"
	for m; do
		modprobe -d "$kernel" -S "$release" --show-depends "$m" || die "no module $m"
	done | awk '$1 == "insmod" { print $2 }' | sort -u | while read -r f; do
		f=lib/modules/${f#*/lib/modules/}
		mkdir -p "$dest/${f%/*}"
		cp "$kernel/$f" "$dest/$f"
	done
	depmod -b "$dest" "$release"
}

# put_busybox DEST: busybox under the names of all its applets.
put_busybox() {
	local t
	mkdir -p "$1/bin"
	cp "$CACHE/busybox/bin/busybox" "$1/bin/busybox"
	for t in $("$1/bin/busybox" --list); do
		[ -e "$1/bin/$t" ] || ln -s busybox "$1/bin/$t"
	done
}

# archive DIR > FILE: DIR as an initramfs; same input, same bytes.
archive() {
	find "$1" -exec touch -h -d @0 {} +
	(cd "$1" && find . -print0 | LC_ALL=C sort -z |
		cpio --null -o -H newc -R 0:0 --reproducible --quiet)
}

# unzip_kernel BZIMAGE > ELF: the kernel proper. The boot protocol's header says
# where the payload is; its last four bytes are the unpacked size.
unzip_kernel() {
	local sectors offset length
	sectors=$(od -An -tu1 -j $((0x1f1)) -N1 "$1")
	offset=$(od -An -tu4 -j $((0x248)) -N4 "$1")
	length=$(od -An -tu4 -j $((0x24c)) -N4 "$1")
	offset=$((offset + (sectors + 1) * 512))
	local cut=(dd "if=$1" bs=64K iflag=skip_bytes,count_bytes "skip=$offset"
		"count=$((length - 4))" status=none)
	"${cut[@]}" | xz -dc 2> /dev/null || "${cut[@]}" | zstd -dcq
}

# put_tree IMAGE DIR: the files below DIR into an ext4 image that nobody has mounted, as root's.
put_tree() {
	local path type mode target
	(cd "$2" && find . -mindepth 1 -printf '%P\t%y\t%m\t%l\n' | LC_ALL=C sort) |
		while IFS=$'\t' read -r path type mode target; do
			case $type in
			d) printf 'mkdir "/%s"\n' "$path" ;;
			l) printf 'rm "/%s"\nsymlink "/%s" "%s"\n' "$path" "$path" "$target" ;;
			f)
				printf 'rm "/%s"\nwrite "%s/%s" "/%s"\n' "$path" "$2" "$path" "$path"
				printf 'sif "/%s" mode 0100%s\nsif "/%s" uid 0\nsif "/%s" gid 0\n' \
					"$path" "$mode" "$path" "$path"
				;;
			esac
		done > "$1.commands"
	debugfs -w -f "$1.commands" "$1" > "$1.log" 2>&1
	# what is there already, and what was to be replaced and is not, is no failure
	if grep -v -e '^debugfs' -e '^rm: File not found' -e '^$' -e '^Allocated inode' \
		-e '^mkdir: Ext2 directory already exists' -e '^ext2fs_mkdir: Ext2 directory already exists' \
		"$1.log"; then
		die "debugfs failed on $1"
	fi
	rm "$1.commands" "$1.log"
}

# enable_units TREE: what `systemctl enable` would do for the units in it that say WantedBy=;
# templates, and what our preset disables, are left to the administrator.
enable_units() {
	local unit wants
	for unit in "$1"/usr/lib/systemd/system/*; do
		[[ -e $unit && $unit != *@.* ]] || continue
		! grep -qsx "disable ${unit##*/}" "$1"/usr/lib/systemd/system-preset/*-argon.preset || continue
		sed -n 's/^\(WantedBy\|RequiredBy\)=//p' "$unit" | tr ' ' '\n' | while read -r wants; do
			mkdir -p "$1/etc/systemd/system/$wants.wants"
			ln -sf "/usr/lib/systemd/system/${unit##*/}" "$1/etc/systemd/system/$wants.wants/"
		done
	done
}
