/* SPDX-License-Identifier: MIT */
/*
 * head_fields - field lines of requests and responses, and the fields that
 * decide where the message ends and whether the connection stays.
 * Each is judged where it stands, so that the first offence in the order of
 * the bytes is the one that is told.  Source: RFC 9112 sections 5 to 7, 9.
 */
#include <config.h>

#include <string.h>

#include "core/http/head_private.h"

#define LENGTH_DIGITS 19	/* of INT64_MAX */

static int
take_length(const struct head_scan *s, const struct slice *v, uint64_t *out)
{
	uint64_t n = 0;

	if (v->len == 0 || (v->len > 1 && v->at[0] == '0'))
		return head_refuse(s, HEAD_LENGTH_SYNTAX, v->at);
	for (size_t i = 0; i < v->len; i++) {
		if (!is_digit(v->at[i]))
			return head_refuse(s, HEAD_LENGTH_SYNTAX, v->at + i);
		if (i < LENGTH_DIGITS)
			n = n * 10 + (uint64_t)(v->at[i] - '0');
	}
	if (v->len > LENGTH_DIGITS || n > INT64_MAX)
		return head_refuse(s, HEAD_LENGTH_TOO_LARGE, v->at);
	*out = n;
	return 0;
}

static int
take_content_length(const struct head_scan *s, struct header *h, struct head_facts *f)
{
	uint64_t n = 0;

	if (f->coding_at)
		return head_refuse(s, HEAD_TRANSFER_LENGTH, h->name.at);
	if (take_length(s, &h->value, &n) < 0)
		return -1;
	if (f->length_at) {	/* only in responses: a request's second one went before */
		if (n != f->length)
			return head_refuse(s, HEAD_LENGTH_DIFFERS, h->value.at);
		h->removed = true;
	} else {
		f->length_at = h->name.at;
	}
	f->length = n;
	return 0;
}

static int
take_coding(const struct head_scan *s, const struct header *h, struct head_facts *f)
{
	if (f->minor == 0)
		return head_refuse(s, HEAD_TRANSFER_OLD, h->name.at);
	if (f->length_at)
		return head_refuse(s, HEAD_TRANSFER_LENGTH, h->name.at);
	if (!slice_is_nocase(&h->value, "chunked"))
		return head_refuse(s, HEAD_TRANSFER_CODING, h->value.at);
	f->coding_at = h->name.at;
	return 0;
}

static int
take_connection(const struct head_scan *s, const struct header *h, struct head_facts *f)
{
	struct slice list = h->value, option;

	while (headers_next_token(&list, &option)) {
		enum header_id id = header_id_of(option.at, option.len);

		if (slice_is_nocase(&option, "close"))
			f->close = true;
		else if (id == HF_KEEP_ALIVE)
			f->keep_alive = true;
		else if (id == HF_UPGRADE)
			f->upgrade = true;
		else if (f->request && ((id != HF_OTHER && !header_is_hop_by_hop(id)) ||
					header_is_reserved(&option)))
			return head_refuse(s, HEAD_CONNECTION_OPTION, option.at);
	}
	return 0;
}

static int
take_expect(const struct head_scan *s, const struct header *h, struct head_facts *f)
{
	if (!slice_is_nocase(&h->value, "100-continue"))
		return head_refuse(s, HEAD_EXPECTATION, h->value.at);
	f->expect = true;
	return 0;
}

/* Fields that only a request's reader must heed. */
static int
take_request_field(const struct head_scan *s, const struct header *h, struct head_facts *f)
{
	switch (h->id) {
	case HF_HOST:
		f->host_at = h->value.at;
		return head_authority(s, &h->value, &f->host, &f->port);
	case HF_EXPECT:
		return take_expect(s, h, f);
	case HF_UPGRADE:
		f->upgrades++;
		f->upgrade_to = h->value;
		return 0;
	default:
		return 0;
	}
}

/* CGI and its children make Content_Length, some also Content.Length, one with Content-Length. */
static bool
is_framing_disguised(const struct slice *name)
{
	char plain[sizeof("Transfer-Encoding") - 1];
	enum header_id id;

	if (name->len > sizeof(plain))
		return false;
	for (size_t i = 0; i < name->len; i++)
		plain[i] = header_fold(name->at[i]);
	id = header_id_of(plain, name->len);
	return id == HF_CONTENT_LENGTH || id == HF_TRANSFER_ENCODING;
}

