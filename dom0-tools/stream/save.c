/* SPDX-License-Identifier: MIT */
/* The image of a suspended domain, record by record. */
#include "save.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../libctl/foreign.h"
#include "xen/sched.h"

#define XEN_MAJOR 4
#define XEN_MINOR 17

int save_failed(struct saver *s, const char *what, int ret)
{
	ctl_error_set(s->err, "save-failed", "cannot save domain %u: %s", s->domid, what);
	ctl_error_errno(s->err, ret);
	return ret;
}

static int check_domain(struct saver *s)
{
	int ret = ctl_domain_info(s->ctl, s->domid, &s->info);
	unsigned int code;

	if (ret) {
		return save_failed(s, "looking at it", ret);
	}
	code = s->info.flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;
	if (!(s->info.flags & XEN_DOMINF_shutdown) || code != SHUTDOWN_suspend) {
		ctl_error_set(s->err, "not-suspended", "domain %u is not suspended", s->domid);
		return -EBUSY;
	}
	return 0;
}

static int write_headers(struct saver *s)
{
	const struct xc_sr_ihdr image = {
		.marker = IHDR_MARKER,
		.id = htobe32(IHDR_ID),
		.version = htobe32(IHDR_VERSION),
		.options = htobe16(IHDR_OPT_LITTLE_ENDIAN),
	};
	const struct xc_sr_dhdr domain = {
		.type = DHDR_TYPE_X86_PV,
		.page_shift = XEN_PAGE_SHIFT,
		.xen_major = XEN_MAJOR,
		.xen_minor = XEN_MINOR,
	};
	const struct xc_sr_rec_x86_pv_info info = {.guest_width = 8, .pt_levels = 4};
	int ret = stream_write(s->file, &image, sizeof(image), s->err);

	if (!ret) {
		ret = stream_write(s->file, &domain, sizeof(domain), s->err);
	}
	return ret ? ret
		   : record_write(s->file, REC_TYPE_X86_PV_INFO, &info, sizeof(info), NULL, 0,
				  s->err);
}

static int write_static_end(struct saver *s)
{
	return record_write(s->file, REC_TYPE_STATIC_DATA_END, NULL, 0, NULL, 0, s->err);
}

static int write_tsc(struct saver *s)
{
	struct xen_domctl op = {.cmd = XEN_DOMCTL_gettscinfo, .domain = s->domid};
	struct xc_sr_rec_x86_tsc_info tsc;
	int ret = ctl_domctl(s->ctl, &op);

	if (ret) {
		return save_failed(s, "reading its clock", ret);
	}
	tsc = (struct xc_sr_rec_x86_tsc_info){
		.mode = op.u.tsc_info.tsc_mode,
		.khz = op.u.tsc_info.gtsc_khz,
		.nsec = op.u.tsc_info.elapsed_nsec,
		.incarnation = op.u.tsc_info.incarnation,
	};
	return record_write(s->file, REC_TYPE_X86_TSC_INFO, &tsc, sizeof(tsc), NULL, 0, s->err);
}

static int write_shared_info(struct saver *s)
{
	void *page;
	int ret =
		ctl_foreign_map(s->ctl, s->domid, PROT_READ, &s->info.shared_info_frame, 1, &page);

	if (ret) {
		return save_failed(s, "mapping its shared_info", ret);
	}
	ret = record_write(s->file, REC_TYPE_SHARED_INFO, page, XEN_PAGE_SIZE, NULL, 0, s->err);
	ctl_foreign_unmap(page, 1);
	return ret;
}

static int write_end(struct saver *s)
{
	return record_write(s->file, REC_TYPE_END, NULL, 0, NULL, 0, s->err);
}

static int (*const steps[])(struct saver *s) = {
	check_domain,      saver_read_p2m,         write_headers,     saver_write_policy,
	write_static_end,  saver_write_p2m_frames, saver_write_pages, write_tsc,
	write_shared_info, saver_write_vcpus,      write_end,
};

int stream_save(struct ctl *ctl, xen_domid_t domid, struct stream_file *file,
		const struct stream_progress *progress, struct ctl_error *err)
{
	struct saver s = {.ctl = ctl,
			  .domid = domid,
			  .file = file,
			  .progress = progress,
			  .err = err};
	int ret = 0;

	for (size_t i = 0; !ret && i < sizeof(steps) / sizeof(steps[0]); i++) {
		ret = steps[i](&s);
	}
	free(s.p2m);
	free(s.p2m_frames);
	if (s.pfn_plus_one) {
		munmap(s.pfn_plus_one, (s.max_mfn + 1) * sizeof(*s.pfn_plus_one));
	}
	return ret;
}
