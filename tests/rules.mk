# SPDX-License-Identifier: MIT
# System tests, and how all tests are run.

TEST_DEBS += expect
TESTS_SYSTEM += $(addprefix tests/system/,peer_debian_xen.sh dom0_boots.sh \
	debian_tools_on_argon.sh axl_on_debian_xen.sh axl_on_argon.sh)
# built before two tests ask for them at once
TEST_DEPS += $(addprefix build/image/,base.cpio xen.cpio modules-6.1.cpio busybox-6.1.cpio)

# Recursive on purpose: the other rooms add to the lists after this line.
RUN_FAST = --fast $(sort $(TESTS_FAST)) --fuzz $(sort $(FUZZERS))
EXPORT_TEST = $(foreach v,ONLY FAST_JOBS SYSTEM_JOBS FUZZ_SECONDS,\
	$(if $($v),$v='$($v)'))
