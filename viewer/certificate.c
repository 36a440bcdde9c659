/* SPDX-License-Identifier: MIT */
/*
 * GnuTLS reads and prints; what it does not print (serial in decimal, the
 * days left, the UPN in an other name) is added here.
 */
#include <config.h>
#include "viewer/certificate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#define UPN_OID "1.3.6.1.4.1.311.20.2.3"
enum { VALUE_MAX = 1 << 20 };	/* bytes of a value that is looked at */

static int
read_certificate(const char *value, gnutls_x509_crt_t *crt, struct buf *why)
{
	gnutls_datum_t text = { (unsigned char *)value, (unsigned int)strlen(value) };
	gnutls_datum_t der = { NULL, 0 };
	int rc = strlen(value) > VALUE_MAX ? GNUTLS_E_MEMORY_ERROR : gnutls_x509_crt_init(crt);

	if (rc < 0) {
		buf_puts(why, gnutls_strerror(rc));
		return -EBADMSG;
	}
	if (strstr(value, "-----BEGIN")) {
		rc = gnutls_x509_crt_import(*crt, &text, GNUTLS_X509_FMT_PEM);
	} else {
		rc = gnutls_base64_decode2(&text, &der);
		if (rc >= 0)
			rc = gnutls_x509_crt_import(*crt, &der, GNUTLS_X509_FMT_DER);
		gnutls_free(der.data);
	}
	if (rc < 0) {
		buf_puts(why, gnutls_strerror(rc));
		gnutls_x509_crt_deinit(*crt);
		return -EBADMSG;
	}
	return 0;
}

/* Bytes of a big-endian number as decimal digits, by long division. */
static void
put_decimal(const unsigned char *bytes, size_t len, struct buf *out)
{
	unsigned char number[64], digits[160];
	size_t n = 0, start = 0;

	if (len > sizeof(number))
		return;
	memcpy(number, bytes, len);
	while (start < len && n < sizeof(digits)) {
		unsigned int rest = 0;

		for (size_t i = start; i < len; i++) {
			unsigned int v = rest << 8 | number[i];

			number[i] = (unsigned char)(v / 10);
			rest = v % 10;
		}
		digits[n++] = (unsigned char)('0' + rest);
		while (start < len && number[start] == 0)
			start++;
	}
	while (n > 0)
		buf_putc(out, (char)digits[--n]);
}

static void
put_serial(gnutls_x509_crt_t crt, struct buf *out)
{
	unsigned char serial[64];
	size_t len = sizeof(serial);

	if (gnutls_x509_crt_get_serial(crt, serial, &len) < 0)
		return;
	buf_puts(out, "Serial number: ");
	buf_put_hex(out, serial, len, true);
	buf_puts(out, " (");
	put_decimal(serial, len, out);
	buf_puts(out, ")\n");
}

static void
put_days(gnutls_x509_crt_t crt, int64_t at_ms, struct buf *out)
{
	int64_t end = gnutls_x509_crt_get_expiration_time(crt);

	if (at_ms == INT64_MIN || end < 0)
		return;
	int64_t left = (end - at_ms / 1000) / 86400;

	buf_putf(out, "Days left at the time of the trace: %lld%s\n", (long long)left,
		 left < 0 ? " (expired)" : "");
}

static void
put_upn(gnutls_x509_crt_t crt, struct buf *out)
{
	for (unsigned int i = 0; i < 32; i++) {
		char name[512], oid[128];
		size_t len = sizeof(name) - 1, oid_len = sizeof(oid) - 1;
		int rc = gnutls_x509_crt_get_subject_alt_name(crt, i, name, &len, NULL);

		if (rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return;
		if (rc != GNUTLS_SAN_OTHERNAME && rc != GNUTLS_SAN_OTHERNAME_MSUSERPRINCIPAL)
			continue;
		if (gnutls_x509_crt_get_subject_alt_othername_oid(crt, i, oid, &oid_len) < 0 ||
		    strncmp(oid, UPN_OID, oid_len) != 0)
			continue;
		/* What GnuTLS left as it was: a short UTF8String, that is tag, length, text. */
		size_t skip = len > 2 && name[0] == 0x0C && (size_t)name[1] == len - 2 ? 2 : 0;

		buf_puts(out, "User principal name: ");
		buf_put(out, name + skip, len - skip);
		buf_putc(out, '\n');
	}
}

/* GnuTLS indents with tabs and puts some between a name and its value: those become blanks. */
static void
put_printed(const gnutls_datum_t *text, struct buf *out)
{
	bool indent = true;

	for (unsigned int i = 0; i < text->size; i++) {
		char c = (char)text->data[i];

		buf_putc(out, c == '\t' && !indent ? ' ' : c);
		indent = c == '\n' || (indent && c == '\t');
	}
}

int
certificate_text(const char *value, int64_t at_ms, struct buf *out)
{
	gnutls_x509_crt_t crt;
	gnutls_datum_t text = { NULL, 0 };

	if (read_certificate(value, &crt, out) != 0)
		return -EBADMSG;
	put_serial(crt, out);
	put_days(crt, at_ms, out);
	put_upn(crt, out);
	int rc = gnutls_x509_crt_print(crt, GNUTLS_CRT_PRINT_FULL, &text);

	if (rc >= 0)
		put_printed(&text, out);
	else
		buf_puts(out, gnutls_strerror(rc));
	gnutls_free(text.data);
	gnutls_x509_crt_deinit(crt);
	return 0;
}

int
certificate_pem(const char *value, struct buf *out)
{
	gnutls_x509_crt_t crt;
	gnutls_datum_t pem = { NULL, 0 };

	if (read_certificate(value, &crt, out) != 0)
		return -EBADMSG;
	int rc = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem);

	if (rc >= 0)
		buf_put(out, pem.data, pem.size);
	gnutls_free(pem.data);
	gnutls_x509_crt_deinit(crt);
	return rc >= 0 ? 0 : -EBADMSG;
}
