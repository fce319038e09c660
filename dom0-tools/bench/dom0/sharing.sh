# SPDX-License-Identifier: MIT
# shellcheck shell=busybox
# In dom0: how exactly weights and caps are kept among guests that compute without end on one CPU,
# and what twenty of them get done beside one. "SHARING key value" or "SKIP key reason".
W=/x/workload

spinners() { # spinners NUMBER...: paused guests sN
	for i; do
		printf '%s\n' "name = 's$i'" 'type = "pv"' 'memory = 4' 'vcpus = 1' \
			'kernel = "/x/spin"' 'on_crash = "destroy"' > /tmp/s.cfg
		axl create -p /tmp/s.cfg > /tmp/out 2>&1 || return 1
	done
}

# of sorted "d1 ns d2 ns d3 ns": each as percent of $1's sum ("all") or of the time that passed
shares() {
	# shellcheck disable=SC2046
	set -- "$1" $($W shares "$2")
	say "- $*" >&2
	echo "$@" | awk '{
		whole = $4
		if ($1 == "all") for (i = whole = 0; i < 3; i++) whole += $(8 + 2 * i)
		for (i = 0; i < 3; i++) print 100 * $(8 + 2 * i) / whole
	}'
}

# furthest WANTED...: of the lines of standard input, millionths of what is wanted
furthest() {
	awk -v want="$*" 'BEGIN { split(want, w) }
		{ d = ($1 - w[NR]) / w[NR]; d = d < 0 ? -d : d; if (d > worst) worst = d }
		END { printf "%d\n", 1e6 * worst }'
}

weights_and_caps() {
	spinners 1 2 3 || { say "SKIP sharing.weights $(tail -1 /tmp/out)"; return; }
	for i in 1 2 3; do axl sched-credit2 -d s$i -w $((128 << (i - 1))); done
	for i in 1 2 3; do axl unpause s$i; done
	sleep 2
	shares all 10000 > /tmp/shares
	say "SHARING sharing.weights $(furthest 14.2857 28.5714 57.1429 < /tmp/shares)"
	n=0
	for c in 5 25 50; do
		n=$((n + 1))
		axl sched-credit2 -d s$n -w 256 -c $c
	done
	sleep 1
	shares time 10000 > /tmp/shares
	say "SHARING sharing.caps $(furthest 5 25 50 < /tmp/shares)"
	n=0
	for c in 5 25 50; do
		n=$((n + 1))
		say "SHARING sharing.cap_$c $(sed -n ${n}p /tmp/shares)"
	done
	axl destroy s1 s2 s3
}

throughput() { # throughput KEY: rounds per second of all guests
	$W counts 5000 > /tmp/counted
	say "- $(cat /tmp/counted)"
	say "SHARING sharing.$1 $(awk '{ print $7 * 1e9 / $3 }' /tmp/counted)"
}

if toolstack_up; then
	weights_and_caps
	spinners 1 && throughput one
	axl destroy s1
	# shellcheck disable=SC2046
	spinners $(seq 1 20) && throughput twenty
else
	say "SKIP sharing.weights the toolstack does not start"
fi
