/* SPDX-License-Identifier: MIT */
/*
 * cell - see cell.h.
 *
 * wcwidth() and the locale's character set decide what can be shown; the list
 * of invisible characters is Unicode's: bidi controls, zero-width characters,
 * line and paragraph separators, tags.
 */
#include <config.h>

#include "viewer/cell.h"

#include <langinfo.h>
#include <string.h>
#include <wchar.h>

#define REPLACEMENT 0xFFFDu

static bool utf8;

void
cell_setup(bool ascii)
{
	utf8 = !ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

bool
cell_is_utf8(void)
{
	return utf8;
}

/* Smallest character of each length: longer forms of the same are refused. */
static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };

size_t
cell_decode(const char *text, size_t len, uint32_t *code)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t more = s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 1 : s[0] < 0xF0 ? 2 : s[0] < 0xF5 ? 3 : 0;

	*code = s[0] < 0x80 ? s[0] : REPLACEMENT;
	if (more == 0 || len <= more)
		return 1;
	*code = s[0] & (0x3Fu >> more);
	for (size_t i = 1; i <= more; i++) {
		if ((s[i] & 0xC0) != 0x80) {
			*code = REPLACEMENT;
			return 1;
		}
		*code = *code << 6 | (s[i] & 0x3Fu);
	}
	if (*code < least[more] || *code > 0x10FFFF || (*code >= 0xD800 && *code < 0xE000)) {
		*code = REPLACEMENT;
		return 1;
	}
	return more + 1;
}

static const struct {
	uint32_t first;		/* of a range of characters that cannot be seen */
	uint32_t last;
} invisible[] = {
	{ 0x061C, 0x061C }, { 0x180E, 0x180E }, { 0x200B, 0x200F }, { 0x2028, 0x202E },
	{ 0x2060, 0x206F }, { 0xFEFF, 0xFEFF }, { 0xFFF9, 0xFFFB }, { 0xE0000, 0xE007F },
};

static bool
is_invisible(uint32_t code)
{
	for (size_t i = 0; i < sizeof(invisible) / sizeof(invisible[0]); i++)
		if (code >= invisible[i].first && code <= invisible[i].last)
			return true;
	return false;
}

static void
put_control(struct buf *out, uint32_t code)
{
	if (code == '\n')
		buf_puts(out, "\\n");
	else if (code == '\r')
		buf_puts(out, "\\r");
	else if (code == '\t')
		buf_puts(out, "\\t");
	else if (code < 0x80)
		buf_putf(out, "^%c", (int)(code ^ 0x40));
	else
		buf_putf(out, "\\x%02X", (unsigned int)code);
}

static bool
is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

/* A character outside ASCII that is neither control nor invisible. */
static void
put_wide(struct buf *out, uint32_t code, const char *bytes, size_t n, enum cell_form form)
{
	bool bad = code == REPLACEMENT;

	bool always = form == CELL_TSV || form == CELL_PAGE;

	if (always || utf8) {
		if (!always && !bad)
			bad = wcwidth((wchar_t)code) < 0;
		if (bad)
			buf_puts(out, "\xEF\xBF\xBD");
		else
			buf_put(out, bytes, n);
	} else if (form == CELL_DETAIL && !bad) {
		buf_putf(out, "\\u{%X}", (unsigned int)code);
	} else {
		buf_putc(out, '?');
	}
}

/* Bytes at the start that are plain ASCII: most text is nothing else. */
static size_t
plain(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && text[n] >= 0x20 && text[n] < 0x7F && text[n] != '\\')
		n++;
	return n;
}

void
cell_put(struct buf *out, const char *text, size_t len, enum cell_form form)
{
	while (len > 0) {
		size_t n = plain(text, len);
		uint32_t code;

		if (n > 0) {
			buf_put(out, text, n);
		} else {
			n = cell_decode(text, len, &code);
			if (is_control(code))
				put_control(out, code);
			else if (is_invisible(code))
				buf_putf(out, "<U+%04X>", (unsigned int)code);
			else if (code == '\\')
				buf_puts(out, form == CELL_TSV ? "\\\\" : "\\");
			else
				put_wide(out, code, text, n, form);
		}
		text += n;
		len -= n;
	}
}

void
cell_puts(struct buf *out, const char *text, enum cell_form form)
{
	if (text)
		cell_put(out, text, strlen(text), form);
}

/* Columns of one character of safe text. */
static size_t
columns_of(uint32_t code)
{
	int width = code < 0x80 ? 1 : wcwidth((wchar_t)code);

	return width < 0 ? 1 : (size_t)width;
}

size_t
cell_width(const char *safe, size_t len)
{
	size_t width = 0;

	while (len > 0) {
		uint32_t code;
		size_t n = cell_decode(safe, len, &code);

		width += columns_of(code);
		safe += n;
		len -= n;
	}
	return width;
}

/* As cell_skip; *width = the columns those bytes take. */
static size_t
skip(const char *safe, size_t len, size_t columns, size_t *width)
{
	size_t at = 0;

	*width = 0;
	while (at < len) {
		uint32_t code;
		size_t n = cell_decode(safe + at, len - at, &code);
		size_t w = columns_of(code);

		if (*width + w > columns)
			break;
		*width += w;
		at += n;
	}
	return at;
}

size_t
cell_skip(const char *safe, size_t len, size_t columns)
{
	size_t width;

	return skip(safe, len, columns, &width);
}

size_t
cell_fit(struct buf *out, const char *safe, size_t len, size_t columns, bool pad)
{
	size_t width;
	size_t n = skip(safe, len, columns, &width);

	if (n < len && columns > 0) {
		n = skip(safe, len, columns - 1, &width);
		buf_put(out, safe, n);
		buf_putc(out, '~');
		width++;
	} else {
		buf_put(out, safe, n);
	}
	for (; pad && width < columns; width++)
		buf_putc(out, ' ');
	return width;
}

size_t
cell_wrap(const char *safe, size_t len, size_t columns)
{
	uint32_t code;
	size_t n = cell_skip(safe, len, columns);

	if (n >= len)
		return len;
	for (size_t i = n; i > n / 2; i--)
		if (safe[i - 1] == ' ' || safe[i - 1] == ',')
			return i;
	return n ? n : cell_decode(safe, len, &code);
}
