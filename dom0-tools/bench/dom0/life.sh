# SPDX-License-Identifier: MIT
# shellcheck shell=busybox
# In dom0: what creating, destroying, saving and restoring domains takes. A line each,
# "LIFE key ticks" (the median of three), or "SKIP key reason".
W=/x/workload
[ "$TOOLS" = debian ] && TOOL=xl || TOOL=axl

# The command's ticks in $T, its output in /tmp/out; fails as the command does.
timed() {
	T=$($W time "$* > /tmp/out 2>&1") || { REASON="$*: $(tail -1 /tmp/out)"; return 1; }
	T=${T##* }
}

median() {
	for v; do echo "$v"; done | sort -n | sed -n "$((($# + 1) / 2))p"
}

report() { # report KEY TICKS...
	key=$1
	shift
	say "LIFE life.$key $(median "$@")"
}

config() { # config NAME MEMORY KERNEL [LINE...]
	printf '%s\n' "name = \"$1\"" 'type = "pv"' "memory = $2" 'vcpus = 1' "kernel = \"$3\"" \
		'extra = "console=hvc0 loglevel=4 panic=-1"' 'tsc_mode = "native"' \
		'on_crash = "destroy"'
	shift 3
	[ $# = 0 ] || printf '%s\n' "$@"
}

gone() {
	! $TOOL list "$1" > /dev/null 2>&1
}

# A machine that is not busy: what a hypervisor does with its idle time (both zero free
# memory), it has done.
idle() {
	sleep 5
}

# create_destroy KEY DESTROYKEY CONFIG OPTIONS: three times; the guest is called g
create_destroy() {
	c='' d=''
	for i in 1 2 3; do
		idle
		timed $TOOL create $4 "$3" || { say "SKIP life.$1 $REASON"; return 1; }
		c="$c $T"
		timed $TOOL destroy g || { say "SKIP life.$2 $REASON"; return 1; }
		d="$d $T"
		until_true 20 gone g || { say "SKIP life.$2 the domain stays"; return 1; }
	done
	# shellcheck disable=SC2086
	report "$1" $c
	# shellcheck disable=SC2086
	[ -z "$2" ] || report "$2" $d
}

# What the steps of a command take, "STEP TICKS" each. axl says so itself: lines "axl: build: 1.234
# ms", of instructions counted as nanoseconds. xl's lines are stamped by stamp.c, a step goes from
# the line that begins it to the next one's.
axl_steps() {
	sed -n 's/^axl: \([a-z ]*\): \([0-9.]*\) ms$/\1=\2/p' | awk -F= '
		BEGIN {
			name["check"] = "check"
			name["build"] = "build"
			name["devices"] = name["taking devices"] = "devices"
		}
		{ t[$1 in name ? name[$1] : "domain"] += $2 * 1000000 }
		END { for (s in t) printf "%s %.0f\n", s, t[s] }'
}
xl_steps() {
	awk '
		function to(step) { now = step; }
		{ if (now != "") t[now] += $1 - last; last = $1 }
		/do_domain_create: ao .* create:/ { to("domain") }
		/:running bootloader/ { to("check") }
		/xc_dom_boot_mem_init: called/ { to("build") }
		/alloc_segment: *module0/ { to("ramdisk") }
		/xc_dom_do_gunzip: unzip ok/ && now == "ramdisk" { to("build") }
		/xc_dom_release: called/ { to("domain"); built = 1 }
		/device_disk_set_backend/ && built { to("devices") }
		/libxl_domain_destroy: .* create:/ { to("devices") }
		/Forked pid .* for destroy/ { to("domain") }
		/libxl__ao_complete/ { to("") }
		END { for (s in t) printf "%s %.0f\n", s, t[s] }'
}

# steps KEY ARGUMENTS...: of one command
steps() {
	key=$1
	shift
	idle
	if [ $TOOL = axl ]; then
		timed axl -v "$@" && axl_steps < /tmp/out > /tmp/steps
	else
		timed env STAMP_FILE=/tmp/stamps LD_PRELOAD=/x/stamp.so xl -vvv "$@" &&
			xl_steps < /tmp/stamps > /tmp/steps
	fi || { say "SKIP life.${key}_check $REASON"; return 1; }
	sum=0
	while read -r step ticks; do
		say "LIFE life.${key}_$step $ticks"
		sum=$((sum + ticks))
	done < /tmp/steps
	say "LIFE life.${key}_rest $((T - sum))"
}

# steps_of KEY CONFIG: creation and end
steps_of() {
	steps "$1" create -p "$2" && steps "$1_end" destroy g
	until_true 20 gone g
}

free_pages() {
	$W memory | sed 's/.* free \([0-9]*\).*/\1/'
}

many() { # the first, 40th and 100th of guests without a kernel, and what each keeps
	config tiny 32 /x/idle > /tmp/tiny.cfg
	idle
	before=$(free_pages)
	n=0
	while [ $n -lt 100 ]; do
		n=$((n + 1))
		sed "s/tiny/tiny$n/" /tmp/tiny.cfg > /tmp/tiny$n.cfg
		timed $TOOL create /tmp/tiny$n.cfg || { say "SKIP life.create_tiny_$n $REASON"; break; }
		[ $n = 1 ] && say "LIFE life.create_tiny_first $T"
		[ $n = 40 ] && say "LIFE life.create_tiny_40th $T"
		[ $n = 100 ] && say "LIFE life.create_tiny_100th $T"
	done
	after=$(free_pages)
	pages=$($W memory | sed 's/.* d0 [0-9]*//' | tr ' ' '\n' | awk '/^[0-9]+$/ { n += $1 } END { print n + 0 }')
	[ $n = 100 ] && say "KEPT $n $(((before - after - pages) * 4))"
	while [ $n -gt 0 ]; do
		$TOOL destroy tiny$n > /dev/null 2>&1
		n=$((n - 1))
	done
}

# balloon KEY MIB: from mem-set until the guest, the last domain, has so much
balloon() {
	cat > /tmp/balloon.sh <<-END
	$TOOL mem-set g $2 || exit
	until p=\$($W memory | sed 's/.* d[0-9]* //'); [ \$((p / 256)) = $2 ]; do usleep 2000; done
	END
	timed sh /tmp/balloon.sh || { say "SKIP life.$1 $REASON"; return; }
	say "LIFE life.$1 $T"
}

ballooning() {
	config g 256 /guest/vmlinux 'ramdisk = "/guest/initrd.gz"' > /tmp/balloon.cfg
	rm -f "$(console_log g)"
	timed $TOOL create /tmp/balloon.cfg && wait_console g GUEST-READY 60 || {
		say "SKIP life.balloon_down the guest is not ready"
		return
	}
	idle
	balloon balloon_down 128
	idle
	balloon balloon_up 256
	$TOOL destroy g
	until_true 20 gone g
}

save_restore() {
	config g 256 /guest/vmlinux 'ramdisk = "/guest/initrd.gz"' > /tmp/save.cfg
	s='' r=''
	for i in 1 2 3; do
		rm -f "$(console_log g)"
		timed $TOOL create /tmp/save.cfg || { say "SKIP life.save $REASON"; return; }
		wait_console g GUEST-READY 60 || { say "SKIP life.save the guest is not ready"; return; }
		timed $TOOL save g /tmp/image || { say "SKIP life.save $REASON"; $TOOL destroy g; return; }
		s="$s $T"
		until_true 20 gone g
		timed $TOOL restore /tmp/image || { say "SKIP life.restore $REASON"; return; }
		r="$r $T"
		$TOOL destroy g
		until_true 20 gone g
		rm -f /tmp/image
	done
	# shellcheck disable=SC2086
	report save $s
	# shellcheck disable=SC2086
	report restore $r
}

life() {
	if ! toolstack_up || ! backends_up; then
		say "SKIP life.create_paused the toolstack does not start"
		return
	fi
	say "TOOL $($TOOL --version 2>&1 | head -1)"
	modprobe brd rd_nr=1 rd_size=32768
	config g 256 /guest/vmlinux 'ramdisk = "/guest/initrd.gz"' > /tmp/g.cfg
	# once for what is only done at first
	$TOOL create -p /tmp/g.cfg > /tmp/out 2>&1 && $TOOL destroy g
	until_true 20 gone g
	create_destroy create_paused destroy /tmp/g.cfg -p
	config g 256 /guest/vmlinux 'ramdisk = "/guest/initrd.gz"' \
		"disk = [ 'phy:/dev/ram0,xvda,w' ]" "vif = [ 'bridge=xenbr0' ]" > /tmp/devices.cfg
	create_destroy create_devices destroy_devices /tmp/devices.cfg -p
	steps_of step /tmp/devices.cfg
	config g 256 /guest/vmlinuz 'ramdisk = "/guest/initrd.gz"' > /tmp/xz.cfg
	if steps step_xz create -p /tmp/xz.cfg; then
		say "LIFE life.create_paused_xz $T"
		$TOOL destroy g
		until_true 20 gone g
		create_destroy create_paused_xz_again '' /tmp/xz.cfg -p
	else
		say "SKIP life.create_paused_xz $REASON"
	fi
	save_restore
	ballooning
	many
}
life
