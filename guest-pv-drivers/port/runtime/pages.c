/* SPDX-License-Identifier: MIT */
/*
 * Page allocator of the runtime. The builder places the boot stack last and then maps on to the
 * next 4 MiB boundary: what lies behind the initial RSP and is mapped is free.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "pages.h"
#include "pagetable.h"

struct free_page {
	struct free_page *next;
};

static struct free_page *free_list;
static size_t free_count;
static bool is_ready;

static void pages_collect(void)
{
	is_ready = true;
	for (uint64_t va = (entry_state.rsp + 0xfff) & ~0xfffUL;; va += 4096) {
		uint64_t *entry = pt_entry(pt_kernel_l4(), va, 1);

		if (entry == NULL || (*entry & (PTE_PRESENT | PTE_RW)) != (PTE_PRESENT | PTE_RW)) {
			return;
		}
		page_free((void *)va);
	}
}

void *page_alloc(void)
{
	struct free_page *page;

	if (!is_ready) {
		pages_collect();
	}
	page = free_list;
	if (page == NULL) {
		runtime_panic("no free page left");
	}
	free_list = page->next;
	free_count--;
	return memset(page, 0, 4096);
}

void page_free(void *page)
{
	struct free_page *head = page;

	head->next = free_list;
	free_list = head;
	free_count++;
}

size_t pages_free_count(void)
{
	if (!is_ready) {
		pages_collect();
	}
	return free_count;
}
