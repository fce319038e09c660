/* SPDX-License-Identifier: MIT */
/* The type oracle. */
#include "mm/oracle.h"

#include <asm/directmap.h>

#include "core/domain.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/table.h"
#include "mm/word.h"

#define REPORTS_MAX 20

struct count {
	uint32_t refs, types;
};

static struct count *counts; /* by frame; what the holders add up to */
static unsigned int differences;

static void report(mfn_t m, const char *what, uint64_t found, uint64_t expected)
{
	if (differences++ < REPORTS_MAX) {
		log_err("oracle: frame %lx of d%u, word %016lx: %s %lu, expected %lu\n",
			(unsigned long)m.v, mfn_to_page(m)->owner,
			(unsigned long)mfn_to_page(m)->word, what, (unsigned long)found,
			(unsigned long)expected);
	}
}

void oracle_hold(mfn_t m, enum page_type type)
{
	if (!mfn_is_ram(m)) {
		return;
	}
	counts[m.v].refs++;
	if (type != PT_NONE) {
		counts[m.v].types++;
		if (page_type(mfn_to_page(m)) != type) {
			report(m, "type", page_type(mfn_to_page(m)), type);
		}
	}
}

/* What the entries of a table hold, as far as they are taken. */
static void visit_table(const struct page_info *p, unsigned int level)
{
	const pte_t *t = mfn_to_virt(page_to_mfn(p));
	unsigned int n = p->word & PGW_PARTIAL ? p->progress : PTES_PER_TABLE;

	for (unsigned int i = 0; i < n; i++) {
		enum page_type below = (enum page_type)(level - 1);

		if (!(t[i] & PTE_PRESENT) ||
		    (level == 4 && i >= HOLE_FIRST_SLOT && i <= HOLE_LAST_SLOT)) {
			continue;
		}
		if (level == 1) {
			below = t[i] & PTE_RW ? PT_WRITABLE : PT_NONE;
		}
		oracle_hold(pte_mfn(t[i]), below);
	}
}

/* What a frame's own flags stand for. */
static void visit_flags(const struct page_info *p)
{
	enum page_type type = page_type(p);
	mfn_t m = page_to_mfn(p);

	counts[m.v].refs += !!(p->word & PGW_ALLOCATED);
	if (p->word & PGW_HYPERVISOR) {
		counts[m.v].types++; /* page_share_with's */
		return;
	}
	if (p->word & PGW_PINNED) {
		oracle_hold(m, type);
	}
	if (p->word & PGW_PARTIAL) {
		oracle_hold(m, type);
	}
	if (type_is_table(type) && (p->word & PGW_TCOUNT_MASK) &&
	    (p->word & (PGW_VALIDATED | PGW_PARTIAL))) {
		visit_table(p, type);
	}
}

static uint64_t visit_list(const struct domain *d, uint32_t head)
{
	uint32_t before = PAGE_LINK_END;
	uint64_t length = 0;

	for (uint32_t m = head; m != PAGE_LINK_END; before = m, m = frame_table[m].next) {
		if (frame_table[m].owner != d->id || frame_table[m].prev != before) {
			report(mfn(m), "list link: owner", frame_table[m].owner, d->id);
			return length;
		}
		visit_flags(&frame_table[m]);
		length++;
	}
	return length;
}

static void visit_domain(const struct domain *d)
{
	uint64_t own = visit_list(d, d->page_list) + visit_list(d, d->dying_list);
	uint64_t shared = visit_list(d, d->shared_list);

	/* A dying domain's shared frames move to its dying list. */
	if (own + shared != d->tot_pages + d->shared_pages) {
		log_err("oracle: d%u: %lu frames on its lists, %lu charged\n", d->id,
			(unsigned long)(own + shared),
			(unsigned long)(d->tot_pages + d->shared_pages));
		differences++;
	}
	oracle_visit_vcpus(d);
	if (oracle_visit_core) {
		oracle_visit_core(d);
	}
}

static void compare_frame(mfn_t m)
{
	const struct page_info *p = mfn_to_page(m);
	uint64_t refs = p->word & PGW_REF_MASK;
	uint64_t types = (p->word & PGW_TCOUNT_MASK) / PGW_TCOUNT_ONE;
	struct count want = counts[m.v];

	if (p->word & PGW_HYPERVISOR && p->owner >= DOMID_FIRST_RESERVED) {
		want.refs++; /* Argon's own, and of the M2P a type count too */
		want.types += p->owner == DOMID_XEN;
	} else if (p->word & PGW_HYPERVISOR && !refs) {
		want.types++; /* out of sight of a dying domain, until page_unshare */
	}
	if (p->word & PGW_LOCKED) {
		report(m, "locked", 1, 0);
	}
	if (refs != want.refs) {
		report(m, "references", refs, want.refs);
	}
	if (types != want.types) {
		report(m, "type references", types, want.types);
	}
}

unsigned int type_oracle_check(void)
{
	struct domain *d;

	counts = hv_alloc(max_page * sizeof(*counts));
	if (!counts) {
		return ~0U;
	}
	differences = 0;
	for (uint32_t id = 0; (d = domain_lookup_from((xen_domid_t)id)) != NULL;) {
		visit_domain(d);
		id = d->id + 1U;
		domain_put(d);
		if (id >= DOMID_FIRST_RESERVED) {
			break;
		}
	}
	for (uint64_t m = 0; m < max_page; m++) {
		if (mfn_is_ram(mfn(m))) {
			compare_frame(mfn(m));
		}
	}
	hv_free(counts);
	counts = NULL;
	return differences;
}
