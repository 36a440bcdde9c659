/* SPDX-License-Identifier: MIT */
/*
 * acme - a company with a root, an issuing CA and Anna's badge, a stranger
 * beside it, a cache and a recorder: what the tests of core/chain start from.
 * GnuTLS's clock is set to 2001: dates are judged by us, not by it.
 */
#ifndef TESTS_UNIT_ACME_H
#define TESTS_UNIT_ACME_H

#include "tests/unit/pki.h"

extern struct party root, inter, leaf, other_root, other_leaf;
extern char *folder, *root_file, *inter_file;
extern struct trust *usual;		/* root as anchor, nothing else */
extern struct verify_cache *cache;	/* used by judge_full */
extern struct trace *trace;		/* what judge_full wrote last */
extern const struct config_trust no_revocation;

int acme_setup(void **state);
int acme_teardown(void **state);

/* Trust in one file each; NULL = none. */
struct trust *load_trust(char *anchors, char *intermediates, char *crls, struct buf *messages);
/* The verdict over parties, leaf first; checks that frames in the trace are whole.
 * @badge  out: reference; NULL = not wanted. */
enum fault judge_full(const struct trust *t, const struct config_trust *policy, time_t now,
		      struct badge **badge, size_t n, const struct party *const *parties);

#define CHAIN(...) (sizeof((const struct party *const[]){ __VA_ARGS__ }) / sizeof(void *)), \
	(const struct party *const[]){ __VA_ARGS__ }
#define JUDGE(t, ...) judge_full(t, &no_revocation, PKI_NOW, NULL, CHAIN(__VA_ARGS__))
#define assert_told(text) \
	do { \
		if (!strstr(recorder_text(trace), text)) \
			fail_msg("no \"%s\" in:\n%s", text, recorder_text(trace)); \
	} while (0)

#endif
