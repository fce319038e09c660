/* SPDX-License-Identifier: MIT */
/* The directory of unpacked kernels. */
#include "cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#define CHUNK_BYTES (256UL << 10)
#define KERNEL_PREFIX "kernel-"
#define PACKED_PREFIX "packed-" /* and the same name */
#define ID_PREFIX "file-"
#define TEMPORARY_PREFIX "tmp-"

/* Timestamps have the resolution of a tick: a file changed so lately may change again unseen. */
#define TOO_FRESH_SECONDS 2

/* A leftover of a writer that died. */
#define STALE_SECONDS 600

static void file_identity(struct cache *cache, const struct blob *file)
{
	struct timespec now;
	struct stat st;

	if (file->fd < 0 || fstat(file->fd, &st) < 0 || clock_gettime(CLOCK_REALTIME, &now) < 0 ||
	    now.tv_sec - st.st_ctim.tv_sec < TOO_FRESH_SECONDS) {
		return;
	}
	snprintf(cache->id, sizeof(cache->id), ID_PREFIX "%lx-%lx-%lx-%lx.%lx-%lx.%lx",
		 (unsigned long)st.st_dev, (unsigned long)st.st_ino, (unsigned long)st.st_size,
		 (unsigned long)st.st_mtim.tv_sec, (unsigned long)st.st_mtim.tv_nsec,
		 (unsigned long)st.st_ctim.tv_sec, (unsigned long)st.st_ctim.tv_nsec);
}

/* Makes the directory and what is missing above it. */
static int dir_make(const char *dir)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s", dir) >= (int)sizeof(path)) {
		return -ENAMETOOLONG;
	}
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	return mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

void cache_open(struct cache *cache, const char *dir, const struct blob *file)
{
	struct stat st;

	*cache = (struct cache){.dir = -1};
	if (!dir || dir_make(dir)) {
		return;
	}
	cache->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cache->dir >= 0 && (fstat(cache->dir, &st) < 0 || st.st_uid != geteuid() ||
				st.st_mode & (S_IWGRP | S_IWOTH))) {
		cache_close(cache);
	}
	if (cache->dir >= 0) {
		file_identity(cache, file);
	}
}

void cache_close(struct cache *cache)
{
	if (cache->dir >= 0) {
		close(cache->dir);
	}
	cache->dir = -1;
}

/* Opens an entry and marks it as used now. */
static bool entry_open(struct cache *cache, const char *name, struct blob *image)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_NOW}};
	int fd = openat(cache->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0) {
		return false;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return false;
	}
	futimens(fd, times);
	*image = (struct blob){.fd = fd, .size = (uint64_t)st.st_size};
	return true;
}

/* The link's target, if it looks like one of ours. */
static bool link_read(struct cache *cache)
{
	ssize_t len;

	if (!cache->id[0]) {
		return false;
	}
	len = readlinkat(cache->dir, cache->id, cache->name, sizeof(cache->name) - 1);
	if (len <= 0 || strncmp(cache->name, KERNEL_PREFIX, strlen(KERNEL_PREFIX)) ||
	    memchr(cache->name, '/', (size_t)len)) {
		cache->name[0] = '\0';
		return false;
	}
	cache->name[len] = '\0';
	return true;
}

static void link_write(struct cache *cache)
{
	if (cache->id[0]) {
		unlinkat(cache->dir, cache->id, 0);
		if (symlinkat(cache->name, cache->dir, cache->id) < 0) {
			cache->id[0] = '\0';
		}
	}
}

bool cache_find_file(struct cache *cache, struct blob *image)
{
	return cache->dir >= 0 && link_read(cache) && entry_open(cache, cache->name, image);
}

/* The packed form that belongs to an entry. */
static void packed_name(const char *name, char packed[80])
{
	snprintf(packed, 80, PACKED_PREFIX "%s", name + strlen(KERNEL_PREFIX));
}

/* Whether the file has exactly these bytes. */
static bool file_equals(struct cache *cache, const char *name, const uint8_t *data, size_t len)
{
	uint8_t *chunk = malloc(CHUNK_BYTES);
	struct blob file = {.fd = -1};
	bool equal = chunk && entry_open(cache, name, &file) && file.size == len;

	for (size_t done = 0; equal && done < len;) {
		size_t part = len - done < CHUNK_BYTES ? len - done : CHUNK_BYTES;

		equal = !blob_read(&file, done, chunk, part) && !memcmp(chunk, data + done, part);
		done += part;
	}
	blob_close(&file);
	free(chunk);
	return equal;
}

bool cache_find_packed(struct cache *cache, const uint8_t *packed, size_t len, struct blob *image)
{
	char beside[80];

	if (cache->dir < 0) {
		return false;
	}
	snprintf(cache->name, sizeof(cache->name), KERNEL_PREFIX "%zx-%08lx", len,
		 crc32_z(0, packed, len));
	packed_name(cache->name, beside);
	if (!file_equals(cache, beside, packed, len) || !entry_open(cache, cache->name, image)) {
		return false;
	}
	link_write(cache);
	return true;
}

