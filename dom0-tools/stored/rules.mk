# SPDX-License-Identifier: MIT
# xenstored, linked statically so that the control domain's image needs no libraries for it.

STORED_CORE := $(addprefix dom0-tools/stored/,access.c commit.c connection.c control.c domain.c \
	names.c node.c path.c perms.c quota.c ring.c stored.c transaction.c view.c watch.c wire.c)
STORED_SRC := $(STORED_CORE) $(addprefix dom0-tools/stored/,listen.c machine.c main.c)
STORED_OBJ := $(STORED_SRC:%.c=build/%.o)
XENSTORED := build/dom0-tools/xenstored
LINT_C += $(STORED_SRC)

$(STORED_OBJ): build/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -c -o $@ $<

$(XENSTORED): $(STORED_OBJ) build/dom0-tools/libdaemon/libdaemon.a \
		build/dom0-tools/libctl/libctl.a
	$(SAY) LD $@
	$(Q)$(CC) -static -o $@ $^

tools: $(XENSTORED)

-include $(STORED_OBJ:.o=.d)
