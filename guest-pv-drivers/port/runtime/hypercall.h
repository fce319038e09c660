/* SPDX-License-Identifier: MIT */
/*
 * Calling the hypervisor: number in RAX, arguments in RDI RSI RDX R10 R8, result in RAX. The
 * syscall instruction destroys RCX and R11; a continued call may change its argument registers.
 */
#ifndef RUNTIME_HYPERCALL_H
#define RUNTIME_HYPERCALL_H

#include <stdint.h>

#include <xen/hypercall.h>

/* Five arguments; returns what the hypervisor left in RAX (negative errno, 0 or a count). */
static inline long hypercall5(unsigned long nr, unsigned long a1, unsigned long a2,
			      unsigned long a3, unsigned long a4, unsigned long a5)
{
	long ret;
	register unsigned long r10 __asm__("r10") = a4;
	register unsigned long r8 __asm__("r8") = a5;

	__asm__ volatile("syscall"
			 : "=a"(ret), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10), "+r"(r8)
			 : "0"(nr)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long hypercall4(unsigned long nr, unsigned long a1, unsigned long a2,
			      unsigned long a3, unsigned long a4)
{
	long ret;
	register unsigned long r10 __asm__("r10") = a4;

	__asm__ volatile("syscall"
			 : "=a"(ret), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10)
			 : "0"(nr)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long hypercall3(unsigned long nr, unsigned long a1, unsigned long a2,
			      unsigned long a3)
{
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret), "+D"(a1), "+S"(a2), "+d"(a3)
			 : "0"(nr)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long hypercall2(unsigned long nr, unsigned long a1, unsigned long a2)
{
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret), "+D"(a1), "+S"(a2)
			 : "0"(nr)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long hypercall1(unsigned long nr, unsigned long a1)
{
	long ret;

	__asm__ volatile("syscall" : "=a"(ret), "+D"(a1) : "0"(nr) : "rcx", "r11", "memory");
	return ret;
}

static inline unsigned long ptr_arg(const volatile void *p)
{
	return (unsigned long)p;
}

#endif /* RUNTIME_HYPERCALL_H */
