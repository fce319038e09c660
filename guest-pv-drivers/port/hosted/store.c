/* SPDX-License-Identifier: MIT */
/* A xenstore daemon of a few entries at the other end of the ring, honest or not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hosted.h"

#define MAX_ENTRIES 96
#define MAX_WATCHES 16
#define TEXT 160

static struct {
	char path[TEXT];
	char value[TEXT];
} entries[MAX_ENTRIES];

static struct {
	char path[TEXT];
	char token[TEXT];
} watches[MAX_WATCHES];

static struct xenstore_domain_interface *ring;
static enum hosted_store_fault fault;

/* the request being put together */
static char request[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
static uint32_t request_length;

/* answers on their way: the ring takes what it can */
static char *answers;
static size_t answers_length;

static void text_copy(char *to, const char *from)
{
	size_t n = strnlen(from, TEXT);

	if (n == TEXT) {
		fprintf(stderr, "a path or value beyond %d bytes\n", TEXT);
		abort();
	}
	memcpy(to, from, n + 1);
}

void hosted_store_reset(void)
{
	free(ring);
	ring = calloc(1, 4096);
	free(answers);
	answers = NULL;
	answers_length = 0;
	request_length = 0;
	fault = STORE_HONEST;
	memset(entries, 0, sizeof(entries));
	memset(watches, 0, sizeof(watches));
}

struct xenstore_domain_interface *hosted_store_ring(void)
{
	return ring;
}

void hosted_store_misbehave(enum hosted_store_fault f)
{
	fault = f;
}

static void answer_append(const void *data, size_t length)
{
	char *grown = realloc(answers, answers_length + length);

	if (grown == NULL) {
		abort();
	}
	answers = grown;
	memcpy(answers + answers_length, data, length);
	answers_length += length;
}

static void answer(uint32_t type, uint32_t id, const void *data, uint32_t length)
{
	struct xsd_sockmsg header = {.type = type, .req_id = id, .len = length};

	if (type != XS_WATCH_EVENT && fault == STORE_WRONG_ID) {
		header.req_id = id + 7;
	}
	if (type != XS_WATCH_EVENT && fault == STORE_WRONG_TYPE) {
		header.type = XS_RESUME;
	}
	if (fault == STORE_HUGE_LENGTH) {
		header.len = 0x7fffffff;
	}
	answer_append(&header, sizeof(header));
	answer_append(data, length);
}

static int entry_find(const char *path)
{
	for (int i = 0; i < MAX_ENTRIES; i++) {
		if (entries[i].path[0] != '\0' && strcmp(entries[i].path, path) == 0) {
			return i;
		}
	}
	return -1;
}

/* Below the path, or the path itself. */
static bool path_is_below(const char *path, const char *top)
{
	size_t n = strlen(top);

	return strncmp(path, top, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static void absolute(char *out, const char *path)
{
	if (path[0] == '/') {
		text_copy(out, path);
	} else {
		snprintf(out, TEXT, "/local/domain/%d/%s", HOSTED_DOMID, path);
	}
}

static void watch_fire(int w, const char *path)
{
	char text[2 * TEXT];
	int n = snprintf(text, sizeof(text), "%s", path) + 1;

	n += snprintf(text + n, sizeof(text) - (size_t)n, "%s", watches[w].token) + 1;
	answer(XS_WATCH_EVENT, 0, text, (uint32_t)n);
}

void hosted_store_set(const char *path, const char *value)
{
	int i = entry_find(path);

	for (int j = 0; i < 0 && j < MAX_ENTRIES; j++) {
		if (entries[j].path[0] == '\0') {
			i = j;
		}
	}
	if (i < 0) {
		abort();
	}
	text_copy(entries[i].path, path);
	text_copy(entries[i].value, value);
	for (int w = 0; w < MAX_WATCHES; w++) {
		char top[TEXT];

		absolute(top, watches[w].path);
		if (watches[w].path[0] != '\0' && path_is_below(path, top)) {
			watch_fire(w, path);
		}
	}
}

void hosted_store_set_number(const char *path, unsigned long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lu", value);
	hosted_store_set(path, text);
}

const char *hosted_store_get(const char *path)
{
	int i = entry_find(path);

	return i < 0 ? NULL : entries[i].value;
}

void hosted_store_remove(const char *path)
{
	for (int i = 0; i < MAX_ENTRIES; i++) {
		if (entries[i].path[0] != '\0' && path_is_below(entries[i].path, path)) {
			entries[i].path[0] = '\0';
		}
	}
}

static void directory(uint32_t id, const char *path)
{
	char names[1024] = "";
	uint32_t length = 0;
	size_t n = strlen(path);

	for (int i = 0; i < MAX_ENTRIES; i++) {
		char name[TEXT];

		if (entries[i].path[0] == '\0' || !path_is_below(entries[i].path, path) ||
		    entries[i].path[n] != '/') {
			continue;
		}
		text_copy(name, entries[i].path + n + 1);
		name[strcspn(name, "/")] = '\0';
		if (memmem(names, length, name, strlen(name) + 1) == NULL) {
			memcpy(names + length, name, strlen(name) + 1);
			length += (uint32_t)strlen(name) + 1;
		}
	}
	if (length == 0) {
		answer(XS_ERROR, id, "ENOENT", 7);
	} else {
		answer(XS_DIRECTORY, id, names, length);
	}
}

static void watch_change(uint32_t type, uint32_t id, const char *path, const char *token)
{
	for (int w = 0; w < MAX_WATCHES; w++) {
		bool same = strcmp(watches[w].path, path) == 0 &&
			    strcmp(watches[w].token, token) == 0;

		if (type == XS_UNWATCH ? same : watches[w].path[0] == '\0') {
			text_copy(watches[w].path, type == XS_WATCH ? path : "");
			text_copy(watches[w].token, token);
			answer(type, id, "OK", 3);
			if (type == XS_WATCH) {
				watch_fire(w, path);
			}
			return;
		}
	}
	answer(XS_ERROR, id, type == XS_WATCH ? "E2BIG" : "ENOENT", 7);
}

static void handle(const struct xsd_sockmsg *header, char *payload)
{
	char path[TEXT];
	size_t n;

	payload[header->len] = '\0';
	n = strlen(payload) + 1;
	absolute(path, payload);
	switch (header->type) {
	case XS_READ:
		if (entry_find(path) < 0) {
			answer(XS_ERROR, header->req_id, "ENOENT", 7);
		} else {
			const char *value = hosted_store_get(path);

			answer(XS_READ, header->req_id, value, (uint32_t)strlen(value));
		}
		break;
	case XS_WRITE:
		/* the value has no NUL of its own: the one put behind the payload ends it */
		hosted_store_set(path, n <= header->len ? payload + n : "");
		answer(XS_WRITE, header->req_id, "OK", 3);
		break;
	case XS_DIRECTORY:
		directory(header->req_id, path);
		break;
	case XS_WATCH:
	case XS_UNWATCH:
		watch_change(header->type, header->req_id, payload, payload + n);
		break;
	default:
		answer(XS_ERROR, header->req_id, "ENOSYS", 7);
		break;
	}
}

static void requests_take(void)
{
	while (ring->req_cons != ring->req_prod) {
		struct xsd_sockmsg header;

		request[request_length++] = ring->req[MASK_XENSTORE_IDX(ring->req_cons++)];
		if (request_length < sizeof(header)) {
			continue;
		}
		memcpy(&header, request, sizeof(header));
		if (header.len > XENSTORE_PAYLOAD_MAX) {
			fprintf(stderr, "request of %u bytes\n", header.len);
			abort();
		}
		if (request_length == sizeof(header) + header.len) {
			char payload[XENSTORE_PAYLOAD_MAX + 1];

			memcpy(payload, request + sizeof(header), header.len);
			request_length = 0;
			handle(&header, payload);
		}
	}
}

static void answers_give(void)
{
	size_t given = 0;

	while (given < answers_length && ring->rsp_prod - ring->rsp_cons < XENSTORE_RING_SIZE) {
		ring->rsp[MASK_XENSTORE_IDX(ring->rsp_prod)] = answers[given++];
		ring->rsp_prod++;
		if (fault == STORE_BYTEWISE) {
			break;
		}
	}
	memmove(answers, answers + given, answers_length - given);
	answers_length -= given;
	if (given > 0 && fault == STORE_BAD_INDEX) {
		ring->rsp_prod += XENSTORE_RING_SIZE * 4;
	}
}

void hosted_store_serve(void)
{
	requests_take();
	if (answers_length > 0) {
		answers_give();
	}
}
