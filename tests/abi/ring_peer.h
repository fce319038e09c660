/* SPDX-License-Identifier: MIT */
/* The other end of a block ring, made of Debian's macros: what our helpers must work with. */
#ifndef ABI_RING_PEER_H
#define ABI_RING_PEER_H

#include <stdbool.h>
#include <stdint.h>

void peer_shared_init(void *page);
unsigned int peer_entries(void);

void peer_back_init(void *page);
bool peer_back_take(uint64_t *id);
void peer_back_answer(uint64_t id);
bool peer_back_push(void);
bool peer_back_final_check(void);

void peer_front_init(void *page);
unsigned int peer_front_free(void);
void peer_front_ask(uint64_t id);
bool peer_front_push(void);
bool peer_front_take(uint64_t *id);
bool peer_front_final_check(void);

#endif /* ABI_RING_PEER_H */
