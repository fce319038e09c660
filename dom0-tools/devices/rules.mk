# SPDX-License-Identifier: MIT
# libdevices: disks and network interfaces of domains. Needs libconfig, libstore, libctl.

DEBS += libnl-3-dev libnl-route-3-dev
TEST_DEBS += libcmocka-dev

LIBDEVICES := build/dom0-tools/libdevices.a
LIBDEVICES_SRC := $(addprefix dom0-tools/devices/,device.c sysfs.c clock.c wait.c loop.c target.c \
	target_check.c host.c lock.c link.c nft.c nft_batch.c vlan.c route.c ovs.c program.c nbd.c \
	vbd.c vbd_backing.c vif.c vif_way.c channel.c attach.c detach.c list.c change.c resize.c elsewhere.c serve.c serve_device.c)
LIBDEVICES_OBJ := $(LIBDEVICES_SRC:%.c=build/%.o)
LIBDEVICES_INC := -I/usr/include/libnl3
LIBDEVICES_LIBS := -lnl-route-3 -lnl-3 -lm -lpthread
LINT_C += $(LIBDEVICES_SRC)

$(LIBDEVICES_OBJ): build/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) $(LIBDEVICES_INC) -c -o $@ $<
$(LIBDEVICES): $(LIBDEVICES_OBJ)
	$(SAY) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# Unit tests: the real code on a store, a kernel and a network that a test plays.
DEVICES_SAN_SRC := $(filter-out %/sysfs.c %/loop.c %/lock.c %/link.c %/nft.c %/nft_batch.c %/vlan.c \
	%/route.c %/nbd.c,$(LIBDEVICES_SRC)) \
	dom0-tools/libctl/error.c $(wildcard tests/unit/devices/fake_*.c) \
	tests/unit/devices/world.c
DEVICES_SAN := $(DEVICES_SAN_SRC:%.c=build/san/devices/%.o)
$(DEVICES_SAN): build/san/devices/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -Idom0-tools -c -o $@ $<
DEVICES_TESTS := $(patsubst tests/unit/devices/%.c,build/tests/unit/devices/%,\
	$(wildcard tests/unit/devices/test_*.c))
$(DEVICES_TESTS): build/tests/unit/devices/%: tests/unit/devices/%.c $(DEVICES_SAN) \
		$(LIBCONFIG_SAN)
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -Idom0-tools -o $@ $< $(DEVICES_SAN) $(LIBCONFIG_SAN) \
		$(LIBCONFIG_LIBS) -lcmocka
TEST_DEPS += $(DEVICES_TESTS)
TESTS_FAST += $(DEVICES_TESTS)

# What a driver domain makes of its nodes, on the same store and kernel.
DEVD_FUZZ := build/tests/fuzz/devd
DEVD_FUZZ_SRC := $(addprefix dom0-tools/devices/,device.c clock.c wait.c vbd.c vbd_backing.c \
	vif.c vif_way.c detach.c elsewhere.c serve.c serve_device.c) dom0-tools/libctl/error.c $(wildcard tests/unit/devices/fake_*.c)
FUZZERS += $(DEVD_FUZZ)
LINT_C += tests/fuzz/devd.c

$(DEVD_FUZZ): tests/fuzz/devd.c $(DEVD_FUZZ_SRC) $(LIBCONFIG_FUZZ)
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(filter-out -MMD -MP,$(SAN_CFLAGS)) -Idom0-tools -Itests/unit/devices \
		-fsanitize=fuzzer -o $@ tests/fuzz/devd.c $(DEVD_FUZZ_SRC) $(LIBCONFIG_FUZZ) \
		$(LIBCONFIG_LIBS)

# A command for the system tests, static so that it runs in any dom0.
DEVTOOL := build/tests/unit/devices/devtool
$(DEVTOOL): tests/unit/devices/devtool.c $(LIBDEVICES) $(LIBCONFIG) \
		build/dom0-tools/libstore/libstore.a build/dom0-tools/libctl/error.o \
		build/dom0-tools/config/xml_static.o
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -Idom0-tools -static -Wl,--no-warnings -o $@ $< $(filter %.a %.o,$^) \
		$(LIBDEVICES_LIBS) -lyajl_s -lxml2 -lz -llzma -lm
TEST_DEPS += $(DEVTOOL)
TESTS_SYSTEM += tests/system/devices_on_debian_xen.sh
TESTS_LONG += $(addprefix tests/system/devices_,networks.sh both_tools.sh killed.sh switch.sh images.sh daemons.sh) \
	tests/system/driver_domain.sh

# What a guest of theirs sends.
FRAMES := build/tests/system/frames
$(FRAMES): tests/system/frames.c
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -MF $@.d -static -o $@ $<
LINT_C += tests/system/frames.c
TEST_DEPS += $(FRAMES)
TEST_DEBS += qemu-utils strace

-include $(LIBDEVICES_OBJ:.o=.d) $(DEVICES_SAN:.o=.d) $(FRAMES).d
