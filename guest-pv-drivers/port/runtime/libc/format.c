/* SPDX-License-Identifier: MIT */
/* printf for the runtime: see stdio.h here for the conversions. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct sink {
	char *buf;
	size_t size;
	size_t length; /* what would have been written */
};

struct spec {
	bool left;
	bool zero;
	int width;
	int precision; /* -1: none */
	int longs;     /* l count; z counts as one */
};

static void sink_put(struct sink *out, char c)
{
	if (out->length + 1 < out->size) {
		out->buf[out->length] = c;
	}
	out->length++;
}

static void sink_pad(struct sink *out, char c, int count)
{
	while (count-- > 0) {
		sink_put(out, c);
	}
}

static void put_text(struct sink *out, const struct spec *spec, const char *text, int length)
{
	if (!spec->left) {
		sink_pad(out, ' ', spec->width - length);
	}
	for (int i = 0; i < length; i++) {
		sink_put(out, text[i]);
	}
	if (spec->left) {
		sink_pad(out, ' ', spec->width - length);
	}
}

static void put_number(struct sink *out, const struct spec *spec, uint64_t value, unsigned int base,
		       bool negative)
{
	char digits[24];
	struct spec plain = *spec;
	int n = sizeof(digits);

	do {
		digits[--n] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	if (spec->zero && !spec->left) {
		while ((int)sizeof(digits) - n < spec->width - negative && n > 1) {
			digits[--n] = '0';
		}
		plain.zero = false;
	}
	if (negative) {
		digits[--n] = '-';
	}
	put_text(out, &plain, digits + n, (int)sizeof(digits) - n);
}

static const char *parse_spec(const char *f, struct spec *spec, va_list args)
{
	for (;; f++) {
		if (*f == '-') {
			spec->left = true;
		} else if (*f == '0') {
			spec->zero = true;
		} else if (*f != '#') {
			break;
		}
	}
	for (; *f >= '0' && *f <= '9'; f++) {
		spec->width = spec->width * 10 + (*f - '0');
	}
	if (*f == '.') {
		spec->precision = 0;
		f++;
		if (*f == '*') {
			spec->precision = va_arg(args, int);
			f++;
		}
		for (; *f >= '0' && *f <= '9'; f++) {
			spec->precision = spec->precision * 10 + (*f - '0');
		}
	}
	for (; *f == 'l' || *f == 'z' || *f == 'h'; f++) {
		spec->longs += *f != 'h';
	}
	return f;
}

int vsnprintf(char *buf, size_t size, const char *format, va_list args)
{
	struct sink out = {.buf = buf, .size = size};
	va_list ap;

	va_copy(ap, args);
	for (const char *f = format; *f != '\0'; f++) {
		struct spec spec = {.precision = -1};
		const char *text;
		int64_t number;
		char c;

		if (*f != '%') {
			sink_put(&out, *f);
			continue;
		}
		f = parse_spec(f + 1, &spec, ap);
		switch (*f) {
		case 'd':
		case 'i':
			number = spec.longs > 0 ? va_arg(ap, long) : va_arg(ap, int);
			put_number(&out, &spec, number < 0 ? -(uint64_t)number : (uint64_t)number,
				   10, number < 0);
			break;
		case 'u':
		case 'x':
		case 'X':
			put_number(&out, &spec,
				   spec.longs > 0 ? va_arg(ap, unsigned long)
						  : va_arg(ap, unsigned int),
				   *f == 'u' ? 10 : 16, false);
			break;
		case 'p':
			put_number(&out, &spec, (uintptr_t)va_arg(ap, void *), 16, false);
			break;
		case 'c':
			c = (char)va_arg(ap, int);
			put_text(&out, &spec, &c, 1);
			break;
		case 's':
			text = va_arg(ap, const char *);
			text = text != NULL ? text : "(null)";
			put_text(&out, &spec, text,
				 (int)strnlen(text, spec.precision < 0 ? 0x7fffffff
								       : (size_t)spec.precision));
			break;
		default:
			sink_put(&out, *f);
			break;
		}
		if (*f == '\0') {
			break;
		}
	}
	va_end(ap);
	if (size > 0) {
		buf[out.length < size ? out.length : size - 1] = '\0';
	}
	return (int)out.length;
}

int snprintf(char *buf, size_t size, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(buf, size, format, args);
	va_end(args);
	return n;
}
