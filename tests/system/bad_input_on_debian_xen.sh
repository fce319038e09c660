#!/bin/bash
# SPDX-License-Identifier: MIT
# limit: 900
# What bad_input.sh claims, with Debian's Xen under our tools.
exec env HV=xen "$(dirname "$0")/bad_input.sh"
