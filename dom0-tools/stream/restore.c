/* SPDX-License-Identifier: MIT */
/* An image read record by record, and what a domain needs when all of it is there. */
#include "restore.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../libctl/foreign.h"
#include "../libctl/grants.h"
#include "../libctl/memory.h"
#include "pages.h"
#include "vcpu.h"
#include "xen/start_info.h"

#define IMAGE_REST_MAX (128UL << 20)

int restore_failed(struct restorer *r, const char *what, int ret)
{
	ctl_error_set(r->err, "restore-failed", "cannot restore into domain %u: %s",
		      r->params->domid, what);
	ctl_error_errno(r->err, ret);
	ctl_error_hint(r->err, "nothing of it is left, the file is as it was; try another copy, or "
			       "the machine it was saved on");
	return ret;
}

/* -------------------------------------------------------------------------- reading -- */

/* More than the image of a domain of that size can have: each page once with its number, and the
 * rest of it. A small compressed file must not keep us busy for ever. */
static uint64_t bytes_max(const struct stream_restore_params *params)
{
	uint64_t memory = params->maxmem_kib << 10;

	return memory + memory / 64 + IMAGE_REST_MAX;
}

static int read_headers(struct restorer *r)
{
	struct xc_sr_ihdr image;
	struct xc_sr_dhdr domain;
	int ret;

	stream_file_limit(r->file, bytes_max(r->params));
	ret = stream_read(r->file, &image, sizeof(image), r->err);

	if (!ret) {
		ret = stream_read(r->file, &domain, sizeof(domain), r->err);
	}
	if (ret) {
		return ret;
	}
	if (image.marker != IHDR_MARKER || be32toh(image.id) != IHDR_ID) {
		return stream_bad(r->err, "there is no image where one belongs");
	}
	if (be32toh(image.version) != IHDR_VERSION || be16toh(image.options)) {
		return stream_bad(r->err, "its image has version %u, options %#x; known is %u, 0",
				  be32toh(image.version), be16toh(image.options), IHDR_VERSION);
	}
	if (domain.type != DHDR_TYPE_X86_PV || domain.page_shift != XEN_PAGE_SHIFT) {
		return stream_bad(r->err,
				  "it holds a domain of type %u, pages of 2^%u bytes: no "
				  "PV guest",
				  domain.type, domain.page_shift);
	}
	return 0;
}

/* Reads a body whose length is already known to be bearable. */
static int keep(struct restorer *r, struct kept *kept, uint32_t len)
{
	if (kept->data) {
		return stream_bad(r->err, "a record is there twice");
	}
	kept->data = malloc(len ? len : 1);
	kept->len = len;
	return kept->data ? stream_read(r->file, kept->data, len, r->err)
			  : restore_failed(r, "reading a record", -ENOMEM);
}

static int read_pv_info(struct restorer *r, uint32_t len)
{
	struct xc_sr_rec_x86_pv_info info;
	int ret = stream_read(r->file, &info, len, r->err);

	if (!ret && (info.guest_width != 8 || info.pt_levels != 4)) {
		return stream_bad(r->err,
				  "it holds a guest of %u-byte words and %u levels of "
				  "tables, not 8 and 4",
				  info.guest_width, info.pt_levels);
	}
	r->have_info = true;
	return ret;
}

static int read_static_end(struct restorer *r, uint32_t len)
{
	(void)len;
	r->have_static_end = true;
	return restore_policy(r);
}

static int read_tsc(struct restorer *r, uint32_t len)
{
	r->have_tsc = true;
	return stream_read(r->file, &r->tsc, len, r->err);
}

static int read_shared_info(struct restorer *r, uint32_t len)
{
	r->have_shared_info = true;
	return keep(r, &r->shared_info, len);
}

static int read_leaves(struct restorer *r, uint32_t len)
{
	return keep(r, &r->leaves, len);
}

static int read_msrs(struct restorer *r, uint32_t len)
{
	return keep(r, &r->msrs, len);
}

