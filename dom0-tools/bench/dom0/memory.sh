# SPDX-License-Identifier: MIT
# shellcheck shell=busybox
# In dom0: how many frames the hypervisor gave to whom.
say "MEMORY $(/x/workload memory)"
