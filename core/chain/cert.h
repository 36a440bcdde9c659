/* SPDX-License-Identifier: MIT */
/*
 * cert - the facts of one X.509 certificate, decoded once, as plain text.
 *
 * Everything is owned by the struct and immutable after cert_load.
 * Thread-safe for reading.  Source: RFC 5280; names of RFC 4514 in encoding
 * order with ", " as IIS prints them (ARR 1.1: "DC=no, DC=hfdrift, CN=...").
 */
#ifndef CORE_CHAIN_CERT_H
#define CORE_CHAIN_CERT_H

#include "trace/buf.h"

#include <gnutls/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define CERT_SHA256 32
#define CERT_THUMB_LEN 40

struct cert {
	bool readable;			/* could be parsed; else only DER and hashes are known */
	gnutls_x509_crt_t crt;		/* for verification; NULL = unreadable, or cert_trim */
	unsigned char *der;		/* as received */
	size_t der_len;
	unsigned char sha256[CERT_SHA256];	/* of the DER */
	char sha1_text[CERT_THUMB_LEN + 1];	/* upper-case hex, as Windows shows it */
	char sha256_text[2 * CERT_SHA256 + 1];	/* lower-case hex */
	char *subject, *issuer;		/* encoding order, ", " between; UTF-8 made safe */
	char *serial;			/* upper-case hex */
	time_t not_before, not_after;
	char not_before_text[32], not_after_text[32];	/* 2026-11-23T22:00:00Z */
	char *key_algorithm;		/* "ECDSA P-256", "RSA" */
	gnutls_pk_algorithm_t key_type;	/* GNUTLS_PK_UNKNOWN = unreadable */
	unsigned int key_bits;
	char *signature_algorithm;	/* "ECDSA-SHA256" */
	char *subject_key_id, *authority_key_id;	/* lower-case hex, "" = none */
	char *key_usage;		/* "digitalSignature, keyEncipherment" */
	char *extended_key_usage;	/* names or OIDs, comma separated */
	char *policies;			/* OIDs, comma separated */
	char *alt_names;		/* "UPN:anna@..., email:..., DNS:..." */
	char *upn, *email;		/* first of each; "" = none */
	char *aia_url;			/* caIssuers, "" = none */
	char *ocsp_url;			/* of the first responder, "" = none */
	char *crl_url;			/* first http distribution point, "" = none */
	gnutls_datum_t crl_points;	/* cRLDistributionPoints as encoded; empty = none */
	bool self_issued;		/* subject == issuer (DER) */
	bool is_ca;
	int path_length;		/* CA certificates it allows below it, -1 = not said */
	gnutls_datum_t subject_der, issuer_der;	/* names as encoded; owned, gnutls_free */
	unsigned char key_sha256[CERT_SHA256];	/* of the SubjectPublicKeyInfo */
	unsigned char serial_der[32];	/* content of the INTEGER, leading zeros dropped */
	size_t serial_len;		/* 0 = unreadable or too long */
	unsigned int key_usage_bits;	/* GNUTLS_KEY_*; 0 = no such extension */
	char *critical_unknown;		/* OIDs of critical extensions we do not know, "" = none */
	bool policy_limits;		/* policyMappings, policyConstraints, inhibitAnyPolicy */
};

/* A certificate from DER; never NULL except without memory; check ->readable. */
struct cert *cert_load(const unsigned char *der, size_t len);
void cert_free(struct cert *c);			/* NULL is fine */
/* Gives back GnuTLS's parsed form (16 kB), which only verification needs. */
void cert_trim(struct cert *c);
/* Copies of the names' DER; 0 or a GnuTLS code; out->data: gnutls_free. */
int cert_raw_subject(const struct cert *c, gnutls_datum_t *out);
int cert_raw_issuer(const struct cert *c, gnutls_datum_t *out);
/*
 * cert_put_safe - text of somebody else's making, safe to show: bytes that are
 * no UTF-8, control and direction characters become \\XX (RFC 4514 2.4).
 */
void cert_put_safe(struct buf *b, const void *data, size_t len);
/* Is item one of a comma separated list such as .policies? */
bool cert_list_has(const char *list, const char *item);

#endif
