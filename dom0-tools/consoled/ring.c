/* SPDX-License-Identifier: MIT */
/* Reading and writing the console page: each index is fetched once and checked. */
#include "ring.h"

#include <errno.h>
#include <string.h>

static uint32_t fetch(const uint32_t *index)
{
	return __atomic_load_n(index, __ATOMIC_ACQUIRE);
}

static void publish(uint32_t *index, uint32_t value)
{
	__atomic_store_n(index, value, __ATOMIC_RELEASE);
}

ssize_t ring_take(struct xencons_interface *page, char *bytes, size_t room)
{
	uint32_t cons = fetch(&page->out_cons);
	uint32_t ready = fetch(&page->out_prod) - cons;
	size_t at = MASK_XENCONS_IDX(cons, page->out);
	size_t len, part;

	if (ready > sizeof(page->out)) {
		return -EBADMSG;
	}
	len = room < ready ? room : ready;
	part = len < sizeof(page->out) - at ? len : sizeof(page->out) - at;
	memcpy(bytes, page->out + at, part);
	memcpy(bytes + part, page->out, len - part);
	if (len) {
		publish(&page->out_cons, cons + (uint32_t)len);
	}
	return (ssize_t)len;
}

ssize_t ring_room(const struct xencons_interface *page)
{
	uint32_t used = fetch(&page->in_prod) - fetch(&page->in_cons);

	return used > sizeof(page->in) ? -EBADMSG : (ssize_t)(sizeof(page->in) - used);
}

ssize_t ring_give(struct xencons_interface *page, const char *bytes, size_t len)
{
	uint32_t prod = fetch(&page->in_prod);
	uint32_t used = prod - fetch(&page->in_cons);

	if (used > sizeof(page->in)) {
		return -EBADMSG;
	}
	len = len < sizeof(page->in) - used ? len : sizeof(page->in) - used;
	for (size_t i = 0; i < len; i++) {
		page->in[MASK_XENCONS_IDX(prod + i, page->in)] = bytes[i];
	}
	publish(&page->in_prod, prod + (uint32_t)len);
	return (ssize_t)len;
}
