/* SPDX-License-Identifier: MIT */
/*
 * One row per fact: a constant, the size of a type, the place of a member. Both sides fill the
 * same list (build/tests/abi/list.def), each with its own headers.
 */
#ifndef ABI_ROWS_H
#define ABI_ROWS_H

#include <stddef.h>
#include <stdint.h>

struct row {
	const char *name;
	uint64_t value;
	const void *bytes; /* strings and bit fields: what is compared instead */
	size_t bytes_count;
};

extern const struct row our_rows[];
extern const struct row debian_rows[];
extern const size_t our_row_count;
extern const size_t debian_row_count;

/* 1 for a signed integer, 0 for anything else. */
#define ROW_IS_SIGNED(expression)                                                             \
	_Generic((expression), int8_t : 1, int16_t : 1, int32_t : 1, long : 1, long long : 1, \
		 default : 0)

#define ROW_NUMBER(name, value) {name, (uint64_t)(value), NULL, 0},
#define ROW_BYTES(name, at, count) {name, 0, at, count},

#define ROW_TYPE(name, type)                         \
	ROW_NUMBER("sizeof(" name ")", sizeof(type)) \
	ROW_NUMBER("_Alignof(" name ")", _Alignof(type))
#define ROW_MEMBER(name, type, member)                              \
	ROW_NUMBER("offsetof(" name ")", offsetof(type, member))    \
	ROW_NUMBER("sizeof(" name ")", sizeof(((type *)0)->member)) \
	ROW_NUMBER("signed(" name ")", ROW_IS_SIGNED(((type *)0)->member))
#define ROW_FLEX(name, type, member)                             \
	ROW_NUMBER("offsetof(" name ")", offsetof(type, member)) \
	ROW_NUMBER("sizeof(" name "[0])", sizeof(((type *)0)->member[0]))
#define ROW_BITS(name, type, member) \
	ROW_BYTES("bits(" name ")", (&(const type){.member = 1}), sizeof(type))

#endif /* ABI_ROWS_H */
