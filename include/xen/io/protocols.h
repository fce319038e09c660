/* SPDX-License-Identifier: MIT */
/* Values of a front's "protocol" key: whose struct layout its ring entries follow. */
#ifndef XEN_IO_PROTOCOLS_H
#define XEN_IO_PROTOCOLS_H

#define XEN_IO_PROTO_ABI_X86_32	"x86_32-abi"
#define XEN_IO_PROTO_ABI_X86_64	"x86_64-abi"
#define XEN_IO_PROTO_ABI_ARM	"arm-abi"
#define XEN_IO_PROTO_ABI_NATIVE	XEN_IO_PROTO_ABI_X86_64

#endif /* XEN_IO_PROTOCOLS_H */
