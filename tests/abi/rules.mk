# SPDX-License-Identifier: MIT
# Our ABI headers against Debian's.

TEST_DEBS += libxen-dev binutils libcmocka-dev

ABI_OUT := build/tests/abi
ABI_OBJ := $(addprefix $(ABI_OUT)/,ours.o debian.o compare.o)

TESTS_FAST += $(ABI_OUT)/test_abi $(ABI_OUT)/test_ring tests/abi/names_complete.sh tests/abi/headers_alone.sh

# Both come out of one run, hence the stamp.
$(ABI_OUT)/list.stamp: tests/abi/make_list tests/abi/names.awk tests/abi/list.awk \
		tests/abi/differences $(shell find include/xen)
	$(SAY) GEN $(ABI_OUT)/list.def
	$(Q)tests/abi/make_list $(ABI_OUT)
	$(Q)touch $@

$(ABI_OUT)/ours.o $(ABI_OUT)/debian.o: $(ABI_OUT)/list.stamp
$(ABI_OUT)/list.def $(ABI_OUT)/our_headers.h: $(ABI_OUT)/list.stamp ;

$(ABI_OUT)/ours.o $(ABI_OUT)/compare.o: $(ABI_OUT)/%.o: tests/abi/%.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -I$(ABI_OUT) -c -o $@ $<

# Without -Iinclude: <xen/...> must be Debian's.
$(ABI_OUT)/debian.o: tests/abi/debian.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -Iinclude,$(HOST_CFLAGS)) -I$(ABI_OUT) -c -o $@ $<

$(ABI_OUT)/test_abi: $(ABI_OBJ)
	$(SAY) LD $@
	$(Q)$(CC) -o $@ $^

# Our ring helpers and a peer made of Debian's macros.
$(ABI_OUT)/ring.o: tests/abi/ring.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -c -o $@ $<
# Debian's macros index an array of one entry, which the sanitizer takes at its word.
$(ABI_OUT)/ring_peer.o: tests/abi/ring_peer.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -Iinclude,$(SAN_CFLAGS)) -fno-sanitize=bounds -c -o $@ $<
$(ABI_OUT)/test_ring: $(ABI_OUT)/ring.o $(ABI_OUT)/ring_peer.o
	$(SAY) LD $@
	$(Q)$(CC) $(SAN_CFLAGS) -o $@ $^ -lcmocka

LINT_C += tests/abi/compare.c tests/abi/ring.c

-include $(ABI_OBJ:.o=.d) $(ABI_OUT)/ring.d $(ABI_OUT)/ring_peer.d
