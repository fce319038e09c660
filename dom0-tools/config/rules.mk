# SPDX-License-Identifier: MIT
# libconfig: configurations of domains, with its tests and fuzz targets.

DEBS += flex bison libyajl-dev libxml2-dev
TEST_DEBS += libcmocka-dev clang-14

LIBCONFIG := build/dom0-tools/libconfig.a
LIBCONFIG_SRC := $(addprefix dom0-tools/config/,diag.c value.c json.c schema.c place.c keys.c \
	spec.c disk.c netspec.c vdev.c nic.c channel.c cpus.c ids.c boot.c load.c dump.c \
	libxl_json.c libxl_read.c libxl_members.c man.c xml_parse.c xml_rows.c xml_read.c \
	xml_devices.c xml_write.c)
LIBCONFIG_OBJ := $(LIBCONFIG_SRC:%.c=build/%.o) build/dom0-tools/config/xlcfg.tab.o \
	build/dom0-tools/config/xlcfg.lex.o
LIBCONFIG_SAN := $(LIBCONFIG_OBJ:build/%.o=build/san/%.o)
LIBCONFIG_FUZZ := $(LIBCONFIG_OBJ:build/%.o=build/fuzz/%.o)
# System headers, as the warnings see them: libxml2's own are not all clean.
LIBCONFIG_INC := -Idom0-tools/config -Ibuild/dom0-tools/config -isystem /usr/include/libxml2
LIBCONFIG_LIBS := -lyajl -lxml2
LINT_C += $(LIBCONFIG_SRC)

build/dom0-tools/config/xlcfg.tab.c: dom0-tools/config/xlcfg.y
	$(SAY) BISON $@
	@mkdir -p $(@D)
	$(Q)bison -Wall -d -o $@ $<
build/dom0-tools/config/xlcfg.tab.h: build/dom0-tools/config/xlcfg.tab.c ;

build/dom0-tools/config/xlcfg.lex.c: dom0-tools/config/xlcfg.l \
		build/dom0-tools/config/xlcfg.tab.h
	$(SAY) FLEX $@
	@mkdir -p $(@D)
	$(Q)flex -o $@ $<

$(filter build/dom0-tools/config/xlcfg%,$(LIBCONFIG_OBJ)): build/%.o: build/%.c
	$(SAY) CC $@
	$(Q)$(CC) $(HOST_CFLAGS) $(LIBCONFIG_INC) -c -o $@ $<
$(filter-out build/dom0-tools/config/xlcfg%,$(LIBCONFIG_OBJ)): build/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) $(LIBCONFIG_INC) -c -o $@ $<
build/dom0-tools/config/xml_static.o: dom0-tools/config/xml_static.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) $(LIBCONFIG_INC) -c -o $@ $<
LINT_C += dom0-tools/config/xml_static.c
$(LIBCONFIG): $(LIBCONFIG_OBJ)
	$(SAY) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# The same objects under sanitizers, and with libFuzzer's coverage.
$(filter build/san/dom0-tools/config/xlcfg%,$(LIBCONFIG_SAN)): build/san/%.o: build/%.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) $(LIBCONFIG_INC) -c -o $@ $<
$(filter-out build/san/dom0-tools/config/xlcfg%,$(LIBCONFIG_SAN)): build/san/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) $(LIBCONFIG_INC) -c -o $@ $<

LIBCONFIG_FUZZ_CC = $(CLANG) $(SAN_CFLAGS) -fsanitize=fuzzer-no-link $(LIBCONFIG_INC)
$(filter build/fuzz/dom0-tools/config/xlcfg%,$(LIBCONFIG_FUZZ)): build/fuzz/%.o: build/%.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(LIBCONFIG_FUZZ_CC) -c -o $@ $<
$(filter-out build/fuzz/dom0-tools/config/xlcfg%,$(LIBCONFIG_FUZZ)): build/fuzz/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(LIBCONFIG_FUZZ_CC) -c -o $@ $<

# Input and expected pairs.
CONFIG_DUMP := build/tests/config/dump
$(CONFIG_DUMP): tests/config/dump.c $(LIBCONFIG_SAN)
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) $(LIBCONFIG_INC) -o $@ $< $(LIBCONFIG_SAN) $(LIBCONFIG_LIBS)
TEST_DEPS += $(CONFIG_DUMP)
TESTS_FAST += tests/config/run tests/config/libvirt/compare

# The manual's key reference against the key table.
MAN_KEYS := build/tests/config/man_keys
$(MAN_KEYS): tests/config/man_keys.c $(LIBCONFIG_SAN)
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) $(LIBCONFIG_INC) -o $@ $< $(LIBCONFIG_SAN) $(LIBCONFIG_LIBS)
TEST_DEPS += $(MAN_KEYS)
TESTS_FAST += tests/config/man

# Unit tests.
CONFIG_TESTS := $(patsubst tests/unit/config/%.c,build/tests/unit/config/%,\
	$(wildcard tests/unit/config/test_*.c))
$(CONFIG_TESTS): build/tests/unit/config/%: tests/unit/config/%.c $(LIBCONFIG_SAN)
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) $(LIBCONFIG_INC) -o $@ $< $(LIBCONFIG_SAN) $(LIBCONFIG_LIBS) \
		-lcmocka
TEST_DEPS += $(CONFIG_TESTS)
TESTS_FAST += $(CONFIG_TESTS)

# Fuzz targets; each has its corpus in tests/fuzz/NAME.corpus.
CONFIG_FUZZERS := $(patsubst tests/fuzz/%.c,build/tests/fuzz/%,$(wildcard tests/fuzz/config*.c))
$(CONFIG_FUZZERS): build/tests/fuzz/%: tests/fuzz/%.c $(LIBCONFIG_FUZZ)
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(SAN_CFLAGS) -fsanitize=fuzzer $(LIBCONFIG_INC) -o $@ $< \
		$(LIBCONFIG_FUZZ) $(LIBCONFIG_LIBS)
FUZZERS += $(CONFIG_FUZZERS)

-include $(LIBCONFIG_OBJ:.o=.d) $(LIBCONFIG_SAN:.o=.d) $(LIBCONFIG_FUZZ:.o=.d)
