/* SPDX-License-Identifier: MIT */
/*
 * hv_alloc: objects of a power of two in size, each size in pages of its own.
 * A slab page keeps its state in its page_info (progress: class, tlb_stamp:
 * used count and first free object), so every object is naturally aligned.
 * Larger ones are whole blocks of frames.
 */
#include "mm/page_list.h"

#include <asm/directmap.h>

#include "lib/bug.h"
#include "lib/spinlock.h"
#include "lib/string.h"

#define CLASS_MIN_SHIFT 5 /* 32 bytes */
#define CLASS_COUNT 7     /* up to 2048 */
#define OBJECT_MAX (1UL << (CLASS_MIN_SHIFT + CLASS_COUNT - 1))
#define KIND_SLAB 0x100  /* page_info.progress: slab page of class low bits */
#define KIND_BLOCK 0x200 /* block of frames of order low bits */
#define OFFSET_END 0xffff

static uint32_t partial[CLASS_COUNT]; /* pages with a free object, 0: none */
static spinlock_t slab_lock = SPINLOCK(RANK_HEAP);

static uint16_t slab_first(const struct page_info *p)
{
	return (uint16_t)p->tlb_stamp;
}

static uint16_t slab_used(const struct page_info *p)
{
	return (uint16_t)(p->tlb_stamp >> 16);
}

static void slab_set(struct page_info *p, uint16_t first, uint16_t used)
{
	p->tlb_stamp = (uint32_t)used << 16 | first;
}

static struct page_info *slab_new(unsigned int class)
{
	char *va = frames_alloc(0);
	unsigned int size = 1U << (class + CLASS_MIN_SHIFT);
	struct page_info *p;

	if (!va) {
		return NULL;
	}
	for (unsigned int at = 0; at < PAGE_SIZE; at += size) {
		*(uint16_t *)(va + at) = at + size < PAGE_SIZE ? (uint16_t)(at + size) : OFFSET_END;
	}
	p = mfn_to_page(virt_to_mfn(va));
	p->progress = (uint16_t)(KIND_SLAB | class);
	slab_set(p, 0, 0);
	return p;
}

static void *slab_take(struct page_info *p, unsigned int class)
{
	char *va = mfn_to_virt(page_to_mfn(p));
	char *object = va + slab_first(p);

	slab_set(p, *(uint16_t *)object, slab_used(p) + 1);
	if (slab_first(p) == OFFSET_END) {
		page_list_remove(&partial[class], p);
	}
	return object;
}

static void *block_alloc(size_t bytes)
{
	unsigned int order = 0;
	void *va;

	while (PAGE_SIZE << order < bytes) {
		if (++order > 18) {
			return NULL;
		}
	}
	va = frames_alloc(order);
	if (va) {
		mfn_to_page(virt_to_mfn(va))->progress = (uint16_t)(KIND_BLOCK | order);
	}
	return va;
}

void *hv_alloc(size_t bytes)
{
	unsigned int class = 0;
	struct page_info *fresh;
	void *object = NULL;

	if (bytes > OBJECT_MAX) {
		return block_alloc(bytes);
	}
	while (1UL << (class + CLASS_MIN_SHIFT) < bytes) {
		class ++;
	}
	spin_lock(&slab_lock);
	if (partial[class]) {
		object = slab_take(&frame_table[partial[class]], class);
	}
	spin_unlock(&slab_lock);
	if (!object) {
		fresh = slab_new(class);
		if (!fresh) {
			return NULL;
		}
		spin_lock(&slab_lock);
		page_list_push(&partial[class], fresh);
		object = slab_take(fresh, class);
		spin_unlock(&slab_lock);
	}
	memset(object, 0, 1UL << (class + CLASS_MIN_SHIFT));
	return object;
}

void hv_free(void *object)
{
	struct page_info *p;
	unsigned int class;
	char *va;

	if (!object) {
		return;
	}
	p = mfn_to_page(virt_to_mfn(object));
	BUG_ON(!(p->progress & (KIND_SLAB | KIND_BLOCK)));
	class = p->progress & 0xff;
	if (p->progress & KIND_BLOCK) {
		p->progress = 0;
		frames_free(object, class);
		return;
	}
	va = mfn_to_virt(page_to_mfn(p));
	spin_lock(&slab_lock);
	BUG_ON(!slab_used(p) || ((char *)object - va) % (1UL << (class + CLASS_MIN_SHIFT)));
	if (slab_first(p) == OFFSET_END) {
		page_list_push(&partial[class], p);
	}
	*(uint16_t *)object = slab_first(p);
	slab_set(p, (uint16_t)((char *)object - va), slab_used(p) - 1);
	if (!slab_used(p)) {
		page_list_remove(&partial[class], p);
		p->progress = 0;
	} else {
		va = NULL;
	}
	spin_unlock(&slab_lock);
	frames_free(va, 0);
}
