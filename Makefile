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

# What the rooms fill in.
DEBS        :=
TESTS_FAST  :=
TESTS_SYSTEM :=
TESTS_LONG  :=
FUZZERS     :=
TEST_DEPS   :=
LINT_C      :=
BENCH_DEPS  :=

include $(sort $(wildcard hypervisor/rules.mk dom0-tools/*/rules.mk \
	dom0-tools/rules.mk guest-pv-drivers/rules.mk tests/rules.mk \
	tests/*/rules.mk docs/rules.mk))

.PHONY: all hypervisor tools guests help deps run test test-all bench lint \
	fuzz mutants clean dom0-image

all: hypervisor tools guests ## build everything

help: ## this list
	@printf 'Argon: make TARGET [VAR=value …]\n\n'
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sort -u | \
		awk -F':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

clean: ## remove build/
	rm -rf build
