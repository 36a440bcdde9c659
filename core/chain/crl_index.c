/* SPDX-License-Identifier: MIT */
/*
 * crl_index - see crl_index.h.  The list is what somebody sent: every step is
 * checked, and costs no more than the bytes it goes over.
 */
#include <config.h>

#include "core/chain/crl_index.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"

/* id-ce 20, 21, 27, 28, 35 as content of an OBJECT IDENTIFIER */
#define EXT_NUMBER 0x14
#define EXT_REASON 0x15
#define EXT_DELTA 0x1b
#define EXT_POINT 0x1c
#define EXT_AUTHORITY 0x23
#define REASON_REMOVE 8
#define HEAD_MAX ((size_t)16384)	/* issuer, dates; signatureAlgorithm */

static const char *const reasons[] = {	/* RFC 5280 5.3.1 */
	"unspecified", "keyCompromise", "cACompromise", "affiliationChanged", "superseded",
	"cessationOfOperation", "certificateHold", "", "removeFromCRL", "privilegeWithdrawn",
	"aACompromise",
};

/* Takes one Extension; returns the last octet of its id-ce OID, 0 = another OID. */
static unsigned int
next_extension(struct der *list, bool *critical, struct der *value)
{
	struct der ext, oid, flag;

	if (!der_take(list, DER_SEQUENCE, &ext) || !der_take(&ext, DER_OID, &oid)) {
		list->at = list->end;
		*critical = true;
		return 0;
	}
	*critical = der_take(&ext, DER_BOOLEAN, &flag) && der_left(&flag) == 1 && *flag.at;
	if (!der_take(&ext, DER_OCTET_STRING, value))
		*value = der_from(NULL, 0);
	if (der_left(&oid) != 3 || oid.at[0] != 0x55 || oid.at[1] != 0x1d)
		return 0;
	return oid.at[2];
}

static uint64_t
serial_hash(const unsigned char *serial, size_t len)
{
	uint64_t h = hash_bytes(HASH_START, serial, len);

	return h ^ h >> 32;
}

/* The serial of the entry at an offset, leading zeros dropped; rest = what follows it. */
static bool
entry_serial(const struct crl_index *x, size_t offset, struct der *serial, struct der *rest)
{
	struct der d = der_from(x->der.data + offset, x->der.size - offset);

	if (!der_take(&d, DER_SEQUENCE, rest) || !der_take(rest, DER_INTEGER, serial))
		return false;
	while (der_left(serial) > 1 && *serial->at == 0)
		serial->at++;
	return true;
}

static bool
same(const struct der *a, const struct der *b)
{
	return der_left(a) == der_left(b) && memcmp(a->at, b->at, der_left(a)) == 0;
}

/* Of two entries of one serial the first counts. */
static void
insert(struct crl_index *x, size_t offset)
{
	struct der serial, other, rest;
	size_t i;

	entry_serial(x, offset, &serial, &rest);
	i = serial_hash(serial.at, der_left(&serial)) & x->slot_mask;
	for (; x->slots[i]; i = (i + 1) & x->slot_mask)
		if (entry_serial(x, x->slots[i] - 1, &other, &rest) && same(&serial, &other))
			return;
	x->slots[i] = (uint32_t)offset + 1;
}

/* Walks the entries: each has a serial. */
static bool
count_entries(const struct crl_index *x, size_t *count)
{
	struct der walk = x->entries, entry, serial;

	for (*count = 0; der_left(&walk) > 0; ++*count)
		if (!der_take(&walk, DER_SEQUENCE, &entry) ||
		    !der_take(&entry, DER_INTEGER, &serial))
			return false;
	return true;
}

bool
crl_index_fill(struct crl_index *x, size_t entries)
{
	struct der walk = x->entries, entry;
	size_t slots = 8, offset;

	if (x->slots)
		return true;
	while (slots < 2 * entries)
		slots *= 2;
	x->slots = calloc(slots, sizeof(*x->slots));
	if (!x->slots)
		return false;
	x->slot_mask = slots - 1;
	while (offset = (size_t)(walk.at - x->der.data), der_take(&walk, DER_SEQUENCE, &entry))
		insert(x, offset);
	return true;
}

