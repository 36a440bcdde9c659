/* SPDX-License-Identifier: MIT */
/*
 * regex - a thin cover over PCRE2.
 *
 * PCRE2_MATCH_INVALID_UTF because values come from the wire.  Limits stop
 * patterns that would backtrack for minutes; such a value counts as no match.
 */
#include <config.h>

#include "trace/regex.h"

#include <stdio.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { MATCH_LIMIT = 200000, DEPTH_LIMIT = 20000 };

struct regex {
	pcre2_code *code;
	pcre2_match_data *found;	/* scratch of a match */
	pcre2_match_context *limits;
};

static void
say(char **error, int number, size_t offset)
{
	unsigned char text[160];

	pcre2_get_error_message(number, text, sizeof(text));
	if (asprintf(error, "regular expression, character %zu: %s", offset + 1, text) < 0)
		*error = NULL;
}

struct regex *
regex_new(const char *pattern, char **error)
{
	struct regex *r = calloc(1, sizeof(*r));
	int number;
	size_t offset;

	*error = NULL;
	if (!r)
		return NULL;
	r->code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
				PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_MULTILINE, &number,
				&offset, NULL);
	if (!r->code) {
		say(error, number, offset);
		goto fail;
	}
	r->found = pcre2_match_data_create_from_pattern(r->code, NULL);
	r->limits = pcre2_match_context_create(NULL);
	if (!r->found || !r->limits)
		goto fail;
	pcre2_set_match_limit(r->limits, MATCH_LIMIT);
	pcre2_set_depth_limit(r->limits, DEPTH_LIMIT);
	return r;
fail:
	regex_free(r);
	return NULL;
}

void
regex_free(struct regex *r)
{
	if (!r)
		return;
	pcre2_match_context_free(r->limits);
	pcre2_match_data_free(r->found);
	pcre2_code_free(r->code);
	free(r);
}

bool
regex_find(const struct regex *r, const char *text, size_t len, size_t from, size_t *start,
	   size_t *end)
{
	if (from > len || pcre2_match(r->code, (PCRE2_SPTR)text, len, from, 0, r->found,
				      r->limits) < 0)
		return false;
	const size_t *at = pcre2_get_ovector_pointer(r->found);

	*start = at[0];
	*end = at[1] < at[0] ? at[0] : at[1];	/* \K may turn them round */
	return true;
}
