# SPDX-License-Identifier: MIT
# argon-balancer, linked statically like the other daemons.

BALANCER_SRC := $(addprefix dom0-tools/balancer/,policy.c guests.c main.c)
BALANCER_OBJ := $(BALANCER_SRC:%.c=build/%.o)
BALANCER := build/dom0-tools/argon-balancer
LINT_C += $(BALANCER_SRC)

$(BALANCER_OBJ): build/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -c -o $@ $<

$(BALANCER): $(BALANCER_OBJ) build/dom0-tools/libdaemon/libdaemon.a \
		build/dom0-tools/libstore/libstore.a build/dom0-tools/libctl/libctl.a
	$(SAY) LD $@
	$(Q)$(CC) -static -o $@ $^ -lseccomp

tools: $(BALANCER)

-include $(BALANCER_OBJ:.o=.d)

# The policy under the sanitizers.
BALANCER_TEST := build/tests/unit/balancer/test_policy
TESTS_FAST += $(BALANCER_TEST)
TEST_DEBS += libcmocka-dev
LINT_C += tests/unit/balancer/test_policy.c

$(BALANCER_TEST): tests/unit/balancer/test_policy.c dom0-tools/balancer/policy.c
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(SAN_CFLAGS) -MF $@.d -o $@ $^ -lcmocka

-include $(BALANCER_TEST).d

# System tests of memory, and a builder that stops in the middle.
CLAIMER := build/tests/system/claimer
TEST_DEPS += $(CLAIMER)
LINT_C += tests/system/claimer.c
TESTS_LONG += tests/system/memory_on_argon.sh tests/system/memory_by_xl.sh \
	tests/system/balancer.sh tests/system/density.sh tests/system/numa.sh

$(CLAIMER): tests/system/claimer.c build/dom0-tools/libctl/libctl.a
	$(SAY) LD $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -MF $@.d -static -o $@ $^

-include $(CLAIMER).d
