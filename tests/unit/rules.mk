# SPDX-License-Identifier: MIT
# The hypervisor's machine-independent rooms as a host library, with
# arch/fake, under sanitizers; and the unit tests that link with it.

TEST_DEBS += libcmocka-dev

COMMA := ,
HOSTED_CFLAGS := $(SAN_CFLAGS) -mno-red-zone -fno-strict-aliasing -DARGON_DEBUG -Ihypervisor \
	-Ihypervisor/arch/fake -Itests/unit
# Files with instructions of their own stay out.
HOSTED_SRC := $(wildcard hypervisor/mm/*.c hypervisor/arch/fake/*.c hypervisor/pv/mmu*.c \
	hypervisor/core/memory*.c) \
	$(addprefix hypervisor/pv/,descriptors.c domain.c insn.c ptwr.c hypercall_page.c dom0_build_elf.c) \
	$(addprefix hypervisor/core/,domain.c domain_run.c domctl.c domctl_domain.c \
		domctl_guest.c domctl_vcpu.c guest_op.c evtchn.c evtchn_2level.c evtchn_fifo.c evtchn_op.c evtchn_send.c grace.c grant_copy.c \
		grant_map.c grant_table.c hypfs.c oracle_core.c pirq.c policy_copy.c cpupool.c sched.c sched_credit.c sched_null.c sched_op.c \
		sysctl.c sysctl_host.c timer.c tool_bitmap.c vcpu_op.c vcpu_time.c) \
	$(addprefix hypervisor/lib/,console_ring.c parse.c spinlock.c)
HOSTED_OBJ := $(HOSTED_SRC:%.c=build/hosted/%.o)
HOSTED_LIB := build/hosted/libhosted.a

build/hosted/%.o: %.c
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOSTED_CFLAGS) -c -o $@ $<

$(HOSTED_LIB): $(HOSTED_OBJ)
	$(SAY) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# hosted_test NAME, EXTRA OBJECTS, LINKER FLAGS: one program per test_NAME.c of a folder.
# The objects come first: what they define replaces the library's.
define hosted_test
TESTS_FAST += build/tests/unit/$(1)
TEST_DEPS += build/tests/unit/$(1)
build/tests/unit/$(1): build/hosted/tests/unit/$(1).o $(2) $(HOSTED_LIB)
	$$(SAY) LD $$@
	@mkdir -p $$(@D)
	$$(Q)$$(CC) -fsanitize=address,undefined $(3) -o $$@ $$^ -lcmocka
-include build/hosted/tests/unit/$(1).d
endef

MM_TESTS := frames nodes types pte_flags mmu_update mmuext memory_op ptwr descriptors random threads
MM_WORLD := build/hosted/tests/unit/mm/world.o
$(foreach t,$(MM_TESTS),$(eval $(call hosted_test,mm/test_$(t),$(MM_WORLD))))
$(eval $(call hosted_test,mm/test_oom,$(MM_WORLD),-Wl$(COMMA)--wrap=buddy_alloc))

# Tests of core/ run the real core; instruction-level rooms are stubs.
CORE_TESTS := timer sched cpupool grants domctl sysctl hypfs events_race
CORE_WORLD := build/hosted/tests/unit/core/world.o build/hosted/tests/unit/core/stubs.o
CORE_LDFLAGS := -Wl$(COMMA)-u$(COMMA)oracle_visit_core -pthread
$(foreach t,$(CORE_TESTS),$(eval $(call hosted_test,core/test_$(t),$(CORE_WORLD),$(CORE_LDFLAGS))))
$(eval $(call hosted_test,core/test_sched_sim,build/hosted/tests/unit/core/sched_sim.o \
	$(CORE_WORLD),$(CORE_LDFLAGS)))
$(eval $(call hosted_test,core/test_sched_threads,build/hosted/tests/unit/core/sched_sim.o \
	$(CORE_WORLD),$(CORE_LDFLAGS) -Wl$(COMMA)--wrap=arch_context_switch))
-include build/hosted/tests/unit/core/sched_sim.d

# By hand: instructions per scheduling decision. The same objects, optimized and unchecked.
build/cost/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -mno-red-zone -fno-strict-aliasing -Ihypervisor -Ihypervisor/arch/fake \
		-Itests/unit -c -o $@ $<
build/tests/unit/core/sched_cost: $(HOSTED_SRC:%.c=build/cost/%.o) \
		$(patsubst %,build/cost/tests/unit/core/%.o,sched_cost sched_sim world stubs)
	$(Q)$(CC) $(CORE_LDFLAGS) -o $@ $^ -lcmocka
EVENT_WORLD := $(CORE_WORLD) build/hosted/tests/unit/core/event_guest.o
$(foreach t,events events_fifo,$(eval $(call hosted_test,core/test_$(t),$(EVENT_WORLD),$(CORE_LDFLAGS))))

-include $(EVENT_WORLD:.o=.d)
-include $(HOSTED_SRC:%.c=build/hosted/%.d) build/hosted/tests/unit/mm/world.d

# Boot code that needs no machine: command line, memory map, ACPI tables, log.
BOOT_OBJ := build/hosted/hypervisor
$(eval $(call hosted_test,boot/test_cmdline,$(BOOT_OBJ)/boot/cmdline.o \
	$(BOOT_OBJ)/arch/x86/speculation.o))
$(eval $(call hosted_test,boot/test_memory_map,$(BOOT_OBJ)/boot/memory_map.o))
$(eval $(call hosted_test,boot/test_console_ring,))
$(eval $(call hosted_test,boot/test_printf,build/hosted/printf_renamed.o))
$(eval $(call hosted_test,boot/test_acpi,$(BOOT_OBJ)/arch/x86/acpi.o \
	build/hosted/tests/unit/boot/acpi_world.o))
build/hosted/printf_renamed.o: hypervisor/lib/printf.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOSTED_CFLAGS) -Dvsnprintf=argon_vsnprintf -Dsnprintf=argon_snprintf -c -o $@ $<

FUZZERS += build/tests/fuzz/acpi
TEST_DEPS += build/tests/fuzz/acpi
build/tests/fuzz/acpi: tests/fuzz/acpi.c tests/unit/boot/acpi_world.c hypervisor/arch/x86/acpi.c \
		hypervisor/mm/node.c hypervisor/arch/fake/log.c
	$(SAY) FUZZ $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(HOSTED_CFLAGS) -fsanitize=fuzzer -MF $@.d -o $@ $^

FUZZERS += build/tests/fuzz/dom0_kernel build/tests/fuzz/ptwr
TEST_DEPS += build/tests/fuzz/dom0_kernel build/tests/fuzz/ptwr
build/tests/fuzz/dom0_kernel: tests/fuzz/dom0_kernel.c hypervisor/pv/dom0_build_elf.c \
		hypervisor/arch/fake/log.c
	$(SAY) FUZZ $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(HOSTED_CFLAGS) -fsanitize=fuzzer -MF $@.d -o $@ $^
build/tests/fuzz/ptwr: tests/fuzz/ptwr.c tests/unit/mm/world.c \
		$(filter hypervisor/mm/% hypervisor/arch/fake/% hypervisor/pv/% \
		hypervisor/lib/spinlock.c hypervisor/core/grace.c hypervisor/core/guest_op.c hypervisor/core/memory%,$(HOSTED_SRC))
	$(SAY) FUZZ $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(HOSTED_CFLAGS) -fsanitize=fuzzer -MF $@.d -o $@ $^ -lcmocka

# The whole hosted hypervisor with a scheduler policy that the input decides;
# its checkers without sanitizers, for speed.
FUZZ_HV := build/fuzzhv
FUZZ_HV_SRC := $(filter-out hypervisor/core/sched_credit.c,$(HOSTED_SRC)) \
	hypervisor/core/hypercall.c hypervisor/pv/callbacks.c hypervisor/pv/vcpu_context.c
FUZZ_HV_OBJ := $(FUZZ_HV_SRC:%.c=$(FUZZ_HV)/%.o) \
	$(patsubst %,$(FUZZ_HV)/tests/fuzz/%.o,hypercalls hv_world hv_policy hv_ops hv_calls_mm hv_calls_core hv_stubs)
FUZZ_HV_CHECKERS := $(FUZZ_HV)/hypervisor/mm/oracle.o $(FUZZ_HV)/hypervisor/arch/fake/tlb.o
# Frame numbers of entries become pointers before they are looked at.
FUZZ_HV_SAN = -fsanitize=fuzzer-no-link -fno-sanitize=pointer-overflow

$(FUZZ_HV)/hypervisor/%.o: FUZZ_HV_SAN += -include tests/fuzz/hv_sections.h
$(FUZZ_HV_CHECKERS): FUZZ_HV_SAN += -O2 -fno-sanitize=all
$(FUZZ_HV)/%.o: %.c tests/fuzz/hv_sections.h
	$(SAY) CLANG $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(HOSTED_CFLAGS) -Wno-implicit-fallthrough $(FUZZ_HV_SAN) -c -o $@ $<

FUZZERS += build/tests/fuzz/hypercalls
TEST_DEPS += build/tests/fuzz/hypercalls
build/tests/fuzz/hypercalls: $(FUZZ_HV_OBJ)
	$(SAY) FUZZ $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) -fsanitize=address,undefined,fuzzer -Wl,--wrap=buddy_alloc,--wrap=hv_alloc,--wrap=hv_free \
		-Wl,-u,oracle_visit_core -o $@ $^
-include $(FUZZ_HV_OBJ:.o=.d)
