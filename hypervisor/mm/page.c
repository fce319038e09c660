/* SPDX-License-Identifier: MIT */
/*
 * References and types of frames: every transition of page_info.word.
 *
 * A type reference keeps the type; the first one validates, the last one of a
 * table devalidates, both with PGW_LOCKED set and the type count at 1.  Others
 * that want the same type wait for PGW_VALIDATED; those that want another
 * type fail at once, so a waiter never holds what it waits for: tables refer
 * only to tables of a lower level, and the wait follows that order.
 */
#include "mm/page.h"

#include "arch/cpu.h"
#include "core/domain.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "mm/owner.h"
#include "mm/table.h"
#include "mm/word.h"

bool page_get_id(struct page_info *p, xen_domid_t owner)
{
	uint64_t x = word_load(p);

	do {
		if (p->owner != owner || !(x & PGW_REF_MASK) || (x & PGW_REF_LIMIT)) {
			return false;
		}
	} while (!word_cas(p, &x, x + PGW_REF_ONE));
	/* The owner cannot change while there is a reference; it may have before ours. */
	if (unlikely(p->owner != owner)) {
		page_put(p);
		return false;
	}
	return true;
}

bool page_get(struct page_info *p, const struct domain *d)
{
	return page_get_id(p, d->id);
}

int page_get_any(struct page_info *p)
{
	uint16_t owner = __atomic_load_n(&p->owner, __ATOMIC_RELAXED);

	return owner != DOMID_INVALID && page_get_id(p, owner) ? owner : -ESRCH;
}

void page_put(struct page_info *p)
{
	uint64_t x = __atomic_sub_fetch(&p->word, PGW_REF_ONE, __ATOMIC_SEQ_CST);

	ASSERT((x & PGW_REF_MASK) != PGW_REF_MASK);
	if (unlikely(!(x & PGW_REF_MASK))) {
		page_released(p);
	}
}

/*
 * Before a frame, locked by us, changes its type: no CPU may keep a
 * translation from the old use, be it a writable mapping of what becomes a
 * table or a cached table entry that points to what becomes writable.  Only
 * the owner's tables have such, unless it was mapped writable by others,
 * foreign or granted, who may have let go without a flush.
 */
static void flush_old_type(struct page_info *p)
{
	const struct domain *d = page_owner(p);
	cpumask_t mask = d ? __atomic_load_n(&d->dirty_cpus, __ATOMIC_SEQ_CST) : 0;

	if (word_load(p) & PGW_FOREIGN) {
		mask = cpu_online_map;
	}
	mask = tlb_filter_stale(mask, p->tlb_stamp);
	if (mask) {
		tlb_flush_mask(mask, TLB_FLUSH_ALL_VA);
	}
	/* Nobody can map it writable before we are done. */
	if (word_load(p) & PGW_FOREIGN) {
		__atomic_fetch_and(&p->word, ~PGW_FOREIGN, __ATOMIC_SEQ_CST);
	}
}

void page_set_foreign(struct page_info *p)
{
	if (!(word_load(p) & PGW_FOREIGN)) {
		__atomic_fetch_or(&p->word, PGW_FOREIGN, __ATOMIC_SEQ_CST);
	}
}

static int contents_validate(struct page_info *p, enum page_type type, bool preemptible)
{
	switch (type) {
	case PT_L1:
	case PT_L2:
	case PT_L3:
	case PT_L4:
		return table_validate(p, type, preemptible);
	case PT_SEGDESC:
		return segdesc_validate(p);
	default:
		return 0;
	}
}

/* Devalidates p, locked by us with type count 1; has_own: it holds PARTIAL's references. */
static int type_dissolve(struct page_info *p, enum page_type type, bool preemptible, bool has_own)
{
	int rc = table_devalidate(p, type, preemptible);

	if (rc == -ERESTART) {
		__atomic_fetch_add(&p->word, PGW_PARTIAL - PGW_LOCKED + (has_own ? 0 : PGW_REF_ONE),
				   __ATOMIC_SEQ_CST);
		return rc;
	}
	p->tlb_stamp = tlb_clock();
	__atomic_fetch_sub(&p->word, PGW_LOCKED + PGW_TCOUNT_ONE, __ATOMIC_SEQ_CST);
	if (has_own) {
		page_put(p);
	}
	return 0;
}

/*
 * Validates p, locked by us with type count 1.  resumed: it was PARTIAL
 * before, so its own two references become the caller's type reference and
 * one general reference too many.
 */
