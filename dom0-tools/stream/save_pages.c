/* SPDX-License-Identifier: MIT */
/* A guest's pages, a batch a record; page tables with pfns in the place of machine frames. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../libctl/foreign.h"
#include "pages.h"
#include "save.h"

struct batch {
	unsigned int count; /* pfns */
	unsigned int data;  /* of which so many have contents */
	uint64_t pfn[PAGES_BATCH];
	uint64_t mfn[PAGES_BATCH];
	uint64_t *type;                 /* a buffer that the hypervisor fills */
	uint64_t data_mfn[PAGES_BATCH]; /* those with contents */
	uint64_t data_type[PAGES_BATCH];
	uint8_t *tables; /* room for rewritten page tables, PAGES_BATCH pages */
};

static int get_types(struct saver *s, struct batch *b)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_getpageframeinfo3, .domain = s->domid};
	int ret;

	memcpy(b->type, b->mfn, b->count * sizeof(*b->type));
	op.u.getpageframeinfo3.num = b->count;
	op.u.getpageframeinfo3.array = (uintptr_t)b->type;
	ret = ctl_domctl(s->ctl, &op);
	if (ret) {
		return save_failed(s, "asking for the types of its pages", ret);
	}
	b->data = 0;
	for (unsigned int i = 0; i < b->count; i++) {
		b->type[i] &= XEN_DOMCTL_PFINFO_LTAB_MASK;
		if (page_has_data((uint32_t)b->type[i])) {
			b->data_mfn[b->data] = b->mfn[i];
			b->data_type[b->data++] = b->type[i];
		}
		b->pfn[i] |= b->type[i] << PAGE_DATA_TYPE_SHIFT;
	}
	return 0;
}

/* A copy of a page table that names its pages by pfn. */
static int rewrite_table(struct saver *s, unsigned int level, const uint64_t *table, uint64_t *copy)
{
	for (unsigned int i = 0; i < TABLE_ENTRIES; i++) {
		uint64_t pte = table[i], pfn;

		if (level == 4 && i >= HYPERVISOR_SLOT_FIRST && i <= HYPERVISOR_SLOT_LAST) {
			pte = 0;
		} else if (pte & ENTRY_PRESENT) {
			pfn = saver_pfn(s, ENTRY_FRAME(pte));
			if (pfn == NO_FRAME) {
				ctl_error_set(s->err, "save-failed", "cannot save domain %u",
					      s->domid);
				ctl_error_cause(
					s->err,
					"it maps machine frame %#llx, which is not its own: "
					"a device's or another domain's",
					(unsigned long long)ENTRY_FRAME(pte));
				return -ERANGE;
			}
			pte = (pte & ~ENTRY_FRAME_MASK) | pfn << XEN_PAGE_SHIFT;
		}
		copy[i] = pte;
	}
	return 0;
}

/* Pieces of one record: head, pfns, and runs of pages. */
static int write_batch(struct saver *s, struct batch *b, uint8_t *map)
{
	const struct xc_sr_rec_page_data_header head = {.count = b->count};
	const struct xc_sr_rhdr hdr = {
		.type = REC_TYPE_PAGE_DATA,
		.length = (uint32_t)(sizeof(head) + b->count * sizeof(b->pfn[0]) +
				     b->data * XEN_PAGE_SIZE),
	};
	struct iovec iov[3 + PAGES_BATCH] = {
		{(void *)(uintptr_t)&hdr, sizeof(hdr)},
		{(void *)(uintptr_t)&head, sizeof(head)},
		{b->pfn, b->count * sizeof(b->pfn[0])},
	};
	size_t pieces = 3;
	int ret = 0;

	for (unsigned int i = 0; !ret && i < b->data; i++) {
		uint8_t *page = map + i * XEN_PAGE_SIZE;
		unsigned int level = page_table_level((uint32_t)b->data_type[i]);

		if (level) {
			uint8_t *copy = b->tables + i * XEN_PAGE_SIZE;

			ret = rewrite_table(s, level, (const uint64_t *)(void *)page,
					    (uint64_t *)(void *)copy);
			page = copy;
		}
		if ((char *)iov[pieces - 1].iov_base + iov[pieces - 1].iov_len == (char *)page) {
			iov[pieces - 1].iov_len += XEN_PAGE_SIZE;
		} else {
			iov[pieces++] = (struct iovec){page, XEN_PAGE_SIZE};
		}
	}
	return ret ? ret : stream_writev(s->file, iov, pieces, s->err);
}

static int save_batch(struct saver *s, struct batch *b)
{
	void *map = NULL;
	int ret = b->count ? get_types(s, b) : 0;

	if (!ret && b->data) {
		ret = ctl_foreign_map(s->ctl, s->domid, PROT_READ, b->data_mfn, b->data, &map);
		if (ret) {
			return save_failed(s, "mapping its pages", ret);
		}
	}
	if (!ret && b->count) {
		ret = write_batch(s, b, map);
	}
	if (map) {
		ctl_foreign_unmap(map, b->data);
	}
	b->count = 0;
	b->data = 0;
	return ret;
}

static int save_all(struct saver *s, struct batch *b)
{
	int ret = 0;

	for (uint64_t pfn = 0; !ret && pfn < s->pfns; pfn++) {
		if (s->p2m[pfn] != NO_FRAME) {
			b->pfn[b->count] = pfn;
			b->mfn[b->count++] = s->p2m[pfn];
		}
		if (b->count == PAGES_BATCH || pfn == s->pfns - 1) {
			ret = save_batch(s, b);
			if (s->progress && s->progress->tell) {
				s->progress->tell(s->progress->arg, pfn + 1, s->pfns);
			}
		}
	}
	return ret;
}

int saver_write_pages(struct saver *s)
{
	struct batch *b = calloc(1, sizeof(*b));
	int ret = -ENOMEM;

	if (!b) {
		return save_failed(s, "reading its pages", ret);
	}
	b->type = ctl_buffer_alloc(s->ctl, PAGES_BATCH * sizeof(*b->type));
	b->tables = malloc(PAGES_BATCH * XEN_PAGE_SIZE);
	if (b->type && b->tables) {
		ret = save_all(s, b);
	} else {
		save_failed(s, "reading its pages", ret);
	}
	if (b->type) {
		ctl_buffer_free(s->ctl, b->type, PAGES_BATCH * sizeof(*b->type));
	}
	free(b->tables);
	free(b);
	return ret;
}
