/* SPDX-License-Identifier: MIT */
/* Who may do what: reading, writing and deciding permission lists. */
#include "perms.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stored.h"

#define MAX_PERMS 1024U /* a request cannot carry more: each takes at least 3 of 4096 bytes */

static bool entry_is_void(const struct stored *stored, const struct perms *perms, uint16_t domid)
{
	return domid < DOMID_COUNT && stored->died[domid] >= perms->since;
}

static bool speaks_for(const struct subject *who, uint16_t domid)
{
	return who->domid == domid || (who->target != NO_TARGET && who->target == domid);
}

bool perms_allow(const struct stored *stored, const struct perms *perms, const struct subject *who,
		 unsigned int bits)
{
	const struct perm *owner = &perms->list[0];

	if (subject_is_privileged(who) ||
	    (speaks_for(who, owner->domid) && !entry_is_void(stored, perms, owner->domid))) {
		return true;
	}
	for (unsigned int i = 1; i < perms->count; i++) {
		const struct perm *entry = &perms->list[i];

		if (speaks_for(who, entry->domid) && !entry_is_void(stored, perms, entry->domid)) {
			return (entry->bits & bits) == bits;
		}
	}
	return (owner->bits & bits) == bits;
}

/* One entry, "b12"; *at moves behind its NUL. */
static int perm_parse(const char *text, size_t len, size_t *at, struct perm *perm)
{
	static const char letters[] = "nrwb"; /* the index is the bits */
	const char *letter;
	unsigned int domid = 0;
	size_t i = *at;

	letter = text[i] ? strchr(letters, text[i]) : NULL;
	if (!letter || i + 1 >= len || !isdigit((unsigned char)text[i + 1])) {
		return -EINVAL;
	}
	for (i++; i < len && isdigit((unsigned char)text[i]); i++) {
		domid = domid * 10 + (unsigned int)(text[i] - '0');
		if (domid >= DOMID_COUNT) {
			return -EINVAL;
		}
	}
	if (i >= len || text[i]) {
		return -EINVAL;
	}
	perm->domid = (uint16_t)domid;
	perm->bits = (uint8_t)(letter - letters);
	*at = i + 1;
	return 0;
}

int perms_parse(const char *text, size_t len, struct perms *to)
{
	unsigned int count = 0;
	size_t at = 0;
	int ret;

	for (size_t i = 0; i < len; i++) {
		count += text[i] == '\0';
	}
	if (!count || count > MAX_PERMS || text[len - 1]) {
		return -EINVAL;
	}
	*to = (struct perms){.list = calloc(count, sizeof(struct perm))};
	if (!to->list) {
		return -ENOMEM;
	}
	while (at < len) {
		ret = perm_parse(text, len, &at, &to->list[to->count]);
		if (ret) {
			perms_free(to);
			return ret;
		}
		to->count++;
	}
	return 0;
}

size_t perms_format(const struct stored *stored, const struct perms *perms, char *text, size_t room)
{
	char entry[16];
	size_t len = 0;

	for (unsigned int i = 0; i < perms->count; i++) {
		const struct perm *perm = &perms->list[i];
		size_t n;

		if (i && entry_is_void(stored, perms, perm->domid)) {
			continue;
		}
		n = (size_t)snprintf(entry, sizeof(entry), "%c%u", "nrwb"[perm->bits & 3],
				     perm -> domid) +
		    1;
		if (len + n <= room) {
			memcpy(text + len, entry, n);
		}
		len += n;
	}
	return len;
}

int perms_inherit(const struct stored *stored, const struct perms *from, const uint16_t *owner,
		  struct perms *to)
{
	to->list = calloc(from->count, sizeof(struct perm));
	if (!to->list) {
		return -ENOMEM;
	}
	to->count = 1;
	to->since = stored->generation + 1;
	to->list[0] = from->list[0];
	if (owner) {
		to->list[0].domid = *owner;
	}
	for (unsigned int i = 1; i < from->count; i++) {
		if (!entry_is_void(stored, from, from->list[i].domid)) {
			to->list[to->count++] = from->list[i];
		}
	}
	return 0;
}

int perms_single(const struct stored *stored, uint16_t owner, unsigned int others, struct perms *to)
{
	to->list = calloc(1, sizeof(struct perm));
	if (!to->list) {
		return -ENOMEM;
	}
	to->count = 1;
	to->since = stored->generation + 1;
	to->list[0].domid = owner;
	to->list[0].bits = (uint8_t)others;
	return 0;
}

void perms_free(struct perms *perms)
{
	free(perms->list);
	*perms = (struct perms){0};
}
