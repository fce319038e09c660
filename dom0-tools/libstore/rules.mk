# SPDX-License-Identifier: MIT
# libstore: the xenstore client.

LIBSTORE_SRC := $(addprefix dom0-tools/libstore/,talk.c nodes.c events.c domains.c)
LIBSTORE_OBJ := $(LIBSTORE_SRC:%.c=build/%.o)
LIBSTORE := build/dom0-tools/libstore/libstore.a
LINT_C += $(LIBSTORE_SRC)

$(LIBSTORE_OBJ): build/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -c -o $@ $<

$(LIBSTORE): $(LIBSTORE_OBJ)
	$(SAY) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

-include $(LIBSTORE_OBJ:.o=.d)