static int type_establish(struct page_info *p, enum page_type type, bool preemptible, bool resumed)
{
	int rc = contents_validate(p, type, preemptible);

	if (rc == 0) {
		__atomic_fetch_add(&p->word, PGW_VALIDATED - PGW_LOCKED, __ATOMIC_SEQ_CST);
	} else if (rc == -ERESTART) {
		__atomic_fetch_add(&p->word, PGW_PARTIAL - PGW_LOCKED + (resumed ? 0 : PGW_REF_ONE),
				   __ATOMIC_SEQ_CST);
		return rc;
	} else if (type_is_table(type)) {
		/*
		 * Gives back the entries taken so far.  If that is preempted
		 * the frame stays PARTIAL: trying again or the domain's death
		 * takes it on.
		 */
		type_dissolve(p, type, preemptible, resumed);
		return rc;
	} else {
		__atomic_fetch_sub(&p->word, PGW_LOCKED + PGW_TCOUNT_ONE, __ATOMIC_SEQ_CST);
	}
	if (resumed) {
		page_put(p);
	}
	return rc;
}

static int get_type(struct page_info *p, enum page_type type, bool preemptible)
{
	uint64_t x = word_load(p), nx;
	bool resumed, fresh;

	for (;;) {
		resumed = fresh = false;
		if (!(x & PGW_TCOUNT_MASK)) {
			nx = x + PGW_TCOUNT_ONE;
			fresh = word_type(x) != type || !(x & PGW_VALIDATED);
			if (fresh && type == PT_WRITABLE && word_type(x) == PT_NONE) {
				/* Never was anything else: nothing to flush or check. */
				nx |= (uint64_t)type << PGW_TYPE_SHIFT | PGW_VALIDATED;
				fresh = false;
			} else if (fresh) {
				nx = (nx & ~(PGW_TYPE_MASK | PGW_VALIDATED)) | PGW_LOCKED |
				     (uint64_t)type << PGW_TYPE_SHIFT;
			}
		} else if (word_type(x) != type || (x & PGW_TCOUNT_LIMIT)) {
			return -EINVAL;
		} else if (x & PGW_VALIDATED) {
			nx = x + PGW_TCOUNT_ONE;
		} else if ((x & (PGW_PARTIAL | PGW_LOCKED)) == PGW_PARTIAL) {
			nx = x + PGW_LOCKED - PGW_PARTIAL;
			resumed = true;
		} else {
			/* Somebody (de)validates it right now. */
			cpu_relax_serve();
			x = word_load(p);
			continue;
		}
		if (word_cas(p, &x, nx)) {
			break;
		}
	}
	if (likely(!fresh && !resumed)) {
		return 0;
	}
	if (fresh) {
		p->progress = 0;
		if (word_type(x) != PT_NONE) {
			flush_old_type(p);
		}
	}
	return type_establish(p, type, preemptible, resumed);
}

int page_get_type(struct page_info *p, enum page_type type)
{
	return get_type(p, type, true);
}

int page_get_type_now(struct page_info *p, enum page_type type)
{
	return get_type(p, type, false);
}

static int put_type(struct page_info *p, bool preemptible)
{
	uint64_t x = word_load(p), nx;
	bool dissolve;

	do {
		BUG_ON(!(x & PGW_TCOUNT_MASK));
		dissolve = false;
		nx = x - PGW_TCOUNT_ONE;
		if (!(nx & PGW_TCOUNT_MASK)) {
			if (type_is_table(word_type(x))) {
				/* The table lock's holder has a count, so LOCKED is clear. */
				dissolve = true;
				nx = (x & ~PGW_VALIDATED) | PGW_LOCKED;
			} else {
				/* Before the count drops: whoever changes the type reads it. */
				p->tlb_stamp = tlb_clock();
			}
		}
	} while (!word_cas(p, &x, nx));
	return dissolve ? type_dissolve(p, word_type(x), preemptible, false) : 0;
}

void page_put_type(struct page_info *p)
{
	put_type(p, false);
}

int page_put_type_preemptible(struct page_info *p)
{
	return put_type(p, true);
}

int page_finish_partial(struct page_info *p)
{
	uint64_t x = word_load(p);

	do {
		if ((x & (PGW_PARTIAL | PGW_LOCKED)) != PGW_PARTIAL) {
			return 0; /* somebody took it over */
		}
	} while (!word_cas(p, &x, x - PGW_PARTIAL + PGW_LOCKED));
	return type_dissolve(p, word_type(x), true, true);
}

