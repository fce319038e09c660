#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 600
# Each verb by both tools on one hypervisor, Debian's xl and axl: columns, exit codes, and a guest's
# life step by step. What is meant to differ stands here with both statuses.
. "$(dirname "$0")/lib.sh"
name=${1:-$name}
export HV=${HV:-xen}
need build/dom0-tools/axl
TOOLS=debian TIMEOUT=580 KARGS="HV=$HV" in_dom0 build/dom0-tools/axl <<'END'
PATH=/x:$PATH
TOOL=xl
# Times, clocks, memory that is free and what a guest does at the moment are not the tools' matter.
norm() {
	sed -E '/^(free_memory|mitigations) /d; s/ +[0-9]+\.[0-9]+( |$)/ TIME\1/g
		s/[0-9]+:[0-9]{2}(:[0-9]{2})?/CLOCK/g; s/[r-][b-]----/STATE /; s/(r--|-b-|---) +TIME/ST TIME/
		s/memfree.*//; s/^( *[0-9]+: +[0-9]+) +[0-9]+ +([0-9]+)$/\1 FREE \2/'
}
both() {
	timeout 30 xl "$@" > /tmp/xl.out 2> /tmp/xl.err < /dev/null
	xl=$?
	timeout 30 axl "$@" > /tmp/axl.out 2> /tmp/axl.err < /dev/null
	axl=$?
}
statuses() { # statuses XL AXL VERB...
	local want="$1 $2"
	shift 2
	both "$@"
	[ "$xl $axl" = "$want" ] || { echo "xl $xl, axl $axl, not $want"; cat /tmp/xl.err /tmp/axl.err; return 1; }
}
same_status() { both "$@"; [ $xl = $axl ] || { echo "xl $xl, axl $axl"; cat /tmp/xl.err /tmp/axl.err; return 1; }; }
without_ours() { sed -E 's/ +[^ ]+$//'; } # the column that is ours alone
same() {
	norm_ours=cat
	case $* in "list -v"*) norm_ours=without_ours ;; esac
	same_status "$@" || return
	norm < /tmp/xl.out > /tmp/xl.norm
	norm < /tmp/axl.out | $norm_ours > /tmp/axl.norm
	diff /tmp/xl.norm /tmp/axl.norm
}
# the members of JSON, in any order; xl takes 1 KiB from what dom0 has
members() { grep -o '"[^"]*": [^][{},]*[^][{}, ]' "$1" | sed 's/: 1048575$/: 1048576/' | sort; }

check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
truncate -s 16M /tmp/d.img /tmp/e.img
{
	busybox_cfg p 128 "ADDR=10.9.0.2 BLK=xvda" "disk = [ '/tmp/d.img,raw,xvda,w' ]" \
		"vif = [ 'bridge=xenbr0,mac=00:16:3e:01:02:03' ]" "maxvcpus = 2"
} > /tmp/p.cfg
check "a guest by xl" xl create /tmp/p.cfg
check "it runs" wait_console p GUEST-READY 120
for line in list "list -v" "list -Z" "list -c" "list -n" "list -v -c -n" "list p" "li p" "list --long nope" \
	vm-list "domid p" "domname 1" uptime "uptime -s" "uptime p" info "info -n" vcpu-list "vcpu-list p" \
	"block-list p" "network-list p" claims cpupool-list "cpupool-list -c" sched-credit2 \
	"sched-credit2 -d p" "sched-credit2 -s" dmesg; do
	check "the same: $line" same $line
