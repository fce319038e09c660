/* SPDX-License-Identifier: MIT */
/* The block front against a back that serves, refuses, lies, keeps pages, or goes away. */
#include "cmocka_first.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blkfront/blkfront.h"
#include "gnttab/gnttab.h"
#include "port/hosted/hosted.h"
#include "port/port.h"

#define FRONT "/local/domain/5/device/vbd/51712"
#define BACK "/back/vbd"
#define SECTORS 256U
#define TIMEOUT 1000000000UL

enum lie {
	HONEST,
	BAD_ID,
	BAD_OPERATION,
	TOO_MANY,
	TWICE,
	KEEPS_PAGE,
	SAYS_ERROR,
	SAYS_UNSUPPORTED,
	SILENT,
};

static struct {
	struct ring_back ring;
	uint8_t disk[SECTORS * 512];
	enum lie lie;
	unsigned int served;
	bool is_connected;
} back;

static struct blkfront dev;

static void segment_copy(const struct blkif_request *req, unsigned int i, uint8_t *disk)
{
	bool write = req->operation == BLKIF_OP_WRITE;
	uint8_t *page = hosted_grant_map(req->seg[i].gref, 0, !write);
	size_t from = req->seg[i].first_sect * 512U;
	size_t n = (size_t)(req->seg[i].last_sect - req->seg[i].first_sect + 1) * 512;

	assert_non_null(page);
	if (write) {
		memcpy(disk, page + from, n);
	} else {
		memcpy(page + from, disk, n);
	}
	if (back.lie != KEEPS_PAGE) {
		hosted_grant_unmap(req->seg[i].gref);
	}
}

static void respond(uint64_t id, uint8_t operation, int16_t status)
{
	struct blkif_response rsp = {.id = id, .operation = operation, .status = status};

	memcpy(ring_back_next_response(&back.ring), &rsp, sizeof(rsp));
}

static void serve(const struct blkif_request *req)
{
	size_t at = req->sector_number * 512;
	int16_t status = back.lie == SAYS_ERROR         ? BLKIF_RSP_ERROR
			 : back.lie == SAYS_UNSUPPORTED ? BLKIF_RSP_EOPNOTSUPP
							: BLKIF_RSP_OKAY;

	back.served++;
	for (unsigned int i = 0; i < req->nr_segments && status == BLKIF_RSP_OKAY; i++) {
		size_t n = (size_t)(req->seg[i].last_sect - req->seg[i].first_sect + 1) * 512;

		assert_true(at + n <= sizeof(back.disk));
		segment_copy(req, i, back.disk + at);
		at += n;
	}
	respond(back.lie == BAD_ID ? req->id + 1000 : req->id,
		(uint8_t)(back.lie == BAD_OPERATION ? req->operation + 1 : req->operation), status);
	if (back.lie == TWICE) {
		respond(req->id, req->operation, status);
	}
}

static void connect(void)
{
	const char *ref = hosted_store_get(FRONT "/ring-ref");
	void *page = hosted_grant_map((grant_ref_t)atoi(ref), 0, true);

	assert_non_null(page);
	assert_string_equal(hosted_store_get(FRONT "/protocol"), "x86_64-abi");
	ring_back_init(&back.ring, page, 4096, sizeof(union blkif_sring_entry), 0);
	back.is_connected = true;
	hosted_store_set_number(BACK "/state", XenbusStateConnected);
}

static void disconnect(void)
{
	hosted_grant_unmap((grant_ref_t)atoi(hosted_store_get(FRONT "/ring-ref")));
	back.is_connected = false;
	hosted_store_set_number(BACK "/state", XenbusStateClosed);
}

static void turn(void)
{
	const char *front = hosted_store_get(FRONT "/state");
	int state = front != NULL ? atoi(front) : 0;

	if (!back.is_connected && state == XenbusStateInitialised) {
		connect();
	} else if (back.is_connected && state >= XenbusStateClosing) {
		disconnect();
	}
	while (back.is_connected && back.lie != SILENT && ring_back_unconsumed(&back.ring) > 0) {
		struct blkif_request req;

		ring_back_take_request(&back.ring, &req, sizeof(req));
		serve(&req);
	}
	if (back.is_connected) {
		ring_back_push(&back.ring);
		if (back.lie == TOO_MANY) {
			back.ring.shared->rsp_prod += 100;
		}
	}
}

