# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The machine that QEMU plays, from the environment:
#   HV=argon|xen|none|PATH   ours, Debian's 4.17, the bare machine (argon)
#   TOOLS=argon|debian       the toolstack that dom0 starts (argon)
#   KERNEL=6.1|6.12          dom0's kernel, and its guests' (6.1)
#   VMLINUZ=FILE             or that kernel, for dom0
#   MEM=2048 DOM0MEM=1024    MiB of the machine and of dom0
#   SMP=1                    CPUs of the machine
#   CPU=max,-smap,-erms      QEMU's CPU model. -smap: QEMU 7.2 mishandles SMAP
#                            in iret. -erms: a `rep stosb` counts per byte.
#   DISK=SIZE|FILE           a disk: scratch of SIZE (like 1G), or a raw image,
#                            of which the machine gets a throw-away snapshot
#   DISKS=FILE...            more such images, on the same bus
#   DISKBUS=virtio|ahci|nvme
#   NIC=none|virtio|e1000    a NIC on QEMU's user network (none)
#   ICOUNT=1                 one nanosecond of guest time is one instruction
#   ICOUNT_SHIFT=N           or 2^N nanoseconds
#   HVARGS= HVEXTRA=         replace, extend the hypervisor's command line
#   KARGS=                   more for dom0's kernel; NAME=VALUE is seen by init
#   EXTRA_ARGS=              anything else for QEMU
HV=${HV:-argon} TOOLS=${TOOLS:-argon} KERNEL=${KERNEL:-6.1} MEM=${MEM:-2048}
DOM0MEM=${DOM0MEM:-1024} SMP=${SMP:-1} CPU=${CPU:-max,-smap,-erms}

add_disk() { # add_disk NUMBER FILE
	qemu+=(-drive "file=$2,format=raw,if=none,id=disk$1,cache=unsafe")
	case ${DISKBUS:-virtio} in
	virtio) qemu+=(-device "virtio-blk-pci,drive=disk$1,disable-legacy=on") ;;
	ahci) qemu+=(-device "ide-hd,drive=disk$1,bus=ahci.$1") ;;
	nvme) qemu+=(-device "nvme,drive=disk$1,serial=argon$1") ;;
	*) die "DISKBUS=$DISKBUS: virtio, ahci or nvme" ;;
	esac
}

# qemu_machine: the command in the array `qemu`, without console and monitor.
# $INITRD is dom0's initramfs, $SCRATCH the file for a scratch disk.
qemu_machine() {
	local hv=$HV vmlinuz=${VMLINUZ:-$CACHE/kernel-$KERNEL/vmlinuz} hvargs n=0 f
	local kargs="loglevel=4 panic=-1 TOOLS=$TOOLS ${KARGS:-}"
	[ "$HV" = argon ] && hv=build/argon
	[ "$HV" = xen ] && hv=$CACHE/xen/xen
	[ "$HV" = none ] || [ -e "$hv" ] || [ "${DRYRUN:-0}" = 1 ] || die "no hypervisor $hv"

	qemu=(qemu-system-x86_64 -accel tcg -m "$MEM" -smp "$SMP" -cpu "$CPU"
		-display none -no-reboot)
	[ "${ICOUNT:-0}" = 1 ] && qemu+=(-icount "shift=${ICOUNT_SHIFT:-0},sleep=off")
	[ "${DISKBUS:-}" = ahci ] && qemu+=(-device "ich9-ahci,id=ahci")
	case ${DISK:-} in
	'') ;;
	[0-9]*)
		truncate -s "$DISK" "$SCRATCH"
		add_disk 0 "$SCRATCH"
		;;
	*)
		qemu+=(-snapshot)
		add_disk 0 "$DISK"
		;;
	esac
	for f in ${DISKS:-}; do
		n=$((n + 1))
		add_disk $n "$f"
	done
	case ${NIC:-none} in
	none) qemu+=(-nic none) ;;
	virtio) qemu+=(-nic "user,model=virtio-net-pci") ;;
	e1000) qemu+=(-nic "user,model=e1000") ;;
	*) die "NIC=$NIC: none, virtio or e1000" ;;
	esac
	if [ "$HV" = none ]; then
		qemu+=(-kernel "$vmlinuz" -initrd "$INITRD" -append "console=ttyS0 $kargs")
	else
		kargs="console=hvc0 earlyprintk=xen $kargs"
		hvargs=${HVARGS:-"console=com1 com1=115200,8n1 dom0_mem=${DOM0MEM}M,max:${DOM0MEM}M loglvl=all guest_loglvl=all noreboot"}
		# Under QEMU 7.2's TCG, Xen's lazy FPU switching corrupts its guests'
		# vector registers: every other boot of systemd ends in SIGSEGV.
		[ "$HV" = xen ] && hvargs+=" spec-ctrl=eager-fpu"
		# modules are "file arguments,file": a comma in arguments is doubled
		qemu+=(-kernel "$hv" -append "$hvargs ${HVEXTRA:-}"
			-initrd "$vmlinuz ${kargs//,/,,},$INITRD")
	fi
	# shellcheck disable=SC2206
	qemu+=(${EXTRA_ARGS:-})
}
