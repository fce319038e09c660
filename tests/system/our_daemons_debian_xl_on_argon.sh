#!/bin/bash
# SPDX-License-Identifier: MIT
# The same as our_daemons_debian_xl.sh, on Argon.
HV=argon exec "$(dirname "$0")/our_daemons_debian_xl.sh"
