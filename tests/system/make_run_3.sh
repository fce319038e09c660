#!/bin/bash
# SPDX-License-Identifier: MIT
# The session of `make run` with three smaller guests, the disks on AHCI.
# limit: 1500
export GUESTS=3 GUEST_MEM=256 MEM=2304 DISKBUS=ahci NIC=e1000
exec "$(dirname "$0")/make_run.sh"
