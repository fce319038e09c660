# SPDX-License-Identifier: MIT
# libbuild: from a kernel file to a built PV guest.

LIBBUILD_SRC := $(sort $(wildcard dom0-tools/libbuild/*.c))
LIBBUILD_OBJ := $(LIBBUILD_SRC:%.c=build/%.o)
LIBBUILD := build/dom0-tools/libbuild/libbuild.a
LIBBUILD_LIBS := -llzma -lzstd -llz4 -lz
LINT_C += $(LIBBUILD_SRC)
DEBS += liblzma-dev libzstd-dev liblz4-dev zlib1g-dev

$(LIBBUILD_OBJ): build/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -c -o $@ $<

$(LIBBUILD): $(LIBBUILD_OBJ)
	$(SAY) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

-include $(LIBBUILD_OBJ:.o=.d)

# Tests: the library under the sanitizers, files and memory real, the hypervisor a fake.
LIBBUILD_TEST := build/tests/unit/libbuild
LIBBUILD_SAN_SRC := $(LIBBUILD_SRC) $(addprefix dom0-tools/libctl/,ctl.c domctl.c error.c \
	foreign.c grants.c memory.c) tests/unit/libbuild/image.c tests/unit/libbuild/fake_machine.c
LIBBUILD_SAN_OBJ := $(LIBBUILD_SAN_SRC:%.c=build/san/libbuild/%.o)
LIBBUILD_TESTS := $(patsubst tests/unit/libbuild/%.c,$(LIBBUILD_TEST)/%,\
	$(wildcard tests/unit/libbuild/test_*.c))
TESTS_FAST += $(LIBBUILD_TESTS)
TEST_DEBS += libcmocka-dev
LINT_C += $(wildcard tests/unit/libbuild/*.c)

$(LIBBUILD_SAN_OBJ): build/san/libbuild/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -c -o $@ $<

$(LIBBUILD_TEST)/test_build: LIBBUILD_WRAP := -Wl,--wrap=open,--wrap=ioctl
$(LIBBUILD_TEST)/test_cache: LIBBUILD_WRAP := -Wl,--wrap=clock_gettime,--wrap=unpack,--wrap=unpack_to_file
$(LIBBUILD_TESTS): $(LIBBUILD_TEST)/%: tests/unit/libbuild/%.c $(LIBBUILD_SAN_OBJ)
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -MF $@.d $(LIBBUILD_WRAP) -o $@ $< \
		$(if $(findstring ioctl,$(LIBBUILD_WRAP)),$(LIBBUILD_SAN_OBJ),\
		$(filter-out %/fake_machine.o,$(LIBBUILD_SAN_OBJ))) $(LIBBUILD_LIBS) -lcmocka

# Its kept corpus is tests/fuzz/corpus/kernel_image.
LIBBUILD_FUZZ_OBJ := $(addprefix build/fuzz-obj/libbuild/dom0-tools/,\
	$(addprefix libbuild/,blob.o bzimage.o cache.o elf.o kernel.o layout.o unpack.o) \
	libctl/error.o)
FUZZ_KERNEL_IMAGE := build/tests/fuzz/kernel_image
FUZZERS += $(FUZZ_KERNEL_IMAGE)
TEST_DEBS += clang-14
LINT_C += tests/fuzz/kernel_image.c

$(LIBBUILD_FUZZ_OBJ): build/fuzz-obj/libbuild/%.o: %.c
	$(SAY) CLANG $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(SAN_CFLAGS) -fsanitize=fuzzer-no-link -c -o $@ $<

$(FUZZ_KERNEL_IMAGE): tests/fuzz/kernel_image.c $(LIBBUILD_FUZZ_OBJ)
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(SAN_CFLAGS) -fsanitize=fuzzer -MF $@.d -o $@ $< $(LIBBUILD_FUZZ_OBJ) \
		$(LIBBUILD_LIBS)

-include $(LIBBUILD_SAN_OBJ:.o=.d) $(LIBBUILD_TESTS:=.d) $(LIBBUILD_FUZZ_OBJ:.o=.d)
-include $(FUZZ_KERNEL_IMAGE).d