/* One of the records of a vCPU; `offset` is its place in struct kept_vcpu. */
static int read_vcpu(struct restorer *r, uint32_t len, size_t offset)
{
	struct xc_sr_rec_x86_pv_vcpu_hdr head;
	int ret = stream_read(r->file, &head, sizeof(head), r->err);

	if (ret) {
		return ret;
	}
	if (head.vcpu_id >= r->params->vcpus || head.vcpu_id >= RESTORE_VCPUS_MAX) {
		return stream_bad(r->err, "it has a vCPU %u, its configuration only %u",
				  head.vcpu_id, r->params->vcpus);
	}
	return keep(r, (void *)((char *)&r->vcpu[head.vcpu_id] + offset),
		    len - (uint32_t)sizeof(head));
}

static int read_basic(struct restorer *r, uint32_t len)
{
	return read_vcpu(r, len, offsetof(struct kept_vcpu, basic));
}

static int read_extended(struct restorer *r, uint32_t len)
{
	return read_vcpu(r, len, offsetof(struct kept_vcpu, extended));
}

static int read_xsave(struct restorer *r, uint32_t len)
{
	return read_vcpu(r, len, offsetof(struct kept_vcpu, xsave));
}

static int read_vcpu_msrs(struct restorer *r, uint32_t len)
{
	return read_vcpu(r, len, offsetof(struct kept_vcpu, msrs));
}

#define VCPU_HEAD ((uint32_t)sizeof(struct xc_sr_rec_x86_pv_vcpu_hdr))

static const struct reader {
	int (*read)(struct restorer *r, uint32_t len);
	uint32_t min, max; /* bytes of the body */
} readers[] = {
	[REC_TYPE_PAGE_DATA] = {restore_page_data, sizeof(struct xc_sr_rec_page_data_header),
				REC_LENGTH_MAX},
	[REC_TYPE_X86_PV_INFO] = {read_pv_info, sizeof(struct xc_sr_rec_x86_pv_info),
				  sizeof(struct xc_sr_rec_x86_pv_info)},
	[REC_TYPE_X86_PV_P2M_FRAMES] = {restore_p2m_frames,
					sizeof(struct xc_sr_rec_x86_pv_p2m_frames), REC_LENGTH_MAX},
	[REC_TYPE_X86_PV_VCPU_BASIC] = {read_basic, VCPU_HEAD + sizeof(struct vcpu_guest_context),
					VCPU_HEAD + sizeof(struct vcpu_guest_context)},
	[REC_TYPE_X86_PV_VCPU_EXTENDED] = {read_extended, VCPU_HEAD,
					   VCPU_HEAD + VCPU_EXTENDED_SIZE},
	[REC_TYPE_X86_PV_VCPU_XSAVE] = {read_xsave, VCPU_HEAD + 16, VCPU_HEAD + VCPU_STATE_MAX},
	[REC_TYPE_SHARED_INFO] = {read_shared_info, XEN_PAGE_SIZE, XEN_PAGE_SIZE},
	[REC_TYPE_X86_TSC_INFO] = {read_tsc, sizeof(struct xc_sr_rec_x86_tsc_info),
				   sizeof(struct xc_sr_rec_x86_tsc_info)},
	[REC_TYPE_X86_PV_VCPU_MSRS] = {read_vcpu_msrs, VCPU_HEAD, VCPU_HEAD + VCPU_STATE_MAX},
	[REC_TYPE_STATIC_DATA_END] = {read_static_end, 0, 0},
	[REC_TYPE_X86_CPUID_POLICY] = {read_leaves, 0,
				       POLICY_LEAVES_MAX * sizeof(struct xen_cpuid_leaf)},
	[REC_TYPE_X86_MSR_POLICY] = {read_msrs, 0, POLICY_MSRS_MAX * sizeof(struct xen_msr_entry)},
};

