/* SPDX-License-Identifier: MIT */
/* cert_headers - see cert_headers.h. */
#include <config.h>

#include "core/forward/cert_headers.h"

#include "core/forward/cert_format.h"

#include <stdlib.h>

#define TEXT_MAX ((size_t)1 << 20) /* of all headers of a farm */

struct cert_headers {
	struct cert_headers *next;
	const struct config_farm *farm; /* lives as long as the connection's snapshot */
	char *text; /* heap: the values, one behind the other */
	struct slice values[]; /* into .text */
};

static bool
format_all(struct cert_headers *h, const struct badge *badge)
{
	struct buf text, one;
	size_t at = 0;

	buf_init(&text, TEXT_MAX);
	buf_init(&one, TEXT_MAX);
	for (size_t i = 0; i < h->farm->cert_header_count; i++) {
		const struct config_cert_header *c = &h->farm->cert_headers[i];

		buf_reset(&one);
		cert_format_put(&one, c->format, badge, c->parts);
		buf_put(&text, one.data, one.len);
		if (one.error)
			text.error = one.error;
		h->values[i].len = one.len;
	}
	buf_done(&one);
	h->text = buf_take(&text);
	for (size_t i = 0; h->text && i < h->farm->cert_header_count; i++) {
		h->values[i].at = h->text + at;
		at += h->values[i].len;
	}
	return h->text != NULL;
}

const struct slice *
cert_headers_for(struct conn *c, const struct config_farm *farm)
{
	struct cert_headers *h = c->cert_headers;

	while (h && h->farm != farm)
		h = h->next;
	if (h || farm->cert_header_count == 0)
		return h ? h->values : NULL;
	h = calloc(1, sizeof(*h) + farm->cert_header_count * sizeof(h->values[0]));
	if (!h)
		return NULL;
	h->farm = farm;
	for (size_t i = 0; i < farm->cert_header_count; i++)
		h->values[i].at = "";
	if (c->badge && c->verdict == FAULT_NONE && !format_all(h, c->badge)) {
		free(h);
		return NULL;
	}
	h->next = c->cert_headers;
	c->cert_headers = h;
	return h->values;
}

void
cert_headers_free(struct conn *c)
{
	while (c->cert_headers) {
		struct cert_headers *h = c->cert_headers;

		c->cert_headers = h->next;
		free(h->text);
		free(h);
	}
}
