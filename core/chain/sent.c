/* SPDX-License-Identifier: MIT */
/* sent - see sent.h.  What cannot be parsed in a DER file is judged too, as a client's would be. */
#include <config.h>

#include "core/chain/sent.h"

#include <stdlib.h>
#include <string.h>

#include "core/chain/files.h"

#define SENT_FILE_MAX ((size_t)1 << 20)
#define SENT_MAX 64u

static int
import(const char *from, gnutls_x509_crt_t **crts, unsigned int *n, gnutls_datum_t *data,
       struct buf *messages)
{
	if (strncmp(from, "pkcs11:", 7) == 0)
		return gnutls_x509_crt_list_import_url(crts, n, from, NULL, NULL, 0);
	if (!file_load(from, SENT_FILE_MAX, data, messages))
		return GNUTLS_E_FILE_ERROR;
	if (file_format(data) == GNUTLS_X509_FMT_PEM)
		return gnutls_x509_crt_list_import2(crts, n, data, GNUTLS_X509_FMT_PEM, 0);
	return 0;
}

/* Takes the certificates. */
static int
export_all(struct sent *s, gnutls_x509_crt_t *crts, unsigned int n)
{
	int r = n == 0 || n > SENT_MAX ? GNUTLS_E_NO_CERTIFICATE_FOUND : 0;

	s->raw = calloc(n + 1, sizeof(*s->raw));
	for (unsigned int i = 0; i < n; i++) {
		if (r == 0 && s->raw)
			r = gnutls_x509_crt_export2(crts[i], GNUTLS_X509_FMT_DER, &s->raw[i]);
		if (r == 0 && s->raw)
			s->count++;
		gnutls_x509_crt_deinit(crts[i]);
	}
	gnutls_free(crts);
	return s->raw ? r : GNUTLS_E_MEMORY_ERROR;
}

bool
sent_load(struct sent *s, const char *from, struct buf *messages)
{
	gnutls_x509_crt_t *crts = NULL;
	gnutls_datum_t data = { NULL, 0 };
	unsigned int n = 0;
	int r;

	*s = (struct sent){ NULL, 0 };
	r = import(from, &crts, &n, &data, messages);
	if (r == GNUTLS_E_FILE_ERROR)	/* told */
		return false;
	if (r >= 0 && data.data && !crts) {
		s->raw = calloc(1, sizeof(*s->raw));
		if (s->raw) {
			s->raw[s->count++] = data;
			return true;
		}
		r = GNUTLS_E_MEMORY_ERROR;
	}
	gnutls_free(data.data);
	if (r >= 0)
		r = export_all(s, crts, n);
	if (r >= 0)
		return true;
	sent_done(s);
	buf_putf(messages, "error: %s: no certificate can be read: %s (allowed: certificates in "
		 "PEM, one in DER, a pkcs11: URI of a certificate)\n", from, gnutls_strerror(r));
	return false;
}

void
sent_done(struct sent *s)
{
	for (unsigned int i = 0; i < s->count; i++)
		gnutls_free(s->raw[i].data);
	free(s->raw);
	*s = (struct sent){ NULL, 0 };
}
