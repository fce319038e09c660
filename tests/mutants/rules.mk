# SPDX-License-Identifier: MIT
# Mutants: each check of docs/security-rules.md taken out once, and the test that must notice.

.PHONY: mutants
mutants: guests build/image/base.cpio build/image/xen.cpio build/image/modules-6.1.cpio ## take each check out of the hypervisor, its test must notice: ONLY=text
	$(Q)tests/mutants/run.sh $(ONLY)

TESTS_LONG += tests/mutants/run.sh
TESTS_FAST += tests/mutants/rules.sh
