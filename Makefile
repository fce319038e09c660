# SPDX-License-Identifier: MIT
# Variables and targets only; each room's rules.mk says how it is built.

.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:

CC      := gcc
CLANG   := clang-14
AR      := ar
OBJCOPY := objcopy
V       ?= 0
Q       := $(if $(filter 1,$(V)),,@)
SAY      = $(if $(filter 1,$(V)),@:,@printf '  %-8s %s\n')

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wmissing-prototypes \
	-Wstrict-prototypes -Wimplicit-fallthrough -Wundef -Wvla
HOST_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g $(WARNINGS) -Iinclude -MMD -MP
SAN_CFLAGS  := -std=gnu11 -D_GNU_SOURCE -O1 -g $(WARNINGS) -Iinclude -MMD -MP \
	-fsanitize=address,undefined -fno-sanitize-recover=all

# What the rooms fill in. TEST_DEBS, LONG_DEBS (test-all), LINT_DEBS are what only those need.
DEBS        :=
TEST_DEBS   :=
LONG_DEBS   :=
LINT_DEBS   := clang-format clang-tidy cppcheck shellcheck
TESTS_FAST  :=
TESTS_SYSTEM :=
TESTS_LONG  :=
FUZZERS     :=
TEST_DEPS   :=
LONG_DEPS   :=
LINT_C      :=
BENCH_DEPS  :=

include $(sort $(wildcard hypervisor/rules.mk dom0-tools/*/rules.mk \
	dom0-tools/rules.mk guest-pv-drivers/rules.mk tests/rules.mk \
	tests/*/rules.mk docs/rules.mk))

# Packages are put in place before anything else is looked at: an included
# file is remade first, and make starts over when it changed.
WANT_DEBS := $(if $(filter deps run test test-all test-fast mutants bench lint fuzz \
	dom0-image dom0-systemd-image dom0-libvirt-image guest-image,$(MAKECMDGOALS)),$(DEBS)) \
	$(if $(filter deps test test-all test-fast mutants bench fuzz,$(MAKECMDGOALS)),$(TEST_DEBS)) \
	$(if $(filter deps test-all,$(MAKECMDGOALS)),$(LONG_DEBS)) \
	$(if $(filter deps lint,$(MAKECMDGOALS)),$(LINT_DEBS))
ifneq ($(strip $(WANT_DEBS)),)
ifneq ($(DRYRUN),1)
include build/deps.mk
build/deps.mk: FORCE
	@dom0-tools/image/deps $@ $(sort $(WANT_DEBS))
endif
endif

.PHONY: FORCE all hypervisor tools guests help deps run test test-all \
	test-fast bench lint clean distclean dom0-image guest-image

all: hypervisor tools guests ## build hypervisor, tools and guests' programs

deps: ## install the Debian packages that building and testing need
	$(SAY) DEPS 'all packages are installed'

help: ## this list
	@printf 'Argon: make TARGET [VAR=value …]\n\n'
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sort -u | \
		awk -F':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'
	@sed -n 's/^## \{0,1\}//p' $(MAKEFILE_LIST)

test: $(TESTS_FAST) $(FUZZERS) $(TEST_DEPS) $(filter build/%,$(TESTS_SYSTEM)) ## every test but the long ones, at most 25 minutes
	$(Q)$(RUN_TESTS) --system $(TESTS_SYSTEM)

test-all: ## all tests, at most 75 minutes
test-all: $(TESTS_FAST) $(FUZZERS) $(TEST_DEPS) $(LONG_DEPS) \
		$(filter build/%,$(TESTS_SYSTEM) $(TESTS_LONG))
	$(Q)$(RUN_TESTS) --system $(TESTS_SYSTEM) $(TESTS_LONG)

test-fast: $(TESTS_FAST) ## only those that take seconds
	$(Q)tests/run --fast $(sort $(TESTS_FAST))

lint: tools ## licence lines, layout, include arrows, shellcheck, cppcheck, clang-tidy, format, sizes
	$(Q)HOST_CFLAGS='$(HOST_CFLAGS)' HV_CFLAGS='$(HV_CFLAGS)' LINT_C='$(sort $(LINT_C))' \
		tests/lint $(CHECK)

clean: ## remove what was built, keep what was downloaded (build/cache)
	$(Q)if [ -d build ]; then find build -mindepth 1 -maxdepth 1 \
		! -name cache -exec rm -rf {} +; fi

distclean: ## remove build/ altogether
	rm -rf build
