/* SPDX-License-Identifier: MIT */
/* A guest's pages out of an image: read into place, page tables with machine frames again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../libctl/foreign.h"
#include "../libctl/memory.h"
#include "pages.h"
#include "restore.h"
#include "xen/hypercall.h"
#include "xen/mmu.h"

#define PFNS_SLACK (1UL << 18) /* beyond twice its memory: holes below, devices' ranges */

int restore_p2m_frames(struct restorer *r, uint32_t len)
{
	struct xc_sr_rec_x86_pv_p2m_frames head;
	uint64_t limit = r->params->maxmem_kib / 4 * 2 + PFNS_SLACK;
	uint64_t count = (len - sizeof(head)) / sizeof(uint64_t);
	int ret = stream_read(r->file, &head, sizeof(head), r->err);

	if (ret) {
		return ret;
	}
	if (r->pfns || head.start_pfn || head.end_pfn >= limit ||
	    len != sizeof(head) + count * sizeof(uint64_t) ||
	    count != head.end_pfn / TABLE_ENTRIES + 1) {
		return stream_bad(r->err,
				  "its list of memory names %llu frames for pages %u to %u; at "
				  "most %llu pages can be",
				  (unsigned long long)count, head.start_pfn, head.end_pfn,
				  (unsigned long long)limit);
	}
	r->p2m_frames = malloc(count * sizeof(*r->p2m_frames));
	r->types = calloc(head.end_pfn + 1UL, 1);
	r->p2m = mmap(NULL, (head.end_pfn + 1UL) * sizeof(*r->p2m), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!r->p2m_frames || !r->types || r->p2m == MAP_FAILED) {
		r->p2m = r->p2m == MAP_FAILED ? NULL : r->p2m;
		return restore_failed(r, "preparing its p2m", -ENOMEM);
	}
	r->pfns = head.end_pfn + 1UL;
	r->p2m_frame_count = count;
	return stream_read(r->file, r->p2m_frames, count * sizeof(*r->p2m_frames), r->err);
}

int restore_populate(struct restorer *r, unsigned int count)
{
	uint64_t pfn[PAGES_BATCH];
	int got;

	if (!count) {
		return 0;
	}
	memcpy(pfn, r->extents, count * sizeof(pfn[0]));
	got = ctl_populate_physmap(r->ctl, r->params->domid, r->extents, count, 0);
	if (got < 0 || (unsigned int)got < count) {
		ctl_error_set(r->err, "too-little-memory", "cannot restore into domain %u",
			      r->params->domid);
		ctl_error_cause(r->err,
				"memory ran out, or the image has more than the %llu KiB of its "
				"configuration",
				(unsigned long long)r->params->maxmem_kib);
		ctl_error_hint(r->err, "axl info shows what is free; a configuration before the "
				       "file may give it more");
		return got < 0 ? got : -ENOMEM;
	}
	for (unsigned int i = 0; i < count; i++) {
		r->p2m[pfn[i]] = r->extents[i];
	}
	return 0;
}

/* A list of pfns to be populated, each once: a mark stands in the p2m meanwhile. */
struct wanted {
	unsigned int count;
};
#define WANTED (~0UL)

static int want(struct restorer *r, struct wanted *w, uint64_t pfn)
{
	int ret;

	if (r->p2m[pfn]) {
		return 0;
	}
	r->p2m[pfn] = WANTED;
	r->extents[w->count++] = pfn;
	if (w->count < PAGES_BATCH) {
		return 0;
	}
	ret = restore_populate(r, w->count);
	w->count = 0;
	return ret;
}

struct incoming {
	unsigned int count, data;
	uint64_t pfn[PAGES_BATCH];
	uint64_t mfn[PAGES_BATCH];  /* of those with contents */
	uint32_t type[PAGES_BATCH]; /* of those with contents */
};

static bool type_is_known(uint32_t type)
{
	return !page_has_data(type) ||
	       (type & XEN_DOMCTL_PFINFO_LTABTYPE_MASK) <= XEN_DOMCTL_PFINFO_L4TAB;
}

