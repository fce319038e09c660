# SPDX-License-Identifier: MIT
# shellcheck shell=busybox
# For the scripts of system tests, in dom0: a verdict a line.

# check "CLAIM" COMMAND...: run it; @@ ok CLAIM or @@ FAIL CLAIM with its output.
check() {
	claim=$1
	shift
	if "$@" > /tmp/check.out 2>&1; then
		say "ok $claim"
	else
		say "FAIL $claim (status $?): $*"
		sed 's/^/@@ | /' /tmp/check.out
		return 1
	fi
}

# busybox_cfg NAME MEMORY "words for its kernel" [config lines...] > file
busybox_cfg() {
	local name=$1 memory=$2 words=$3 kernel=vmlinuz
	shift 3
	# xl unpacks a bzImage anew each time, which takes many seconds here
	[ "$TOOLS" = debian ] && kernel=vmlinux
	cat <<-END
	name = "$name"
	type = "pv"
	memory = $memory
	vcpus = 1
	kernel = "/guest/$kernel"
	ramdisk = "/guest/initrd.gz"
	extra = "console=hvc0 loglevel=4 panic=-1 $words"
	on_crash = "destroy"
	on_reboot = "destroy"
	END
	printf '%s\n' "$@"
}

# show_console NAME: the end of its console log, for the reader of a failure.
show_console() {
	tail -30 "$(console_log "$1")" | tr -cd '[:print:]\n' | sed 's/^/@@ con | /'; echo
}
