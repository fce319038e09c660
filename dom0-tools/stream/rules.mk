# SPDX-License-Identifier: MIT
# libstream: a suspended domain in a file, and out of it.

LIBSTREAM_SRC := $(sort $(wildcard dom0-tools/stream/*.c))
LIBSTREAM_OBJ := $(LIBSTREAM_SRC:%.c=build/%.o)
LIBSTREAM := build/dom0-tools/stream/libstream.a
LINT_C += $(LIBSTREAM_SRC)
DEBS += libzstd-dev libxxhash-dev

$(LIBSTREAM_OBJ): build/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -c -o $@ $<
build/dom0-tools/stream/sum_avx2.o: HOST_CFLAGS += -mavx2

$(LIBSTREAM): $(LIBSTREAM_OBJ)
	$(SAY) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

tools: $(LIBSTREAM)
-include $(LIBSTREAM_OBJ:.o=.d)

# Tests: the library under the sanitizers, on a machine of real memory that the tests play.
STREAM_TEST := build/tests/unit/stream/test_stream
STREAM_TEST_SRC := $(LIBSTREAM_SRC) dom0-tools/libctl/error.c dom0-tools/libctl/grants.c tests/unit/stream/machine.c
STREAM_SAN_OBJ := $(STREAM_TEST_SRC:%.c=build/san/stream/%.o)
TESTS_FAST += $(STREAM_TEST)
TEST_DEBS += libcmocka-dev clang-14
LINT_C += $(wildcard tests/unit/stream/*.c)

build/san/stream/dom0-tools/stream/sum_avx2.o: SAN_CFLAGS += -mavx2
$(STREAM_SAN_OBJ): build/san/stream/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -c -o $@ $<

$(STREAM_TEST): tests/unit/stream/test_stream.c $(STREAM_SAN_OBJ)
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -MF $@.d -o $@ $< $(STREAM_SAN_OBJ) -lcmocka -lzstd -lxxhash

# Its kept corpus is tests/fuzz/corpus/save_stream.
STREAM_FUZZ := build/tests/fuzz/save_stream
STREAM_FUZZ_OBJ := $(STREAM_TEST_SRC:%.c=build/fuzz-obj/stream/%.o)
FUZZERS += $(STREAM_FUZZ)
LINT_C += tests/fuzz/save_stream.c

$(STREAM_FUZZ_OBJ): build/fuzz-obj/stream/%.o: %.c
	$(SAY) CLANG $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(SAN_CFLAGS) -fsanitize=fuzzer-no-link -c -o $@ $<

$(STREAM_FUZZ): tests/fuzz/save_stream.c $(STREAM_FUZZ_OBJ) $(LIBCONFIG_FUZZ)
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(SAN_CFLAGS) -fsanitize=fuzzer -MF $@.d -o $@ $< $(STREAM_FUZZ_OBJ) \
		$(LIBCONFIG_FUZZ) -lyajl -lxml2 -lzstd -lxxhash

-include $(STREAM_SAN_OBJ:.o=.d) $(STREAM_FUZZ_OBJ:.o=.d) $(STREAM_TEST).d $(STREAM_FUZZ).d