static int read_pfns(struct restorer *r, struct incoming *in, uint32_t len)
{
	struct xc_sr_rec_page_data_header head;
	struct wanted wanted = {0};
	int ret = stream_read(r->file, &head, sizeof(head), r->err);

	if (ret) {
		return ret;
	}
	if (!r->pfns || !head.count || head.count > PAGES_BATCH ||
	    len < sizeof(head) + head.count * sizeof(in->pfn[0])) {
		return stream_bad(r->err,
				  "a record of pages comes too early or has %u, not 1 to %u",
				  head.count, PAGES_BATCH);
	}
	in->count = head.count;
	ret = stream_read(r->file, in->pfn, in->count * sizeof(in->pfn[0]), r->err);
	for (unsigned int i = 0; !ret && i < in->count; i++) {
		uint32_t type =
			(uint32_t)((in->pfn[i] & PAGE_DATA_TYPE_MASK) >> PAGE_DATA_TYPE_SHIFT);
		uint64_t pfn = in->pfn[i] & PAGE_DATA_PFN_MASK;

		if (pfn >= r->pfns || !type_is_known(type) ||
		    in->pfn[i] & ~(PAGE_DATA_TYPE_MASK | PAGE_DATA_PFN_MASK)) {
			return stream_bad(r->err, "it names a page %#llx of type %#x, of %llu",
					  (unsigned long long)pfn, type >> 28,
					  (unsigned long long)r->pfns);
		}
		in->pfn[i] = pfn;
		r->types[pfn] = (uint8_t)(type >> XEN_DOMCTL_PFINFO_LTAB_SHIFT);
		if (type != XEN_DOMCTL_PFINFO_XTAB && type != XEN_DOMCTL_PFINFO_BROKEN) {
			ret = want(r, &wanted, pfn);
		}
	}
	return ret ? ret : restore_populate(r, wanted.count);
}

/* Which of them have contents, and whether the record has as many. */
static int choose_data(struct restorer *r, struct incoming *in, uint32_t len)
{
	size_t expected =
		sizeof(struct xc_sr_rec_page_data_header) + in->count * sizeof(in->pfn[0]);

	for (unsigned int i = 0; i < in->count; i++) {
		uint32_t type = (uint32_t)r->types[in->pfn[i]] << XEN_DOMCTL_PFINFO_LTAB_SHIFT;

		if (page_has_data(type)) {
			in->mfn[in->data] = r->p2m[in->pfn[i]];
			in->type[in->data++] = type;
		}
	}
	expected += in->data * XEN_PAGE_SIZE;
	return len == expected ? 0
			       : stream_bad(r->err, "a record of %u pages has %u bytes, not %zu",
					    in->data, len, expected);
}

/* Makes sure that every page a table names has a frame. */
static int want_targets(struct restorer *r, struct wanted *w, const uint64_t *table)
{
	int ret = 0;

	for (unsigned int i = 0; !ret && i < TABLE_ENTRIES; i++) {
		if (!(table[i] & ENTRY_PRESENT)) {
			continue;
		}
		ret = ENTRY_FRAME(table[i]) < r->pfns
			      ? want(r, w, ENTRY_FRAME(table[i]))
			      : stream_bad(r->err, "a page table names page %#llx of %llu",
					   (unsigned long long)ENTRY_FRAME(table[i]),
					   (unsigned long long)r->pfns);
	}
	return ret;
}

static void set_frames(struct restorer *r, uint64_t *table)
{
	for (unsigned int i = 0; i < TABLE_ENTRIES; i++) {
		if (table[i] & ENTRY_PRESENT) {
			table[i] = (table[i] & ~ENTRY_FRAME_MASK) | r->p2m[ENTRY_FRAME(table[i])]
									    << XEN_PAGE_SHIFT;
		}
	}
}

static int rewrite_tables(struct restorer *r, const struct incoming *in, uint64_t *pages)
{
	struct wanted wanted = {0};
	int ret = 0;

	for (unsigned int i = 0; !ret && i < in->data; i++) {
		if (page_table_level(in->type[i])) {
			ret = want_targets(r, &wanted, pages + i * TABLE_ENTRIES);
		}
	}
	if (!ret) {
		ret = restore_populate(r, wanted.count);
	}
	for (unsigned int i = 0; !ret && i < in->data; i++) {
		if (page_table_level(in->type[i])) {
			set_frames(r, pages + i * TABLE_ENTRIES);
		}
	}
	return ret;
}

static int read_contents(struct restorer *r, struct incoming *in)
{
	void *map;
	int ret;

	if (!in->data) {
		return 0;
	}
	ret = ctl_foreign_map(r->ctl, r->params->domid, PROT_READ | PROT_WRITE, in->mfn, in->data,
			      &map);
	if (ret) {
		return restore_failed(r, "mapping its pages", ret);
	}
	ret = stream_read(r->file, map, in->data * XEN_PAGE_SIZE, r->err);
	if (!ret) {
		ret = rewrite_tables(r, in, map);
	}
	ctl_foreign_unmap(map, in->data);
	return ret;
}

