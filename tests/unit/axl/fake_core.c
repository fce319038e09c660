/* SPDX-License-Identifier: MIT */
/*
 * The memory of a domain to be dumped: FAKE_PFNS frames from FAKE_FRAME on, one place empty and
 * one that shows another domain's frame. A frame is full of its number's last byte.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../../../dom0-tools/libctl/foreign.h"
#include "../../../dom0-tools/stream/save.h"
#include "fake.h"

int saver_read_p2m(struct saver *s)
{
	if (fake_fails()) {
		ctl_error_set(s->err, "save-failed", "no p2m");
		return -EFAULT;
	}
	s->pfns = FAKE_PFNS;
	s->p2m = calloc(FAKE_PFNS, sizeof(*s->p2m));
	for (uint64_t pfn = 0; pfn < FAKE_PFNS; pfn++) {
		s->p2m[pfn] = pfn == FAKE_EMPTY_PFN ? NO_FRAME : FAKE_FRAME + pfn;
	}
	return 0;
}

int ctl_foreign_map(struct ctl *ctl, xen_domid_t domid, int prot, const uint64_t *frames,
		    size_t count, void **pages)
{
	(void)ctl;
	(void)domid;
	(void)prot;
	for (size_t i = 0; i < count; i++) {
		if (frames[i] == FAKE_FRAME + FAKE_FOREIGN_PFN) {
			return -EINVAL;
		}
	}
	*pages = calloc(count + 1, XEN_PAGE_SIZE);
	for (size_t i = 0; i < count; i++) {
		memset((char *)*pages + i * XEN_PAGE_SIZE, (int)(frames[i] & 0xff), XEN_PAGE_SIZE);
	}
	return 0;
}

void ctl_foreign_unmap(void *pages, size_t count)
{
	(void)count;
	free(pages);
}