done
check "list -v has one more column, the last" sh -c 'axl list -v | awk "NR == 1 { ok = \$NF == \"Store-nodes\" } \$1 == \"p\" { ok = ok && \$NF ~ /^[0-9]+\/[0-9]+\$/ } END { exit !ok }"'
both list -l
members /tmp/xl.out > /tmp/xl.members
members /tmp/axl.out > /tmp/axl.members
check "the same members: list -l" diff /tmp/xl.members /tmp/axl.members
check "list -l is xl's array" sh -c 'head -1 /tmp/axl.out | grep -qx "\[" && tail -1 /tmp/axl.out | grep -qx "\]"'
for line in "list nope" "list -x" "domid nope" domid "domname 99" "domname p" "rename nope x" "rename p" "pause nope" \
	pause "unpause nope" unpause "destroy nope" "destroy 0" destroy "shutdown nope" "reboot nope" \
	"sysrq nope h" "sysrq p" block-list "block-detach p xvdz" "block-detach p" "block-attach p" \
	"network-list nope" network-list "network-detach p 9" "network-detach p" "info -x" debug-keys \
	"debug-keys h" "dmesg -x" set-parameters "set-parameters foo=bar" "uptime nope" "vcpu-list nope" \
	"sched-credit2 -d nope" "mem-set p" "mem-set nope 100" "mem-max p" "mem-max nope 100" "vcpu-set p" \
	"vcpu-pin p" "console nope" console "save nope /tmp/x" "save p" "restore /nonexistent" restore \
	"dump-core nope /tmp/x" "dump-core p" "config-update nope /tmp/p.cfg" nosuchverb dom "" \
	"list -h" "list --help" "create -h" "help list" "cpupool-destroy nope" "dmesg -c"; do
	check "the same status: $line" same_status $line
done
# xl accepts these, or says 1 where its own rule would say 2
check "no config file: xl 6" statuses 6 2 create
check "a config file that is not there: xl 3" statuses 3 1 create /nonexistent.cfg
check "shutdown of nobody: xl 1" statuses 1 2 shutdown
check "no config file: xl 1" statuses 1 2 config-update p
check "block-list of nobody: xl 0" statuses 0 1 block-list nope
check "help of no verb: xl 0" statuses 0 1 help nope
check "a key for guests with firmware: xl 0" statuses 0 1 trigger p nmi

# a guest's life
state() { xl list "$1" 2>&1 | awk 'NR == 2 { print $4, substr($5, 3) }'; }
step() { # step VERB...: its status
	timeout 60 $T "$@" > /tmp/step.out 2>&1 < /dev/null
	echo "$1: $?"
}
columns() { $T "$1" p | awk -v c="$2" '{ split(c, n, ","); s = ""; for (i in n) s = s " " $n[i]; print s }'; }
life() {
	T=$1
	n=$(seen p GUEST-READY)
	step create -p /tmp/p.cfg
	state p
	step unpause p
	until_true 120 more p GUEST-READY "$n" && echo runs
	step pause p
	state p
	step unpause p
	step rename p q
	step domid q
	step domid p
	step rename q p
	step sysrq p h
	until_true 20 grep -q 'sysrq: HELP' "$(console_log p)" && echo sysrq
	step block-attach p /tmp/e.img raw xvdb w
	columns block-list 1,2,4
	step block-detach p xvdb
	columns block-list 1,2,4
	step network-attach p bridge=xenbr0 mac=00:16:3e:09:09:09
	columns network-list 1,2,3
	step network-detach p 00:16:3e:09:09:09
	columns network-list 1,2,3
	step vcpu-set p 1
	step vcpu-pin p 0 0
	step sched-credit2 -d p -w 512
	$T sched-credit2 -d p
	step mem-set p 120
	step mem-max p 128
	step save -c p /tmp/saved
	[ -s /tmp/saved ] && echo saved
	step dump-core p /tmp/core
	dd if=/tmp/core bs=4 count=1 2> /dev/null | hexdump -C | head -1
	rm -f /tmp/saved /tmp/core
	step config-update p /tmp/p.cfg
	step list -l p
	xl list -l p | grep '"vdev"\|"mac"\|"max_vcpus"\|"kernel"'
	step shutdown -w p
	step list p
	step create -q /tmp/p.cfg
	step destroy p
	step list p
	step create -n /tmp/p.cfg
	step create /tmp/p.cfg 'name="r"'
	step reboot -w r
	step destroy r
} 2> /dev/null | sed 's/ r [0-9]* / r ID /; s/^\(p  *\)[0-9][0-9]*/\1ID/'
check "xl destroy" xl destroy p
until_true 20 sh -c '! losetup -a | grep -q d.img'
life xl > /tmp/life.xl
sed 's/^/@@ | /' /tmp/life.xl
until_true 20 sh -c '! losetup -a | grep -q d.img'
life axl > /tmp/life.axl
check "a life is the same with both" diff /tmp/life.xl /tmp/life.axl
check "the kernel is content" quiet_kernel
END
