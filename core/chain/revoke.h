/* SPDX-License-Identifier: MIT */
/*
 * revoke - the CRLs of the configuration as a table of our own, and what they
 * say about one certificate.
 *
 * GnuTLS uses an expired CRL as if it were fresh, says nothing where one is
 * missing and searches serials one by one (STACK 2.3); so lists are kept by
 * issuer name with a hash of serials, their signature is checked against the
 * issuer of the path, and age is told.  Immutable after loading; thread-safe.
 * Source: RFC 5280 5, 6.3.
 */
#ifndef CORE_CHAIN_REVOKE_H
#define CORE_CHAIN_REVOKE_H

#include "core/chain/cert.h"
#include "core/config.h"
#include "trace/buf.h"

#define REVOKE_SOURCES_MAX 8
#define CRL_FILE_MAX ((size_t)64 << 20)

struct crl_index;	/* entries and signature of a list; revoke.c */
struct crl_table;

struct crl {		/* one list */
	char *file;		/* where it was read */
	char *issuer;		/* as text */
	gnutls_datum_t issuer_der;	/* gnutls_free */
	time_t this_update, next_update;	/* next_update (time_t)-1 = not said */
	char this_update_text[32], next_update_text[32];
	size_t entries;		/* certificates it lists */
	bool partial;		/* a delta, or a critical extension we do not know: proves
				 * revocation, never the opposite */
	bool indirect;		/* may list certificates of other issuers: proves nothing */
	bool users_only, authorities_only;	/* issuingDistributionPoint */
	struct crl_index *index;
};

enum revoke_method { REVOKE_CRL_FILE, REVOKE_CRL_URL, REVOKE_OCSP };

struct revoke_source {	/* a list or responder that was asked about one certificate */
	enum revoke_method method;
	const char *where;	/* address; NULL = the file of .crl */
	const struct crl *crl;	/* borrowed from the table; NULL = OCSP, or nothing came */
	uint32_t error;		/* Windows code of why nothing came; 0 */
	uint64_t elapsed_ms;	/* of asking; 0 for files */
	time_t this_update, next_update;	/* OCSP; lists have their own */
	bool good;		/* OCSP: it says so */
	bool signed_by_issuer;	/* else it counts for nothing */
	bool listed;		/* the serial is in it */
	char date[32];		/* revocation date; "" = not listed */
	const char *reason;	/* "keyCompromise"; "" = not said */
};

struct revoke_answer {	/* holds as long as the table it came from */
	struct revoke_source sources[REVOKE_SOURCES_MAX];
	size_t count;
};

enum revoke_result { REVOKE_GOOD, REVOKE_REVOKED, REVOKE_UNKNOWN, REVOKE_SKIPPED };

/*
 * crl_table_load - reads PEM (several per file) or DER.
 * @directory  each list in it is read too (crl_files.h); NULL = none.
 * @messages  a line per error or warning, as trust_load has them.
 * @failed    set to true if a file could not be used.
 * Returns a table (crl_table_free), NULL without memory.
 */
struct crl_table *crl_table_load(char *const *files, size_t count, const char *directory,
				 struct buf *messages, bool *failed);
/*
 * crl_table_from - one list, PEM or DER, from memory; name: where it is from.
 * It can be asked after crl_table_index only: first its signature.  NULL = it is none.
 */
struct crl_table *crl_table_from(const void *data, size_t len, const char *name);
bool crl_table_index(struct crl_table *t);		/* false = no memory */
void crl_table_free(struct crl_table *t);		/* NULL is fine */
size_t crl_table_count(const struct crl_table *t);	/* 0 for NULL */
const struct crl *crl_table_at(const struct crl_table *t, size_t i);

/* Did issuer sign it (and may it)?  Remembers the last key that did. */
bool crl_is_signed_by(const struct crl *c, const struct cert *issuer);
bool crl_is_fresh(const struct crl *c, time_t now);
/*
 * revoke_ask - what the lists say about cert, whose issuer is known.
 * Dates are not looked at: revoke_judge does, each time anew.
 */
void revoke_ask(const struct crl_table *t, const struct cert *cert, const struct cert *issuer,
		struct revoke_answer *out);
/*
 * revoke_judge - the answer at a moment under a policy.
 * @decisive  out: the list that decided, NULL = none.
 */
enum revoke_result revoke_judge(const struct revoke_answer *a, const struct config_trust *policy,
				time_t now, const struct revoke_source **decisive);
bool revoke_source_is_fresh(const struct revoke_source *s, time_t now);
const char *revoke_result_text(enum revoke_result r);	/* "good" */

#endif
