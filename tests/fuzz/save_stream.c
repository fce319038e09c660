/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a saved domain. The first byte chooses where they begin: at xl's header (or our own,
 * before a compressed one), behind a good beginning, so that the records of memory and vCPUs are
 * reached, or the same compressed. Nothing may stay mapped.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../dom0-tools/config/config.h"
#include "../../dom0-tools/stream/record.h"
#include "../../dom0-tools/stream/stream.h"
#include "../unit/stream/machine.h"

#define PFNS 64U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Everything up to the first page. */
static void good_beginning(struct stream_file *file, struct ctl_error *err)
{
	static const uint8_t headers[] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x58, 0x45, 0x4e, 0x46, 0, 0,
		0,    3,    0,    0,    0,    0,    0,    0,    0,    0,    1,    0,    0, 0,
		12,   0,    0,    0,    4,    0,    0,    0,    17,   0,    0,    0,
	};
	const struct xc_sr_rec_x86_pv_info info = {.guest_width = 8, .pt_levels = 4};
	const struct xc_sr_rec_x86_pv_p2m_frames p2m = {.end_pfn = PFNS - 1};
	const uint64_t frame = 1;

	stream_write(file, headers, sizeof(headers), err);
	record_write(file, REC_TYPE_X86_PV_INFO, &info, sizeof(info), NULL, 0, err);
	record_write(file, REC_TYPE_X86_CPUID_POLICY, NULL, 0, NULL, 0, err);
	record_write(file, REC_TYPE_X86_MSR_POLICY, NULL, 0, NULL, 0, err);
	record_write(file, REC_TYPE_STATIC_DATA_END, NULL, 0, NULL, 0, err);
	record_write(file, REC_TYPE_X86_PV_P2M_FRAMES, &p2m, sizeof(p2m), &frame, sizeof(frame),
		     err);
}

static int read_head(struct stream_file *file, struct ctl_error *err)
{
	struct config_diags diags = {0};
	struct domain_config *cfg;
	char *json;
	int ret = stream_read_head(file, &json, err);

	if (!ret) {
		config_parse_libxl("FUZZ", json, NULL, 0, &cfg, &diags);
		config_free(cfg);
		config_diags_free(&diags);
		free(json);
	}
	return ret;
}

enum { BEHIND_BEGINNING = 1, COMPRESSED = 2 };

static void write_input(int fd, const uint8_t *data, size_t size)
{
	struct stream_file *file = stream_file_create(fd, data[0] & COMPRESSED);
	struct ctl_error err;

	if (data[0] & BEHIND_BEGINNING) {
		good_beginning(file, &err);
		stream_write(file, data + 1, size - 1, &err);
		stream_file_finish(file, &err);
	} else if (write(fd, data + 1, size - 1) != (ssize_t)size - 1) {
		abort();
	}
	stream_file_free(file);
	lseek(fd, 0, SEEK_SET);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct stream_restore_params params = {
		.domid = RESTORED,
		.maxmem_kib = 1024,
		.vcpus = 2,
	};
	struct stream_restore_result result;
	struct ctl_error err = {0};
	struct stream_file *file;
	int ret, fd;

	if (!size) {
		return 0;
	}
	machine_reset();
	fd = memfd_create("saved", MFD_CLOEXEC);
	write_input(fd, data, size);
	file = stream_file_open(fd);
	ret = data[0] & BEHIND_BEGINNING ? 0 : read_head(file, &err);
	if (!ret) {
		ret = stream_restore(NULL, file, &params, NULL, &result, &err);
	}
	if (!ret) {
		ret = stream_read_tail(file, &err);
	}
	if ((ret && !err.id[0]) || machine.maps) {
		abort();
	}
	stream_file_free(file);
	close(fd);
	return 0;
}
