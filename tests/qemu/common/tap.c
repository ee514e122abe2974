/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TAP on the console, and the small printf under it.
 */
#include <stdarg.h>

#include "machine.h"

#define LINE 512

/* What does not fit is cut off; there is room for the line's end. */
struct line {
	size_t ln_len;
	char ln_text[LINE];
};

static busdma_lock_t tap_lock; /* guards the counts, and the console */
static unsigned count, red;

static void
put(struct line *ln, char c)
{
	if (ln->ln_len < LINE - 1)
		ln->ln_text[ln->ln_len++] = c;
}

static void
put_text(struct line *ln, const char *s)
{
	while (*s != '\0')
		put(ln, *s++);
}

static void
put_number(
    struct line *ln, unsigned long long v, unsigned base, int width, char fill)
{
	char digits[24];
	int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v != 0);
	for (; width > n; width--)
		put(ln, fill);
	while (n > 0)
		put(ln, digits[--n]);
}

/* One directive, behind its width and length (how many l). */
static void
put_directive(
    struct line *ln, char what, int width, char fill, int length, va_list *ap)
{
	unsigned long long v;
	long long d;

	if (what == 'd') {
		d = length > 1    ? va_arg(*ap, long long)
		    : length == 1 ? va_arg(*ap, long)
				  : va_arg(*ap, int);
		if (d < 0)
			put(ln, '-');
		v = d < 0 ? 0 - (unsigned long long)d : (unsigned long long)d;
		put_number(ln, v, 10, width, fill);
	} else if (what == 'u' || what == 'x') {
		v = length > 1    ? va_arg(*ap, unsigned long long)
		    : length == 1 ? va_arg(*ap, unsigned long)
				  : va_arg(*ap, unsigned);
		put_number(ln, v, what == 'u' ? 10 : 16, width, fill);
	} else if (what == 'p') {
		put_text(ln, "0x");
		put_number(ln, (uintptr_t)va_arg(*ap, void *), 16, 0, ' ');
	} else if (what == 's') {
		put_text(ln, va_arg(*ap, const char *));
	} else if (what == 'c') {
		put(ln, (char)va_arg(*ap, int));
	} else {
		put(ln, what);
	}
}

static void
format(struct line *ln, const char *fmt, va_list *ap)
{
	int width, length;
	char fill;

	for (; *fmt != '\0'; fmt++) {
		if (*fmt != '%') {
			put(ln, *fmt);
			continue;
		}
		fill = *++fmt == '0' ? '0' : ' ';
		for (width = 0; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = 10 * width + (*fmt - '0');
		for (length = 0; *fmt == 'l'; fmt++)
			length++;
		put_directive(ln, *fmt, width, fill, length, ap);
	}
}

static void
write_line(struct line *ln)
{
	ln->ln_text[ln->ln_len++] = '\n';
	mach_console(ln->ln_text, ln->ln_len);
}

/* A line with its number, which is in order whoever writes. */
static void
result(bool ok, const char *skip, const char *fmt, va_list *ap)
{
	const struct busdma_platform *pl = port_platform();
	struct line ln = { 0 };

	pl->pl_lock(pl, &tap_lock);
	count++;
	red += !ok;
	put_text(&ln, ok ? "ok " : "not ok ");
	put_number(&ln, count, 10, 0, ' ');
	put_text(&ln, skip);
	format(&ln, fmt, ap);
	write_line(&ln);
	pl->pl_unlock(pl, &tap_lock);
}

void
tap_ok(bool ok, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result(ok, " - ", fmt, &ap);
	va_end(ap);
}

void
tap_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result(true, " # SKIP ", fmt, &ap);
	va_end(ap);
}

void
tap_say(const char *fmt, ...)
{
	const struct busdma_platform *pl = port_platform();
	struct line ln = { 0 };
	va_list ap;

	put_text(&ln, "# ");
	va_start(ap, fmt);
	format(&ln, fmt, &ap);
	va_end(ap);
	pl->pl_lock(pl, &tap_lock);
	write_line(&ln);
	pl->pl_unlock(pl, &tap_lock);
}

/* Whoever holds the lock: nothing comes after this. */
void
tap_bail(const char *fmt, ...)
{
	struct line ln = { 0 };
	va_list ap;

	put_text(&ln, "Bail out! ");
	va_start(ap, fmt);
	format(&ln, fmt, &ap);
	va_end(ap);
	write_line(&ln);
	mach_exit(false);
}

void
port_exit(bool ok)
{
	struct line ln = { 0 };

	put_text(&ln, "1..");
	put_number(&ln, count, 10, 0, ' ');
	write_line(&ln);
	mach_exit(ok && count != 0 && red == 0);
}
