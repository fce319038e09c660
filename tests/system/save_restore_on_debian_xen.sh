#!/bin/bash
# SPDX-License-Identifier: MIT
# The same as save_restore.sh, on Debian's Xen.
HYPERVISORS=xen exec "$(dirname "$0")/save_restore.sh"
