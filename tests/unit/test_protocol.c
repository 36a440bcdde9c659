/* SPDX-License-Identifier: MIT */
/*
 * test_protocol - a farm's protocol element: what its servers are told, and how.
 * The mistakes stand in config_mistakes.def.
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

/* A farm with that protocol element. */
static struct config *
load(const char *protocol)
{
	char folder[] = P_tmpdir "/frebproxy-protocol-XXXXXX", file[sizeof(folder) + 8];
	char name[] = "frebproxy", flag[] = "-f", *argv[] = { name, flag, file, NULL };
	enum config_action action;
	struct config *c;
	FILE *f;

	assert_non_null(mkdtemp(folder));
	setenv("HOME", folder, 1);
	snprintf(file, sizeof(file), "%s/t.xml", folder);
	f = fopen(file, "w");
	assert_non_null(f);
	fprintf(f,
		"<configuration><sites><site name='s'><bindings><binding port='1'/></bindings>"
		"</site></sites><webFarms><webFarm name='f'><server address='127.0.0.1'/>"
		"<applicationRequestRouting>%s</applicationRequestRouting></webFarm></webFarms>"
		"</configuration>",
		protocol);
	fclose(f);
	c = config_from_argv(3, argv, &action);
	unlink(file);
	rmdir(folder);
	assert_non_null(c);
	return c;
}

static void
certificate_headers_are_chosen_per_farm(void **state)
{
	struct config *c = load("<protocol clientCertHeaderName='' sslHeaderName='X-Tls'>"
				"<clientCertificateHeaders><add format='RFC9440'/>"
				"<add format='alb'/>"
				"<add format='xfcc' parts='hash,uri' name='X-F'/>"
				"</clientCertificateHeaders></protocol>");
	const struct config_farm *f = &c->farms[0];

	(void)state;
	assert_int_equal(f->cert_header_count, 7);
	assert_string_equal(f->cert_headers[0].name, "Client-Cert");
	assert_int_equal(f->cert_headers[5].format, CERT_FORMAT_ALB_LEAF);
	assert_string_equal(f->cert_headers[6].name, "X-F");
	assert_int_equal(f->cert_headers[6].parts, XFCC_HASH | XFCC_URI);
	assert_string_equal(f->ssl_header, "X-Tls");
	assert_string_equal(f->xff_header, "X-Forwarded-For");
	config_unref(c);
}

/* X-Forwarded-For is a list that clients' proxies begin, so it is not among them. */
static void
names_that_are_set_are_guarded(void **state)
{
	struct config *c = load("<protocol clientCertHeaderName='X_Badge' logGuidName=''/>");

	(void)state;
	assert_int_equal(c->guarded.count, 2);
	assert_string_equal(c->guarded.names[0].fold, "x-arr-ssl");
	assert_string_equal(c->guarded.names[1].fold, "x-badge");
	config_unref(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificate_headers_are_chosen_per_farm),
		cmocka_unit_test(names_that_are_set_are_guarded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
