#!/bin/bash
# SPDX-License-Identifier: MIT
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
printf '#!/bin/busybox sh\necho EFI-DOM0-UP\n/bin/busybox poweroff -f\n' > "$work/init"
chmod +x "$work/init"
{
	cat build/image/base.cpio
	(cd "$work" && echo init | cpio -o -H newc --quiet)
} > "$work/esp/EFI/BOOT/initrd"
cp "$firmware/OVMF_VARS_4M.fd" "$work/vars.fd"
cat > "$work/esp/EFI/BOOT/BOOTX64.cfg" <<'END'
[global]
default=argon

[argon]
options=com1=115200 console=com1 dom0_mem=512M
kernel=vmlinuz console=hvc0 panic=-1
ramdisk=initrd
END

log=build/log/$name.console
timeout -k 5 150 qemu-system-x86_64 -accel tcg -machine q35 -cpu max -m 1536 -display none \
	-no-reboot -net none -serial stdio -monitor none \
	-drive "if=pflash,format=raw,readonly=on,file=$firmware/OVMF_CODE_4M.fd" \
	-drive "if=pflash,format=raw,file=$work/vars.fd" \
	-drive "file=fat:rw:$work/esp,format=raw,if=virtio" < /dev/null > "$log" 2>&1 &
qemu=$!
trap 'kill $qemu 2>/dev/null || true' EXIT

# await TEXT: until it shows on the console or the machine has ended.
await() {
	if grep -qam1 -F "$1" < <(timeout 150 tail -n +1 -F --pid=$qemu "$log" 2>/dev/null); then
		echo "ok $2"
	else
		echo "FAIL $2"
		tail -20 "$log" | strings
		exit 1
	fi
}
await "Loader: argon.efi" "the application starts the image"
await "efi: EFI v2" "dom0's kernel learns of EFI"
await "EFI-DOM0-UP" "dom0 reaches its init"
await "Powering off" "and powers the machine off"
