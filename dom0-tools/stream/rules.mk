# SPDX-License-Identifier: MIT
# libstream: a suspended domain in a file, and out of it.

LIBSTREAM_SRC := $(sort $(wildcard dom0-tools/stream/*.c))
LIBSTREAM_OBJ := $(LIBSTREAM_SRC:%.c=build/%.o)
LIBSTREAM := build/dom0-tools/stream/libstream.a
LINT_C += $(LIBSTREAM_SRC)

$(LIBSTREAM_OBJ): build/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -c -o $@ $<

$(LIBSTREAM): $(LIBSTREAM_OBJ)
	$(SAY) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

tools: $(LIBSTREAM)
-include $(LIBSTREAM_OBJ:.o=.d)
