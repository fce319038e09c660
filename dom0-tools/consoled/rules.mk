# SPDX-License-Identifier: MIT
# xenconsoled, linked statically so that the control domain's image needs no libraries for it.

CONSOLED_CORE := $(addprefix dom0-tools/consoled/,guest.c history.c logfile.c ring.c terminal.c)
CONSOLED_SRC := $(CONSOLED_CORE) $(addprefix dom0-tools/consoled/,machine.c main.c)
CONSOLED_OBJ := $(CONSOLED_SRC:%.c=build/%.o)
XENCONSOLED := build/dom0-tools/xenconsoled
LINT_C += $(CONSOLED_SRC)

$(CONSOLED_OBJ): build/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -c -o $@ $<

$(XENCONSOLED): $(CONSOLED_OBJ) build/dom0-tools/libdaemon/libdaemon.a \
		build/dom0-tools/libstore/libstore.a build/dom0-tools/libctl/libctl.a
	$(SAY) LD $@
	$(Q)$(CC) -static -o $@ $^

tools: $(XENCONSOLED)

-include $(CONSOLED_OBJ:.o=.d)
