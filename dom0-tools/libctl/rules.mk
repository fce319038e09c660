# SPDX-License-Identifier: MIT
# libctl: hypercalls, mappings, event channels and grants for everything else in dom0-tools.

LIBCTL_SRC := $(sort $(wildcard dom0-tools/libctl/*.c))
LIBCTL_OBJ := $(LIBCTL_SRC:%.c=build/%.o)
LIBCTL := build/dom0-tools/libctl/libctl.a
LINT_C += $(LIBCTL_SRC)

$(LIBCTL_OBJ): build/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -c -o $@ $<

$(LIBCTL): $(LIBCTL_OBJ)
	$(SAY) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

-include $(LIBCTL_OBJ:.o=.d)

# Tests: the calls under the sanitizers, privcmd a fake.
LIBCTL_TEST := build/tests/unit/libctl/test_ctl
TESTS_FAST += $(LIBCTL_TEST)
TEST_DEBS += libcmocka-dev
LINT_C += tests/unit/libctl/test_ctl.c

$(LIBCTL_TEST): tests/unit/libctl/test_ctl.c $(LIBCTL_SRC)
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -MF $@.d -Wl,--wrap=open,--wrap=ioctl -o $@ $^ -lcmocka