int page_get_and_type(struct page_info *p, const struct domain *d, enum page_type type)
{
	int rc;

	if (type == PT_WRITABLE) {
		return page_get_writable(p, d->id) ? -EINVAL : 0;
	}
	if (!page_get_id(p, d->id)) {
		return -EINVAL;
	}
	rc = get_type(p, type, true);
	if (rc) {
		page_put(p);
	}
	return rc;
}

void page_put_and_type(struct page_info *p)
{
	page_put_type(p);
	page_put(p);
}

int page_get_writable(struct page_info *p, xen_domid_t owner)
{
	const uint64_t state = PGW_TYPE_MASK | PGW_VALIDATED;
	const uint64_t writable = (uint64_t)PT_WRITABLE << PGW_TYPE_SHIFT | PGW_VALIDATED;
	uint64_t x = word_load(p);

	while (likely((x & state) == writable && p->owner == owner && (x & PGW_REF_MASK) &&
		      !(x & (PGW_REF_LIMIT | PGW_TCOUNT_LIMIT)))) {
		if (likely(word_cas(p, &x, x + PGW_REF_ONE + PGW_TCOUNT_ONE))) {
			if (likely(p->owner == owner)) {
				return 0;
			}
			page_put_writable(p);
			return -EINVAL;
		}
	}
	if (!page_get_id(p, owner)) {
		return -EINVAL;
	}
	if (get_type(p, PT_WRITABLE, false)) {
		page_put(p);
		return -EBUSY;
	}
	return 0;
}

void page_put_writable(struct page_info *p)
{
	uint64_t x = word_load(p), nx;

	do {
		BUG_ON(!(x & PGW_TCOUNT_MASK) || word_type(x) != PT_WRITABLE);
		nx = x - PGW_REF_ONE - PGW_TCOUNT_ONE;
		if (!(nx & PGW_TCOUNT_MASK)) {
			p->tlb_stamp = tlb_clock();
		}
	} while (!word_cas(p, &x, nx));
	if (unlikely(!(nx & PGW_REF_MASK))) {
		page_released(p);
	}
}

int page_pin(struct page_info *p, struct domain *d, enum page_type type)
{
	int rc = page_get_and_type(p, d, type);
	uint64_t x;

	if (rc) {
		return rc;
	}
	x = __atomic_fetch_or(&p->word, PGW_PINNED, __ATOMIC_SEQ_CST);
	if (x & PGW_PINNED) {
		page_put_and_type(p);
		return -EINVAL;
	}
	/* A dying domain's frames may have been swept for pins already. */
	if (unlikely(__atomic_load_n(&d->dying, __ATOMIC_SEQ_CST) != DOMAIN_ALIVE) &&
	    page_clear_pin(p)) {
		page_put_and_type(p);
		return -EINVAL;
	}
	return 0;
}

bool page_clear_pin(struct page_info *p)
{
	if (!(word_load(p) & PGW_PINNED)) {
		return false;
	}
	return __atomic_fetch_and(&p->word, ~PGW_PINNED, __ATOMIC_SEQ_CST) & PGW_PINNED;
}

/* What the lock of a table adds to its word. */
#define WORD_LOCK (PGW_LOCKED + PGW_TCOUNT_ONE + PGW_REF_ONE)

bool page_table_lock(struct page_info *p, xen_domid_t owner)
{
	uint64_t x = word_load(p);

	for (;;) {
		/* A type count means that there are references too; room is always left. */
		if (!(x & PGW_VALIDATED) || !type_is_table(word_type(x)) || p->owner != owner ||
		    !(x & PGW_TCOUNT_MASK)) {
			return false;
		}
		if (x & PGW_LOCKED) {
			cpu_relax_serve();
			x = word_load(p);
		} else if (word_cas(p, &x, x + WORD_LOCK)) {
			break;
		}
	}
	if (unlikely(p->owner != owner)) {
		page_table_unlock(p);
		return false;
	}
	return true;
}

void page_table_unlock(struct page_info *p)
{
	uint64_t x = word_load(p);

	while (likely((x & PGW_TCOUNT_MASK) != PGW_TCOUNT_ONE &&
		      (x & PGW_REF_MASK) != PGW_REF_ONE)) {
		if (word_cas(p, &x, x - WORD_LOCK)) {
			return;
		}
	}
	/* Everybody else has let go of the table meanwhile: the lock's count is the last. */
	__atomic_fetch_and(&p->word, ~PGW_LOCKED, __ATOMIC_SEQ_CST);
	put_type(p, false);
	page_put(p);
}