struct entry {
	char name[NAME_MAX + 1];
	uint64_t size;
	time_t used;
};

static int entry_older(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->used > y->used) - (x->used < y->used);
}

/* Sorts out one directory entry: kept entries are listed, dead ones removed. */
static void trim_look(struct cache *cache, const char *name, struct entry **list, size_t *count)
{
	struct entry *bigger;
	struct stat st, target;
	char kernel[80];

	if (fstatat(cache->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		return;
	}
	if (!strncmp(name, ID_PREFIX, strlen(ID_PREFIX))) {
		if (fstatat(cache->dir, name, &target, 0) < 0) {
			unlinkat(cache->dir, name, 0);
		}
	} else if (!strncmp(name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX))) {
		if (time(NULL) - st.st_mtime > STALE_SECONDS) {
			unlinkat(cache->dir, name, 0);
		}
	} else if (!strncmp(name, PACKED_PREFIX, strlen(PACKED_PREFIX))) {
		snprintf(kernel, sizeof(kernel), KERNEL_PREFIX "%.60s",
			 name + strlen(PACKED_PREFIX));
		if (fstatat(cache->dir, kernel, &target, 0) < 0 &&
		    time(NULL) - st.st_mtime > STALE_SECONDS) {
			unlinkat(cache->dir, name, 0);
		}
	} else if (!strncmp(name, KERNEL_PREFIX, strlen(KERNEL_PREFIX))) {
		bigger = realloc(*list, (*count + 1) * sizeof(**list));
		if (bigger) {
			*list = bigger;
			snprintf(bigger[*count].name, sizeof(bigger[*count].name), "%s", name);
			bigger[*count].size = (uint64_t)st.st_size;
			bigger[*count].used = st.st_mtime;
			(*count)++;
		}
	}
}

static void trim(struct cache *cache)
{
	DIR *dir = fdopendir(openat(cache->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct entry *list = NULL;
	struct dirent *item;
	uint64_t total = 0;
	char beside[80];
	size_t count = 0;

	if (!dir) {
		return;
	}
	while ((item = readdir(dir))) {
		trim_look(cache, item->d_name, &list, &count);
	}
	for (size_t i = 0; i < count; i++) {
		total += list[i].size;
	}
	if (count) {
		qsort(list, count, sizeof(*list), entry_older);
	}
	for (size_t i = 0; i < count && total > CACHE_MAX_BYTES; i++) {
		if (strcmp(list[i].name, cache->name)) {
			packed_name(list[i].name, beside);
			unlinkat(cache->dir, list[i].name, 0);
			unlinkat(cache->dir, beside, 0);
			total -= list[i].size;
		}
	}
	free(list);
	closedir(dir);
}

static int write_all(int fd, const uint8_t *data, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t put = write(fd, data + done, len - done);

		if (put < 0 && errno != EINTR) {
			return -errno;
		}
		done += put > 0 ? (size_t)put : 0;
	}
	return fdatasync(fd) < 0 ? -errno : 0;
}

/* A new file of ours. */
static int temporary_open(struct cache *cache, const char *kind, char name[64])
{
	snprintf(name, 64, TEMPORARY_PREFIX "%s%d", kind, (int)getpid());
	unlinkat(cache->dir, name, 0);
	return openat(cache->dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
}

int cache_begin(struct cache *cache)
{
	int fd = -1;

	if (cache->dir >= 0 && cache->name[0]) {
		fd = temporary_open(cache, "", cache->temporary);
	}
	return fd;
}

void cache_drop(struct cache *cache)
{
	if (cache->dir >= 0 && cache->temporary[0]) {
		unlinkat(cache->dir, cache->temporary, 0);
	}
	cache->temporary[0] = '\0';
}

/* Puts the packed form into its place: before the kernel, which is nothing without it. */
static int keep_packed(struct cache *cache, const uint8_t *packed, size_t len)
{
	char temporary[64], beside[80];
	int fd = temporary_open(cache, "p", temporary);
	int ret = fd < 0 ? -errno : write_all(fd, packed, len);

	packed_name(cache->name, beside);
	if (fd >= 0) {
		close(fd);
	}
	if (!ret && renameat(cache->dir, temporary, cache->dir, beside) < 0) {
		ret = -errno;
	}
	if (ret) {
		unlinkat(cache->dir, temporary, 0);
	}
	return ret;
}

void cache_keep(struct cache *cache, int fd, const uint8_t *packed, size_t len)
{
	struct stat st;

	if (fdatasync(fd) < 0 || fstat(fd, &st) < 0 || (uint64_t)st.st_size > CACHE_MAX_BYTES) {
		cache_drop(cache);
		return;
	}
	/* Another kernel under this name would be found for ours. */
	unlinkat(cache->dir, cache->name, 0);
	if (keep_packed(cache, packed, len) ||
	    renameat(cache->dir, cache->temporary, cache->dir, cache->name) < 0) {
		cache_drop(cache);
		return;
	}
	cache->temporary[0] = '\0';
	link_write(cache);
	trim(cache);
}
