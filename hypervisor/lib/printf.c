/* SPDX-License-Identifier: MIT */
/* vsnprintf: the conversions that log lines need, no floating point. */
#include "lib/printk.h"
#include "lib/string.h"

struct sink {
	char *at, *end; /* next free byte; one past the last usable */
	size_t total;   /* characters produced, kept or not */
};

struct spec {
	bool left, zero, alt, wide; /* flags - 0 #; an argument of 64 bits */
	unsigned int width;
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

/* n characters, filled up to the width; zeros go behind the prefix. */
static void put_field(struct sink *s, const struct spec *f, const char *prefix, const char *text,
		      size_t n)
{
	size_t used = strlen(prefix) + n;
	size_t fill = used < f->width ? f->width - used : 0;

	pad(s, ' ', f->left || f->zero ? 0 : fill);
	while (*prefix) {
		put(s, *prefix++);
	}
	pad(s, '0', f->zero && !f->left ? fill : 0);
	while (n--) {
		put(s, *text++);
	}
	pad(s, ' ', f->left ? fill : 0);
}

static void put_number(struct sink *s, const struct spec *f, const char *prefix, uint64_t v,
		       const char *digits)
{
	unsigned int base = (unsigned int)strlen(digits);
	char buf[20], *end = buf + sizeof(buf), *p = end;

	do {
		*--p = digits[v % base];
		v /= base;
	} while (v);
	put_field(s, f, prefix, p, (size_t)(end - p));
}

/* What stands between % and the letter. */
static const char *parse_spec(const char *p, struct spec *f)
{
	for (;; p++) {
		if (*p == '-') {
			f->left = true;
		} else if (*p == '0') {
			f->zero = true;
		} else if (*p == '#') {
			f->alt = true;
		} else {
			break;
		}
	}
	for (; *p >= '0' && *p <= '9'; p++) {
		f->width = f->width * 10 + (unsigned int)(*p - '0');
	}
	for (; *p == 'l' || *p == 'z'; p++) {
		f->wide = true;
	}
	return p;
}

/* One conversion.  va_list is passed on as its address. */
static void convert(struct sink *s, struct spec *f, char letter, va_list *ap)
{
	static const char digits[] = "0123456789", hex[] = "0123456789abcdef",
			  upper[] = "0123456789ABCDEF";
	const char *text;
	int64_t v;
	char c;

	switch (letter) {
	case 'd':
	case 'i':
		v = f->wide ? va_arg(*ap, int64_t) : va_arg(*ap, int);
		put_number(s, f, v < 0 ? "-" : "", v < 0 ? 0 - (uint64_t)v : (uint64_t)v, digits);
		break;
	case 'u':
	case 'x':
	case 'X':
		put_number(s, f,
			   !f->alt         ? ""
			   : letter == 'x' ? "0x"
					   : "0X",
			   f->wide ? va_arg(*ap, uint64_t) : va_arg(*ap, unsigned int),
			   letter == 'u'   ? digits
			   : letter == 'x' ? hex
					   : upper);
		break;
	case 'p':
		f->zero = true;
		f->width = MAX(f->width, 16U);
		put_number(s, f, "", (uint64_t)va_arg(*ap, void *), hex);
		break;
	case 's':
		text = va_arg(*ap, const char *);
		text = text ? text : "(null)";
		put_field(s, f, "", text, strlen(text));
		break;
	case 'c':
		c = (char)va_arg(*ap, int);
		put_field(s, f, "", &c, 1);
		break;
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
		struct spec f = {0};

		if (*p != '%' || *++p == '%') {
			put(&s, *p);
			continue;
		}
		p = parse_spec(p, &f);
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
