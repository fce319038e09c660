#!/bin/bash
# SPDX-License-Identifier: MIT
# The harness itself: Debian's tools on Debian's Xen live through a guest.
. "$(dirname "$0")/lib.sh"
HV=xen TOOLS=debian in_dom0 <<'END'
TOOL=xl
check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
lifecycle pv1 10.9.0.2
END
