# SPDX-License-Identifier: MIT
# shellcheck shell=busybox
# The session of `make run`: the toolstack, GUESTS Debian guests, a banner, a
# shell. The first guest's disk is a file, that of the others a whole disk.
QUIET=1
GUESTS=${GUESTS:-1}
GUEST_MEM=${GUEST_MEM:-384}
[ "$TOOLS" = debian ] && TOOL=xl || TOOL=axl

step() {
	printf '%8.2f  %s\n' "$(cut -d' ' -f1 /proc/uptime)" "$*"
}

# A failure leaves the shell, in which one can look for its cause.
trouble() {
	step "FAILED: $*"
	GUESTS=0
}

write_config() { # write_config NUMBER NAME DISK
	cat > "/etc/xen/$2.cfg" <<-END
	# Debian 12, its own kernel and initrd.
	name = "$2"
	type = "pv"
	memory = $GUEST_MEM
	vcpus = 1
	kernel = "/guests/vmlinuz"
	ramdisk = "/guests/initrd.img"
	root = "/dev/xvda ro"
	extra = "console=hvc0 quiet ip=10.9.0.$(($1 + 1))::10.9.0.1:255.255.255.0:::off systemd.hostname=$2"
	disk = [ '$3,raw,xvda,w' ]
	vif = [ 'bridge=xenbr0' ]
	END
}

start_guest() { # start_guest NUMBER
	local name=debian disk=/guests/debian.img
	if [ "$1" -gt 1 ]; then
		name=debian$1
		# vdb, sdb or nvme1n1 for the second guest, and so on
		case $DISK in
		/dev/nvme*) disk=/dev/nvme$(($1 - 1))n1 ;;
		*) disk=${DISK%a}$(echo abcdefghij | cut -c"$1") ;;
		esac
	fi
	write_config "$1" $name "$disk"
	step "$TOOL create /etc/xen/$name.cfg"
	$TOOL create /etc/xen/$name.cfg || trouble "$TOOL create $name"
}

await_login() { # await_login NUMBER
	local name=debian
	[ "$1" = 1 ] || name=debian$1
	if wait_console $name ' login:' 300; then
		step "$name: login prompt on its console; $(grep -o "dom0 (.*" "$(console_log $name)" |
			tr -d '\r' | head -1)"
	else
		$TOOL list
		tail -25 "$(console_log $name)" | sed 's/[^ -~]//g; s/^/  | /'
		trouble "$name shows no login prompt; see $(console_log $name)"
	fi
}

mkdir -p /etc/xen
step "dom0 is up on $([ "$HYPERVISOR" = xen ] && echo "a hypervisor of ABI $(cat /sys/hypervisor/version/major).$(cat /sys/hypervisor/version/minor)" || echo 'no hypervisor')"
step "toolstack: $TOOL and its daemons"
toolstack_up || trouble "the toolstack does not start"
backends_up || trouble "no backends or no bridge"
nic_up || true
modprobe ext4
{ disk_up && mount -t ext4 -o noatime "$DISK" /guests; } || trouble "no disk with guests"
n=1
while [ $n -le "$GUESTS" ]; do start_guest $n; n=$((n + 1)); done
n=1
while [ $n -le "$GUESTS" ]; do await_login $n; n=$((n + 1)); done

# The first process is no init that these could ask.
cat > /etc/shell <<'END'
alias poweroff='sync; command poweroff -f'
alias reboot='sync; command reboot -f'
PS1='dom0# '
END
export ENV=/etc/shell
$TOOL list
cat <<END

  This is dom0, Debian's kernel $(uname -r) with a small busybox root. Try:
    $TOOL list                  the domains
    $TOOL console debian        its console: log in as root, password argon; Ctrl-] leaves
    ping 10.9.0.2             the guest over its paravirtual network
    $TOOL shutdown debian       and start it again: $TOOL create /etc/xen/debian.cfg
    $TOOL info                  the machine;   $TOOL dmesg: the hypervisor's messages
  To leave: poweroff, or Ctrl-a x (QEMU). Disks are as new at the next start.

END
cd /root
setsid cttyhack sh
