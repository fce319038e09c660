/* SPDX-License-Identifier: MIT */
/*
 * pvprobe: a guest that exercises its devices and tells what it saw, for tests of tools and
 * hypervisors. Reports are console lines "PVPROBE …"; the last one also goes to data/pvprobe.
 */
#ifndef PVPROBE_PROBE_H
#define PVPROBE_PROBE_H

#include <stdbool.h>
#include <stdint.h>

/* How long to wait for a back to connect: tools may take their time under emulation. */
#define PROBE_TIMEOUT (60UL * 1000 * 1000 * 1000)

/* One line to the console, and to data/pvprobe. */
void probe_report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Runs the disk jobs, words of "write,verify,read,flush,bounds" in order, on the disk with this
 * virtual device number. mib limits the area (0: all of it). False when one failed; a report was
 * made.
 */
bool disk_run(unsigned int vdev, const char *jobs, unsigned long mib, uint64_t seed);

/* Connects the first NIC and serves this address (dotted) from then on. */
bool net_start(const char *address);

/* Answers what arrived; false when the device broke. */
bool net_serve(void);

void net_stop(void);

#endif /* PVPROBE_PROBE_H */
