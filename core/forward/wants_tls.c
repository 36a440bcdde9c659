/* SPDX-License-Identifier: MIT */
/* wants_tls - see wants_tls.h. */
#include <config.h>

#include "core/forward/wants_tls.h"

#include <string.h>

#define BODY_MAX ((size_t)4096) /* an error page that says so is short */

static const struct row {
	const char *text;
	enum fault fault;
} rows[] = {
#define SAYS(text, fault) { text, FAULT_##fault },
#include "core/forward/wants_tls.def"
#undef SAYS
};

bool
wants_tls_needs(const struct http_response *r, size_t body_len)
{
	return r->status == 400 && r->body == BODY_LENGTH && r->content_length <= BODY_MAX &&
	       body_len < r->content_length;
}

enum fault
wants_tls_says(const struct http_response *r, bool tls, const char *body, size_t len)
{
	if (r->status != 400)
		return FAULT_NONE;
	if (len > BODY_MAX)
		len = BODY_MAX;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (tls == (rows[i].fault == FAULT_SERVER_WANTS_CERT) &&
		    memmem(body, len, rows[i].text, strlen(rows[i].text)))
			return rows[i].fault;
	return FAULT_NONE;
}
