/* SPDX-License-Identifier: MIT */
/* The ABI's error numbers (Linux numbering), returned negative. */
#ifndef ARGON_LIB_ERRNO_H
#define ARGON_LIB_ERRNO_H

#define EPERM 1
#define ENOENT 2
#define ESRCH 3
#define EIO 5
#define ENXIO 6
#define E2BIG 7
#define ENOEXEC 8
#define EAGAIN 11
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define EXDEV 18
#define ENODEV 19
#define EINVAL 22
#define ENOSPC 28
#define EDOM 33
#define ERANGE 34
#define ENOSYS 38
#define ENODATA 61
#define ETIME 62
#define EBADMSG 74
#define EOVERFLOW 75
#define EILSEQ 84
#define EOPNOTSUPP 95
#define ENOBUFS 105
#define ETIMEDOUT 110

/*
 * Internal only: the operation was preempted and must be continued.  Never
 * reaches a guest; the hypercall layer turns it into a continuation.
 */
#define ERESTART 85

#endif
