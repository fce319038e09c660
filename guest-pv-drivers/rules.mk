# SPDX-License-Identifier: MIT
# Tiny PV guests: the runtime as a library, and every folder with a main.c below guests/ and
# tests/guests/ as build/guests/NAME.

GUEST_DIR := guest-pv-drivers
GUEST_RUNTIME := $(GUEST_DIR)/port/runtime
GUEST_CC_INCLUDE := $(shell $(CC) -print-file-name=include)
GUEST_CFLAGS := -std=gnu11 -O2 -g $(WARNINGS) -MMD -MP -nostdinc -isystem $(GUEST_CC_INCLUDE) \
	-isystem $(GUEST_RUNTIME)/libc -Iinclude -I$(GUEST_DIR) -I$(GUEST_RUNTIME) \
	-Itests/guests/lib -ffreestanding -fno-pic -fno-pie -mcmodel=kernel -mno-red-zone \
	-mgeneral-regs-only -fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing -fno-builtin
GUEST_LDFLAGS := -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,norelro \
	-Wl,-z,max-page-size=4096 -Wl,--no-warn-rwx-segments -Wl,-T,$(GUEST_RUNTIME)/guest.lds

GUEST_LIB_C := $(wildcard $(GUEST_RUNTIME)/*.c $(GUEST_RUNTIME)/libc/*.c)
GUEST_LIB_C += $(foreach d,xenbus gnttab evtchn blkfront netfront,$(wildcard $(GUEST_DIR)/$d/*.c))
GUEST_LIB_S := $(wildcard $(GUEST_RUNTIME)/*.S)
GUEST_LIB_O := $(GUEST_LIB_C:%.c=build/guest-obj/%.o) $(GUEST_LIB_S:%.S=build/guest-obj/%.o)
GUEST_CLAIM_C := $(wildcard tests/guests/lib/*.c)
GUEST_CLAIM_O := $(GUEST_CLAIM_C:%.c=build/guest-obj/%.o)

TEST_GUESTS := $(patsubst tests/guests/%/main.c,%,$(wildcard tests/guests/*/main.c))
OWN_GUESTS := $(patsubst $(GUEST_DIR)/guests/%/main.c,%,$(wildcard $(GUEST_DIR)/guests/*/main.c))

guests: $(TEST_GUESTS:%=build/guests/%) $(OWN_GUESTS:%=build/guests/%) ## tiny PV guests, into build/guests

build/guest-obj/%.o: %.c
	@mkdir -p $(@D)
	$(SAY) GUEST-CC $<
	$(Q)$(CC) $(GUEST_CFLAGS) -c -o $@ $<

build/guest-obj/%.o: %.S
	@mkdir -p $(@D)
	$(SAY) GUEST-AS $<
	$(Q)$(CC) -Iinclude -MMD -MP -c -o $@ $<

# $(1): name, $(2): folder, $(3): further objects
define GUEST_PROGRAM
build/guests/$(1): $$(patsubst %.c,build/guest-obj/%.o,$$(wildcard $(2)/*.c)) \
	$$(patsubst %.S,build/guest-obj/%.o,$$(wildcard $(2)/*.S)) $(3) $$(GUEST_LIB_O) \
	$$(GUEST_RUNTIME)/guest.lds
	@mkdir -p $$(@D)
	$$(SAY) GUEST-LD $$@
	$$(Q)$$(CC) $$(GUEST_LDFLAGS) -o $$@ $$(filter %.o,$$^)
endef
$(foreach g,$(TEST_GUESTS),$(eval $(call GUEST_PROGRAM,$g,tests/guests/$g,$(GUEST_CLAIM_O))))
$(foreach g,$(OWN_GUESTS),$(eval $(call GUEST_PROGRAM,$g,$(GUEST_DIR)/guests/$g,)))

# Each test guest runs as dom0 kernel, on Argon with every `make test`, on Debian's Xen (which
# says what is right) with `make test-all`.
GUEST_RUNS := $(filter-out bench% domu-% crash-% storm-console storm-store,$(TEST_GUESTS))
TESTS_FAST += $(GUEST_RUNS:%=build/tests/guests/argon/%)
TESTS_LONG += $(GUEST_RUNS:%=build/tests/guests/xen/%)
TEST_DEPS += guests hypervisor $(GUEST_RUNS:%=build/tests/guests/argon/%) \
	$(GUEST_RUNS:%=build/tests/guests/xen/%)

# What goes through the entry paths also runs with all hooks in place, on a CPU with SYSENTER.
ISOLATED_RUNS := usermode traps ptwr mmu move-cr3 hostile-iret hostile-root
TESTS_FAST += $(ISOLATED_RUNS:%=build/tests/guests/isolated/%)
TEST_DEPS += $(ISOLATED_RUNS:%=build/tests/guests/isolated/%)

build/tests/guests/isolated/%: tests/guests/run
	@mkdir -p $(@D)
	$(Q)printf '#!/bin/sh\nCPU=max,vendor=GenuineIntel,-smap,-erms HVARGS="console=com1 com1=115200,8n1 loglvl=all dom0_mem=128M xpti=on spec-ctrl=rsb,md-clear,bti-thunk=lfence" exec tests/guests/run build/argon %s\n' \
		$* > $@ && chmod +x $@

build/tests/guests/argon/%: tests/guests/run
	@mkdir -p $(@D)
	$(Q)printf '#!/bin/sh\nexec tests/guests/run build/argon %s\n' $* > $@ && chmod +x $@

build/tests/guests/xen/%: tests/guests/run
	@mkdir -p $(@D)
	$(Q)printf '#!/bin/sh\nexec tests/guests/run xen %s\n' $* > $@ && chmod +x $@

# The same and the domu-… and crash-… ones as unprivileged domains, all in one boot.
DOMU_RUNS := $(filter-out bench% storm-%,$(TEST_GUESTS))
STORM_RUNS := $(filter storm-%,$(TEST_GUESTS))
GUEST_SYSTEM := $(addprefix build/tests/guests/,domu_on_argon.sh storms_on_argon.sh probe_on_argon.sh)
GUEST_LONG := $(addprefix build/tests/guests/,domu_on_debian_xen.sh storms_on_debian_xen.sh probe_on_debian_xen.sh)
TESTS_SYSTEM += $(GUEST_SYSTEM)
TESTS_LONG += $(GUEST_LONG)
TEST_DEPS += $(GUEST_SYSTEM) $(GUEST_LONG)

$(GUEST_SYSTEM): HV := argon
$(GUEST_LONG): HV := xen
build/tests/guests/domu_on_%.sh: guest-pv-drivers/rules.mk $(wildcard tests/guests/*/main.c)
	@mkdir -p $(@D)
	$(Q)printf '#!/bin/sh\n# limit: 600\nexec tests/guests/domu %s %s\n' $(HV) \
		'$(DOMU_RUNS)' > $@ && chmod +x $@

# Argon lets the log be flooded: what is over the limit is dropped.  Xen would drown.
build/tests/guests/storms_on_%.sh: guest-pv-drivers/rules.mk $(wildcard tests/guests/*/main.c)
	@mkdir -p $(@D)
	$(Q)printf '#!/bin/sh\n# limit: 600\nNAME=storms HVEXTRA=%s exec tests/guests/domu %s %s\n' \
		'$(if $(filter argon,$(HV)),guest_loglvl=all)' $(HV) '$(STORM_RUNS)' > $@ && chmod +x $@

build/tests/guests/probe_on_%.sh: guest-pv-drivers/rules.mk
	@mkdir -p $(@D)
	$(Q)printf '#!/bin/sh\n# limit: 300\nexec tests/guests/probe %s\n' $(HV) > $@ && chmod +x $@

# The driver libraries as host programs, under sanitizers, against backs and a store that lie.
DRIVER_TESTS := gnttab xenbus blkfront netfront
DRIVER_SRC := $(foreach d,xenbus gnttab evtchn blkfront netfront port/hosted,\
	$(wildcard $(GUEST_DIR)/$d/*.c))
DRIVER_CFLAGS := $(SAN_CFLAGS) -I$(GUEST_DIR) -Itests/unit/guest-pv-drivers
DRIVER_TEST_BIN := $(DRIVER_TESTS:%=build/tests/unit/guest-pv-drivers/test_%)
TESTS_FAST += $(DRIVER_TEST_BIN)
TEST_DEPS += $(DRIVER_TEST_BIN)
TEST_DEBS += libcmocka-dev

build/driver-obj/%.o: %.c
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(DRIVER_CFLAGS) -c -o $@ $<

$(DRIVER_TEST_BIN): build/%: build/driver-obj/%.o $(DRIVER_SRC:%.c=build/driver-obj/%.o)
	@mkdir -p $(@D)
	$(SAY) LD $@
	$(Q)$(CC) -fsanitize=address,undefined -o $@ $^ -lcmocka

-include $(shell find build/driver-obj -name '*.d' 2>/dev/null)
-include $(shell find build/guest-obj -name '*.d' 2>/dev/null)
