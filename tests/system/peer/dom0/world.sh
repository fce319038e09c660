# SPDX-License-Identifier: MIT
# shellcheck shell=busybox
# For tests that claim that nothing is left behind: the world before and after,
# as far as a domain could leave something in it. For $TOOL = axl.

exists() { axl domid "$1" > /dev/null 2>&1; }
gone() { ! exists "$1"; }
free_pages() { axl --json info | sed -n 's/.*"free_pages": \([0-9]*\).*/\1/p'; }

# Argon's own books: of each domain its references, pages, event ports, grants
# that it has mapped.
books() {
	[ "$HV" = argon ] || return 0
	axl debug-keys q
	axl dmesg | awk '/Domain 0: refs/ { n = 0 } /Domain [0-9]*: refs/ { l[n++] = $0 }
		END { for (i = 0; i < n; i++) print l[i] }' |
		sed 's/.*\(Domain [0-9]*:\) refs [0-9]*, \(.* mapped\).*/\1 \2/'
}

# The kernel's worker threads come and go as they like.
processes() {
	ps -o comm,args | awk 'NR > 1 && $1 !~ /^(kworker|ps|awk|sort|sh|init|cat|usleep|sed|ext4lazyinit)/' | sort
}

open_files() { # open_files PROGRAM...: how many each has
	local p
	for p; do
		echo "$p: $(ls "/proc/$(cat "/run/$p.pid")/fd" | wc -l) files"
	done
}

world() {
	axl list | awk 'NR > 1 { print $1, $2, $3 }'
	echo "free pages: $(free_pages)"
	books
	storedump
	losetup -a
	ls /sys/class/net /dev/pts
	ls /sys/bus/xen-backend/devices
	processes
	open_files xenstored xenconsoled
}
remember() { world > /tmp/before; }
unchanged() { world > /tmp/world; diff /tmp/before /tmp/world > /tmp/diff || { head -40 /tmp/diff; false; }; }
# what goes on its own after a domain's end is given ten seconds
settled() { until_true 10 unchanged > /dev/null || unchanged; }

# figures: what the comparison rests on, for the reader of a passed test.
figures() {
	say "-- $(free_pages) pages free, $(books | grep 'Domain 0' | cut -d, -f2-), $(storedump |
		wc -l) store nodes, $(losetup -a | wc -l) loop devices, $(processes | wc -l) processes"
}

# fails "TEXT" COMMAND...: its status is not 0, it says TEXT, and once.
fails() {
	text=$1
	shift
	if "$@" > /tmp/fails.out 2>&1; then
		echo "it succeeded"
		return 1
	fi
	cat /tmp/fails.out
	[ "$(grep -c -e "$text" /tmp/fails.out)" = 1 ]
}

# probe_cfg NAME "WORDS" [LINE...] > file: pvprobe, 8 MiB.
probe_cfg() {
	local name=$1 words=$2
	shift 2
	printf '%s\n' "name = '$name'" 'type = "pv"' 'memory = 8' "kernel = '/x/pvprobe'" \
		"extra = '$words'" 'on_crash = "destroy"' 'on_reboot = "destroy"' "$@"
}

# more NAME TEXT COUNT: TEXT was seen more than COUNT times on NAME's console,
# whose log goes on from one domain of a name to the next.
seen() { grep -c -e "$2" "$(console_log "$1")" 2> /dev/null; }
more() { [ "$(seen "$1" "$2")" -gt "$3" ]; }
