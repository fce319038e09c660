/* SPDX-License-Identifier: MIT */
/*
 * The FIFO layout: one word per port in pages the guest gives, and per vCPU
 * and priority a queue of ports, linked through the words, whose head is in
 * the guest's control block and whose tail only we know.
 *
 * The guest may write anything into words and control blocks at any time.
 * Nothing read there is used as more than a flag; no loop follows its links.
 *
 * Setting a port pending takes no lock.  Putting it on a queue takes the
 * domain's queue lock, whose holders wait for nobody.  Pages and blocks are
 * taken away under that lock and given back to the guest only after every CPU
 * has been outside of set_pending once.
 */
#include "arch/cpu.h"
#include "core/evtchn.h"
#include "core/grace.h"
#include "core/guest_op.h"
#include "lib/bug.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/oracle.h"
#include "xen/arch.h"

#include <asm/directmap.h>

#define WORDS_PER_PAGE (PAGE_SIZE / sizeof(event_word_t))
#define FIFO_PAGES (EVTCHN_FIFO_NR_CHANNELS / WORDS_PER_PAGE)
#define PENDING (1U << EVTCHN_FIFO_PENDING)
#define MASKED (1U << EVTCHN_FIFO_MASKED)
#define LINKED (1U << EVTCHN_FIFO_LINKED)
#define LINK_MASK ((uint32_t)EVTCHN_FIFO_LINK_MASK)

struct fifo_vcpu {
	struct evtchn_fifo_control_block *block;    /* the guest's; NULL: not registered */
	evtchn_port_t tail[EVTCHN_FIFO_MAX_QUEUES]; /* 0: none */
};

struct fifo_domain {
	spinlock_t lock; /* RANK_EVENT_QUEUE: tails, queues of the channels */
	unsigned int pages;
	event_word_t *page[FIFO_PAGES];
	struct fifo_vcpu vcpu[]; /* max_vcpus */
};

/* The word of a port, or NULL while the guest has given no page for it. */
static event_word_t *word_of(const struct fifo_domain *f, evtchn_port_t port)
{
	event_word_t *page =
		f && port < EVTCHN_FIFO_NR_CHANNELS
			? __atomic_load_n(&f->page[port / WORDS_PER_PAGE], __ATOMIC_SEQ_CST)
			: NULL;

	return page ? &page[port % WORDS_PER_PAGE] : NULL;
}

static uint32_t word_read(const struct domain *d, evtchn_port_t port)
{
	const event_word_t *w = word_of(d->evtchn->fifo, port);

	return w ? __atomic_load_n(w, __ATOMIC_SEQ_CST) : 0;
}

static bool is_pending(const struct domain *d, evtchn_port_t port)
{
	return word_read(d, port) & PENDING;
}

static bool is_masked(const struct domain *d, evtchn_port_t port)
{
	return word_read(d, port) & MASKED;
}

/* On a queue still: a port given out again now could wait there for ever. */
static bool is_busy(const struct domain *d, evtchn_port_t port)
{
	return word_read(d, port) & LINKED;
}

#define LINK_TRIES 16

/*
 * Makes the word of a queue's tail point to port.  False if that is no tail
 * any more, since the guest has taken it off the queue.
 */
