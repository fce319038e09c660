/* SPDX-License-Identifier: MIT */
/* The same facts as Debian's libxen-dev states them, or a specification it does not cover. */
#include "rows.h"

/* The toolstack's view: domctl, sysctl and full register names. */
#define __XEN_TOOLS__ 1

#include <xen/xen.h>

#include <xen/arch-x86/cpuid.h>
#include <xen/callback.h>
#include <xen/domctl.h>
#include <xen/elfnote.h>
#include <xen/event_channel.h>
#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/hypfs.h>
#include <xen/io/blkif.h>
#include <xen/io/console.h>
#include <xen/io/netif.h>
#include <xen/io/protocols.h>
#include <xen/io/xenbus.h>
#include <xen/io/xs_wire.h>
#include <xen/memory.h>
#include <xen/nmi.h>
#include <xen/physdev.h>
#include <xen/platform.h>
#include <xen/sched.h>
#include <xen/sysctl.h>
#include <xen/vcpu.h>
#include <xen/version.h>
#include <xenctrl.h>

/* All that a block ring's slot may hold; <xen/io/blkif.h> names two of the four. */
union our_blkif_entry {
	union blkif_sring_entry named;
	struct blkif_request_discard discard;
	struct blkif_request_indirect indirect;
};

#define IN_EFI_CALL(member)                                  \
	(offsetof(struct xenpf_efi_runtime_call, u.member) - \
	 offsetof(struct xenpf_efi_runtime_call, u))

#define FACT_CONST(ours, theirs) ROW_NUMBER(#ours, theirs)
#define FACT_STRING(ours, theirs) ROW_BYTES(#ours, theirs, sizeof(theirs))
#define FACT_TYPE(ours, theirs) ROW_TYPE(#ours, theirs)
#define FACT_MEMBER(ot, om, tt, tm) ROW_MEMBER(#ot "." #om, tt, tm)
#define FACT_FLEX(ot, om, tt, tm) ROW_FLEX(#ot "." #om, tt, tm)
#define FACT_BITS(ot, om, tt, tm) ROW_BITS(#ot "." #om, tt, tm)
#define FACT_TYPE_SIZE(ours, size) ROW_NUMBER("sizeof(" #ours ")", size)
#define FACT_MEMBER_AT(type, member, at) ROW_NUMBER("offsetof(" #type "." #member ")", at)

const struct row debian_rows[] = {
#include "list.def"
};

const size_t debian_row_count = sizeof(debian_rows) / sizeof(debian_rows[0]);
