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