static int setup(void **state)
{
	(void)state;
	memset(&back, 0, sizeof(back));
	memset(&dev, 0, sizeof(dev));
	hosted_reset(turn);
	hosted_store_set(FRONT "/backend", BACK);
	hosted_store_set(FRONT "/backend-id", "0");
	hosted_store_set_number(BACK "/state", XenbusStateInitWait);
	hosted_store_set_number(BACK "/sectors", SECTORS);
	hosted_store_set(BACK "/sector-size", "512");
	hosted_store_set(BACK "/info", "0");
	hosted_store_set(BACK "/feature-flush-cache", "1");
	return gnttab_init(1) != 0 || xenbus_init() != 0;
}

static int setup_open(void **state)
{
	return setup(state) != 0 || blkfront_open(&dev, 51712, TIMEOUT) != 0;
}

static void test_life(void **state)
{
	unsigned int refs;

	(void)state;
	refs = gnttab_free_count();
	assert_int_equal(blkfront_open(&dev, 51712, TIMEOUT), 0);
	assert_int_equal(dev.sectors, SECTORS);
	assert_false(dev.is_readonly);
	assert_string_equal(hosted_store_get(FRONT "/state"), "4");
	assert_int_equal(blkfront_close(&dev, TIMEOUT), 0);
	assert_string_equal(hosted_store_get(FRONT "/state"), "6");
	assert_int_equal(hosted_pages_in_use(), 0);
	assert_int_equal(hosted_ports_open(), 0);
	assert_int_equal(gnttab_free_count(), refs);
	assert_int_equal(blkfront_open(&dev, 1234, TIMEOUT), -ENODEV);
}

static void test_transfer(void **state)
{
	uint8_t *page = port_page_alloc();

	(void)state;
	memset(page, 0xab, 4096);
	assert_int_equal(blkfront_transfer(&dev, BLKIF_OP_WRITE, 8, page, 4096), 0);
	assert_int_equal(back.disk[8 * 512], 0xab);
	assert_int_equal(back.disk[16 * 512 - 1], 0xab);
	assert_int_equal(back.disk[16 * 512], 0);
	memset(back.disk, 0x11, sizeof(back.disk));
	/* one sector into the page, the rest stays */
	assert_int_equal(blkfront_transfer(&dev, BLKIF_OP_READ, SECTORS - 1, page, 512), 0);
	assert_int_equal(page[511], 0x11);
	assert_int_equal(page[512], 0xab);
	assert_int_equal(blkfront_transfer(&dev, BLKIF_OP_FLUSH_DISKCACHE, 0, NULL, 0), 0);
	assert_int_equal(gnttab_free_count(), 512 - GNTTAB_NR_RESERVED_ENTRIES - 1);
	port_page_free(page);
}

static void test_arguments(void **state)
{
	uint8_t *page = port_page_alloc();
	static const struct {
		unsigned int operation;
		uint64_t sector;
		uint32_t bytes;
		int rc;
	} cases[] = {
		{BLKIF_OP_READ, SECTORS, 512, -ENXIO},
		{BLKIF_OP_READ, SECTORS - 1, 1024, -ENXIO},
		{BLKIF_OP_READ, ~0UL, 512, -ENXIO},
		{BLKIF_OP_READ, 0, 0, -EINVAL},
		{BLKIF_OP_READ, 0, 100, -EINVAL},
		{BLKIF_OP_READ, 0, BLKFRONT_MAX_BYTES + 512, -EINVAL},
		{BLKIF_OP_FLUSH_DISKCACHE, 0, 512, -EINVAL},
		{BLKIF_OP_DISCARD, 0, 512, -EOPNOTSUPP},
		{BLKIF_OP_INDIRECT, 0, 512, -EOPNOTSUPP},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(blkfront_transfer(&dev, cases[i].operation, cases[i].sector, page,
						   cases[i].bytes),
				 cases[i].rc);
	}
	assert_int_equal(blkfront_transfer(&dev, BLKIF_OP_READ, 0, page + 8, 512), -EINVAL);
	dev.is_readonly = true;
	assert_int_equal(blkfront_transfer(&dev, BLKIF_OP_WRITE, 0, page, 512), -EACCES);
	assert_int_equal(back.served, 0);
	port_page_free(page);
}

static void count_done(void *arg, int status)
{
	*(int *)arg += status == 0 ? 1 : 1000;
}

