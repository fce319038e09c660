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
	tail -30 "$(console_log "$1")" | sed 's/[^ -~]//g; s/^/@@ con | /'
	echo
}

# quiet_kernel: dom0's kernel has met no bug, warning or stall.
quiet_kernel() {
	! dmesg | grep -E 'BUG:|WARNING:|Oops|Call Trace|soft lockup|rcu.*stall|nobody cared'
}

# confined DAEMON, by its pid file: a user and a group that are not root's, no capabilities, a filter of
# system calls.
confined() {
	local status
	status=/proc/$(cat "/run/$1.pid")/status
	grep -E '^(Uid|Gid|Groups|CapPrm|CapEff|Seccomp):' "$status"
	[ "$(grep -c '^[UG]id:.*\b0\b' "$status")" = 0 ] && grep -q '^CapEff:.*0000000000000000' "$status" &&
		grep -q '^CapPrm:.*0000000000000000' "$status" && grep -q '^Seccomp:.*2' "$status"
}

# lifecycle NAME ADDRESS: the whole life of a busybox guest with disk and NIC;
# the toolstack's command is $TOOL.
lifecycle() {
	truncate -s 16M "/tmp/$1.img"
	busybox_cfg "$1" 128 "ADDR=$2 BLK=xvda" "disk = [ '/tmp/$1.img,raw,xvda,w' ]" \
		"vif = [ 'bridge=xenbr0' ]" > "/tmp/$1.cfg"
	check "$TOOL create" $TOOL create "/tmp/$1.cfg" || return
	check "its console log shows it ready" wait_console "$1" GUEST-READY 90 || show_console "$1"
	check "its disk works" grep -q 'GUEST-DISK ok 32768' "$(console_log "$1")"
	check "it reaches dom0" grep -q 'GUEST-NET ok' "$(console_log "$1")"
	check "dom0 reaches it" ping -c 2 -W 5 "$2"
	check "$TOOL list shows it" sh -c "$TOOL list | grep -q '^$1 '"
	check "$TOOL console talks to its shell" console_echo "$1"
	check "$TOOL destroy" $TOOL destroy "$1"
	check "it is gone" until_true 10 sh -c "! $TOOL list | grep -q '^$1 '"
	check "its disk is free" until_true 10 sh -c "! losetup -a | grep -q /tmp/$1.img"
	check "its NIC is gone" until_true 10 sh -c '! ls -d /sys/class/net/vif*'
}

# console_run NAME COMMAND TEXT: type COMMAND into the guest's shell until TEXT, which is
# not in COMMAND itself, shows.
console_run() {
	rm -f /tmp/typed
	mkfifo /tmp/typed
	command=$2 text=$3
	if [ $TOOL = xl ]; then
		# what `xl console` starts, told to read what is not a terminal
		set -- xenconsole --interactive "$(xl domid "$1")"
	else
		set -- $TOOL console "$1"
	fi
	"$@" < /tmp/typed > /tmp/shown 2>&1 &
	pid=$!
	exec 3> /tmp/typed
	echo "$command" >&3
	until_true 20 grep -q -e "$text" /tmp/shown
	rc=$?
	kill $pid
	exec 3>&-
	[ $rc = 0 ] || cat /tmp/shown
	return $rc
}

# console_echo NAME: type a sum into the guest's shell, read the answer.
console_echo() {
	console_run "$1" 'echo sum-$((21 + 21))' sum-42
}
