#!/bin/bash
# SPDX-License-Identifier: MIT
# Debian's own xl, xenstored and xenconsoled run a guest on Argon.
. "$(dirname "$0")/lib.sh"
need build/argon
HV=argon TOOLS=debian in_dom0 <<'END'
TOOL=xl
check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
lifecycle pv1 10.9.0.2
check "the kernel is content" quiet_kernel
END
