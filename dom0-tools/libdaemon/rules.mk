# SPDX-License-Identifier: MIT
# libdaemon: what the daemons share: starting up, logging, the event loop.

LIBDAEMON_SRC := $(addprefix dom0-tools/libdaemon/,daemon.c devices.c identity.c log.c loop.c \
	options.c sandbox.c)
DEBS += libseccomp-dev
LIBDAEMON_OBJ := $(LIBDAEMON_SRC:%.c=build/%.o)
LIBDAEMON := build/dom0-tools/libdaemon/libdaemon.a
LINT_C += $(LIBDAEMON_SRC)

$(LIBDAEMON_OBJ): build/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -c -o $@ $<

$(LIBDAEMON): $(LIBDAEMON_OBJ)
	$(SAY) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

-include $(LIBDAEMON_OBJ:.o=.d)
