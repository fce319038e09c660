#!/bin/bash
# SPDX-License-Identifier: MIT
# Our tools and daemons run a guest on Debian's Xen.
. "$(dirname "$0")/lib.sh"
need build/dom0-tools/{axl,xenstored,xenconsoled}
HV=xen TOOLS=argon in_dom0 <<'END'
TOOL=axl
check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
lifecycle pv1 10.9.0.2
END
