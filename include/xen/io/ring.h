/* SPDX-License-Identifier: MIT */
/*
 * Rings of requests and responses in shared pages (blkif, netif, ...), and the byte streams of
 * console and xenstore. The other end is not trusted: its indices are checked, its entries are
 * copied before anyone looks at them.
 */
#ifndef XEN_IO_RING_H
#define XEN_IO_RING_H

#include "../types.h"

typedef uint32_t RING_IDX;	/* runs freely; its low bits pick the entry */

/* Start of the first page. Entries follow, requests and responses sharing the same slots. */
struct ring_shared {
	RING_IDX req_prod;	/* requests published by the front */
	RING_IDX req_event;	/* back wants an event when req_prod passes this */
	RING_IDX rsp_prod;	/* responses published by the back */
	RING_IDX rsp_event;	/* front wants an event when rsp_prod passes this */
	uint8_t pvt_pad[4];
	uint8_t pad[44];
};
ABI_SIZE(struct ring_shared, 64);
ABI_OFFSET(struct ring_shared, req_event, 4);
ABI_OFFSET(struct ring_shared, rsp_prod, 8);
ABI_OFFSET(struct ring_shared, rsp_event, 12);

/* The private state of one end. */
struct ring_front {
	struct ring_shared *shared;
	RING_IDX req_prod_pvt;	/* requests written, maybe not yet published */
	RING_IDX rsp_cons;	/* responses taken */
	uint32_t nr_ents;	/* power of two */
	uint32_t entry_size;	/* bytes */
};

struct ring_back {
	struct ring_shared *shared;
	RING_IDX rsp_prod_pvt;	/* responses written, maybe not yet published */
	RING_IDX req_cons;	/* requests taken */
	uint32_t nr_ents;
	uint32_t entry_size;
};

/* Shared indices are read and written exactly once per access, ordered against the entries. */
static inline RING_IDX ring_load(const RING_IDX *index)
{
	return __atomic_load_n(index, __ATOMIC_ACQUIRE);
}

static inline void ring_store(RING_IDX *index, RING_IDX value)
{
	__atomic_store_n(index, value, __ATOMIC_RELEASE);
}

/* Copies an entry; what is read later is the copy, whatever the other end writes meanwhile. */
static inline void ring_copy(void *to, const void *from, size_t bytes)
{
	__builtin_memcpy(to, from, bytes);
	__asm__ volatile("" ::: "memory");
}

/*
 * Entries of entry_size bytes in a ring of ring_bytes: the largest power of two that fits. There
 * must be room for one at least.
 */
static inline uint32_t ring_entries(size_t ring_bytes, uint32_t entry_size)
{
	size_t room = (ring_bytes - sizeof(struct ring_shared)) / entry_size;
	uint32_t entries = 1;

	while ((size_t)entries * 2 <= room) {
		entries *= 2;
	}
	return entries;
}

/* The front empties the shared page before it tells the back of it. */
static inline void ring_shared_init(struct ring_shared *shared)
{
	__builtin_memset(shared, 0, sizeof(*shared));
	shared->req_event = 1;
	shared->rsp_event = 1;
}

/* ring_bytes: size of all shared pages together. */
static inline void ring_front_init(struct ring_front *ring, struct ring_shared *shared,
				   size_t ring_bytes, uint32_t entry_size)
{
	ring->shared = shared;
	ring->req_prod_pvt = 0;
	ring->rsp_cons = 0;
	ring->nr_ents = ring_entries(ring_bytes, entry_size);
	ring->entry_size = entry_size;
}

/* start: 0 for a fresh ring, the published rsp_prod when taking over a live one. */
static inline void ring_back_init(struct ring_back *ring, struct ring_shared *shared,
				  size_t ring_bytes, uint32_t entry_size, RING_IDX start)
{
	ring->shared = shared;
	ring->rsp_prod_pvt = start;
	ring->req_cons = start;
	ring->nr_ents = ring_entries(ring_bytes, entry_size);
	ring->entry_size = entry_size;
}

static inline void *ring_entry(struct ring_shared *shared, uint32_t nr_ents, uint32_t entry_size,
			       RING_IDX index)
{
	return (uint8_t *)(shared + 1) + (size_t)(index & (nr_ents - 1)) * entry_size;
}

/* ---- Front ---- */

/* Requests that may be written before responses must be taken. */
static inline uint32_t ring_front_free(const struct ring_front *ring)
{
	return ring->nr_ents - (ring->req_prod_pvt - ring->rsp_cons);
}

/* Slot for the next request. Needs ring_front_free() > 0. */
static inline void *ring_front_next_request(struct ring_front *ring)
{
	return ring_entry(ring->shared, ring->nr_ents, ring->entry_size, ring->req_prod_pvt++);
}

/*
 * Responses waiting, or -1 when the back claims more than there are requests outstanding: the
 * ring is then broken and must not be used any more.
 */
static inline int32_t ring_front_unconsumed(const struct ring_front *ring)
{
	uint32_t waiting = ring_load(&ring->shared->rsp_prod) - ring->rsp_cons;

	if (waiting > ring->req_prod_pvt - ring->rsp_cons) {
		return -1;
	}
	return (int32_t)waiting;
}

