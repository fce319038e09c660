/* SPDX-License-Identifier: MIT */
/*
 * storeload PID [COUNT]: the same load for any xenstored (at $XENSTORED_PATH, its process PID): a
 * line for each kind of operation, "STORE key N", with the nanoseconds that one takes, as the
 * client sees it; and the daemon's memory in KiB. Under QEMU's instruction counting, and with
 * nothing else to run, nanoseconds are instructions of the whole machine: client, daemon, kernel
 * and hypervisor. `make bench ONLY=store` does that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../../dom0-tools/libstore/store.h"

#define CROWD 100U

static struct store *store, *other;
static struct store *crowd[CROWD];
static unsigned int count = 1000;
static const char *pid;

static void write_node(unsigned int i)
{
	char path[64];

	snprintf(path, sizeof(path), "/load/%u/device/vif/0/state", i % 100);
	store_write(store, STORE_NO_TX, path, "4", 1);
}

static void read_node(unsigned int i)
{
	char path[64];

	snprintf(path, sizeof(path), "/load/%u/device/vif/0/state", i % 100);
	free(store_read(store, STORE_NO_TX, path, NULL));
}

static void transaction(unsigned int i)
{
	char path[64];
	uint32_t tx;

	snprintf(path, sizeof(path), "/load/%u/device/vif/0/state", i % 100);
	store_tx_begin(store, &tx);
	free(store_read(store, tx, path, NULL));
	store_write(store, tx, path, "5", 1);
	store_tx_end(store, tx, true);
}

/* Two at once, on different nodes of one parent: neither may fail. */
static unsigned int conflicts;

static void two_transactions(unsigned int i)
{
	uint32_t one, two;

	(void)i;
	store_tx_begin(store, &one);
	store_tx_begin(other, &two);
	store_write(store, one, "/load/one", "x", 1);
	store_write(other, two, "/load/two", "y", 1);
	conflicts += store_tx_end(store, one, true) != 0;
	conflicts += store_tx_end(other, two, true) != 0;
}

static void make_and_remove(unsigned int i)
{
	char path[64];

	snprintf(path, sizeof(path), "/load/made/%u", i);
	store_mkdir(store, STORE_NO_TX, path);
	store_rm(store, STORE_NO_TX, path);
}

static void directory(unsigned int i)
{
	size_t names;

	(void)i;
	free(store_directory(store, STORE_NO_TX, "/load/names", &names));
}

/* One changes a node, another hears of it. */
static void fire(unsigned int i)
{
	struct store_event event;

	(void)i;
	store_write(store, STORE_NO_TX, "/load/watched", "x", 1);
	if (store_wait_event(other, 10000, &event) == 1) {
		store_event_free(&event);
	} else {
		fputs("the watch has not fired\n", stderr);
		exit(1);
	}
}

static void read_in_crowd(unsigned int i)
{
	free(store_read(crowd[i % CROWD], STORE_NO_TX, "/load/watched", NULL));
}

static double nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void measure(const char *key, void (*operation)(unsigned int), unsigned int times)
{
	double start;

	for (unsigned int i = 0; i < 100; i++) { /* what is made at first use is made */
		operation(i);
	}
	start = nanoseconds();
	for (unsigned int i = 0; i < times; i++) {
		operation(i);
	}
	printf("STORE %s %.0f\n", key, (nanoseconds() - start) / times);
	fflush(stdout);
}

static void memory(const char *key)
{
	unsigned long rss = 0, own = 0;
	char path[64], line[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/smaps_rollup", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		sscanf(line, "Rss: %lu", &rss);
		sscanf(line, "Pss: %lu", &own);
	}
	printf("STORE %s.rss_kib %lu\nSTORE %s.pss_kib %lu\n", key, rss, key, own);
	if (file) {
		fclose(file);
	}
}

/* Watches up to a number, on nodes that nobody touches. */
static void watches(unsigned int number)
{
	static unsigned int have;
	char path[64], token[16];

	store_watch(other, "/load/watched", "w");
	for (; have < number; have++) {
		snprintf(path, sizeof(path), "/elsewhere/%u", have);
		snprintf(token, sizeof(token), "%u", have);
		store_watch(other, path, token);
	}
	store_unwatch(other, "/load/watched", "w");
}

/* Events that are there already, as each watch begins with one. */
static void drain(void)
{
	struct store_event event;

	while (store_wait_event(other, 0, &event) == 1) {
		store_event_free(&event);
	}
}

static void fire_with(const char *key, unsigned int number)
{
	watches(number);
	store_watch(other, "/load/watched", "w");
	drain();
	measure(key, fire, count);
	store_unwatch(other, "/load/watched", "w");
	drain();
}

static void nodes(unsigned int number)
{
	char path[64];

	for (unsigned int i = 0; i < number; i++) {
		snprintf(path, sizeof(path), "/many/%u/%u", i / 100, i % 100);
		store_write(store, STORE_NO_TX, path, "a value", 7);
	}
}

int main(int argc, char **argv)
{
	char path[64];

	store = store_open();
	other = store_open();
	if (!store || !other || argc < 2) {
		fputs("storeload PID [COUNT], with XENSTORED_PATH\n", stderr);
		return 2;
	}
	pid = argv[1];
	count = argc > 2 ? (unsigned int)atoi(argv[2]) : count;
	for (unsigned int i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "/load/names/%u", i);
		store_write(store, STORE_NO_TX, path, "", 0);
	}
	memory("empty");
	measure("write", write_node, count);
	measure("read", read_node, count);
	measure("mkdir_rm", make_and_remove, count);
	measure("directory_100", directory, count);
	measure("transaction", transaction, count / 2);
	measure("two_transactions", two_transactions, count / 4);
	printf("STORE conflicts %u\n", conflicts);
	fire_with("fire", 0);
	fire_with("fire_1000", 1000);
	fire_with("fire_10000", 10000);
	measure("write_10000", write_node, count);
	for (unsigned int i = 0; i < CROWD; i++) {
		crowd[i] = store_open();
	}
	measure("read_crowd_100", read_in_crowd, count);
	memory("watches_10000");
	nodes(10000);
	memory("nodes_10000");
	return 0;
}
