/* SPDX-License-Identifier: MIT */
/*
 * test_badge_rules - what a configuration asks of badges, for a site and its
 * locations.  The mistakes stand in config_mistakes.def.
 */
#include <config.h>

#include "core/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FARM "<webFarms><webFarm name='f'><server address='127.0.0.1'/></webFarm></webFarms>"

/* The file itself stands for the file with the roots: it is not read here. */
static struct config *
load(const char *sites, const char *rest)
{
	char folder[] = P_tmpdir "/frebproxy-rules-XXXXXX", file[sizeof(folder) + 8];
	char name[] = "frebproxy", flag[] = "-f", *argv[] = { name, flag, file, NULL };
	enum config_action action;
	struct config *c;
	FILE *f;

	assert_non_null(mkdtemp(folder));
	setenv("HOME", folder, 1);
	snprintf(file, sizeof(file), "%s/t.xml", folder);
	f = fopen(file, "w");
	assert_non_null(f);
	fprintf(f, "<configuration><sites>%s</sites>%s</configuration>", sites, rest);
	fclose(f);
	c = config_from_argv(3, argv, &action);
	unlink(file);
	rmdir(folder);
	return c;
}

/* A site with rules, a location with one more, one without certificates, one that says nothing. */
static void
a_location_has_the_rules_on_badges_of_its_site(void **state)
{
	struct config *c = load(
		"<site name='s'><bindings><binding port='1'/></bindings>"
		"<access sslFlags='Ssl,SslNegotiateCert,SslRequireCert' requireToken='e2' "
		"maxSignatureAge='1h' allowedPolicies='1.2.3 ; 1.2.4;'/>"
		"<location path='/vault'><access sslFlags='Ssl,SslNegotiateCert,SslRequireCert' "
		"requirePinBacked='true' maxSignatureAge='60s' deniedIssuers='O=A\\; B, CN=C;"
		"AA00000000000000000000000000000000000000000000000000000000000000'/></location>"
		"<location path='/open'><access sslFlags='Ssl'/></location></site>",
		"<clientCertificates caFile='t.xml' identityOrder='SID, dn'/>" FARM);
	const struct config_access *vault, *open;

	(void)state;
	assert_non_null(c);
	vault = config_access_for(&c->sites[0], "/vault", 6, NULL);
	open = config_access_for(&c->sites[0], "/open", 5, NULL);
	assert_int_equal(c->sites[0].access.require_grade, 2);
	assert_int_equal(c->sites[0].access.allowed_policies.count, 2);
	assert_string_equal(c->sites[0].access.allowed_policies.items[1], "1.2.4");
	assert_string_equal(c->sites[0].access.token_text,
			    "E2, signature of the last 3600 s, policies");
	assert_int_equal(vault->require_grade, 2);
	assert_true(vault->require_pin);
	assert_int_equal(vault->max_signature_age, 60);
	assert_int_equal(vault->allowed_policies.count, 2);
	assert_int_equal(vault->denied_issuers.count, 2);
	assert_string_equal(vault->denied_issuers.items[0], "O=A\\; B, CN=C");
	assert_int_equal(strncmp(vault->denied_issuers.items[1], "aa00", 4), 0);
	assert_int_equal(open->require_grade, 0);
	assert_string_equal(open->token_text, "");
	assert_int_equal(c->sites[0].max_signature_age, 60);
	assert_non_null(strstr(c->sites[0].token_required, "; /vault: E2, PIN-backed, "));
	assert_int_equal(c->identity_order_count, 2);
	assert_int_equal(c->identity_order[0], IDENTITY_SID);
	config_unref(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_location_has_the_rules_on_badges_of_its_site),
	};

	return cmocka_run_group_tests_name("badge_rules", tests, NULL, NULL);
}
