# SPDX-License-Identifier: MIT
# libdevices: disks and network interfaces of domains. Needs libconfig, libstore, libctl.

DEBS += libnl-3-dev libnl-route-3-dev
TEST_DEBS += libcmocka-dev

LIBDEVICES := build/dom0-tools/libdevices.a
LIBDEVICES_SRC := $(addprefix dom0-tools/devices/,device.c sysfs.c wait.c loop.c target.c host.c \
	link.c vbd.c vif.c attach.c detach.c list.c)
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

# A command for the system tests, static so that it runs in any dom0.
DEVTOOL := build/tests/unit/devices/devtool
$(DEVTOOL): tests/unit/devices/devtool.c $(LIBDEVICES) $(LIBCONFIG) \
		build/dom0-tools/libstore/libstore.a build/dom0-tools/libctl/error.o
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -Idom0-tools -static -o $@ $< $(filter %.a %.o,$^) \
		$(LIBDEVICES_LIBS) -lyajl_s

-include $(LIBDEVICES_OBJ:.o=.d)
