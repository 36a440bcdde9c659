/* SPDX-License-Identifier: MIT */
/* extension - see extension.h. */
#include <config.h>

#include "core/token/extension.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXTENSIONS DER_CONTEXT_SET(3)
#define OTHER_NAME DER_CONTEXT_SET(0)

/* One number of an OID; false = cut off or too large. */
static bool
take_arc(struct der *d, uint64_t *arc)
{
	*arc = 0;
	while (d->at < d->end && *arc < (uint64_t)1 << 56) {
		unsigned char byte = *d->at++;

		*arc = *arc << 7 | (byte & 0x7f);
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

bool
oid_text(const struct der *oid, char out[static OID_TEXT_MAX])
{
	struct der rest = *oid;
	size_t used = 0;
	uint64_t arc, first;

	out[0] = '\0';
	while (rest.at < rest.end) {
		if (!take_arc(&rest, &arc))
			return false;
		if (used == 0) {
			first = arc < 40 ? 0 : arc < 80 ? 1 : 2;
			arc -= first * 40;
			used += (size_t)snprintf(out, OID_TEXT_MAX, "%u", (unsigned int)first);
		}
		used += (size_t)snprintf(out + used, OID_TEXT_MAX - used, ".%llu",
					 (unsigned long long)arc);
		if (used >= OID_TEXT_MAX)
			return false;
	}
	return used > 0;
}

/* The list of extensions of a certificate. */
static bool
find_extensions(const struct cert *c, struct der *list)
{
	struct der d = der_from(c->der, c->der_len), part;
	unsigned char tag;

	if (!der_take(&d, DER_SEQUENCE, &d) || !der_take(&d, DER_SEQUENCE, &d))
		return false;
	while (der_next(&d, &tag, &part))
		if (tag == EXTENSIONS)
			return der_take(&part, DER_SEQUENCE, list);
	return false;
}

bool
extension_find(const struct cert *c, const char *oid, struct der *value)
{
	struct der list, one, id, critical;
	char text[OID_TEXT_MAX];

	if (!find_extensions(c, &list))
		return false;
	while (der_take(&list, DER_SEQUENCE, &one)) {
		if (!der_take(&one, DER_OID, &id) || !oid_text(&id, text) || strcmp(text, oid) != 0)
			continue;
		der_take(&one, DER_BOOLEAN, &critical);
		return der_take(&one, DER_OCTET_STRING, value);
	}
	return false;
}

struct alt_names
alt_names_in(struct der general_names)
{
	struct alt_names w = { der_from(NULL, 0) };

	der_take(&general_names, DER_SEQUENCE, &w.rest);
	return w;
}

struct alt_names
alt_names_of(const struct cert *c)
{
	struct der value = der_from(NULL, 0);

	extension_find(c, "2.5.29.17", &value);
	return alt_names_in(value);
}

bool
alt_names_next(struct alt_names *w, struct alt_name *out)
{
	struct der id;

	out->oid[0] = '\0';
	if (!der_next(&w->rest, &out->tag, &out->value))
		return false;
	if (out->tag != OTHER_NAME)
		return true;
	if (!der_take(&out->value, DER_OID, &id) || !oid_text(&id, out->oid) ||
	    !der_take(&out->value, DER_CONTEXT_SET(0), &out->value))
		out->oid[0] = '\0';
	return true;
}
