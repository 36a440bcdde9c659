/* SPDX-License-Identifier: MIT */
/* headers - see headers.h.  Names and flags come from headers.def. */
#include <config.h>

#include "core/http/headers.h"

#include <string.h>

enum header_flag {
	HOP = 1,
	SECRET = 2,
	ONCE = 4,
	ONCE_RES = 8,
};

static const struct row {
	const char *name;	/* canonical spelling */
	unsigned char len;	/* of name */
	unsigned char flags;	/* enum header_flag */
} rows[HF_COUNT] = {
	[HF_OTHER] = { "", 0, 0 },
#define HEADER(id, name, flags) [HF_##id] = { name, sizeof(name) - 1, flags },
#include "core/http/headers.def"
#undef HEADER
};

/*
 * The last row of each length: rows of one length stand together, so a look-up
 * walks back from here.  That a later row overrides an earlier one is the point.
 */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static const unsigned char last_of_length[] = {
#define HEADER(id, name, flags) [sizeof(name) - 1] = HF_##id,
#include "core/http/headers.def"
#undef HEADER
};
#pragma GCC diagnostic pop

_Static_assert(HF_COUNT <= 64, "the parser keeps the fields it has seen in 64 bits");

static unsigned char
fold(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static bool
same_nocase(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (a[i] != b[i] && fold(a[i]) != fold(b[i]))
			return false;
	return true;
}

enum header_id
header_id_of(const char *name, size_t len)
{
	unsigned int id;
	unsigned char last;

	if (len == 0 || len >= sizeof(last_of_length))
		return HF_OTHER;
	last = fold(name[len - 1]);
	/* Row 0 has length 0, so the walk ends there at the latest. */
	for (id = last_of_length[len]; rows[id].len == len; id--)
		if (fold(rows[id].name[len - 1]) == last && same_nocase(rows[id].name, name, len))
			return (enum header_id)id;
	return HF_OTHER;
}

const char *
header_name(enum header_id id)
{
	return rows[id < HF_COUNT ? id : HF_OTHER].name;
}

struct header *
headers_find(struct headers *h, enum header_id id)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->at[i].id == id && !h->at[i].removed)
			return &h->at[i];
	return NULL;
}

struct header *
headers_find_name(struct headers *h, const char *name)
{
	for (size_t i = 0; i < h->count; i++)
		if (!h->at[i].removed && slice_is_nocase(&h->at[i].name, name))
			return &h->at[i];
	return NULL;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t';
}

void
slice_trim(struct slice *s)
{
	while (s->len && is_space(*s->at)) {
		s->at++;
		s->len--;
	}
	while (s->len && is_space(s->at[s->len - 1]))
		s->len--;
}

bool
headers_next_token(struct slice *list, struct slice *token)
{
	const char *p = list->at, *end = p + list->len;

	while (p < end && (is_space(*p) || *p == ','))
		p++;
	token->at = p;
	while (p < end && *p != ',')
		p++;
	list->at = p;
	list->len = (size_t)(end - p);
	token->len = (size_t)(p - token->at);
	slice_trim(token);
	return token->len > 0;
}

bool
headers_has_token(const struct headers *h, enum header_id id, const char *token)
{
	for (size_t i = 0; i < h->count; i++) {
		struct slice list = h->at[i].value, item;

		if (h->at[i].id != id)
			continue;
		while (headers_next_token(&list, &item))
			if (slice_is_nocase(&item, token))
				return true;
	}
	return false;
}

int
headers_add(struct headers *h, struct slice name, struct slice value)
{
	struct header *f;

	if (h->count >= HEADERS_MAX)
		return -1;
	f = &h->at[h->count++];
	f->name = name;
	f->value = value;
	f->id = header_id_of(name.at, name.len);
	f->removed = false;
	return 0;
}

char
header_fold(char c)
{
	c = (char)fold(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-';
}

bool
header_is_reserved(const struct slice *name)
{
	static const char prefix[] = "x-arr-";

	if (name->len < sizeof(prefix) - 1)
		return false;
	for (size_t i = 0; i < sizeof(prefix) - 1; i++)
		if (header_fold(name->at[i]) != prefix[i])
			return false;
	return true;
}

static bool
has_flag(enum header_id id, enum header_flag flag)
{
	return id < HF_COUNT && rows[id].flags & flag;
}

bool
header_is_hop_by_hop(enum header_id id)
{
	return has_flag(id, HOP);
}

bool
header_is_secret(enum header_id id)
{
	return has_flag(id, SECRET);
}

bool
header_is_single(enum header_id id, bool response)
{
	return has_flag(id, response ? ONCE_RES : ONCE);
}

bool
slice_is(const struct slice *s, const char *text)
{
	return s->len == strlen(text) && (s->len == 0 || memcmp(s->at, text, s->len) == 0);
}

bool
slice_same_nocase(const struct slice *a, const struct slice *b)
{
	return a->len == b->len && same_nocase(a->at, b->at, a->len);
}

bool
slice_is_nocase(const struct slice *s, const char *text)
{
	return s->len == strlen(text) && same_nocase(s->at, text, s->len);
}
