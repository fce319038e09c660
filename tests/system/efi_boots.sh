#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# argon.efi, started by OVMF from a FAT volume, brings dom0 to its init.
. "$(dirname "$0")/lib.sh"
name=${name:?} # set by lib.sh
firmware=/usr/share/OVMF
kernel=$ARGON_CACHE/debian-6.1/vmlinuz
need build/argon.efi "$firmware/OVMF_CODE_4M.fd" build/image/base.cpio "$kernel"

work=build/run/$name
rm -rf "$work" && mkdir -p "$work/esp/EFI/BOOT" build/log
cp build/argon.efi "$work/esp/EFI/BOOT/BOOTX64.EFI"
cp "$kernel" "$work/esp/EFI/BOOT/vmlinuz"
small_initrd EFI-DOM0-UP "$work/esp/EFI/BOOT/initrd" "$work"
cp "$firmware/OVMF_VARS_4M.fd" "$work/vars.fd"
cat > "$work/esp/EFI/BOOT/BOOTX64.cfg" <<'END'
[global]
default=argon

[argon]
options=com1=115200 console=com1 dom0_mem=512M
kernel=vmlinuz console=hvc0 panic=-1
ramdisk=initrd
END

console_start "build/log/$name.console" -machine q35 -m 1536 \
	-drive "if=pflash,format=raw,readonly=on,file=$firmware/OVMF_CODE_4M.fd" \
	-drive "if=pflash,format=raw,file=$work/vars.fd" \
	-drive "file=fat:rw:$work/esp,format=raw,if=virtio"
await "Loader: argon.efi" "the application starts the image"
await "efi: EFI v2" "dom0's kernel learns of EFI"
await "EFI-DOM0-UP" "dom0 reaches its init"
await "Powering off" "and powers the machine off"
console_end
