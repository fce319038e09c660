#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck source=tests/system/lib.sh source=dom0-tools/image/lib.sh
# limit: 400
# Pacemaker's agent for Xen guests (ocf:heartbeat:Xen, as Debian packs it) with axl under the name
# xl: each action as the cluster would call it, with the status that the cluster acts on.
. "$(dirname "$0")/lib.sh"
export HV=${HV:-argon}
need build/argon build/dom0-tools/{axl,xenstored,xenconsoled}
. dom0-tools/image/lib.sh
make_agent() {
	download resource-agents
	unpack "$1" resource-agents
}
once resource-agents make_agent
TOOLS=argon TIMEOUT=380 KARGS="HV=$HV" in_dom0 "$CACHE/resource-agents/usr/lib/ocf" <<'END'
TOOL=axl
ln -s "$(command -v axl)" /x/xl
PATH=/x:$PATH
export OCF_ROOT=/x/ocf HA_RSCTMP=/tmp/rsctmp OCF_RESOURCE_INSTANCE=guest OCF_RESOURCE_TYPE=Xen \
	OCF_RESKEY_xmfile=/tmp/guest.cfg OCF_RESKEY_CRM_meta_timeout=60000 HA_LOGFILE=/tmp/ha.log \
	HA_LOGFACILITY=none OCF_RESKEY_crm_feature_set=3.0.1
mkdir -p /tmp/rsctmp
agent() { timeout 100 /x/ocf/resource.d/heartbeat/Xen "$@"; }
# gives STATUS WORDS: the agent's exit status
gives() {
	wanted=$1
	shift
	env "$@" > /tmp/agent.out 2>&1
	got=$?
	cat /tmp/agent.out
	[ $got = "$wanted" ] || { echo "status $got, not $wanted"; return 1; }
}
action() { # action STATUS ACTION [SETTING...]
	local status=$1 what=$2
	shift 2
	gives "$status" "$@" timeout 100 /x/ocf/resource.d/heartbeat/Xen "$what"
}
OK=0 GENERIC=1 UNIMPLEMENTED=3 INSTALLED=5 NOT_RUNNING=7

check "the toolstack starts" toolstack_up
check "the backends are there" backends_up
busybox_cfg guest 128 "" > /tmp/guest.cfg
check "meta-data" action $OK meta-data
check "validate-all" action $OK validate-all
check "a probe finds nothing" action $NOT_RUNNING monitor OCF_RESKEY_CRM_meta_interval=0
check "stop of what does not run is success" action $OK stop
check "start without a configuration" action $INSTALLED start OCF_RESKEY_xmfile=/nonexistent
check "start" action $OK start
check "it is there" axl domid guest
check "start again is success" action $OK start
check "monitor" action $OK monitor OCF_RESKEY_CRM_meta_interval=10000
check "status" action $OK status
check "a monitor script that fails" action $GENERIC monitor OCF_RESKEY_monitor_scripts=false OCF_RESKEY_CRM_meta_interval=10000
check "it runs" wait_console guest GUEST-READY 90
check "migration is refused and the guest stays" action $GENERIC migrate_to OCF_RESKEY_CRM_meta_migrate_target=elsewhere
check "still there" action $OK monitor OCF_RESKEY_CRM_meta_interval=10000
check "stop shuts it down" action $OK stop
check "it ended by itself" grep -q "poweroff, action" /var/log/axl/guest.log
check "a probe finds nothing again" action $NOT_RUNNING monitor OCF_RESKEY_CRM_meta_interval=0
check "a monitor finds that it has gone" action $NOT_RUNNING monitor OCF_RESKEY_CRM_meta_interval=10000
check "migrate_from waits in vain" action $GENERIC migrate_from OCF_RESKEY_CRM_meta_timeout=3000
check "start of one with memory management" action $OK start OCF_RESKEY_allow_mem_management=1 OCF_RESKEY_reserved_Dom0_memory=1900
check "stop with an impatient cluster destroys" action $OK stop OCF_RESKEY_shutdown_timeout=0
check "it is gone" fails "no domain" axl domid guest
check "an action it has not" action $UNIMPLEMENTED promote
check "the kernel is content" quiet_kernel
END
