/* SPDX-License-Identifier: MIT */
/* acme - see acme.h. */
#include <config.h>

#include "tests/unit/acme.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

struct party root, inter, leaf, other_root, other_leaf;
char *folder, *root_file, *inter_file;
struct trust *usual;
struct verify_cache *cache;
struct trace *trace;
const struct config_trust no_revocation = { .revocation = REVOCATION_OFF };

static time_t
year_2001(time_t *t)
{
	if (t)
		*t = 1000000000;
	return 1000000000;
}

struct trust *
load_trust(char *anchors, char *intermediates, char *crls, struct buf *messages)
{
	struct config_trust c = {
		.ca_files = &anchors, .ca_count = anchors != NULL,
		.intermediate_files = &intermediates, .intermediate_count = intermediates != NULL,
		.crl_files = &crls, .crl_count = crls != NULL,
	};
	struct buf own = BUF_INIT;
	struct trust *t = trust_load(&c, messages ? messages : &own);

	buf_done(&own);
	return t;
}

int
acme_setup(void **state)
{
	(void)state;
	gnutls_global_set_time_function(year_2001);
	party_make(&root, &(struct wish){ .dn = "O=Acme,CN=Root", .ca = true });
	party_make(&inter, &(struct wish){ .dn = "O=Acme,CN=Issuing", .ca = true, .issuer = &root,
					   .serial = 0x21 });
	party_make(&leaf, &(struct wish){ .dn = "O=Acme,CN=Anna", .issuer = &inter, .serial = 0x31,
					  .aia = "http://ca.acme/issuing.cer" });
	party_make(&other_root, &(struct wish){ .dn = "O=Other,CN=Root", .ca = true });
	party_make(&other_leaf, &(struct wish){ .dn = "O=Other,CN=Eve", .issuer = &other_root });
	folder = folder_make();
	root_file = folder_file(folder, "root.pem");
	inter_file = folder_file(folder, "inter.pem");
	party_save(&root, root_file);
	party_save(&inter, inter_file);
	usual = load_trust(root_file, NULL, NULL, NULL);
	cache = verify_cache_new(0);
	trace = recorder_new();
	return usual && cache && trace ? 0 : -1;
}

int
acme_teardown(void **state)
{
	(void)state;
	recorder_free(trace);
	verify_cache_free(cache);
	trust_unref(usual);
	free(root_file);
	free(inter_file);
	folder_done(folder);
	party_done(&root);
	party_done(&inter);
	party_done(&leaf);
	party_done(&other_root);
	party_done(&other_leaf);
	gnutls_global_set_time_function(time);
	return 0;
}

enum fault
judge_full(const struct trust *t, const struct config_trust *policy, time_t now,
	   struct badge **badge, size_t n, const struct party *const *parties)
{
	gnutls_datum_t raw[32];
	struct badge *b = NULL;
	enum fault f;

	for (size_t i = 0; i < n; i++)
		raw[i] = parties[i]->der;
	recorder_reset(trace);
	f = verify_chain(cache, t, policy, raw, (unsigned int)n, now, trace, &b);
	assert_non_null(b);
	assert_int_equal(recorder_count(trace, "SECURITY_CHAIN_START"), 1);
	assert_int_equal(recorder_count(trace, "SECURITY_CHAIN_END"), 1);
	assert_int_equal(recorder_count(trace, "SECURITY_REVOCATION_START"),
			 recorder_count(trace, "SECURITY_REVOCATION_END"));
	if (badge)
		*badge = b;
	else
		badge_unref(b);
	return f;
}
