#!/bin/bash
# SPDX-License-Identifier: MIT
# The session of `make run` with kernel 6.12, two CPUs and two guests.
# limit: 1200
# alone
export KERNEL=6.12 SMP=2 GUESTS=2
exec "$(dirname "$0")/make_run.sh"