int restore_page_data(struct restorer *r, uint32_t len)
{
	struct incoming *in = calloc(1, sizeof(*in));
	int ret;

	if (!in) {
		return restore_failed(r, "reading its pages", -ENOMEM);
	}
	ret = read_pfns(r, in, len);
	if (!ret) {
		ret = choose_data(r, in, len);
	}
	if (!ret) {
		ret = read_contents(r, in);
	}
	if (!ret) {
		r->done += in->count;
		if (r->progress && r->progress->tell) {
			r->progress->tell(r->progress->arg, r->done, r->pfns);
		}
	}
	free(in);
	return ret;
}

uint64_t restore_plain_page(struct restorer *r, uint64_t pfn, const char *what)
{
	if (pfn >= r->pfns || !r->p2m[pfn] || r->types[pfn]) {
		stream_bad(r->err, "%s is in page %#llx, which is no ordinary one of %llu", what,
			   (unsigned long long)pfn, (unsigned long long)r->pfns);
		return 0;
	}
	return r->p2m[pfn];
}

/* A window of the frames of the p2m, from the first-th on. */
static int write_p2m_window(struct restorer *r, uint64_t first, unsigned int count)
{
	uint64_t *mfns = calloc(count, sizeof(*mfns)), *entries;
	void *map;
	int ret = 0;

	if (!mfns) {
		return restore_failed(r, "writing its p2m", -ENOMEM);
	}
	for (unsigned int i = 0; !ret && i < count; i++) {
		mfns[i] = restore_plain_page(r, r->p2m_frames[first + i], "its p2m");
		ret = mfns[i] ? 0 : -EINVAL;
	}
	if (!ret) {
		ret = ctl_foreign_map(r->ctl, r->params->domid, PROT_READ | PROT_WRITE, mfns, count,
				      &map);
		if (ret) {
			restore_failed(r, "mapping its p2m", ret);
		}
	}
	free(mfns);
	if (ret) {
		return ret;
	}
	entries = map;
	for (uint64_t i = 0, pfn = first * TABLE_ENTRIES;
	     i < count * (uint64_t)TABLE_ENTRIES && pfn < r->pfns; i++, pfn++) {
		entries[i] = r->p2m[pfn] ? r->p2m[pfn] : ~0UL;
	}
	ctl_foreign_unmap(map, count);
	return 0;
}

int restore_guest_p2m(struct restorer *r)
{
	int ret = 0;

	for (uint64_t at = 0; !ret && at < r->p2m_frame_count; at += PAGES_BATCH) {
		uint64_t left = r->p2m_frame_count - at;

		ret = write_p2m_window(r, at,
				       left < PAGES_BATCH ? (unsigned int)left : PAGES_BATCH);
	}
	return ret;
}

#define PINS_BATCH 32U

static int pin(struct restorer *r, struct mmuext_op *ops, unsigned int count)
{
	const uint64_t args[5] = {(uintptr_t)ops, count, 0, r->params->domid};
	long ret = count ? ctl_hypercall(r->ctl, __HYPERVISOR_mmuext_op, args) : 0;

	return ret ? restore_failed(r, "its page tables were refused", (int)ret) : 0;
}

int restore_pins(struct restorer *r)
{
	static const unsigned int commands[] = {
		[1] = MMUEXT_PIN_L1_TABLE,
		[2] = MMUEXT_PIN_L2_TABLE,
		[3] = MMUEXT_PIN_L3_TABLE,
		[4] = MMUEXT_PIN_L4_TABLE,
	};
	struct mmuext_op *ops = ctl_buffer_alloc(r->ctl, PINS_BATCH * sizeof(*ops));
	unsigned int count = 0;
	int ret = 0;

	if (!ops) {
		return restore_failed(r, "pinning its page tables", -ENOMEM);
	}
	for (uint64_t pfn = 0; !ret && pfn < r->pfns; pfn++) {
		uint32_t type = (uint32_t)r->types[pfn] << XEN_DOMCTL_PFINFO_LTAB_SHIFT;
		unsigned int level = page_table_level(type);

		if (!level || !(type & XEN_DOMCTL_PFINFO_LPINTAB)) {
			continue;
		}
		memset(&ops[count], 0, sizeof(ops[count]));
		ops[count].cmd = commands[level];
		ops[count++].arg1.mfn = r->p2m[pfn];
		if (count == PINS_BATCH) {
			ret = pin(r, ops, count);
			count = 0;
		}
	}
	if (!ret) {
		ret = pin(r, ops, count);
	}
	ctl_buffer_free(r->ctl, ops, PINS_BATCH * sizeof(*ops));
	return ret;
}
