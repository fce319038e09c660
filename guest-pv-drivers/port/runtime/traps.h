/* SPDX-License-Identifier: MIT */
/* Traps, callbacks, instructions that may fault, and excursions to user mode. */
#ifndef RUNTIME_TRAPS_H
#define RUNTIME_TRAPS_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/arch.h>

/* Where a frame came from, beyond the vectors 0..255. */
enum trap_source {
	TRAP_EVENT = 0x100,
	TRAP_FAILSAFE,
	TRAP_SYSCALL,
	TRAP_SYSCALL32,
	TRAP_SYSENTER,
	TRAP_SOURCE_COUNT,
};

#define VECTOR_DB 1
#define VECTOR_NMI 2
#define VECTOR_BP 3
#define VECTOR_OF 4
#define VECTOR_UD 6
#define VECTOR_NM 7
#define VECTOR_NP 11
#define VECTOR_SS 12
#define VECTOR_GP 13
#define VECTOR_PF 14
#define VECTOR_MF 16
#define VECTOR_AC 17
#define VECTOR_XM 19

/* As entry.S builds it. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t vector; /* or enum trap_source */
	uint64_t error;  /* 0 where the trap has none */
	uint64_t rip;
	uint16_t cs;
	uint16_t pad;
	uint8_t saved_mask; /* event mask when the trap came */
	uint8_t pad2[3];
	uint64_t rflags;
	uint64_t rsp;
	uint64_t ss;
};
_Static_assert(sizeof(struct trap_frame) == 176, "entry.S copies 22 quadwords");

/* The last trap that a fixup or a user excursion caught; vector -1: none. */
struct fault {
	int vector;
	uint64_t error;
	uint64_t rip;
	uint64_t cr2; /* page faults only */
	struct trap_frame frame;
};
extern struct fault last_fault;

/* DS, ES, FS, GS of the last failsafe callback. */
extern uint64_t failsafe_selectors[4];

/* Assembly entries, for tests that register them themselves. */
struct trap_entry {
	uint64_t vector;
	uint64_t address; /* 0 ends the array */
};
extern const struct trap_entry trap_entries[];
extern const uint64_t callback_entries[TRAP_SOURCE_COUNT - TRAP_EVENT];

/* Sees a trap first; true: dealt with, continue in the frame. */
typedef bool trap_handler_t(struct trap_frame *frame);

/*
 * Registers the trap table (int3, 0x80 and 0x81 for user mode too), the event, failsafe and
 * syscall callbacks, and the stack for traps from user mode. Panics when refused.
 */
void traps_init(void);

/* Installs (or with NULL removes) the handler of a vector or trap_source. */
void trap_handle(unsigned int vector, trap_handler_t *handler);

/* Called with each event upcall, when set. */
extern void (*trap_event_upcall)(void);

/* Which mode was interrupted: kernel frames carry RPL 0. */
static inline bool trap_from_user(const struct trap_frame *frame)
{
	return (frame->cs & 3) == 3;
}

/*
 * Runs one instruction that may trap; evaluates to the vector, or -1. Arguments after the text
 * are asm operands, beginning with their colon: TRY("mov %%cr0, %0", : "=r"(x)).
 */
#define TRY(text, ...)                                           \
	({                                                       \
		last_fault.vector = -1;                          \
		__asm__ volatile("1: " text "\n2:\n"             \
				 ".pushsection .fixups, \"a\"\n" \
				 ".quad 1b, 2b\n"                \
				 ".popsection\n" __VA_ARGS__);   \
		*(volatile int *)&last_fault.vector;             \
	})

/* Fills in flat 64-bit user selectors and flags that keep the present event mask. */
void user_frame_init(struct trap_frame *frame, uint64_t rip, uint64_t rsp);

/*
 * Runs the frame until a trap from it that no handler took; then last_fault says which one.
 * Returns the vector or trap_source. The user page table must be set.
 */
int user_run(const struct trap_frame *frame);

/*
 * The same for a frame of any kind, kernel selectors included: the next trap that no handler
 * takes ends it, whatever mode it came from.
 */
int frame_run(const struct trap_frame *frame);

#endif /* RUNTIME_TRAPS_H */