static int
take_field(const struct head_scan *s, struct header *h, struct head_facts *f)
{
	uint64_t bit = UINT64_C(1) << h->id;

	if (f->seen & bit && header_is_single(h->id, !f->request))
		return head_refuse(s, h->id == HF_TRANSFER_ENCODING ? HEAD_TRANSFER_TWICE :
				   HEAD_FIELD_TWICE, h->name.at);
	f->seen |= bit;
	switch (h->id) {
	case HF_OTHER:
		if (is_framing_disguised(&h->name))
			return head_refuse(s, HEAD_NAME_DISGUISED, h->name.at);
		return 0;
	case HF_CONTENT_LENGTH:
		return take_content_length(s, h, f);
	case HF_TRANSFER_ENCODING:
		return take_coding(s, h, f);
	case HF_CONNECTION:
		return take_connection(s, h, f);
	default:
		return f->request ? take_request_field(s, h, f) : 0;
	}
}

/* p stopped the scan of a name, but there is no name or p is not its colon. */
static int
refuse_name(const struct head_scan *s, const char *p)
{
	const char *q = p;

	if (*p == ':')
		return head_refuse(s, HEAD_NAME_EMPTY, p);
	if (*p == ' ' || *p == '\t') {
		if (p == s->line)
			return head_refuse(s, HEAD_OBS_FOLD, p);
		while (*q == ' ' || *q == '\t')
			q++;
		return head_refuse(s, *q == ':' ? HEAD_SPACE_BEFORE_COLON : HEAD_NAME_CHAR, p);
	}
	return head_refuse_byte(s, *p == '\r' ? HEAD_COLON_MISSING : HEAD_NAME_CHAR, p);
}

/*
 * The first byte that no value may hold.  Values are most of a head, so eight
 * bytes at a time are asked whether one is below a space or DEL (a tab ends
 * that as well, which only costs time); the table finds the byte.
 */
static const char *
skip_value(const char *p, const char *end)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;

	while (end - p >= 8) {
		uint64_t w, del;

		memcpy(&w, p, sizeof(w));
		del = w ^ (ones * 0x7f);
		if ((((w - ones * ' ') & ~w) | ((del - ones) & ~del)) & high)
			break;
		p += 8;
	}
	while (is_class(*p, CLASS_VALUE))
		p++;
	return p;
}

/* One line into *h.  Returns the next line, or NULL. */
static const char *
read_line(const struct head_scan *s, struct header *h)
{
	const char *p = s->line, *end;

	while (is_class(*p, CLASS_TOKEN))
		p++;
	if (*p != ':' || p == s->line) {
		refuse_name(s, p);
		return NULL;
	}
	h->name = (struct slice){ s->line, (size_t)(p - s->line) };
	h->id = header_id_of(h->name.at, h->name.len);
	h->removed = false;
	p++;
	while (*p == ' ' || *p == '\t')
		p++;
	h->value.at = p;
	p = skip_value(p, s->end);
	for (end = p; end > h->value.at && (end[-1] == ' ' || end[-1] == '\t'); end--)
		;
	h->value.len = (size_t)(end - h->value.at);
	return head_end_line(s, p, HEAD_VALUE_CONTROL);
}

int
head_fields(struct head_scan *s, struct headers *h, struct head_facts *f)
{
	size_t max = s->limits->fields < HEADERS_MAX ? s->limits->fields : HEADERS_MAX;

	s->line_max = s->limits->field;
	s->line_rule = HEAD_FIELD_TOO_LONG;
	if ((size_t)(s->end - s->data) > s->limits->head)
		return head_refuse_at(s, HEAD_TOO_LONG, s->data + s->limits->head);
	while (s->line < s->end && !(s->line[0] == '\r' && s->line[1] == '\n')) {
		struct header *field = &h->at[h->count];
		const char *next;

		if (h->count == max)
			return head_refuse_at(s, HEAD_TOO_MANY_FIELDS, s->line);
		next = read_line(s, field);
		if (!next || take_field(s, field, f) < 0)
			return -1;
		h->count++;
		s->line = next;
	}
	if (s->line == s->end)
		return head_refuse_at(s, HEAD_INCOMPLETE, s->end);
	if (s->line + 2 != s->end)
		return head_refuse_at(s, HEAD_AFTER_END, s->line + 2);
	return 0;
}
