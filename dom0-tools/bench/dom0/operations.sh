# SPDX-License-Identifier: MIT
# shellcheck shell=busybox
# In dom0, or natively: what the workload measures here, then the same in a PV guest.
# The lines of a stream carry its number: 0 here, 1 the guest.
W=/x/workload
say "CLOCK $($W clock)"
stream() {
	sed "s/^/@@ $1 /"
}

modprobe brd rd_nr=1 rd_size=32768
$W calibrate | stream 0
$W cpu | stream 0
[ "$HYPERVISOR" = xen ] && $W hyp | stream 0
$W blk /dev/ram0 | stream 0
$W serve &
$W net 127.0.0.1 | stream 0

guest() {
	if ! toolstack_up || ! backends_up; then
		say "1 BENCH-SKIP guest the toolstack does not start"
		return
	fi
	say "MEMORY $($W memory)"
	cat /guest/initrd.gz /x/guest.cpio.gz > /tmp/initrd.gz
	cat > /tmp/bench.cfg <<-END
	name = "bench"
	type = "pv"
	memory = 256
	vcpus = 1
	tsc_mode = "native"
	kernel = "/guest/vmlinux"
	ramdisk = "/tmp/initrd.gz"
	extra = "console=hvc0 loglevel=4 panic=-1"
	disk = [ 'phy:/dev/ram0,xvda,w' ]
	vif = [ 'bridge=xenbr0' ]
	on_crash = "destroy"
	END
	if ! $TOOL create /tmp/bench.cfg > /tmp/create.log 2>&1; then
		say "1 BENCH-SKIP guest $TOOL create: $(tail -1 /tmp/create.log)"
		return
	fi
	wait_console bench BENCH-DONE 1500 || say "1 BENCH-SKIP guest it did not finish"
	tr -d '\r' < "$(console_log bench)" | stream 1
	$TOOL destroy bench
}
[ "$TOOLS" = debian ] && TOOL=xl || TOOL=axl
[ "$HYPERVISOR" = xen ] && guest
