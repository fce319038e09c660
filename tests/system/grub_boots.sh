#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 600
# GRUB, from a CD image, starts Argon with dom0's kernel and initrd as Debian's
# 20_linux_xen writes it: multiboot 2 under a BIOS and under UEFI, and multiboot.
. "$(dirname "$0")/lib.sh"
kernel=$ARGON_CACHE/debian-6.1/vmlinuz firmware=/usr/share/OVMF/OVMF_CODE_4M.fd
need build/argon "$firmware" build/image/base.cpio "$kernel" /usr/lib/grub/i386-pc /usr/lib/grub/x86_64-efi
work=build/run/$name
rm -rf "$work" && mkdir -p "$work/cd/boot/grub" build/log
cp build/argon "$kernel" "$work/cd/boot/"
small_initrd GRUB-DOM0-UP "$work/cd/boot/initrd" "$work"
cp /usr/share/OVMF/OVMF_VARS_4M.fd "$work/vars.fd"

grub_cd() { # grub_cd MULTIBOOT MODULE NOUNZIP OPTIONS: the image with that entry
	cat > "$work/cd/boot/grub/grub.cfg" <<-END
	serial --unit=0 --speed=115200
	terminal_output serial
	echo 'Loading Argon ...'
	$1 /boot/argon placeholder com1=115200 console=com1 dom0_mem=512M $4
	echo 'Loading Linux ...'
	$2 /boot/vmlinuz placeholder console=hvc0 panic=-1
	echo 'Loading initial ramdisk ...'
	$2 $3 /boot/initrd
	boot
	END
	grub-mkrescue -o "$work/cd.iso" "$work/cd" > "$work/mkrescue.log" 2>&1 || {
		cat "$work/mkrescue.log"
		exit 1
	}
}
boots() { # boots WHAT QEMU-OPTIONS...
	local what=$1
	shift
	console_start "build/log/$name-$what.console" -machine q35 -m 1536 -cdrom "$work/cd.iso" "$@"
	await "Loading Argon" "$what: GRUB starts"
	await "Loader: GRUB" "$what: Argon names its loader"
	await "GRUB-DOM0-UP" "$what: dom0 reaches its init"
	await "Powering off" "$what: and powers the machine off"
	! grep -a 'unknown!' "build/log/$name-$what.console" || { echo "FAIL $what: an unknown option"; exit 1; }
	console_end
}
grub_cd multiboot2 module2 --nounzip ''
boots bios-multiboot2
grub_cd multiboot2 module2 --nounzip 'no-real-mode edd=off'
boots uefi-multiboot2 -drive "if=pflash,format=raw,readonly=on,file=$firmware" \
	-drive "if=pflash,format=raw,file=$work/vars.fd"
grub_cd multiboot module --nounzip ''
boots bios-multiboot
rm -rf "$work"
