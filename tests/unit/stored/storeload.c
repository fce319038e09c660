/* SPDX-License-Identifier: MIT */
/*
 * storeload PID: the same load for any xenstored (at $XENSTORED_PATH, its process PID): what each
 * kind of operation costs the daemon in processor time, what the client sees per second, and the
 * daemon's memory at the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../../dom0-tools/libstore/store.h"

#define COUNT 5000U

static struct store *store, *other;
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

/* Ticks of 10 ms that the daemon has run. */
static unsigned long ticks(void)
{
	char path[64];
	unsigned long user = 0, kernel = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	file = fopen(path, "re");
	if (file) {
		if (fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			   &user, &kernel) != 2) {
			user = kernel = 0;
		}
		fclose(file);
	}
	return user + kernel;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void measure(const char *what, void (*operation)(unsigned int), unsigned int count)
{
	unsigned long before = ticks();
	double start = seconds();

	for (unsigned int i = 0; i < count; i++) {
		operation(i);
	}
	printf("%-44s %6.1f us of the daemon's time, %7.0f a second\n", what,
	       (double)(ticks() - before) * 10000.0 / count, count / (seconds() - start));
}

static void memory(void)
{
	char path[64], line[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "VmRSS", 5) || !strncmp(line, "RssAnon", 7)) {
			fputs(line, stdout);
		}
	}
	if (file) {
		fclose(file);
	}
}

int main(int argc, char **argv)
{
	char path[64], token[16];

	store = store_open();
	other = store_open();
	if (!store || !other || argc < 2) {
		fputs("storeload PID, with XENSTORED_PATH\n", stderr);
		return 2;
	}
	pid = argv[1];
	measure("write, 100 nodes at depth 6", write_node, COUNT);
	measure("read", read_node, COUNT);
	measure("transaction: begin, read, write, end", transaction, COUNT / 4);
	measure("two transactions on one parent", two_transactions, COUNT / 10);
	printf("%u of %u of these had to be done again\n", conflicts, COUNT / 5);
	for (unsigned int i = 0; i < 10000; i++) {
		snprintf(path, sizeof(path), "/elsewhere/%u", i);
		snprintf(token, sizeof(token), "%u", i);
		store_watch(other, path, token);
	}
	measure("write, with 10000 watches elsewhere", write_node, COUNT);
	for (unsigned int i = 0; i < 10000; i++) {
		snprintf(path, sizeof(path), "/many/%u/%u", i / 100, i % 100);
		store_write(store, STORE_NO_TX, path, "a value", 7);
	}
	puts("with 10000 nodes and watches more:");
	memory();
	store_close(store);
	store_close(other);
	return 0;
}