/* Copies the next response out. Needs ring_front_unconsumed() > 0. */
static inline void ring_front_take_response(struct ring_front *ring, void *response, size_t bytes)
{
	ring_copy(response, ring_entry(ring->shared, ring->nr_ents, ring->entry_size,
				       ring->rsp_cons), bytes);
	ring->rsp_cons++;
}

/* Publishes the requests written. Returns 1 when the back wants an event for them. */
static inline int ring_front_push(struct ring_front *ring)
{
	RING_IDX before = ring->shared->req_prod;
	RING_IDX after = ring->req_prod_pvt;

	ring_store(&ring->shared->req_prod, after);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return after - ring_load(&ring->shared->req_event) < after - before;
}

/* Asks for an event at the next response and looks once more: as ring_front_unconsumed(). */
static inline int32_t ring_front_final_check(struct ring_front *ring)
{
	int32_t waiting = ring_front_unconsumed(ring);

	if (waiting != 0) {
		return waiting;
	}
	ring_store(&ring->shared->rsp_event, ring->rsp_cons + 1);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return ring_front_unconsumed(ring);
}

/* ---- Back ---- */

/*
 * Requests waiting, or -1 when the front claims more than there is room for beside those not yet
 * answered (also by taking published ones back): the device is then broken.
 */
static inline int32_t ring_back_unconsumed(const struct ring_back *ring)
{
	uint32_t waiting = ring_load(&ring->shared->req_prod) - ring->req_cons;

	if (waiting > ring->nr_ents - (ring->req_cons - ring->rsp_prod_pvt)) {
		return -1;
	}
	return (int32_t)waiting;
}

/* Copies the next request out. Needs ring_back_unconsumed() > 0. */
static inline void ring_back_take_request(struct ring_back *ring, void *request, size_t bytes)
{
	ring_copy(request, ring_entry(ring->shared, ring->nr_ents, ring->entry_size,
				      ring->req_cons), bytes);
	ring->req_cons++;
}

/* Slot for the next response. At most one per request taken. */
static inline void *ring_back_next_response(struct ring_back *ring)
{
	return ring_entry(ring->shared, ring->nr_ents, ring->entry_size, ring->rsp_prod_pvt++);
}

/* Publishes the responses written. Returns 1 when the front wants an event for them. */
static inline int ring_back_push(struct ring_back *ring)
{
	RING_IDX before = ring->shared->rsp_prod;
	RING_IDX after = ring->rsp_prod_pvt;

	ring_store(&ring->shared->rsp_prod, after);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return after - ring_load(&ring->shared->rsp_event) < after - before;
}

/* Asks for an event at the next request and looks once more: as ring_back_unconsumed(). */
static inline int32_t ring_back_final_check(struct ring_back *ring)
{
	int32_t waiting = ring_back_unconsumed(ring);

	if (waiting != 0) {
		return waiting;
	}
	ring_store(&ring->shared->req_event, ring->req_cons + 1);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return ring_back_unconsumed(ring);
}

/* ---- Byte streams: one producer, one consumer, size a power of two ---- */

/* Bytes waiting, or -1 when the indices cannot be right. */
static inline int32_t ring_bytes_used(RING_IDX prod, RING_IDX cons, uint32_t size)
{
	uint32_t used = prod - cons;

	return used > size ? -1 : (int32_t)used;
}

/*
 * Writes at most len bytes at *prod, as far as the other end's *cons leaves room, and publishes
 * them. own_prod is our private copy of *prod. Returns the bytes written, -1 on bad indices.
 */
static inline int32_t ring_bytes_write(char *ring, uint32_t size, RING_IDX *prod,
				       RING_IDX *own_prod, const RING_IDX *cons,
				       const void *data, uint32_t len)
{
	int32_t used = ring_bytes_used(*own_prod, ring_load(cons), size);
	uint32_t at = *own_prod & (size - 1);
	uint32_t first;

	if (used < 0) {
		return -1;
	}
	if (len > size - (uint32_t)used) {
		len = size - (uint32_t)used;
	}
	first = len < size - at ? len : size - at;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	__builtin_memcpy(ring + at, data, first);
	__builtin_memcpy(ring, (const char *)data + first, len - first);
	*own_prod += len;
	ring_store(prod, *own_prod);
	return (int32_t)len;
}

/*
 * Takes at most len bytes at *cons and gives their room back. own_cons is our private copy of
 * *cons. Returns the bytes taken, -1 on bad indices.
 */
static inline int32_t ring_bytes_read(const char *ring, uint32_t size, const RING_IDX *prod,
				      RING_IDX *cons, RING_IDX *own_cons, void *data, uint32_t len)
{
	int32_t used = ring_bytes_used(ring_load(prod), *own_cons, size);
	uint32_t at = *own_cons & (size - 1);
	uint32_t first;

	if (used < 0) {
		return -1;
	}
	if (len > (uint32_t)used) {
		len = (uint32_t)used;
	}
	first = len < size - at ? len : size - at;
	ring_copy(data, ring + at, first);
	ring_copy((char *)data + first, ring, len - first);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	*own_cons += len;
	ring_store(cons, *own_cons);
	return (int32_t)len;
}

#endif /* XEN_IO_RING_H */
