#!/bin/bash
# SPDX-License-Identifier: MIT
# Debian's kernel reaches its init as the control domain of Argon.
. "$(dirname "$0")/lib.sh"
need build/argon
HV=argon GUEST=0 in_dom0 <<'END'
check "the kernel runs as Xen's dom0" test "$HYPERVISOR" = xen
check "the ABI is 4.17's" test "$(cat /sys/hypervisor/version/major /sys/hypervisor/version/minor | xargs)" = "4 17"
check "it is privileged" grep -q control_d /proc/xen/capabilities
check "its memory is as told" sh -c 'test $(awk "/MemTotal/ { print \$2 }" /proc/meminfo) -gt 800000'
check "time goes on" sh -c 'a=$(cut -d. -f1 /proc/uptime); sleep 2; test $(cut -d. -f1 /proc/uptime) -gt $a'
check "the kernel is content" quiet_kernel
END
