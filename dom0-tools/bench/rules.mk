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
