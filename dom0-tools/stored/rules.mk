# SPDX-License-Identifier: MIT
# xenstored, linked statically so that the control domain's image needs no libraries for it.

STORED_CORE := $(addprefix dom0-tools/stored/,access.c bytes.c commit.c connection.c control.c \
	domain.c dump.c load.c names.c node.c path.c perms.c permstate.c quota.c ring.c stored.c \
	transaction.c txstate.c view.c watch.c wire.c)
STORED_SRC := $(STORED_CORE) $(addprefix dom0-tools/stored/,listen.c machine.c main.c update.c)
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
	$(Q)$(CC) -static -o $@ $^ -lseccomp

tools: $(XENSTORED)

-include $(STORED_OBJ:.o=.d)

# Tests: the core, without sockets and devices, under the sanitizers.
STORED_TEST := build/tests/unit/stored
STORED_SAN_SRC := $(STORED_CORE) $(LIBSTORE_SRC) dom0-tools/libdaemon/log.c tests/unit/stored/fake.c
STORED_SAN_OBJ := $(STORED_SAN_SRC:%.c=build/san/stored/%.o)
STORED_TESTS := $(patsubst tests/unit/stored/%.c,$(STORED_TEST)/%,\
	$(filter-out %_sandbox.c,$(wildcard tests/unit/stored/test_*.c)))
STORECTL := $(STORED_TEST)/storectl
TESTS_FAST += $(STORED_TESTS)
TEST_DEPS += $(STORECTL)
TESTS_SYSTEM += tests/system/our_daemons_debian_xl.sh
TESTS_LONG += tests/system/live_update.sh
TEST_DEBS += libcmocka-dev
LINT_C += $(wildcard tests/unit/stored/*.c)

$(STORED_SAN_OBJ): build/san/stored/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -c -o $@ $<

# One of them starts the daemon itself.
$(STORED_TESTS): $(STORED_TEST)/%: tests/unit/stored/%.c $(STORED_SAN_OBJ) | $(XENSTORED)
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -MF $@.d -o $@ $< $(STORED_SAN_OBJ) -lcmocka

# This one needs none of that, and starts a daemon.
SANDBOX_TEST := $(STORED_TEST)/test_sandbox
TESTS_FAST += $(SANDBOX_TEST)

$(SANDBOX_TEST): tests/unit/stored/test_sandbox.c dom0-tools/libdaemon/sandbox.c \
		dom0-tools/libdaemon/log.c | $(XENSTORED)
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -MF $@.d -o $@ $^ -lcmocka -lseccomp

# A load to measure any xenstored with: docs/benchmarks.md.
STORELOAD := $(STORED_TEST)/storeload
TEST_DEPS += $(STORELOAD)

$(STORECTL) $(STORELOAD): $(STORED_TEST)/%: tests/unit/stored/%.c build/dom0-tools/libstore/libstore.a
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -MF $@.d -static -o $@ $^

# Its kept corpus is tests/fuzz/corpus/xenstore.
STORED_FUZZ_OBJ := $(STORED_CORE:%.c=build/fuzz-obj/%.o) build/fuzz-obj/tests/fuzz/quiet_log.o
FUZZ_XENSTORE := build/tests/fuzz/xenstore
FUZZ_XENSTORE_STATE := build/tests/fuzz/xenstore_state
FUZZERS += $(FUZZ_XENSTORE) $(FUZZ_XENSTORE_STATE)
TEST_DEBS += clang-14
LINT_C += tests/fuzz/xenstore.c tests/fuzz/xenstore_state.c tests/fuzz/quiet_log.c

$(STORED_FUZZ_OBJ): build/fuzz-obj/%.o: %.c
	$(SAY) CLANG $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(SAN_CFLAGS) -fsanitize=fuzzer-no-link -c -o $@ $<

$(FUZZ_XENSTORE) $(FUZZ_XENSTORE_STATE): build/tests/fuzz/%: tests/fuzz/%.c $(STORED_FUZZ_OBJ)
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(SAN_CFLAGS) -fsanitize=fuzzer -MF $@.d -o $@ $< $(STORED_FUZZ_OBJ)

-include $(STORED_FUZZ_OBJ:.o=.d) $(FUZZ_XENSTORE).d $(FUZZ_XENSTORE_STATE).d
-include $(STORED_SAN_OBJ:.o=.d) $(STORED_TESTS:=.d) $(SANDBOX_TEST).d $(STORECTL).d $(STORELOAD).d
