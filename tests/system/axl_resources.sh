#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh
# limit: 400
# CPU, memory and devices of a guest that runs: axl's verbs change them, and the guest feels it.
. "$(dirname "$0")/lib.sh"
name=${1:-$name}
export HV=${HV:-argon}
[ "$HV" != argon ] || need build/argon
need build/dom0-tools/{axl,xenstored,xenconsoled}
TOOLS=argon SMP=2 TIMEOUT=380 in_dom0 <<'END'
PATH=/x:$PATH
TOOL=axl
# fails "TEXT" COMMAND...: it fails and says so
fails() {
	text=$1
	shift
	! "$@" > /tmp/fails.out 2>&1 && grep -q -e "$text" /tmp/fails.out || {
		cat /tmp/fails.out
		return 1
	}
}
# says "TEXT" COMMAND...: it succeeds and says so
says() {
	text=$1
	shift
	"$@" > /tmp/says.out 2>&1 && grep -q -e "$text" /tmp/says.out || {
		cat /tmp/says.out
		return 1
	}
}
memory_is() { [ "$(axl list g | awk 'NR == 2 {print $3}')" = "$1" ]; }
offline_is() { [ "$(axl vcpu-list g | grep -c -e '--p')" = "$1" ]; }
disk_connected() { axl block-list g | grep -q "^51728 0 .* 4  "; }
nic_connected() { axl network-list g | grep -q "00:16:3e:00:00:77 .* 4  "; }
check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
truncate -s 16M /tmp/disk.img /tmp/second.img
busybox_cfg g 128 "ADDR=10.9.0.2 BLK=xvda" "disk = [ '/tmp/disk.img,raw,xvda,w' ]" \
	"vif = [ 'bridge=xenbr0' ]" "vcpus = 2" "maxmem = 256" "cpu_weight = 300" "cap = 150" \
	"cpus = '0-1'" "cpus_soft = '1'" "pool = 'Pool-0'" > /tmp/g.cfg
check "a cap out of range" fails "2 vCPUs can use 200" axl create /tmp/g.cfg 'cap=201'
check "a weight out of range" fails "1 to 65535" axl create /tmp/g.cfg 'cpu_weight=65536'
check "a number of vCPUs out of range" fails "1 to 1024" axl create /tmp/g.cfg 'maxvcpus=1025'
check "less than maxvcpus allows" fails "maxvcpus" axl create /tmp/g.cfg 'vcpus=3' 'maxvcpus=2'
check "a maximum below the memory" fails "128 MiB" axl create /tmp/g.cfg 'maxmem=64'
check "more memory than there is" fails "free" axl create /tmp/g.cfg 'memory=16384' 'maxmem=16384'
check "soft CPUs that are not there" fails "this machine has CPUs 0 to 1" axl create /tmp/g.cfg 'cpus_soft="7"'
check "a CPU that is not there" fails "this machine has CPUs 0 to 1" axl create /tmp/g.cfg 'cpus="7"'
check "a pool that is not there" fails 'no CPU pool "none"' axl create /tmp/g.cfg 'pool="none"'
check "create" axl create /tmp/g.cfg
check "it runs" wait_console g GUEST-READY 90

check "its weight and cap are set" says "^g .* 300  150$" axl sched-credit2 -d g
check "sched-credit2" axl sched-credit2 -d g -w 512 -c 50
check "it is changed" says "^g .* 512   50$" axl sched-credit2
check "a weight out of range" fails "1 to 65535" axl sched-credit2 -d g -w 0
check "a cap out of range" fails "0 to 200" axl sched-credit2 -d g -c 201
check "the rate limit" axl sched-credit2 -s -r 2000
check "it is set" says "^Cpupool Pool-0: ratelimit=2000us$" axl sched-credit2 -s
check "a rate limit out of range" fails "100 to 500000" axl sched-credit2 -s -r 99
check "its affinities" says " all / 1$" axl vcpu-list g
check "vcpu-pin" axl vcpu-pin g all 1 all
check "it stays there" says " 1   [r-][b-]- .* 1 / all$" axl vcpu-list g
check "a CPU that is not there" fails "there is no CPU 9" axl vcpu-pin g 0 9
check "back" axl vcpu-pin g all all
check "vcpu-set" axl vcpu-set g 1
check "the guest gives one up" until_true 60 offline_is 1
check "too many vCPUs" fails "1 to 2" axl vcpu-set g 3
check "no vCPU" fails "1 to 2" axl vcpu-set g 0

check "mem-set" axl mem-set g 110
check "the guest gives memory back" until_true 60 memory_is 110
check "less than it needs" fails "104 to 256 MiB" axl mem-set g 20
check "mem-set up" axl mem-set g 160
check "the guest takes it" until_true 60 memory_is 160
check "more than its maximum" fails "104 to 256 MiB" axl mem-set g 1g
check "mem-max" axl mem-max g 200
check "then it cannot have more" fails "to 200 MiB" axl mem-set g 220
check "mem-max below what it has" fails "160" axl mem-max g 100

check "block-attach" axl block-attach g /tmp/second.img,raw,xvdb,w
check "twice" fails "xvdb of domain" axl block-attach g /tmp/second.img,raw,xvdc,w
check "block-list tells that the guest has it" until_true 60 disk_connected
check "block-detach" axl block-detach g xvdb
check "network-attach" axl network-attach g bridge=xenbr0 mac=00:16:3e:00:00:77
check "network-list tells that the guest has it" until_true 60 nic_connected
check "network-detach" axl network-detach g 00:16:3e:00:00:77
check "what is not there" fails 'no disk "xvdz"' axl block-detach g xvdz

check "top" says "^         g .* 2    1 " axl top -b -i 2 -d 0.5
check "top on the console" sh -c "TERM=linux axl top -i 2 -d 0.5 < /dev/hvc0 > /dev/hvc0"
check "metrics" says 'xen_domain_vbd_requests_total{domain="g",.*direction="read"}' axl metrics
check "dump-core" axl dump-core g /tmp/core
check "it is an ELF file" sh -c "head -c 4 /tmp/core | grep -q ELF"
check "vm-list" says " g *$" axl vm-list
check "uptime" says "^g .* 0:0" axl uptime
check "claims" says "^g .* 0$" axl claims
check "info -n" says "^  1:       1 " axl info -n

check "a CPU leaves the pool" axl cpupool-cpu-remove Pool-0 1
check "cpupool-create" axl cpupool-create 'name="fast"' 'cpus="1"'
check "cpupool-list" says "^fast .* 1   credit2 .* 0$" axl cpupool-list
check "cpupool-migrate" axl cpupool-migrate g fast
check "the new pool's rate limit" axl sched-credit2 -s -p fast -r 500
check "both are shown" says "^Cpupool fast: ratelimit=500us$" axl sched-credit2 -s
check "the other as it was" says "^Cpupool Pool-0: ratelimit=2000us$" axl sched-credit2 -s -p Pool-0
check "list -c" says "^g .* fast$" axl list -c
check "a pool in use" fails "domains are in it" axl cpupool-destroy fast
check "back" axl cpupool-migrate g Pool-0
check "cpupool-destroy" axl cpupool-destroy fast
check "cpupool-cpu-add" axl cpupool-cpu-add Pool-0 1
check "a verb of xl that is not here" fails "paravirtual" axl trigger g nmi
check "the guest has survived it" says "GUEST-READY" axl console --log g
check "destroy" axl destroy g
check "the kernel is content" quiet_kernel
END
