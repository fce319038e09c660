# SPDX-License-Identifier: MIT
# xenconsoled, linked statically so that the control domain's image needs no libraries for it.

CONSOLED_CORE := $(addprefix dom0-tools/consoled/,channel.c door.c guest.c history.c \
	listener.c logfile.c ring.c terminal.c wire.c)
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
	$(Q)$(CC) -static -o $@ $^ -lseccomp

tools: $(XENCONSOLED)

-include $(CONSOLED_OBJ:.o=.d)

# Tests: everything but the devices and main(), under the sanitizers. Each brings its own store.
CONSOLED_SAN_SRC := $(CONSOLED_CORE) dom0-tools/libdaemon/log.c dom0-tools/libdaemon/loop.c \
	dom0-tools/libdaemon/sandbox.c \
	$(addprefix tests/unit/consoled/,fake_guest.c world.c channel_world.c)
CONSOLED_SAN_OBJ := $(CONSOLED_SAN_SRC:%.c=build/san/consoled/%.o)
CONSOLED_TESTS := $(addprefix build/tests/unit/consoled/,test_consoled test_channel)
TESTS_FAST += $(CONSOLED_TESTS)
TESTS_LONG += tests/system/channels.sh
TEST_DEBS += libcmocka-dev
LINT_C += $(wildcard tests/unit/consoled/*.c)

$(CONSOLED_SAN_OBJ): build/san/consoled/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -c -o $@ $<

build/tests/unit/consoled/test_consoled: \
		$(filter-out %/channel.o %/channel_world.o,$(CONSOLED_SAN_OBJ))
build/tests/unit/consoled/test_channel: \
		$(filter-out %/consoled/guest.o %/consoled/world.o,$(CONSOLED_SAN_OBJ))
$(CONSOLED_TESTS): build/%: %.c
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -MF $@.d -o $@ $(filter %.c %.o,$^) -lcmocka -lseccomp

-include $(CONSOLED_SAN_OBJ:.o=.d) $(CONSOLED_TESTS:=.d)

# Its kept corpus is tests/fuzz/corpus/channel.
CONSOLED_FUZZ_SRC := $(addprefix dom0-tools/consoled/,channel.c history.c ring.c terminal.c wire.c) \
	dom0-tools/libdaemon/loop.c tests/fuzz/quiet_log.c
FUZZ_CHANNEL := build/tests/fuzz/channel
FUZZERS += $(FUZZ_CHANNEL)
LINT_C += tests/fuzz/channel.c

$(FUZZ_CHANNEL): tests/fuzz/channel.c $(CONSOLED_FUZZ_SRC)
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(filter-out -MMD -MP,$(SAN_CFLAGS)) -fsanitize=fuzzer -o $@ $^
