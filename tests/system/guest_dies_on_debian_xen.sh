#!/bin/bash
# SPDX-License-Identifier: MIT
# limit: 900
# What guest_dies.sh claims, with Debian's Xen under our tools.
exec env HV=xen "$(dirname "$0")/guest_dies.sh"