static int skip(struct restorer *r, uint32_t len)
{
	uint8_t waste[4096];
	int ret = 0;

	while (!ret && len) {
		uint32_t part = len < sizeof(waste) ? len : (uint32_t)sizeof(waste);

		ret = stream_read(r->file, waste, part, r->err);
		len -= part;
	}
	return ret;
}

static int read_record(struct restorer *r, const struct xc_sr_rhdr *hdr)
{
	const struct reader *reader =
		hdr->type < sizeof(readers) / sizeof(readers[0]) ? &readers[hdr->type] : NULL;
	uint8_t padding[REC_ALIGN];
	int ret;

	if (hdr->length > REC_LENGTH_MAX) {
		return stream_bad(r->err, "a record of type %#x has %u bytes, at most %u can be",
				  hdr->type, hdr->length, REC_LENGTH_MAX);
	}
	if (!reader || !reader->read) {
		if (!(hdr->type & REC_TYPE_OPTIONAL)) {
			return stream_bad(r->err, "it has a record of the unknown type %#x",
					  hdr->type);
		}
		ret = skip(r, hdr->length);
	} else if (hdr->length < reader->min || hdr->length > reader->max) {
		return stream_bad(r->err, "a record of type %#x has %u bytes, not %u to %u",
				  hdr->type, hdr->length, reader->min, reader->max);
	} else {
		ret = reader->read(r, hdr->length);
	}
	return ret ? ret : stream_read(r->file, padding, record_padding(hdr->length), r->err);
}

static int read_records(struct restorer *r)
{
	struct xc_sr_rhdr hdr;
	int ret;

	for (;;) {
		ret = stream_read(r->file, &hdr, sizeof(hdr), r->err);
		if (ret || hdr.type == REC_TYPE_END) {
			break;
		}
		ret = read_record(r, &hdr);
		if (ret) {
			return ret;
		}
	}
	if (!ret && (!r->have_info || !r->have_static_end || !r->pfns || !r->have_tsc ||
		     !r->have_shared_info || !r->vcpu[0].basic.data)) {
		return stream_bad(r->err, "it ends before everything was there");
	}
	return ret;
}

/* ------------------------------------------------------------------------ finishing -- */

static int restore_start_info(struct restorer *r)
{
	uint64_t mfn = restore_plain_page(r, restore_start_info_pfn(r), "start_info");
	struct xen_domctl_getdomaininfo domain;
	struct start_info *info;
	void *page;
	int ret = mfn ? ctl_domain_info(r->ctl, r->params->domid, &domain) : -EINVAL;

	if (!mfn) {
		return ret;
	}
	if (!ret) {
		ret = ctl_foreign_map(r->ctl, r->params->domid, PROT_READ | PROT_WRITE, &mfn, 1,
				      &page);
	}
	if (ret) {
		return restore_failed(r, "mapping its start_info", ret);
	}
	info = page;
	r->result->store_mfn = restore_plain_page(r, info->store_mfn, "the xenstore ring");
	r->result->console_mfn = restore_plain_page(r, info->console.domU.mfn, "the console ring");
	info->nr_pages = r->pfns;
	info->shared_info = domain.shared_info_frame << XEN_PAGE_SHIFT;
	info->flags = 0;
	info->store_mfn = r->result->store_mfn;
	info->store_evtchn = r->params->store_port;
	info->console.domU.mfn = r->result->console_mfn;
	info->console.domU.evtchn = r->params->console_port;
	ctl_foreign_unmap(page, 1);
	return r->result->store_mfn && r->result->console_mfn ? 0 : -EINVAL;
}

