#!/bin/bash
# SPDX-License-Identifier: MIT
# limit: 400
# Memory of a guest that runs, changed by Debian's xl on Argon.
exec "$(dirname "$0")/memory_on_argon.sh" xl
