# SPDX-License-Identifier: MIT
# Workloads, the runner and the report of `make bench`.

BENCH := dom0-tools/bench
BENCH_PLUGIN_O := $(patsubst %.c,build/%.o,$(wildcard $(BENCH)/plugin/*.c))

build/$(BENCH)/plugin/%.o: $(BENCH)/plugin/%.c
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(HOST_CFLAGS) -fPIC -fvisibility=hidden -c -o $@ $<
build/bench/counters.so: $(BENCH_PLUGIN_O)
	@mkdir -p $(@D)
	$(SAY) LD $@
	$(Q)$(CC) -shared -o $@ $^

-include $(BENCH_PLUGIN_O:.o=.d)

# The program that is measured, static: it runs in guests that have nothing else.
WORKLOAD_SRC := $(sort $(wildcard $(BENCH)/workload*.c))
WORKLOAD_OBJ := $(WORKLOAD_SRC:%.c=build/%.o)
LINT_C += $(WORKLOAD_SRC) $(wildcard $(BENCH)/plugin/*.c)

$(WORKLOAD_OBJ): build/%.o: %.c
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(HOST_CFLAGS) -c -o $@ $<
build/bench/workload: $(WORKLOAD_OBJ) build/dom0-tools/libctl/libctl.a
	@mkdir -p $(@D)
	$(SAY) LD $@
	$(Q)$(CC) -static -o $@ $^
-include $(WORKLOAD_OBJ:.o=.d)

BENCH_REPORT_SRC := $(sort $(wildcard $(BENCH)/report/*.c))
BENCH_REPORT_OBJ := $(BENCH_REPORT_SRC:%.c=build/%.o)
LINT_C += $(BENCH_REPORT_SRC)
DEBS += libyajl-dev

$(BENCH_REPORT_OBJ): build/%.o: %.c
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(HOST_CFLAGS) -c -o $@ $<
build/bench/report: $(BENCH_REPORT_OBJ)
	@mkdir -p $(@D)
	$(SAY) LD $@
	$(Q)$(CC) -o $@ $^ -lyajl -lm
-include $(BENCH_REPORT_OBJ:.o=.d)

# What a measured guest adds to the busybox guest's initrd.
build/bench/guest.cpio.gz: build/bench/workload $(BENCH)/guest-init
	@rm -rf $@.d && mkdir -p $@.d/bin
	$(Q)cp build/bench/workload $@.d/bin/ && install -m 755 $(BENCH)/guest-init $@.d/init
	$(Q)(cd $@.d && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --reproducible --quiet) | \
		gzip -1n > $@ && rm -rf $@.d

# For what says its steps, but not when: into the control domain's xl, which is of this Debian.
LINT_C += $(BENCH)/stamp.c
build/bench/stamp.so: $(BENCH)/stamp.c
	@mkdir -p $(@D)
	$(SAY) LD $@
	$(Q)$(CC) $(HOST_CFLAGS) -fPIC -shared -MF $@.d -o $@ $<
-include build/bench/stamp.so.d

BENCH_PROGRAMS := build/bench/counters.so build/bench/stamp.so build/bench/report
bench: hypervisor guests $(BENCH_PROGRAMS) $(if $(filter 1,$(QUICK)),,build/bench/guest.cpio.gz build/bench/idle build/bench/spin build/tests/unit/stored/storeload tools) ## path lengths and whole operations beside Debian's Xen
	$(Q)$(foreach v,QUICK UPDATE ONLY CPU KERNEL,$(if $($v),$v='$($v)')) $(BENCH)/run

##
## make bench takes: QUICK=1 (path lengths only, a minute), ONLY=paths,smp,operations,life,size,
##   sharing,clocks,store (the last two only if named), CPU=model, KERNEL=6.12,
##   UPDATE=1 (write the tables into docs/benchmarks.md; parts left out keep their last values)

# For the system tests, too.
TEST_DEPS += build/bench/workload build/bench/spin
build/bench/spin: TINY_FLAGS := -DSPIN
build/bench/idle build/bench/spin: $(BENCH)/idle.S $(BENCH)/idle.lds
	@mkdir -p $(@D)
	$(SAY) AS $@
	$(Q)$(CC) $(TINY_FLAGS) -nostdlib -static -no-pie -Wl,--build-id=none,--no-warn-rwx-segments -Wl,-T,$(BENCH)/idle.lds -o $@ $<
