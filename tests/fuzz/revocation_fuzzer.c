/* SPDX-License-Identifier: MIT */
/*
 * revocation_fuzzer - what CRL servers and responders send, about certificates that
 * nobody has judged: an issuer and a leaf, each after two bytes of length, then the
 * answer.  The first byte says whether that is a list or an OCSP response.
 *
 * Nothing that is not signed counts; what counts is a text that can be shown.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "core/chain/crl_index.h"
#include "core/chain/ocsp.h"
#include "tests/fuzz/fuzz.h"

#define NOW ((time_t)1795471200)

static void
look(const char *text, size_t max)
{
	CHECK(memchr(text, 0, max) != NULL);
	fuzz_check_text(text);
}

static void
try_list(const uint8_t *data, size_t len, const struct cert *leaf, const struct cert *issuer)
{
	const struct config_trust policy = { .revocation = REVOCATION_HARD };
	struct crl_table *t = crl_table_from(data, len, "fuzz");
	const struct revoke_source *decisive;
	struct revoke_answer answer;
	enum revoke_result r;

	if (t)
		crl_table_index(t);
	revoke_ask(t, leaf, issuer, &answer);
	CHECK(answer.count <= REVOKE_SOURCES_MAX);
	r = revoke_judge(&answer, &policy, NOW, &decisive);
	CHECK(r == REVOKE_UNKNOWN || (decisive && decisive->signed_by_issuer));
	for (size_t i = 0; i < answer.count; i++) {
		look(answer.sources[i].date, sizeof(answer.sources[i].date));
		CHECK(answer.sources[i].reason != NULL);
		CHECK(answer.sources[i].signed_by_issuer || !answer.sources[i].listed);
	}
	crl_table_free(t);
}

static void
try_answer(const uint8_t *data, size_t len, const struct cert *leaf, const struct cert *issuer)
{
	struct ocsp_question q;
	struct ocsp_answer a;

	if (ocsp_ask(&q, leaf, issuer, false)) {
		uint32_t code = ocsp_read(data, len, &q, leaf, issuer, &a);

		CHECK(code == 0 || (!a.good && !a.revoked));
		CHECK(!(a.good && a.revoked) && a.reason);
		look(a.date, sizeof(a.date));
	}
	ocsp_question_done(&q);
}

/* Takes a certificate off the input. */
static struct cert *
take(const uint8_t **data, size_t *size)
{
	size_t len = *size >= 2 ? (size_t)(*data)[0] << 8 | (*data)[1] : 0;
	struct cert *c;

	if (*size >= 2) {
		*data += 2;
		*size -= 2;
	}
	len = len < *size ? len : *size;
	c = cert_load(*data, len);
	*data += len;
	*size -= len;
	CHECK(c != NULL);
	look(c->subject, 1 << 20);
	look(c->alt_names, 1 << 20);
	return c;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cert *issuer, *leaf;
	uint8_t mode;

	if (size == 0)
		return 0;
	mode = *data++;
	size--;
	issuer = take(&data, &size);
	leaf = take(&data, &size);
	if (mode & 1)
		try_answer(data, size, leaf, issuer);
	else
		try_list(data, size, leaf, issuer);
	/* A point of a list's scope against anything. */
	crl_point_is_of(der_from(data, size), &leaf->crl_points);
	cert_free(leaf);
	cert_free(issuer);
	return 0;
}
