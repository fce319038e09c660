# SPDX-License-Identifier: MIT
# shellcheck shell=busybox
# In dom0: storeload against the xenstored of $STORED: Debian's C one, or ours. Its lines are
# "STORE key instructions", or KiB.
[ "$STORED" = ours ] && PATH=/x:$PATH
mkdir -p /run/xen /run/xenstored /var/lib/xenstored
xenstored --pid-file /run/xenstored.pid || say "STORE-FAILED to start"
say "STORED $(readlink "/proc/$(cat /run/xenstored.pid)/exe")"
/x/storeload "$(cat /run/xenstored.pid)" "${COUNT:-1000}" | while read -r line; do say "$line"; done
