/* SPDX-License-Identifier: MIT */
/*
 * The scalar types every room shares, and the wrappers that keep numbers of
 * different meaning apart (a machine frame is not a guest frame is not an
 * address).
 */
#ifndef ARGON_LIB_TYPES_H
#define ARGON_LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))

/* A machine frame number: index of a 4 KiB frame of the real machine. */
typedef struct {
	uint64_t v;
} mfn_t;

#define INVALID_MFN ((mfn_t){~0ULL})

static inline mfn_t mfn(uint64_t v)
{
	return (mfn_t){v};
}

static inline uint64_t mfn_x(mfn_t m)
{
	return m.v;
}

static inline mfn_t mfn_add(mfn_t m, uint64_t n)
{
	return (mfn_t){m.v + n};
}

static inline bool mfn_eq(mfn_t a, mfn_t b)
{
	return a.v == b.v;
}

/* A machine address. */
typedef uint64_t maddr_t;

static inline maddr_t mfn_to_maddr(mfn_t m)
{
	return m.v << PAGE_SHIFT;
}

static inline mfn_t maddr_to_mfn(maddr_t a)
{
	return (mfn_t){a >> PAGE_SHIFT};
}

/*
 * A virtual address given by a guest.  Only lib/guest_copy.h turns one into
 * memory accesses.  Passed in one register, so hypercall handlers take it
 * directly.
 */
typedef struct {
	uint64_t addr;
} gptr_t;

static inline gptr_t gptr(uint64_t a)
{
	return (gptr_t){a};
}

static inline gptr_t gptr_add(gptr_t p, uint64_t bytes)
{
	return (gptr_t){p.addr + bytes};
}

static inline bool gptr_is_null(gptr_t p)
{
	return p.addr == 0;
}

/* Nanoseconds since the hypervisor started (system time). */
typedef uint64_t stime_t;

#define STIME_MAX (~0ULL)
#define NSEC_PER_SEC 1000000000ULL
#define NSEC_PER_MSEC 1000000ULL
#define NSEC_PER_USEC 1000ULL

#define MAX_CPUS 64   /* physical CPUs the image is built for */
#define MAX_VCPUS 128 /* virtual CPUs of one domain */

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define ROUND_UP(x, n) (((x) + (n)-1) & ~((__typeof__(x))(n)-1))
#define ROUND_DOWN(x, n) ((x) & ~((__typeof__(x))(n)-1))
#define DIV_ROUND_UP(x, n) (((x) + (n)-1) / (n))
#define MIN(a, b)                                  \
	({                                         \
		__typeof__(a) min_a_ = (a);        \
		__typeof__(b) min_b_ = (b);        \
		min_a_ < min_b_ ? min_a_ : min_b_; \
	})
#define MAX(a, b)                                  \
	({                                         \
		__typeof__(a) max_a_ = (a);        \
		__typeof__(b) max_b_ = (b);        \
		max_a_ > max_b_ ? max_a_ : max_b_; \
	})
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define __packed __attribute__((packed))
#define __aligned(n) __attribute__((aligned(n)))
#define __must_check __attribute__((warn_unused_result))
#define __printf(f, a) __attribute__((format(printf, f, a)))
/* Code and data of boot only; the frames are given back once dom0 runs. */
#define __init __attribute__((section(".init.text"), cold))
#define __initdata __attribute__((section(".init.data")))
#define __initconst __attribute__((section(".init.data.const")))
/* Read-mostly data set at boot and write-protected afterwards. */
#define __ro_after_init __attribute__((section(".data.ro_after_init")))

#endif
