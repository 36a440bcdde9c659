/* SPDX-License-Identifier: MIT */
/*
 * der - see der.h.  Every length is checked against what is left before it is
 * believed; nothing is allocated.
 */
#include <config.h>

#include "core/chain/der.h"

#include <stdio.h>
#include <string.h>

struct der
der_from(const void *data, size_t len)
{
	struct der d = { data, data };

	if (data)
		d.end += len;
	return d;
}

size_t
der_left(const struct der *d)
{
	return (size_t)(d->end - d->at);
}

/* Length octets at p; NULL if they are cut off or longer than 4 bytes. */
static const unsigned char *
read_length(const unsigned char *p, const unsigned char *end, size_t *len)
{
	unsigned int count;

	if (p == end)
		return NULL;
	*len = *p++;
	if (*len < 0x80)
		return p;
	count = *len & 0x7f;
	if (count == 0 || count > 4 || (size_t)(end - p) < count)
		return NULL;
	for (*len = 0; count > 0; count--)
		*len = *len << 8 | *p++;
	return p;
}

bool
der_next(struct der *d, unsigned char *tag, struct der *content)
{
	const unsigned char *p = d->at;
	size_t len;

	if (p == d->end)
		return false;
	*tag = *p++;
	p = (*tag & 0x1f) == 0x1f ? NULL : read_length(p, d->end, &len);
	if (!p || (size_t)(d->end - p) < len) {
		d->at = d->end;
		return false;
	}
	*content = der_from(p, len);
	d->at = p + len;
	return true;
}

bool
der_take(struct der *d, unsigned char tag, struct der *content)
{
	struct der rest = *d, inner;
	unsigned char found;

	if (!der_next(&rest, &found, &inner) || found != tag)
		return false;
	*d = rest;
	*content = inner;
	return true;
}

bool
der_time_text(unsigned char tag, const struct der *content, char out[static 32])
{
	size_t want = tag == DER_UTC_TIME ? 13 : 15, i;
	const char *s = (const char *)content->at;
	char year[5] = "20";

	out[0] = '\0';
	if ((tag != DER_UTC_TIME && tag != DER_GENERALIZED_TIME) || der_left(content) < want)
		return false;
	for (i = 0; i < want - 1; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	if (tag == DER_UTC_TIME) {
		if (s[0] >= '5')	/* RFC 5280 4.1.2.5.1: 50..99 are 1950..1999 */
			memcpy(year, "19", 2);
		memcpy(year + 2, s, 2);
		s += 2;
	} else {
		memcpy(year, s, 4);
		s += 4;
	}
	snprintf(out, 32, "%s-%.2s-%.2sT%.2s:%.2s:%.2sZ", year, s, s + 2, s + 4, s + 6, s + 8);
	return true;
}