/* issuingDistributionPoint: what the list covers. */
static void
read_scope(struct crl_index *x, struct der value, struct crl *c)
{
	struct der part;
	unsigned char tag;

	x->scope = value;
	if (!der_take(&value, DER_SEQUENCE, &value)) {
		c->partial = true;
		return;
	}
	while (der_next(&value, &tag, &part)) {
		bool yes = der_left(&part) == 1 && *part.at;

		if (tag == DER_CONTEXT_SET(0))
			x->point = part;
		else if (tag == DER_CONTEXT(1))
			c->users_only = yes;
		else if (tag == DER_CONTEXT(2))
			c->authorities_only = yes;
		else if (yes || tag == DER_CONTEXT(3))
			c->partial = true;	/* some reasons, indirect, attribute certificates */
		if (tag == DER_CONTEXT(4))
			c->indirect = yes;
	}
}

/* Is an element of one list also one of the other?  Whole elements: http://ca/1 is not in
 * http://ca/10. */
static bool
have_in_common(struct der list, struct der other)
{
	unsigned char tag, tag_of_other;
	struct der name, another;

	while (der_next(&list, &tag, &name))
		for (struct der walk = other; der_next(&walk, &tag_of_other, &another);)
			if (tag == tag_of_other && same(&name, &another))
				return true;
	return false;
}

/* DistributionPointName: [0] fullName, or [1] nameRelativeToCRLIssuer. */
static bool
names_fit(struct der a, struct der b)
{
	unsigned char tag, other;
	struct der name, another;

	if (!der_next(&a, &tag, &name) || !der_next(&b, &other, &another) || tag != other)
		return false;
	return tag == DER_CONTEXT_SET(0) ? have_in_common(name, another) : same(&name, &another);
}

bool
crl_point_is_of(struct der point, const gnutls_datum_t *points)
{
	struct der list = der_from(points->data, points->size), one, name;

	if (!der_take(&list, DER_SEQUENCE, &list))
		return false;
	while (der_take(&list, DER_SEQUENCE, &one))
		if (der_take(&one, DER_CONTEXT_SET(0), &name) && names_fit(point, name))
			return true;
	return false;
}

static void
read_extensions(struct crl_index *x, struct der list, struct crl *c)
{
	struct der value;
	bool critical;

	if (!der_take(&list, DER_SEQUENCE, &list))
		return;
	while (der_left(&list) > 0) {
		unsigned int id = next_extension(&list, &critical, &value);

		if (id == EXT_POINT)
			read_scope(x, value, c);
		else if (id == EXT_DELTA || (critical && id != EXT_NUMBER && id != EXT_AUTHORITY))
			c->partial = true;
	}
}

/* tbsCertList: version, signature, issuer, times, entries, extensions. */
static bool
read_list(struct crl_index *x, struct der list, struct crl *c)
{
	struct der skip;
	unsigned char tag;

	x->head.at = list.at;
	der_take(&list, DER_INTEGER, &skip);
	if (!der_take(&list, DER_SEQUENCE, &skip) || !der_take(&list, DER_SEQUENCE, &skip) ||
	    !der_next(&list, &tag, &skip))
		return false;
	if (!der_take(&list, DER_UTC_TIME, &skip))
		der_take(&list, DER_GENERALIZED_TIME, &skip);
	x->head.end = list.at;
	der_take(&list, DER_SEQUENCE, &x->entries);
	if (der_take(&list, DER_CONTEXT_SET(0), &skip))
		read_extensions(x, skip, c);
	return der_left(&list) == 0 && count_entries(x, &c->entries);
}

