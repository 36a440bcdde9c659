/* SPDX-License-Identifier: MIT */
/* ocsp - see ocsp.h. */
#include <config.h>

#include "core/chain/ocsp.h"

#include <gnutls/ocsp.h>
#include <string.h>

#include "core/chain/cert_text.h"
#include "core/chain/crl_index.h"
#include "trace/event.h"

#define SINGLES_MAX 64u	/* answers of one response that are looked at */
#define CERTS_MAX 8u	/* and certificates */
#define PURPOSES_MAX 32u

/* The parsed form again: chains that are kept have given theirs back. */
static gnutls_x509_crt_t
parse(const struct cert *c)
{
	gnutls_datum_t der = { c->der, (unsigned int)c->der_len };
	gnutls_x509_crt_t crt = NULL;

	if (gnutls_x509_crt_init(&crt) < 0)
		return NULL;
	if (gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER) == 0)
		return crt;
	gnutls_x509_crt_deinit(crt);
	return NULL;
}

static void
drop(gnutls_x509_crt_t crt)
{
	if (crt)
		gnutls_x509_crt_deinit(crt);
}

static int
add_nonce(gnutls_ocsp_req_t request, struct ocsp_question *q)
{
	gnutls_datum_t nonce = { NULL, 0 };
	int r = gnutls_ocsp_req_randomize_nonce(request);

	if (r == 0)
		r = gnutls_ocsp_req_get_nonce(request, NULL, &nonce);
	if (r == 0 && nonce.size > 0 && nonce.size <= OCSP_NONCE_MAX) {
		memcpy(q->nonce, nonce.data, nonce.size);
		q->nonce_len = nonce.size;
	}
	gnutls_free(nonce.data);
	return r;
}

/* Names do not tell two keys of a CA apart; the answer has to be about this one. */
static int
keep_issuer_key(gnutls_ocsp_req_t request, struct ocsp_question *q)
{
	gnutls_datum_t name = { NULL, 0 }, key = { NULL, 0 }, serial = { NULL, 0 };
	gnutls_digest_algorithm_t digest;
	int r = gnutls_ocsp_req_get_cert_id(request, 0, &digest, &name, &key, &serial);

	if (r == 0 && key.size == OCSP_HASH)
		memcpy(q->issuer_key, key.data, OCSP_HASH);
	gnutls_free(name.data);
	gnutls_free(key.data);
	gnutls_free(serial.data);
	return r;
}

bool
ocsp_ask(struct ocsp_question *q, const struct cert *cert, const struct cert *issuer, bool nonce)
{
	gnutls_x509_crt_t leaf = parse(cert), parent = parse(issuer);
	gnutls_ocsp_req_t request = NULL;
	bool ok;

	memset(q, 0, sizeof(*q));
	/* SHA-1 only names the issuer here: some responders know no other hash (RFC 5019). */
	ok = leaf && parent && gnutls_ocsp_req_init(&request) == 0 &&
	     gnutls_ocsp_req_add_cert(request, GNUTLS_DIG_SHA1, parent, leaf) == 0 &&
	     keep_issuer_key(request, q) == 0 && (!nonce || add_nonce(request, q) == 0) &&
	     gnutls_ocsp_req_export(request, &q->der) == 0;
	if (request)
		gnutls_ocsp_req_deinit(request);
	drop(leaf);
	drop(parent);
	return ok;
}

void
ocsp_question_done(struct ocsp_question *q)
{
	gnutls_free(q->der.data);
	memset(q, 0, sizeof(*q));
}

static bool
has_signed(gnutls_ocsp_resp_t response, gnutls_x509_crt_t crt)
{
	unsigned int status = 1;

	return gnutls_ocsp_resp_verify_direct(response, crt, &status, 0) == 0 && status == 0;
}

/* Does the certificate itself say that it is for signing OCSP answers? */
static bool
names_purpose(gnutls_x509_crt_t crt)
{
	char oid[64];

	for (unsigned int i = 0; i < PURPOSES_MAX; i++) {
		size_t size = sizeof(oid);
		int r = gnutls_x509_crt_get_key_purpose_oid(crt, i, oid, &size, NULL);

		if (r == 0 && strcmp(oid, GNUTLS_KP_OCSP_SIGNING) == 0)
			return true;
		if (r < 0 && r != GNUTLS_E_SHORT_MEMORY_BUFFER)
			break;
	}
	return false;
}

static bool
may_use_key(gnutls_x509_crt_t crt)
{
	unsigned int usage = 0;

	return gnutls_x509_crt_get_key_usage(crt, &usage, NULL) < 0 ||
	       (usage & (GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_NON_REPUDIATION));
}

/* A responder whom the issuer lets answer: RFC 6960 4.2.2.2. */
static bool
is_delegate(gnutls_x509_crt_t crt, gnutls_x509_trust_list_t issuer)
{
	unsigned int status = 1;

	return names_purpose(crt) && may_use_key(crt) &&
	       gnutls_x509_trust_list_verify_crt2(issuer, &crt, 1, NULL, 0, 0, &status, NULL) ==
		       0 && status == 0;
}

