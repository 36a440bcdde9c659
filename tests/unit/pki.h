/* SPDX-License-Identifier: MIT */
/*
 * pki - a small certificate authority in memory, a writer of CRLs, and a
 * recorder that stands in for libtrace, for the tests of core/chain and
 * core/token.  Every mistake a CA can make can be asked for.
 */
#ifndef TESTS_UNIT_PKI_H
#define TESTS_UNIT_PKI_H

#include "core/chain/verify.h"
#include "trace/buf.h"

#include <gnutls/abstract.h>

#define PKI_NOW ((time_t)1795471200)	/* 2026-11-23T22:00:00Z */
#define PKI_DAY ((time_t)86400)

struct party {		/* a key and its certificate */
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	gnutls_datum_t der;	/* gnutls_free */
	unsigned char key_id[20];
};

struct wish {		/* what a certificate shall be; 0 = the usual */
	const char *dn;			/* RFC 4514 */
	const struct party *issuer;	/* NULL = self-signed */
	const struct party *key_of;	/* reuse that key; NULL = a new one */
	bool ca;
	int path_length;		/* of a CA; 0 = no limit, -1 = 0 */
	time_t from, to;		/* PKI_NOW - 1 day, PKI_NOW + 365 days */
	unsigned int serial;		/* 0 = counted */
	unsigned int key_usage;		/* GNUTLS_KEY_*; 0 = by role */
	const char *purpose;		/* OID; NULL = clientAuth for a leaf */
	const char *policies[4];	/* OIDs */
	const char *upn, *email, *aia, *crl_url;
	const char *critical;		/* OID of a critical extension nobody knows */
	const char *extension;		/* OID of a harmless extension, not critical */
	const char *extras[6][2];	/* OIDs of further extensions, and their values in hex */
	const char *uri;		/* an alternative name */
	const char *other[2];		/* OID of an otherName, and its value in hex */
	bool no_key_ids;
	bool sha1;			/* signed with SHA-1 */
};

void party_make(struct party *p, const struct wish *w);
void party_done(struct party *p);
/* The certificate of p as PEM, appended to path. */
void party_save(const struct party *p, const char *path);

struct crl_wish {
	const struct party *issuer;	/* name */
	const struct party *signer;	/* NULL = issuer */
	const char *serials;		/* hexadecimal, two digits each: "0102" lists 01 and 02 */
	unsigned int times;		/* that they are listed; 0 = once */
	int reason;			/* of all entries; 0 = none */
	time_t from, to;		/* PKI_NOW - 1 day, PKI_NOW + 1 day; to -1 = none */
	const char *scope;		/* hex of an issuingDistributionPoint; NULL = none */
	bool delta;
};

gnutls_datum_t crl_make(const struct crl_wish *w);	/* DER; gnutls_free */
/* Appends to path: PEM, or DER if der. */
void crl_save(const struct crl_wish *w, const char *path, bool der);

/* A trace whose events are lines "NAME level=4 Field=value|..."; ElapsedUs is left out. */
struct trace *recorder_new(void);
const char *recorder_text(const struct trace *t);
void recorder_reset(struct trace *t);
void recorder_free(struct trace *t);
size_t recorder_count(const struct trace *t, const char *text);	/* occurrences of text */

char *folder_make(void);		/* temporary; folder_done removes it and its files */
char *folder_file(const char *folder, const char *name);	/* free() */
void folder_done(char *folder);

#endif