/* What the guest knew, with no event pending and all masked: it binds its channels anew. */
static int restore_shared_info(struct restorer *r)
{
	const struct shared_info *saved = r->shared_info.data;
	struct xen_domctl_getdomaininfo domain;
	struct shared_info *shared;
	void *page;
	int ret = ctl_domain_info(r->ctl, r->params->domid, &domain);

	if (!ret) {
		ret = ctl_foreign_map(r->ctl, r->params->domid, PROT_READ | PROT_WRITE,
				      &domain.shared_info_frame, 1, &page);
	}
	if (ret) {
		return restore_failed(r, "mapping its shared_info", ret);
	}
	shared = page;
	memcpy(shared->vcpu_info, saved->vcpu_info, sizeof(shared->vcpu_info));
	for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++) {
		shared->vcpu_info[i].evtchn_pending_sel = 0;
	}
	memset(shared->evtchn_pending, 0, sizeof(shared->evtchn_pending));
	memset(shared->evtchn_mask, 0xff, sizeof(shared->evtchn_mask));
	shared->arch = saved->arch;
	shared->arch.pfn_to_mfn_frame_list_list = 0;
	ctl_foreign_unmap(page, 1);
	return 0;
}

static int restore_tsc(struct restorer *r)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_settscinfo, .domain = r->params->domid};
	int ret;

	op.u.tsc_info.tsc_mode = r->tsc.mode;
	op.u.tsc_info.gtsc_khz = r->tsc.khz;
	op.u.tsc_info.elapsed_nsec = r->tsc.nsec;
	op.u.tsc_info.incarnation = r->tsc.incarnation;
	ret = ctl_domctl(r->ctl, &op);
	return ret ? restore_failed(r, "setting its clock", ret) : 0;
}

static int seed_grants(struct restorer *r)
{
	const struct ctl_ring store = {r->result->store_mfn, r->params->store_domid};
	const struct ctl_ring console = {r->result->console_mfn, r->params->console_domid};
	int ret = ctl_grants_seed(r->ctl, r->params->domid, &store, &console);

	return ret ? restore_failed(r, "filling its grant table", ret) : 0;
}

static int prepare(struct restorer *r)
{
	int ret = ctl_set_memory_map(r->ctl, r->params->domid, r->params->maxmem_kib << 10);

	if (ret) {
		return restore_failed(r, "describing its memory", ret);
	}
	ret = ctl_domain_set_address_size(r->ctl, r->params->domid, 64);
	if (ret) {
		return restore_failed(r, "choosing 64 bits", ret);
	}
	r->extents = ctl_buffer_alloc(r->ctl, PAGES_BATCH * sizeof(*r->extents));
	return r->extents ? 0 : restore_failed(r, "preparing", -ENOMEM);
}

static int (*const steps[])(struct restorer *r) = {
	prepare,      read_headers,  read_records, restore_guest_p2m,   restore_start_info,
	restore_pins, restore_vcpus, restore_tsc,  restore_shared_info, seed_grants,
};

static void release(struct restorer *r)
{
	size_t p2m_size = r->pfns * sizeof(*r->p2m);

	if (r->extents) {
		ctl_buffer_free(r->ctl, r->extents, PAGES_BATCH * sizeof(*r->extents));
	}
	if (r->p2m) {
		munmap(r->p2m, p2m_size);
	}
	free(r->types);
	free(r->p2m_frames);
	free(r->shared_info.data);
	free(r->leaves.data);
	free(r->msrs.data);
	for (unsigned int i = 0; i < RESTORE_VCPUS_MAX; i++) {
		free(r->vcpu[i].basic.data);
		free(r->vcpu[i].extended.data);
		free(r->vcpu[i].xsave.data);
		free(r->vcpu[i].msrs.data);
	}
	free(r);
}

int stream_restore(struct ctl *ctl, struct stream_file *file,
		   const struct stream_restore_params *params,
		   const struct stream_progress *progress, struct stream_restore_result *result,
		   struct ctl_error *err)
{
	struct restorer *r = calloc(1, sizeof(*r));
	int ret = 0;

	if (!r) {
		return -ENOMEM;
	}
	r->ctl = ctl;
	r->file = file;
	r->params = params;
	r->progress = progress;
	r->result = result;
	r->err = err;
	for (size_t i = 0; !ret && i < sizeof(steps) / sizeof(steps[0]); i++) {
		ret = steps[i](r);
	}
	release(r);
	return ret;
}