static bool link_behind(const struct fifo_domain *f, evtchn_port_t tail, evtchn_port_t port)
{
	event_word_t *w = word_of(f, tail);
	event_word_t old = w ? __atomic_load_n(w, __ATOMIC_SEQ_CST) : 0;
	unsigned int i;

	for (i = 0; i < LINK_TRIES; i++) {
		if (!(old & LINKED)) {
			return false;
		}
		if (__atomic_compare_exchange_n(w, &old, (old & ~LINK_MASK) | port, false,
						__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
			return true;
		}
	}
	/* No guest changes a word that often by the rules: it misses an event. */
	return true;
}

/* Under the lock: appends the port to its queue.  True if v has news. */
static bool enqueue(struct fifo_domain *f, const struct vcpu *v, evtchn_port_t port,
		    struct evtchn *c)
{
	struct fifo_vcpu *fv = &f->vcpu[v->id];
	uint8_t priority = __atomic_load_n(&c->priority, __ATOMIC_RELAXED);
	evtchn_port_t *tail = &fv->tail[priority];
	evtchn_port_t *old_tail = &f->vcpu[c->last_vcpu].tail[c->last_priority];
	event_word_t *w = word_of(f, port);

	if (!w || !fv->block) {
		return false;
	}
	if (__atomic_fetch_or(w, LINKED, __ATOMIC_SEQ_CST) & LINKED) {
		return false; /* another sender was faster */
	}
	/* It was taken off whatever queue it ended: that one has no tail now. */
	if (*old_tail == port) {
		*old_tail = 0;
	}
	c->last_vcpu = (uint16_t)v->id;
	c->last_priority = priority;
	if (*tail && link_behind(f, *tail, port)) {
		*tail = port;
		return false; /* the guest is still working on this queue */
	}
	*tail = port;
	__atomic_store_n(&fv->block->head[priority], port, __ATOMIC_SEQ_CST);
	return !(__atomic_fetch_or(&fv->block->ready, 1U << priority, __ATOMIC_SEQ_CST) &
		 (1U << priority));
}

static void set_pending(struct vcpu *v, evtchn_port_t port, struct evtchn *c)
{
	struct fifo_domain *f = v->domain->evtchn->fifo;
	event_word_t *w = word_of(f, port);
	uint32_t old;
	bool news;

	if (!w) {
		/* Remembered until the page comes; perhaps it came just now. */
		__atomic_store_n(&c->early, true, __ATOMIC_SEQ_CST);
		w = word_of(f, port);
		if (!w) {
			return;
		}
	}
	old = __atomic_fetch_or(w, PENDING, __ATOMIC_SEQ_CST);
	if (old & (MASKED | LINKED)) {
		return;
	}
	spin_lock_quiet(&f->lock);
	news = enqueue(f, v, port, c);
	spin_unlock(&f->lock);
	if (news) {
		vcpu_mark_events_pending(v);
	}
}

static void clear_pending(struct domain *d, evtchn_port_t port)
{
	event_word_t *w = word_of(d->evtchn->fifo, port);

	/* It stays on its queue: the guest skips what is not pending. */
	if (w) {
		__atomic_fetch_and(w, ~PENDING, __ATOMIC_SEQ_CST);
	}
	__atomic_store_n(&evtchn_of(d, port)->early, false, __ATOMIC_RELAXED);
}

static void unmask(struct domain *d, evtchn_port_t port, struct evtchn *c)
{
	event_word_t *w = word_of(d->evtchn->fifo, port);

	if (w && __atomic_fetch_and(w, ~MASKED, __ATOMIC_SEQ_CST) & PENDING) {
		set_pending(d->vcpu[c->notify_vcpu], port, c);
	}
}

static int set_priority(struct domain *d, struct evtchn *c, uint32_t priority)
{
	(void)d;
	if (priority > EVTCHN_FIFO_PRIORITY_MIN) {
		return -EINVAL;
	}
	/* Holds from the next time it is queued. */
	__atomic_store_n(&c->priority, (uint8_t)priority, __ATOMIC_RELAXED);
	return 0;
}

const struct evtchn_layout evtchn_fifo = {
	.is_pending = is_pending,
	.is_masked = is_masked,
	.is_busy = is_busy,
	.set_pending = set_pending,
	.clear_pending = clear_pending,
	.unmask = unmask,
	.set_priority = set_priority,
	.max_ports = EVTCHN_FIFO_NR_CHANNELS,
};

/* A frame of d's that we may write from now on: where it is, or NULL. */
static void *page_take(struct domain *d, uint64_t gfn)
{
	mfn_t m = mfn(gfn);

	if (!mfn_is_ram(m) || page_get_and_type(mfn_to_page(m), d, PT_WRITABLE)) {
		return NULL;
	}
	return mfn_to_virt(m);
}

static void page_return(const void *va)
{
	if (va) {
		page_put_and_type(mfn_to_page(virt_to_mfn(va)));
	}
}

/* Under the event lock: from now on events of d go through queues. */
static int layout_switch(struct domain *d)
{
	struct evtchn_table *t = d->evtchn;
	evtchn_port_t port;

	if (!t->fifo) {
		struct fifo_domain *f = hv_alloc(sizeof(*f) + d->max_vcpus * sizeof(f->vcpu[0]));

		if (!f) {
			return -ENOMEM;
		}
		spin_lock_init(&f->lock, RANK_EVENT_QUEUE);
		__atomic_store_n(&t->fifo, f, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&t->layout, &evtchn_fifo, __ATOMIC_RELEASE);
	grace_wait();
	for (port = 1; port < t->valid; port++) {
		struct evtchn *c = evtchn_of(d, port);

		c->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
		c->last_priority = 0;
		c->last_vcpu = 0;
		c->early = port < EVTCHN_2L_NR_CHANNELS && evtchn_2level.is_pending(d, port);
	}
	return 0;
}

long evtchn_fifo_init_control(struct guest_op *o)
{
	struct evtchn_init_control *c = o->arg;
	struct domain *d = o->d;
	char *page;
	int rc = 0;

	if (c->offset % 8 || c->offset > PAGE_SIZE - sizeof(struct evtchn_fifo_control_block)) {
		return -EINVAL;
	}
	if (!domain_vcpu(d, c->vcpu)) {
		return -ENOENT;
	}
	page = page_take(d, c->control_gfn);
	if (!page) {
		return -EINVAL;
	}
	if (d->evtchn->layout != &evtchn_fifo) {
		rc = layout_switch(d);
	}
	if (!rc && d->evtchn->fifo->vcpu[c->vcpu].block) {
		rc = -EINVAL;
	}
	if (rc) {
		page_return(page);
		return rc;
	}
	spin_lock_quiet(&d->evtchn->fifo->lock);
	d->evtchn->fifo->vcpu[c->vcpu].block = (void *)(page + c->offset);
	spin_unlock(&d->evtchn->fifo->lock);
	c->link_bits = EVTCHN_FIFO_LINK_BITS;
	return 0;
}

/* Raises what came while there was no page for these ports. */
static void raise_early(struct domain *d, unsigned int page)
{
	evtchn_port_t port = page * WORDS_PER_PAGE, end = port + WORDS_PER_PAGE;

	for (; port < end && port < d->evtchn->valid; port++) {
		struct evtchn *c = evtchn_of(d, port);
		struct vcpu *v;

		if (c && __atomic_exchange_n(&c->early, false, __ATOMIC_SEQ_CST)) {
			v = d->vcpu[c->notify_vcpu];
			if (v) {
				set_pending(v, port, c);
			}
		}
	}
}

long evtchn_fifo_expand_array(struct guest_op *o)
{
	const struct evtchn_expand_array *e = o->arg;
	struct fifo_domain *f = o->d->evtchn->fifo;
	void *page;

	if (o->d->evtchn->layout != &evtchn_fifo) {
		return -EOPNOTSUPP;
	}
	if (f->pages == FIFO_PAGES) {
		return -ENOSPC;
	}
	page = page_take(o->d, e->array_gfn);
	if (!page) {
		return -EINVAL;
	}
	__atomic_store_n(&f->page[f->pages], page, __ATOMIC_SEQ_CST);
	raise_early(o->d, f->pages++);
	return 0;
}

void evtchn_fifo_leave(struct domain *d)
{
	struct evtchn_table *t = d->evtchn;
	struct fifo_domain *f = t->fifo;
	void *frames[FIFO_PAGES + MAX_VCPUS];
	unsigned int i, n = 0;

	if (t->layout != &evtchn_fifo) {
		return;
	}
	/* Ports that the two-level bitmaps have no bit for must be gone before. */
	if (t->valid > EVTCHN_2L_NR_CHANNELS) {
		__atomic_store_n(&t->valid, EVTCHN_2L_NR_CHANNELS, __ATOMIC_SEQ_CST);
		grace_wait();
	}
	__atomic_store_n(&t->layout, &evtchn_2level, __ATOMIC_RELEASE);
	spin_lock_quiet(&f->lock);
	for (i = 0; i < f->pages; i++) {
		frames[n++] = f->page[i];
		__atomic_store_n(&f->page[i], NULL, __ATOMIC_SEQ_CST);
	}
	f->pages = 0;
	for (i = 0; i < d->max_vcpus; i++) {
		frames[n++] = f->vcpu[i].block;
		f->vcpu[i] = (struct fifo_vcpu){0};
	}
	spin_unlock(&f->lock);
	grace_wait();
	while (n--) {
		page_return(frames[n]);
	}
}

static void report(const void *va)
{
	if (va) {
		oracle_hold(virt_to_mfn(va), PT_WRITABLE);
	}
}

void evtchn_fifo_report(const struct domain *d)
{
	const struct fifo_domain *f = d->evtchn->fifo;
	unsigned int i;

	for (i = 0; f && i < f->pages; i++) {
		report(f->page[i]);
	}
	for (i = 0; f && i < d->max_vcpus; i++) {
		report(f->vcpu[i].block);
	}
}
