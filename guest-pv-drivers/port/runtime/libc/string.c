/* SPDX-License-Identifier: MIT */
/* String functions of the runtime. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	void *d = dst;

	__asm__ volatile("rep movsb" : "+D"(d), "+S"(src), "+c"(n) : : "memory");
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	uint8_t *d = dst;
	const uint8_t *s = src;

	if (d <= s || d >= s + n) {
		return memcpy(dst, src, n);
	}
	while (n-- > 0) {
		d[n] = s[n];
	}
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	void *d = dst;

	__asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory");
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;

	for (size_t i = 0; i < n; i++) {
		if (x[i] != y[i]) {
			return x[i] - y[i];
		}
	}
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n] != '\0') {
		n++;
	}
	return n;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n] != '\0') {
		n++;
	}
	return n;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i] != b[i] || a[i] == '\0') {
			return (uint8_t)a[i] - (uint8_t)b[i];
		}
	}
	return 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c) {
			return (char *)s;
		}
		if (*s == '\0') {
			return NULL;
		}
	}
}

char *strstr(const char *s, const char *what)
{
	size_t n = strlen(what);

	for (; *s != '\0' || n == 0; s++) {
		if (strncmp(s, what, n) == 0) {
			return (char *)s;
		}
	}
	return NULL;
}

unsigned long strtoul(const char *text, char **end, int base)
{
	unsigned long value = 0;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && base != 10) {
		text += 2;
		base = 16;
	} else if (base == 0) {
		base = 10;
	}
	for (;; text++) {
		char c = *text;
		int digit = -1;

		if (c >= '0' && c <= '9') {
			digit = c - '0';
		} else if (base == 16 && (c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
			digit = (c | 0x20) - 'a' + 10;
		}
		if (digit < 0) {
			break;
		}
		value = value * (unsigned long)base + (unsigned long)digit;
	}
	if (end != NULL) {
		*end = (char *)text;
	}
	return value;
}
