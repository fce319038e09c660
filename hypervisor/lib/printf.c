/* SPDX-License-Identifier: MIT */
/* vsnprintf: the conversions that log lines need, no floating point. */
#include "lib/printk.h"
#include "lib/string.h"

struct sink {
	char *at, *end; /* next free byte; one past the last usable */
	size_t total;   /* characters produced, kept or not */
};

struct spec {
	bool left, zero, plus, alt, negative;
	unsigned int width;
	int precision;     /* -1: none */
	unsigned int size; /* bytes of the argument */
};

static void put(struct sink *s, char c)
{
	if (s->at < s->end) {
		*s->at++ = c;
	}
	s->total++;
}

static void pad(struct sink *s, char c, size_t n)
{
	while (n--) {
		put(s, c);
	}
}

static void put_text(struct sink *s, const struct spec *f, const char *text)
{
	size_t n;

	if (!text) {
		text = "(null)";
	}
	n = f->precision < 0 ? strlen(text) : strnlen(text, (size_t)f->precision);
	if (!f->left && n < f->width) {
		pad(s, ' ', f->width - n);
	}
	for (size_t i = 0; i < n; i++) {
		put(s, text[i]);
	}
	if (f->left && n < f->width) {
		pad(s, ' ', f->width - n);
	}
}

static void put_number(struct sink *s, const struct spec *f, uint64_t v, unsigned int base,
		       bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char buf[24];
	unsigned int n = 0, zeros = 0, prefix = 0;
	size_t used;

	do {
		buf[n++] = digits[v % base];
		v /= base;
	} while (v);
	if (f->alt && base == 16) {
		prefix = 2;
	}
	if (f->negative || f->plus) {
		prefix++;
	}
	if (f->precision > (int)n) {
		zeros = (unsigned int)f->precision - n;
	} else if (f->zero && !f->left && f->precision < 0 && f->width > n + prefix) {
		zeros = f->width - n - prefix;
	}
	used = (size_t)n + zeros + prefix;
	if (!f->left && used < f->width) {
		pad(s, ' ', f->width - used);
	}
	if (f->negative || f->plus) {
		put(s, f->negative ? '-' : '+');
	}
	if (f->alt && base == 16) {
		put(s, '0');
		put(s, upper ? 'X' : 'x');
	}
	pad(s, '0', zeros);
	while (n) {
		put(s, buf[--n]);
	}
	if (f->left && used < f->width) {
		pad(s, ' ', f->width - used);
	}
}

static const char *parse_flags(const char *p, struct spec *f)
{
	for (;; p++) {
		switch (*p) {
		case '-':
			f->left = true;
			break;
		case '0':
			f->zero = true;
			break;
		case '+':
			f->plus = true;
			break;
		case '#':
			f->alt = true;
			break;
		default:
			return p;
		}
	}
}

static const char *parse_size(const char *p, struct spec *f)
{
	f->size = sizeof(int);
	if (*p == 'l' || *p == 'z' || *p == 'j' || *p == 't') {
		f->size = 8;
		p++;
		if (*p == 'l') {
			p++;
		}
	} else if (*p == 'h') {
		f->size = 2;
		p++;
		if (*p == 'h') {
			f->size = 1;
			p++;
		}
	}
	return p;
}

static uint64_t narrow(uint64_t v, unsigned int size)
{
	return size >= 8 ? v : v & ((1ULL << (size * 8)) - 1);
}

/* One conversion; p is at its letter.  va_list is passed on as its address. */
static void convert(struct sink *s, struct spec *f, char letter, va_list *ap)
{
	uint64_t v;
	int64_t sv;

	switch (letter) {
	case 'd':
	case 'i':
		sv = f->size == 8 ? va_arg(*ap, int64_t) : va_arg(*ap, int);
		f->negative = sv < 0;
		v = f->negative ? 0 - (uint64_t)sv : (uint64_t)sv;
		put_number(s, f, v, 10, false);
		break;
	case 'u':
	case 'x':
	case 'X':
		f->plus = false;
		v = f->size == 8 ? va_arg(*ap, uint64_t) : va_arg(*ap, unsigned int);
		put_number(s, f, narrow(v, f->size), letter == 'u' ? 10 : 16, letter == 'X');
		break;
	case 'p':
		f->zero = true;
		f->width = MAX(f->width, 16U);
		put_number(s, f, (uint64_t)va_arg(*ap, void *), 16, false);
		break;
	case 's':
		put_text(s, f, va_arg(*ap, const char *));
		break;
	case 'c': {
		char text[2] = {(char)va_arg(*ap, int), 0};

		put_text(s, f, text);
		break;
	}
	default:
		put(s, '%');
		put(s, letter);
		break;
	}
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct sink s = {.at = buf, .end = size ? buf + size - 1 : buf, .total = 0};
	va_list ap;

	va_copy(ap, args);
	for (const char *p = fmt; *p; p++) {
		struct spec f = {.precision = -1};

		if (*p != '%' || *++p == '%') {
			put(&s, *p);
			continue;
		}
		p = parse_flags(p, &f);
		if (*p == '*') {
			f.width = va_arg(ap, unsigned int);
			p++;
		}
		for (; *p >= '0' && *p <= '9'; p++) {
			f.width = f.width * 10 + (unsigned int)(*p - '0');
		}
		if (*p == '.') {
			f.precision = 0;
			if (*++p == '*') {
				f.precision = va_arg(ap, int);
				p++;
			}
			for (; *p >= '0' && *p <= '9'; p++) {
				f.precision = f.precision * 10 + (*p - '0');
			}
		}
		p = parse_size(p, &f);
		if (!*p) {
			break;
		}
		convert(&s, &f, *p, &ap);
	}
	va_end(ap);
	if (size) {
		*s.at = 0;
	}
	return (int)s.total;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
