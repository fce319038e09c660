/* SPDX-License-Identifier: MIT */
/* pvprobe's disk jobs: a pattern that names seed and place, written, read back, compared. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "blkfront/blkfront.h"
#include "port/port.h"
#include "probe.h"

#define CHUNK_BYTES 4096U /* one page a request: many requests in flight */
#define IN_FLIGHT 16U
#define CHUNK_SECTORS (CHUNK_BYTES / 512)

static struct blkfront disk;
static uint64_t pattern_seed;

struct chunk {
	uint64_t *page;
	uint64_t sector;
	bool is_busy;
	int status;
};
static struct chunk chunks[IN_FLIGHT];

/* splitmix64's finisher: every word differs, none is the neighbour's shifted. */
static uint64_t pattern_word(uint64_t word)
{
	uint64_t z = word * 0x9e3779b97f4a7c15UL + pattern_seed;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9UL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebUL;
	return z ^ (z >> 31);
}

static void chunk_done(void *arg, int status)
{
	struct chunk *c = arg;

	c->is_busy = false;
	c->status = status;
}

static bool chunk_check(const struct chunk *c)
{
	for (unsigned int i = 0; i < CHUNK_BYTES / 8; i++) {
		uint64_t want = pattern_word(c->sector * 64 + i);

		if (c->page[i] != want) {
			probe_report("disk FAILED: sector %lu word %u is %lx, want %lx",
				     c->sector + i / 64, i % 64, c->page[i], want);
			return false;
		}
	}
	return true;
}

/* Ends what a chunk did last; false when that went wrong. */
static bool chunk_finish(struct chunk *c, bool verify)
{
	while (c->is_busy) {
		if (blkfront_poll(&disk) == 0 && c->is_busy) {
			port_wait(0);
		}
	}
	if (c->status != 0) {
		probe_report("disk FAILED: request at sector %lu: error %d", c->sector, -c->status);
		return false;
	}
	return !verify || c->sector == ~0UL || chunk_check(c);
}

static bool chunk_start(struct chunk *c, unsigned int operation, uint64_t sector)
{
	int rc;

	c->sector = sector;
	c->is_busy = true;
	if (operation == BLKIF_OP_WRITE) {
		for (unsigned int i = 0; i < CHUNK_BYTES / 8; i++) {
			c->page[i] = pattern_word(sector * 64 + i);
		}
	} else {
		memset(c->page, 0xee, CHUNK_BYTES);
	}
	while ((rc = blkfront_start(&disk, operation, sector, c->page, CHUNK_BYTES, chunk_done,
				    c)) == -EAGAIN) {
		blkfront_poll(&disk);
		port_wait(0);
	}
	if (rc != 0) {
		c->is_busy = false;
		c->status = rc;
	}
	return true;
}

static bool sweep(unsigned int operation, bool verify, uint64_t sectors)
{
	bool ok = true;
	unsigned int n = 0;

	for (unsigned int i = 0; i < IN_FLIGHT; i++) {
		chunks[i].sector = ~0UL;
		chunks[i].status = 0;
	}
	for (uint64_t s = 0; s + CHUNK_SECTORS <= sectors && ok; s += CHUNK_SECTORS, n++) {
		struct chunk *c = &chunks[n % IN_FLIGHT];

		ok = chunk_finish(c, verify) && chunk_start(c, operation, s);
	}
	for (unsigned int i = 0; i < IN_FLIGHT; i++) {
		ok = chunk_finish(&chunks[i], verify && ok) && ok;
	}
	return ok;
}

/* Past the end, refused here and by the back; eleven pages in one request across its end. */
static bool bounds(void)
{
	int rc = blkfront_transfer(&disk, BLKIF_OP_READ, disk.sectors, chunks[0].page, 4096);
	uint64_t sectors = disk.sectors;

	if (rc != -ENXIO) {
		probe_report("disk FAILED: read past the end: %d", rc);
		return false;
	}
	disk.sectors += 64;
	rc = blkfront_transfer(&disk, BLKIF_OP_READ, sectors, chunks[0].page, 4096);
	disk.sectors = sectors;
	if (rc != -EIO) {
		probe_report("disk FAILED: the back answers a read past the end with %d", rc);
		return false;
	}
	return true;
}

static bool job_run(const char *job, unsigned int length, uint64_t sectors)
{
	static const struct {
		const char *name;
		unsigned int operation;
		bool verify;
	} sweeps[] = {
		{"write", BLKIF_OP_WRITE, false},
		{"verify", BLKIF_OP_READ, true},
		{"read", BLKIF_OP_READ, false},
	};
	uint64_t start = port_now();
	bool ok = false, known = false;
	int rc;

	for (unsigned int i = 0; i < 3; i++) {
		if (strlen(sweeps[i].name) == length && strncmp(job, sweeps[i].name, length) == 0) {
			ok = sweep(sweeps[i].operation, sweeps[i].verify, sectors);
			known = true;
		}
	}
	if (length == 6 && strncmp(job, "bounds", 6) == 0) {
		ok = bounds();
		known = true;
	} else if (length == 5 && strncmp(job, "flush", 5) == 0) {
		/* a back without a cache to flush says so */
		rc = blkfront_transfer(&disk, BLKIF_OP_FLUSH_DISKCACHE, 0, NULL, 0);
		ok = rc == 0 || rc == -EOPNOTSUPP;
		known = true;
	}
	probe_report("disk %.*s %s, %lu sectors, %lu us", (int)length, job,
		     !known ? "FAILED: no such job"
		     : ok   ? "ok"
			    : "FAILED",
		     sectors, (port_now() - start) / 1000);
	return ok;
}

bool disk_run(unsigned int vdev, const char *jobs, unsigned long mib, uint64_t seed)
{
	int rc = blkfront_open(&disk, vdev, PROBE_TIMEOUT);
	uint64_t sectors;
	bool ok = true;

	if (rc != 0) {
		probe_report("disk FAILED: device %u: error %d", vdev, -rc);
		return false;
	}
	pattern_seed = seed;
	probe_report("disk %u connected, %lu sectors, %s", vdev, disk.sectors,
		     disk.is_readonly ? "read-only" : "writable");
	for (unsigned int i = 0; i < IN_FLIGHT; i++) {
		chunks[i].page = port_page_alloc();
	}
	sectors = mib != 0 && mib * 2048 < disk.sectors ? mib * 2048 : disk.sectors;
	while (ok && *jobs != '\0') {
		unsigned int length = 0;

		while (jobs[length] != '\0' && jobs[length] != ',') {
			length++;
		}
		ok = job_run(jobs, length, sectors);
		jobs += length + (jobs[length] == ',');
	}
	return ok;
}
