# SPDX-License-Identifier: MIT
# libbuild: from a kernel file to a built PV guest.

LIBBUILD_SRC := $(sort $(wildcard dom0-tools/libbuild/*.c))
LIBBUILD_OBJ := $(LIBBUILD_SRC:%.c=build/%.o)
LIBBUILD := build/dom0-tools/libbuild/libbuild.a
LIBBUILD_LIBS := -llzma -lzstd -llz4 -lz -lmd
LINT_C += $(LIBBUILD_SRC)
DEBS += liblzma-dev libzstd-dev liblz4-dev zlib1g-dev libmd-dev

$(LIBBUILD_OBJ): build/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -c -o $@ $<

$(LIBBUILD): $(LIBBUILD_OBJ)
	$(SAY) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

-include $(LIBBUILD_OBJ:.o=.d)
