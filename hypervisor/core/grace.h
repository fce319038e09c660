/* SPDX-License-Identifier: MIT */
/* Waiting for code that uses something without a lock. */
#ifndef ARGON_CORE_GRACE_H
#define ARGON_CORE_GRACE_H

/*
 * Returns when every CPU has left the lock-free section it was in: those of
 * event senders and domain lookups, which neither open interrupt windows nor
 * wait for locks that serve requests (spin_lock) while they hold pointers.
 * No lock may be held that others spin for without serving.
 */
void grace_wait(void);

#endif