struct crl_index *
crl_index_new(gnutls_datum_t *der, struct crl *c)
{
	struct crl_index *x = calloc(1, sizeof(*x));
	struct der all, list, skip;

	if (!x)
		return NULL;
	x->der = *der;
	*der = (gnutls_datum_t){ NULL, 0 };
	all = der_from(x->der.data, x->der.size);
	if (!der_take(&all, DER_SEQUENCE, &all))
		goto fail;
	x->signed_part.at = all.at;
	if (!der_take(&all, DER_SEQUENCE, &list))
		goto fail;
	x->signed_part.end = x->signed_with.at = all.at;
	if (!der_take(&all, DER_SEQUENCE, &skip))
		goto fail;
	x->signed_with.end = all.at;
	if (!der_take(&all, DER_BIT_STRING, &x->signature) || der_left(&x->signature) < 2 ||
	    *x->signature.at != 0 || der_left(&all) > 0)	/* unused bits */
		goto fail;
	x->signature.at++;
	if (read_list(x, list, c))
		return x;
fail:
	crl_index_free(x);
	return NULL;
}

void
crl_index_free(struct crl_index *x)
{
	if (!x)
		return;
	gnutls_free(x->der.data);
	free(x->slots);
	free(x);
}

/* The header of a SEQUENCE of less than 64 KiB. */
static void
put_sequence(struct buf *out, size_t len)
{
	const unsigned char header[] = { DER_SEQUENCE, 0x82, (unsigned char)(len >> 8),
					 (unsigned char)len };

	if (len >= 0x100) {
		buf_put(out, header, 4);
		return;
	}
	buf_putc(out, DER_SEQUENCE);
	if (len >= 0x80)
		buf_putc(out, (char)0x81);
	buf_putc(out, (char)len);
}

void
crl_index_put_head(const struct crl_index *x, struct buf *out)
{
	static const unsigned char no_signature[] = { DER_BIT_STRING, 2, 0, 0 };
	size_t head = der_left(&x->head), with = der_left(&x->signed_with);
	size_t header = head < 0x80 ? 2 : head < 0x100 ? 3 : 4;

	if (head > HEAD_MAX || with > HEAD_MAX) {
		out->error = -EMSGSIZE;
		return;
	}
	put_sequence(out, header + head + with + sizeof(no_signature));
	put_sequence(out, head);
	buf_put(out, x->head.at, head);
	buf_put(out, x->signed_with.at, with);
	buf_put(out, no_signature, sizeof(no_signature));
}

const char *
crl_reason_text(unsigned int code)
{
	return code < sizeof(reasons) / sizeof(reasons[0]) ? reasons[code] : "";
}

/* crlEntryExtensions: the reason; false if the entry takes a certificate off again. */
static bool
read_reason(struct der list, const char **reason)
{
	struct der value, code;
	bool critical;

	*reason = "";
	while (der_left(&list) > 0) {
		if (next_extension(&list, &critical, &value) != EXT_REASON ||
		    !der_take(&value, DER_ENUMERATED, &code) || der_left(&code) != 1)
			continue;
		*reason = crl_reason_text(*code.at);
		if (*code.at == REASON_REMOVE)
			return false;
	}
	return true;
}

bool
crl_index_find(const struct crl_index *x, const unsigned char *serial, size_t len,
	       char date[static 32], const char **reason)
{
	struct der found, rest, part;
	unsigned char tag;

	assert(x->slots);
	date[0] = '\0';
	*reason = "";
	for (size_t i = serial_hash(serial, len) & x->slot_mask; x->slots[i];
	     i = (i + 1) & x->slot_mask) {
		if (!entry_serial(x, x->slots[i] - 1, &found, &rest) || der_left(&found) != len ||
		    memcmp(found.at, serial, len) != 0)
			continue;
		if (der_next(&rest, &tag, &part))
			der_time_text(tag, &part, date);
		return !der_take(&rest, DER_SEQUENCE, &part) || read_reason(part, reason);
	}
	return false;
}