static void test_full_ring(void **state)
{
	uint8_t *page = port_page_alloc();
	unsigned int started = 0;
	int done = 0;

	(void)state;
	back.lie = SILENT;
	while (blkfront_start(&dev, BLKIF_OP_READ, 0, page, 4096, count_done, &done) == 0) {
		started++;
	}
	assert_int_equal(started, BLKFRONT_SLOTS);
	back.lie = HONEST;
	while (dev.outstanding > 0) {
		port_wait(0);
		assert_int_equal(blkfront_poll(&dev), 0);
	}
	assert_int_equal(done, (int)BLKFRONT_SLOTS);
	port_page_free(page);
}

static void test_status(void **state)
{
	uint8_t *page = port_page_alloc();

	(void)state;
	back.lie = SAYS_ERROR;
	assert_int_equal(blkfront_transfer(&dev, BLKIF_OP_READ, 0, page, 4096), -EIO);
	back.lie = SAYS_UNSUPPORTED;
	assert_int_equal(blkfront_transfer(&dev, BLKIF_OP_FLUSH_DISKCACHE, 0, NULL, 0),
			 -EOPNOTSUPP);
	/* an honest error breaks nothing */
	back.lie = HONEST;
	assert_int_equal(blkfront_transfer(&dev, BLKIF_OP_READ, 0, page, 4096), 0);
	port_page_free(page);
}

/* Whatever the back claims, the request ends with an error and the device is out of use. */
static void test_liar(void **state)
{
	uint8_t *page;
	int done = 0;
	enum lie lie = (enum lie)(uintptr_t)*state;

	assert_int_equal(setup_open(state), 0);
	page = port_page_alloc();
	back.lie = lie;
	assert_int_equal(blkfront_start(&dev, BLKIF_OP_READ, 0, page, 4096, count_done, &done), 0);
	port_wait(0);
	assert_int_equal(blkfront_poll(&dev), -EIO);
	assert_true(dev.is_broken);
	assert_int_equal(dev.outstanding, 0);
	/* ended once, and not well */
	assert_int_equal(done, 1000);
	assert_int_equal(blkfront_transfer(&dev, BLKIF_OP_READ, 0, page, 4096), -EIO);
}

static void test_bad_geometry(void **state)
{
	static const char *const bad[][2] = {
		{"/sectors", "x"},        {"/sectors", "-1"},       {"/sector-size", "0"},
		{"/sector-size", "3000"}, {"/sector-size", "8192"}, {"/info", "none"},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char path[64];

		assert_int_equal(setup(state), 0);
		snprintf(path, sizeof(path), BACK "%s", bad[i][0]);
		hosted_store_set(path, bad[i][1]);
		if (strcmp(bad[i][1], "0") == 0) {
			assert_int_equal(blkfront_open(&dev, 51712, TIMEOUT), -EIO);
		} else {
			assert_true(blkfront_open(&dev, 51712, TIMEOUT) < 0);
		}
		assert_int_equal(hosted_ports_open(), 0);
	}
}

static void test_no_back(void **state)
{
	(void)state;
	hosted_store_set(BACK "/state", "1");
	assert_int_equal(blkfront_open(&dev, 51712, TIMEOUT), -ETIMEDOUT);
	hosted_store_remove(BACK);
	assert_int_equal(blkfront_open(&dev, 51712, TIMEOUT), -ENOENT);
	assert_int_equal(hosted_pages_in_use(), 0);
}

static void test_no_memory(void **state)
{
	hosted_fail_page(1);
	assert_int_equal(blkfront_open(&dev, 51712, TIMEOUT), -ENOMEM);
	assert_int_equal(hosted_pages_in_use(), 0);
	assert_int_equal(hosted_ports_open(), 0);
	(void)state;
}

int main(void)
{
#define LIAR(lie) cmocka_unit_test_prestate(test_liar, (void *)(lie))
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_life, setup),
		cmocka_unit_test_setup(test_transfer, setup_open),
		cmocka_unit_test_setup(test_arguments, setup_open),
		cmocka_unit_test_setup(test_full_ring, setup_open),
		cmocka_unit_test_setup(test_status, setup_open),
		LIAR(BAD_ID),
		LIAR(BAD_OPERATION),
		LIAR(TOO_MANY),
		LIAR(TWICE),
		LIAR(KEEPS_PAGE),
		cmocka_unit_test_setup(test_bad_geometry, setup),
		cmocka_unit_test_setup(test_no_back, setup),
		cmocka_unit_test_setup(test_no_memory, setup),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	hosted_reset(NULL);
	return failed;
}
