/* SPDX-License-Identifier: MIT */
/* pattern - see pattern.h. */
#include <config.h>

#include "core/route/pattern.h"

#include "trace/buf.h"

#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define STEPS_MAX 100000u /* of one match: about a millisecond */
#define HEAP_MAX_KIB 1024u
#define DEPTH_MAX 1000u

struct pattern {
	pcre2_code *code;
	pcre2_match_context *limits;
};

/* A star becomes "(.*)", between \A and \z; what is no letter and no digit is quoted. */
static void
put_wildcard(const char *text, struct buf *out)
{
	buf_puts(out, "\\A");
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			     (c >= 'A' && c <= 'Z') || c >= 0x80;

		if (c == '*') {
			buf_puts(out, "(.*)");
			continue;
		}
		if (!plain)
			buf_putc(out, '\\');
		buf_putc(out, (char)c);
	}
	buf_puts(out, "\\z");
}

static char *
error_text(int number, size_t offset)
{
	PCRE2_UCHAR text[200];
	struct buf b = BUF_INIT;
	char *copy;

	pcre2_get_error_message(number, text, sizeof(text));
	buf_putf(&b, "%s, at byte %zu", (const char *)text, offset);
	copy = b.error ? NULL : strdup(b.data);
	buf_done(&b);
	return copy;
}

struct pattern *
pattern_new(const char *text, bool wildcard, bool ignore_case, char **error)
{
	struct pattern *p = calloc(1, sizeof(*p));
	uint32_t options = PCRE2_DOTALL | (ignore_case ? PCRE2_CASELESS : 0);
	struct buf source = BUF_INIT;
	size_t offset = 0;
	int number = 0;

	*error = NULL;
	if (wildcard)
		put_wildcard(text, &source);
	else
		buf_puts(&source, text);
	if (p && !source.error)
		p->code = pcre2_compile((PCRE2_SPTR)buf_text(&source), PCRE2_ZERO_TERMINATED,
					options, &number, &offset, NULL);
	buf_done(&source);
	if (p && p->code)
		p->limits = pcre2_match_context_create(NULL);
	if (p && p->limits) {
		pcre2_set_match_limit(p->limits, STEPS_MAX);
		pcre2_set_heap_limit(p->limits, HEAP_MAX_KIB);
		pcre2_set_depth_limit(p->limits, DEPTH_MAX);
		return p;
	}
	if (p && !p->code && number)
		*error = error_text(number, offset);
	pattern_free(p);
	return NULL;
}

void
pattern_free(struct pattern *p)
{
	if (!p)
		return;
	pcre2_code_free(p->code);
	pcre2_match_context_free(p->limits);
	free(p);
}

enum pattern_answer
pattern_match(const struct pattern *p, const char *text, size_t len, struct captures *captures)
{
	pcre2_match_data *found = pcre2_match_data_create(CAPTURES_MAX, NULL);
	const PCRE2_SIZE *at;
	int n;

	if (!found)
		return PATTERN_UNDECIDED;
	n = pcre2_match(p->code, (PCRE2_SPTR)text, len, 0, 0, found, p->limits);
	if (n >= 0 && captures) {
		at = pcre2_get_ovector_pointer(found);
		captures->count = n == 0 ? CAPTURES_MAX : (size_t)n; /* 0 = more than fit */
		for (size_t i = 0; i < captures->count; i++) {
			bool set = at[2 * i] != PCRE2_UNSET;

			captures->part[i].at = set ? text + at[2 * i] : "";
			captures->part[i].len = set ? at[2 * i + 1] - at[2 * i] : 0;
		}
	}
	pcre2_match_data_free(found);
	if (n >= 0)
		return PATTERN_YES;
	return n == PCRE2_ERROR_NOMATCH ? PATTERN_NO : PATTERN_UNDECIDED;
}
