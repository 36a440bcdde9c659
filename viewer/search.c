/* SPDX-License-Identifier: MIT */
/*
 * Patterns through PCRE2.  A literal word is first looked for in the raw
 * bytes of an event, which costs a tenth of parsing it: an event whose bytes
 * lack the word cannot have it in a value either.
 */
#include <config.h>
#include "viewer/search.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "trace/buf.h"

enum { MATCH_LIMIT = 100000, DEPTH_LIMIT = 1000, HEAP_LIMIT_KIB = 4096 };

struct search {
	pcre2_code *code;		/* compiled */
	pcre2_match_data *match;	/* of the last call */
	pcre2_match_context *limits;	/* the three above */
	char *word;			/* the pattern if raw bytes can have it, else NULL */
	bool ignore_case;		/* smart case said so */
	bool gave_up;			/* a limit was hit */
};

static bool
has_upper(const char *s, bool literal)
{
	for (; *s; s++) {
		if (*s == '\\' && s[1] && !literal)
			s++;		/* \S is no upper case letter of the text */
		else if (isupper((unsigned char)*s))
			return true;
	}
	return false;
}

/* A word of these bytes stands in the file as it stands in the value. */
static bool
is_raw_word(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++) {
		if (!isalnum((unsigned char)*s) && !strchr(" _-:/,=@;%#~", *s))
			return false;
	}
	return true;
}

static void
compile_error(int code, size_t offset, char **error)
{
	PCRE2_UCHAR text[120];
	struct buf b = BUF_INIT;

	pcre2_get_error_message(code, text, sizeof(text));
	buf_putf(&b, "pattern, character %zu: %s", offset, (const char *)text);
	*error = buf_take(&b);
}

struct search *
search_new(const char *pattern, char **error)
{
	bool literal = *pattern == '=';
	struct search *s = calloc(1, sizeof(*s));
	int code = 0;
	size_t offset = 0;

	*error = NULL;
	if (!s)
		return NULL;
	pattern += literal;
	s->ignore_case = !has_upper(pattern, literal);
	/* MATCH_INVALID_UTF: damaged traces hold bytes that are no UTF-8. */
	s->code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
				PCRE2_UTF | PCRE2_MATCH_INVALID_UTF |
				(literal ? PCRE2_LITERAL : PCRE2_NEVER_BACKSLASH_C) |
				(s->ignore_case ? PCRE2_CASELESS : 0), &code, &offset, NULL);
	if (!s->code) {
		compile_error(code, offset, error);
		search_free(s);
		return NULL;
	}
	pcre2_jit_compile(s->code, PCRE2_JIT_COMPLETE);
	s->match = pcre2_match_data_create_from_pattern(s->code, NULL);
	s->limits = pcre2_match_context_create(NULL);
	if (s->limits) {
		pcre2_set_match_limit(s->limits, MATCH_LIMIT);
		pcre2_set_depth_limit(s->limits, DEPTH_LIMIT);
		pcre2_set_heap_limit(s->limits, HEAP_LIMIT_KIB);
	}
	if (is_raw_word(pattern))
		s->word = strdup(pattern);
	if (!s->match || !s->limits) {
		search_free(s);
		return NULL;
	}
	return s;
}

void
search_free(struct search *s)
{
	if (!s)
		return;
	pcre2_code_free(s->code);
	pcre2_match_data_free(s->match);
	pcre2_match_context_free(s->limits);
	free(s->word);
	free(s);
}

bool
search_find(struct search *s, const char *text, size_t len, size_t *start, size_t *end)
{
	int n = pcre2_match(s->code, (PCRE2_SPTR)text, len, 0, 0, s->match, s->limits);

	if (n < 0) {
		if (n != PCRE2_ERROR_NOMATCH)
			s->gave_up = true;
		return false;
	}
	const size_t *v = pcre2_get_ovector_pointer(s->match);

	*start = v[0];
	*end = v[1];
	return true;
}

bool
search_text(struct search *s, const char *text)
{
	size_t start, end;

	return text && search_find(s, text, strlen(text), &start, &end);
}

bool
search_gave_up(struct search *s)
{
	bool yes = s->gave_up;

	s->gave_up = false;
	return yes;
}

/* Plain ASCII case: what matches here is looked at again by PCRE2. */
static bool
raw_has(const char *bytes, size_t len, const char *word, bool ignore_case)
{
	size_t n = strlen(word);

	if (!ignore_case)
		return memmem(bytes, len, word, n) != NULL;
	char low = word[0], high = (char)toupper((unsigned char)word[0]);

	for (size_t i = 0; i + n <= len; i++) {
		if ((bytes[i] == low || bytes[i] == high) && strncasecmp(bytes + i, word, n) == 0)
			return true;
	}
	return false;
}

bool
search_raw(struct freb_file *f, size_t event, const char *word, bool ignore_case)
{
	char *bytes = NULL;
	size_t len = 0;

	if (!is_raw_word(word) || freb_event_raw(f, event, &bytes, &len) != 0)
		return true;
	bool yes = raw_has(bytes, len, word, ignore_case);

	/* Wide files and references hide a word from a look at the bytes. */
	yes = yes || memmem(bytes, len, "&#", 2) || memmem(bytes, len, "<![", 3);
	free(bytes);
	return yes;
}

bool
search_event(struct search *s, struct freb_file *f, size_t event)
{
	if (s->word && !search_raw(f, event, s->word, s->ignore_case))
		return false;
	const struct freb_event *e = freb_event(f, event);

	if (!e)
		return false;
	if (search_text(s, e->name))
		return true;
	for (size_t i = 0; i < e->data_count; i++) {
		const struct freb_data *d = &e->data[i];

		if (search_text(s, d->name) || search_text(s, d->value) || search_text(s, d->text))
			return true;
	}
	return false;
}