static bool
signed_by_delegate(gnutls_ocsp_resp_t response, gnutls_x509_trust_list_t issuer)
{
	gnutls_x509_crt_t *certs = NULL;
	size_t count = 0;
	bool found = false;

	if (gnutls_ocsp_resp_get_certs(response, &certs, &count) < 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		found = found || (i < CERTS_MAX && is_delegate(certs[i], issuer) &&
				  has_signed(response, certs[i]));
		gnutls_x509_crt_deinit(certs[i]);
	}
	gnutls_free(certs);
	return found;
}

/* Who signed it, and may he? */
static bool
is_signed(gnutls_ocsp_resp_t response, gnutls_x509_crt_t issuer)
{
	gnutls_x509_trust_list_t list = NULL;
	bool ok;

	if (has_signed(response, issuer))
		return true;
	ok = gnutls_x509_trust_list_init(&list, 1) == 0 &&
	     gnutls_x509_trust_list_add_cas(list, &issuer, 1, 0) == 1 &&
	     signed_by_delegate(response, list);
	if (list)
		gnutls_x509_trust_list_deinit(list, 0);
	return ok;
}

/* A responder may leave the nonce out (many answer from a store), but not send another one. */
static bool
nonce_fits(gnutls_ocsp_resp_t response, const struct ocsp_question *q)
{
	gnutls_datum_t nonce = { NULL, 0 };
	bool fits;
	int r = q->nonce_len ? gnutls_ocsp_resp_get_nonce(response, NULL, &nonce) :
			       GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;

	if (r < 0)
		return r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	fits = nonce.size == q->nonce_len && memcmp(nonce.data, q->nonce, nonce.size) == 0;
	gnutls_free(nonce.data);
	return fits;
}

static bool
read_single(gnutls_ocsp_resp_t response, unsigned int i, struct ocsp_answer *out)
{
	time_t revoked = (time_t)-1;
	unsigned int status, reason = 0;

	if (gnutls_ocsp_resp_get_single(response, i, NULL, NULL, NULL, NULL, &status,
					&out->this_update, &out->next_update, &revoked,
					&reason) < 0)
		return false;
	out->good = status == GNUTLS_OCSP_CERT_GOOD;
	out->revoked = status == GNUTLS_OCSP_CERT_REVOKED;
	if (!out->revoked)
		return true;
	cert_time_text(revoked, out->date);
	out->reason = reason ? crl_reason_text(reason) : "";	/* GnuTLS: 0 = not said */
	return true;
}

/* Is answer i about the certificate that was asked about?  GnuTLS looks at the issuer's name
 * and the serial only. */
static bool
is_about(gnutls_ocsp_resp_t response, unsigned int i, const struct ocsp_question *q,
	 gnutls_x509_crt_t leaf)
{
	gnutls_digest_algorithm_t digest = GNUTLS_DIG_UNKNOWN;
	gnutls_datum_t key = { NULL, 0 };
	unsigned int status;
	bool fits;

	if (gnutls_ocsp_resp_check_crt(response, i, leaf) != 0 ||
	    gnutls_ocsp_resp_get_single(response, i, &digest, NULL, &key, NULL, &status, NULL, NULL,
					NULL, NULL) < 0)
		return false;
	fits = digest != GNUTLS_DIG_SHA1 ||	/* not the one we asked by */
	       (key.size == OCSP_HASH && memcmp(key.data, q->issuer_key, OCSP_HASH) == 0);
	gnutls_free(key.data);
	return fits;
}

static uint32_t
read_response(gnutls_ocsp_resp_t response, const struct ocsp_question *q, gnutls_x509_crt_t leaf,
	      gnutls_x509_crt_t parent, struct ocsp_answer *out)
{
	if (gnutls_ocsp_resp_get_status(response) != GNUTLS_OCSP_RESP_SUCCESSFUL)
		return TE_ERROR_CRYPT_REVOCATION_OFFLINE;
	if (!is_signed(response, parent))
		return TE_ERROR_TRUST_CERT_SIGNATURE;
	if (!nonce_fits(response, q))
		return TE_ERROR_INVALID_DATA;
	for (unsigned int i = 0; i < SINGLES_MAX; i++)
		if (is_about(response, i, q, leaf))
			return read_single(response, i, out) ? 0 : TE_ERROR_INVALID_DATA;
	return TE_ERROR_CRYPT_NO_REVOCATION_CHECK;
}

uint32_t
ocsp_read(const void *data, size_t len, const struct ocsp_question *q, const struct cert *cert,
	  const struct cert *issuer, struct ocsp_answer *out)
{
	gnutls_datum_t der = { (unsigned char *)(uintptr_t)data, (unsigned int)len };
	gnutls_x509_crt_t leaf = parse(cert), parent = parse(issuer);
	gnutls_ocsp_resp_t response = NULL;
	uint32_t code = TE_ERROR_OUT_OF_MEMORY;

	*out = (struct ocsp_answer){ .next_update = (time_t)-1, .reason = "" };
	if (leaf && parent && gnutls_ocsp_resp_init(&response) == 0)
		code = gnutls_ocsp_resp_import(response, &der) < 0 ?
			       TE_ERROR_INVALID_DATA :
			       read_response(response, q, leaf, parent, out);
	if (response)
		gnutls_ocsp_resp_deinit(response);
	drop(leaf);
	drop(parent);
	return code;
}
