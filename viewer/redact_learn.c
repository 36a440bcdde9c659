/* SPDX-License-Identifier: MIT */
/*
 * redact_learn - what is to be hidden in a trace; see redact.h, redact.def.
 *
 * A name or a header is also taken apart, because its parts appear alone: the
 * CN of a subject, the address in a SAN, the value of a cookie.
 */
#include <config.h>

#include "viewer/redact_private.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "trace/buf.h"

enum {
	PART_MIN = 4,		/* bytes of a part that is worth hiding alone */
	CERT_MIN = 200,		/* base64 of this length that begins as DER does is a certificate */
};

static const struct {
	bool root;		/* an attribute of the root */
	const char *name;	/* of it, or a pattern of event/name */
	const char *class;
} places[] = {
#define ATTRIBUTE(name, class) { true, name, #class },
#define DATA(name, class) { false, name, #class },
#define HEADER(name, class)
#include "viewer/redact.def"
#undef ATTRIBUTE
#undef DATA
#undef HEADER
};

static const struct {
	const char *name;
	const char *class;
} headers[] = {
#define ATTRIBUTE(name, class)
#define DATA(name, class)
#define HEADER(name, class) { name, #class },
#include "viewer/redact.def"
#undef ATTRIBUTE
#undef DATA
#undef HEADER
};

static char *
placeholder(const struct redact *r, const char *class)
{
	struct buf b = BUF_INIT;
	size_t n = 1;

	for (size_t i = 0; i < r->count; i++)
		n += strcmp(r->all[i]->class, class) == 0;
	buf_putf(&b, "{%s-%zu}", class, n);
	return buf_take(&b);
}

static size_t
place_of(const struct redact *r, const char *value, bool *there)
{
	size_t low = 0, high = r->count;

	*there = false;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(r->all[mid]->value, value);

		if (order == 0) {
			*there = true;
			return mid;
		}
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The secret of that value in this run, made if need be.  Takes value. */
static struct secret *
number(struct redact *r, const char *class, char *value)
{
	bool there;
	size_t at = place_of(r, value, &there);
	struct secret *s;

	if (there) {
		free(value);
		return r->all[at];
	}
	s = calloc(1, sizeof(*s));
	if (!s || !redact_room(r, &r->all, r->count, &r->cap)) {
		free(s);
		free(value);
		r->failed = -ENOMEM;
		return NULL;
	}
	*s = (struct secret){ .value = value, .shown = placeholder(r, class), .class = class };
	if (!s->shown)
		r->failed = -ENOMEM;
	memmove(r->all + at + 1, r->all + at, (r->count - at) * sizeof(*r->all));
	r->all[at] = s;
	r->count++;
	return s;
}

/* From now on to be hidden in this trace. */
static void
learn(struct redact *r, const char *class, const char *text, size_t len)
{
	struct secret *s;
	char *value;
	size_t at = 0;

	while (len > 0 && isspace((unsigned char)*text))
		text++, len--;
	while (len > 0 && isspace((unsigned char)text[len - 1]))
		len--;
	if (len == 0 || r->failed)
		return;
	value = strndup(text, len);
	s = value ? number(r, class, value) : NULL;
	if (!s || !s->shown || !redact_room(r, &r->here, r->here_count, &r->here_cap)) {
		r->failed = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < r->here_count; i++)
		if (r->here[i] == s)
			return;
	while (at < r->here_count && strlen(r->here[at]->value) >= len)
		at++;
	memmove(r->here + at + 1, r->here + at, (r->here_count - at) * sizeof(*r->here));
	r->here[at] = s;
	r->here_count++;
}

/* The pieces of "UPN:alice@x, email:alice@x" are found alone too. */
static void
learn_parts(struct redact *r, const char *class, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, ",");
		const char *colon = memchr(text, ':', len);

		if (colon && len - (size_t)(colon + 1 - text) >= PART_MIN)
			learn(r, class, colon + 1, len - (size_t)(colon + 1 - text));
		text += len + (text[len] == ',');
	}
}

/* What in a name says who it is: "CN=Alice Badge, UID=alice, ..." */
static void
learn_person(struct redact *r, const char *subject)
{
	static const char *const types[] = { "CN=", "UID=", "EMAIL=", "E=", "SERIALNUMBER=" };

	while (*subject) {
		size_t len = strcspn(subject, ",+");

		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
			size_t n = strlen(types[i]);

			if (len >= n + PART_MIN && strncasecmp(subject, types[i], n) == 0)
				learn(r, "USER", subject + n, len - n);
		}
		subject += len;
		subject += strspn(subject, ",+ ");
	}
}

