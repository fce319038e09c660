#!/bin/bash
# SPDX-License-Identifier: MIT
# Our tools and daemons run a guest on Argon.
. "$(dirname "$0")/lib.sh"
need build/argon build/dom0-tools/{axl,xenstored,xenconsoled}
HV=argon TOOLS=argon in_dom0 <<'END'
TOOL=axl
check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
lifecycle pv1 10.9.0.2
check "the kernel is content" quiet_kernel
END
