# SPDX-License-Identifier: MIT
# axl: the command. Linked statically, so that it runs in any control domain, also a bare one.

AXL_SRC := $(sort $(wildcard dom0-tools/axl/*.c dom0-tools/axl/verbs/*.c dom0-tools/axl/doctor/*.c))
# not build/dom0-tools/axl/: that is the program
AXL_OBJ := $(AXL_SRC:dom0-tools/axl/%.c=build/dom0-tools/axl.obj/%.o)
AXL := build/dom0-tools/axl
# By path: the rooms that define these names come later in the alphabet. Callers before callees.
AXL_ARCHIVES := build/dom0-tools/libdevices.a build/dom0-tools/libconfig.a \
	build/dom0-tools/config/xml_static.o \
	$(addprefix build/dom0-tools/,stream/libstream.a libdaemon/libdaemon.a libbuild/libbuild.a libstore/libstore.a libctl/libctl.a)
AXL_LIBS := -llzma -lzstd -lxxhash -llz4 -lz -lyajl_s -lxml2 -lz -llzma -lnl-route-3 -lnl-3 -lncurses -ltinfo \
	-lm -lpthread
AXL_VERSION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
LINT_C += $(AXL_SRC)
DEBS += libyajl-dev libncurses-dev
tools: $(AXL)

$(AXL_OBJ): build/dom0-tools/axl.obj/%.o: dom0-tools/axl/%.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -c -o $@ $<
build/dom0-tools/axl.obj/verbs/host.o: HOST_CFLAGS += -DAXL_VERSION='"$(AXL_VERSION)"'

$(AXL): $(AXL_OBJ) $(AXL_ARCHIVES)
	$(SAY) LD $@
	$(Q)$(CC) -static -Wl,--no-warnings -o $@ $^ $(AXL_LIBS)

-include $(AXL_OBJ:.o=.d)

# Tests: everything but main() under the sanitizers, on a hypervisor and a xenstore that the tests
# play; the configuration library is the real one.
AXL_TEST := build/tests/unit/axl
AXL_SAN_SRC := $(filter-out %/main.c,$(AXL_SRC)) dom0-tools/libctl/error.c \
	$(addprefix dom0-tools/libdaemon/,daemon.c log.c) \
	$(wildcard tests/unit/axl/fake*.c)
AXL_SAN_OBJ := $(AXL_SAN_SRC:%.c=build/san/axl/%.o)
# The folders where tests keep what runs keep.
AXL_STATE := -DUSERDATA_DIR='"$(AXL_TEST)/state"' -DJOURNAL_DIR='"$(AXL_TEST)/journal"' \
	-DUNFINISHED_DIR='"$(AXL_TEST)/unfinished"' -DDOCTOR_ROOT='"$(AXL_TEST)/root"'
AXL_TESTS := $(patsubst tests/unit/axl/%.c,$(AXL_TEST)/%,$(wildcard tests/unit/axl/test_*.c))
AXL_TOP_WORLD := $(AXL_TEST)/top_world
TESTS_FAST += $(AXL_TESTS) tests/unit/axl/test_completion.sh tests/unit/axl/test_top_screen.sh \
	tests/unit/axl/test_options.sh
TEST_DEPS += $(AXL)
TEST_DEPS += $(AXL_TOP_WORLD)
TEST_DEBS += libcmocka-dev tmux
LINT_C += $(wildcard tests/unit/axl/*.c)

$(AXL_SAN_OBJ): build/san/axl/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) $(AXL_STATE) -c -o $@ $<

# The archive's members are not instrumented, but its callers are.
$(AXL_TESTS) $(AXL_TOP_WORLD): $(AXL_TEST)/%: tests/unit/axl/%.c $(AXL_SAN_OBJ) build/dom0-tools/libconfig.a
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) $(AXL_STATE) -MF $@.d -o $@ $< $(AXL_SAN_OBJ) \
		build/dom0-tools/libconfig.a -lyajl -lxml2 -lncurses -ltinfo -lcmocka

-include $(AXL_SAN_OBJ:.o=.d) $(AXL_TESTS:=.d) $(AXL_TOP_WORLD).d

# Its kept corpus is tests/fuzz/corpus/journal.
AXL_FUZZ := build/tests/fuzz/journal
AXL_FUZZ_SRC := dom0-tools/axl/journal_read.c dom0-tools/axl/journal_print.c dom0-tools/libctl/error.c
FUZZERS += $(AXL_FUZZ)
LINT_C += tests/fuzz/journal.c

$(AXL_FUZZ): tests/fuzz/journal.c $(AXL_FUZZ_SRC) dom0-tools/axl/journal.h
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(filter-out -MMD -MP,$(SAN_CFLAGS)) -DJOURNAL_DIR='"$(AXL_FUZZ).dir"' \
		-fsanitize=fuzzer -o $@ tests/fuzz/journal.c $(AXL_FUZZ_SRC) -lyajl

# Its kept corpus is tests/fuzz/corpus/bootcfg.
BOOTCFG_FUZZ := build/tests/fuzz/bootcfg
BOOTCFG_FUZZ_SRC := $(addprefix dom0-tools/axl/doctor/,bootcfg.c bootcfg_find.c)
FUZZERS += $(BOOTCFG_FUZZ)
LINT_C += tests/fuzz/bootcfg.c

$(BOOTCFG_FUZZ): tests/fuzz/bootcfg.c $(BOOTCFG_FUZZ_SRC) dom0-tools/axl/doctor/bootcfg.h
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(filter-out -MMD -MP,$(SAN_CFLAGS)) -fsanitize=fuzzer -o $@ \
		tests/fuzz/bootcfg.c $(BOOTCFG_FUZZ_SRC)

# For the system tests.
STOREDUMP := $(AXL_TEST)/storedump
TEST_DEPS += $(STOREDUMP)
TESTS_SYSTEM += tests/system/axl_verbs.sh tests/system/axl_resources.sh
TESTS_LONG += tests/system/axl_verbs_on_debian_xen.sh tests/system/xl_and_axl.sh \
	tests/system/ocf_agent.sh tests/system/axl_why.sh tests/system/admin_guide.sh tests/system/newcomer.sh \
	tests/system/axl_check.sh tests/system/libvirt_xml.sh
TESTS_FAST += tests/unit/axl/test_errors.sh tests/unit/axl/test_units.sh

$(STOREDUMP): tests/unit/axl/storedump.c build/dom0-tools/libstore/libstore.a
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -MF $@.d -static -o $@ $^

-include $(STOREDUMP).d
