#!/bin/bash
# SPDX-License-Identifier: MIT
# limit: 500
# What axl_verbs.sh claims, with Debian's Xen under our tools.
exec env HV=xen "$(dirname "$0")/axl_verbs.sh" axl_verbs_on_debian_xen
