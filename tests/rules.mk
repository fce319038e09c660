# SPDX-License-Identifier: MIT
# System tests, and how all tests are run.

TEST_DEBS += expect
TESTS_SYSTEM += $(addprefix tests/system/,peer_debian_xen.sh dom0_boots.sh \
	debian_tools_on_argon.sh axl_on_debian_xen.sh axl_on_argon.sh make_run.sh \
	dom0_hardware.sh rounds.sh bad_input.sh guest_dies.sh)
TESTS_LONG += $(addprefix tests/system/,debian_rounds.sh grub_boots.sh make_run_612.sh make_run_3.sh \
	rounds_on_debian_xen.sh bad_input_on_debian_xen.sh guest_dies_on_debian_xen.sh)
LONG_DEBS += grub-pc-bin grub-efi-amd64-bin grub-common xorriso mtools
# built before two tests ask for them at once
TEST_DEPS += hypervisor tools guests $(addprefix build/image/,base.cpio xen.cpio modules-6.1.cpio busybox-6.1.cpio) \
	$(ARGON_CACHE)/debian-6.1
LONG_DEPS += build/image/modules-6.12.cpio build/image/busybox-6.12.cpio $(ARGON_CACHE)/debian-6.12

# Recursive on purpose: other rooms add to the lists after this line.
RUN_TESTS = $(foreach v,ONLY FAST_JOBS SYSTEM_JOBS FUZZ_SECONDS,$(if $($v),$v='$($v)')) \
	tests/run --fast $(sort $(TESTS_FAST)) --fuzz $(sort $(FUZZERS))

##
## make test takes: ONLY=text (tests whose name contains it), FAST_JOBS=2,
##   SYSTEM_JOBS=2 (QEMUs at a time), FUZZ_SECONDS=15 (each fuzzer)

# axl and xl take over each other's saved guests.
TESTS_SYSTEM += tests/system/save_restore.sh
TESTS_LONG += tests/system/save_restore_on_debian_xen.sh tests/system/cross_restore.sh

# Saved domains that are torn or bent (Debian's reader of them is Python); dom0 with systemd.
TESTS_LONG += tests/system/bad_saves.sh tests/system/systemd_dom0.sh tests/system/libvirt.sh
TESTS_LONG += $(addprefix tests/system/,debian_verbs_on_argon.sh our_daemons_debian_xl_on_argon.sh)
LONG_DEPS += dom0-systemd-image dom0-libvirt-image
LONG_DEBS += python3

# Shares, caps and pools by Debian's xl; attackers take no more than theirs.
TESTS_SYSTEM += tests/system/sched_on_argon.sh

# vCPUs that come and go, guests of many, whom their flushes interrupt.
TESTS_LONG += $(addprefix tests/system/,smp_guests.sh tlb_flushes.sh x2apic.sh)

# Clocks, stolen time and pauses of guests.
TESTS_LONG += $(addprefix tests/system/,guest_time.sh guest_time_on_debian_xen.sh xl_resources.sh)