/* "name=value; name=value", "Bearer x": the values alone, too. */
static void
learn_header_parts(struct redact *r, const char *class, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *stop = text;
		const char *equals = NULL;

		while (stop < end && *stop != ';' && *stop != ' ') {
			if (*stop == '=' && !equals)
				equals = stop + 1;
			stop++;
		}
		if (equals && stop - equals >= 8)
			learn(r, class, equals, (size_t)(stop - equals));
		else if (stop - text >= 16)
			learn(r, class, text, (size_t)(stop - text));
		text = stop + 1;
	}
}

static void
learn_header(struct redact *r, const char *name, size_t name_len, const char *value, size_t len)
{
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		if (strlen(headers[i].name) != name_len ||
		    strncasecmp(headers[i].name, name, name_len) != 0)
			continue;
		learn(r, headers[i].class, value, len);
		if (strcmp(headers[i].class, "CERT") != 0)
			learn_header_parts(r, headers[i].class, value, len);
	}
}

static void
learn_block(struct redact *r, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\r\n");
		const char *colon = memchr(text, ':', len);

		if (colon)
			learn_header(r, text, (size_t)(colon - text), colon + 1,
				     len - (size_t)(colon + 1 - text));
		text += len + (text[len] != '\0');
	}
}

/* A run of base64 that begins like DER, or PEM: a certificate wherever it stands. */
static void
learn_certificates(struct redact *r, const char *text)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789+/=\r\n";

	for (const char *at = text; (at = strstr(at, "MI")) != NULL;) {
		size_t len = strspn(at, alphabet);

		if (len >= CERT_MIN)
			learn(r, "CERT", at, len);
		at += len ? len : 1;
	}
}

static const char *
class_of(const char *event, const char *name)
{
	struct buf key = BUF_INIT;
	const char *class = NULL;

	if (event)
		buf_putf(&key, "%s/%s", event, name);
	else
		buf_puts(&key, name);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && !class; i++)
		if (places[i].root == !event && fnmatch(places[i].name, buf_text(&key), 0) == 0)
			class = places[i].class;
	buf_done(&key);
	return class;
}

bool
redact_is_place(const char *event, const char *name)
{
	return class_of(event, name) != NULL;
}

const struct secret *
redact_secret(const struct redact *r, const char *value)
{
	bool there;
	size_t at = place_of(r, value, &there);

	return there ? r->all[at] : NULL;
}

static void
learn_data(struct redact *r, const char *event, const struct freb_data *d)
{
	const char *class = class_of(event, d->name);

	learn_certificates(r, d->value);
	if (strcmp(d->name, "Headers") == 0)
		learn_block(r, d->value);
	if (!class)
		return;
	learn(r, class, d->value, strlen(d->value));
	if (strcmp(class, "SAN") == 0)
		learn_parts(r, "USER", d->value);
}

static bool
is_leaf(const struct freb_event *e)
{
	const struct freb_data *depth = freb_data_get(e, "Depth");

	return depth && strcmp(depth->value, "0") == 0;
}

void
redact_learn_event(struct redact *r, const struct freb_event *e)
{
	const struct freb_data *name = freb_data_get(e, "HeaderName");
	const struct freb_data *value = freb_data_get(e, "HeaderValue");
	const struct freb_data *subject = freb_data_get(e, "Subject");
	const char *event = e->name ? e->name : "";

	for (size_t i = 0; i < e->data_count; i++)
		learn_data(r, event, &e->data[i]);
	if (name && value)
		learn_header(r, name->value, strlen(name->value), value->value,
			     strlen(value->value));
	if (subject && strcmp(event, "SECURITY_CHAIN_ELEMENT") == 0 && is_leaf(e))
		learn_person(r, subject->value);
}

void
redact_learn_person(struct redact *r, const char *class, const char *name)
{
	if (strchr(name, '=')) /* a distinguished name, where others have an identity */
		class = "SUBJECT";
	learn(r, class, name, strlen(name));
	learn_person(r, name);
}

void
redact_learn_attribute(struct redact *r, const char *name, const char *value)
{
	const char *class = class_of(NULL, name);

	if (class)
		redact_learn_person(r, class, value);
}
