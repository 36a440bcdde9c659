/* SPDX-License-Identifier: MIT */
/*
 * test_config - frebproxy.xml and the command line as a whole: what becomes of
 * the settings, and that each mistake is named with its place.
 */
#include <config.h>

#include "core/config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FARM "<webFarms><webFarm name='f'><server address='127.0.0.1'/></webFarm></webFarms>"
#define BIND "<bindings><binding bindingInformation='127.0.0.1:0:'/></bindings>"
#define SITE "<site name='s' id='1'>" BIND "</site>"

static char folder[] = P_tmpdir "/frebproxy-config-XXXXXX";
static char messages[65536];	/* what the last call wrote to stderr */
static enum config_action action;

static const char *
in_folder(const char *name)
{
	static char path[16][256];
	static unsigned int next;
	char *out = path[next++ % 16];

	snprintf(out, sizeof(path[0]), "%s/%s", folder, name);
	return out;
}

static void
write_file(const char *name, const char *text, size_t len)
{
	FILE *f = fopen(in_folder(name), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* Runs config_from_argv with stderr and stdout caught in messages. */
static struct config *
load_flags(const char *const *flags)
{
	char *argv[32] = { strdup("frebproxy") };
	int argc = 1, out, err, fd = open(in_folder("messages"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct config *c;
	ssize_t n;

	while (flags[argc - 1]) {
		argv[argc] = strdup(flags[argc - 1]);
		argc++;
	}
	fflush(stdout);
	fflush(stderr);
	out = dup(1);
	err = dup(2);
	dup2(fd, 1);
	dup2(fd, 2);
	c = config_from_argv(argc, argv, &action);
	fflush(stdout);
	fflush(stderr);
	dup2(out, 1);
	dup2(err, 2);
	n = pread(fd, messages, sizeof(messages) - 1, 0);
	messages[n < 0 ? 0 : n] = '\0';
	close(out);
	close(err);
	close(fd);
	while (argc)
		free(argv[--argc]);
	return c;
}

static struct config *
load_bytes(const char *xml, size_t len)
{
	const char *flags[] = { "-f", in_folder("t.xml"), NULL };

	write_file("t.xml", xml, len);
	return load_flags(flags);
}

static struct config *
load_xml(const char *xml)
{
	return load_bytes(xml, strlen(xml));
}

/* What the elements of a whole document become. */
static struct config *
load_parts(const char *sites, const char *rest)
{
	char xml[16384];

	snprintf(xml, sizeof(xml), "<configuration><sites>%s</sites>%s</configuration>", sites,
		 rest);
	return load_xml(xml);
}

#define FLAGS(...) load_flags((const char *const[]){ __VA_ARGS__, NULL })

static void
assert_said(const char *text)
{
	if (!strstr(messages, text))
		fail_msg("expected: %s\nmessages: %s", text, messages);
}

/* ---- flags ---- */

static void
a_farm_is_all_that_flags_must_name(void **state)
{
	struct config *c = FLAGS("--farm", "127.0.0.1:9001,[::1]:9002");

	(void)state;
	assert_non_null(c);
	assert_int_equal(action, CONFIG_RUN);
	assert_int_equal(c->site_count, 1);
	assert_int_equal(c->sites[0].id, 1);
	assert_int_equal(c->binding_count, 1);
	assert_true(c->bindings[0].tls);
	assert_string_equal(c->bindings[0].address.text, "0.0.0.0:8443");
	assert_ptr_equal(c->bindings[0].site, &c->sites[0]);
	assert_null(c->bindings[0].cert.certificate);
	assert_int_equal(c->farms[0].server_count, 2);
	assert_string_equal(c->farms[0].servers[0].address.text, "127.0.0.1:9001");
	assert_string_equal(c->farms[0].servers[1].address.text, "[::1]:9002");
	assert_int_equal(c->sites[0].access.ssl_flags, 0);
	assert_true(c->sites[0].trace_enabled);
	assert_int_equal(c->sites[0].rules[0].statuses[0].from, 400);
	assert_int_equal(c->sites[0].rules[0].statuses[0].to, 599);
	assert_int_equal(c->sites[0].trace_directory[0], '/');
	assert_string_equal(c->source, "(flags)");
	config_unref(c);
}

static void
a_client_ca_makes_certificates_required(void **state)
{
	struct config *c = FLAGS("--farm=127.0.0.1:1", "--client-ca", in_folder("ca.pem"),
				 "--client-ca", in_folder("other.pem"),
				 "--crl", in_folder("a.crl"));

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->sites[0].access.ssl_flags, 7);
	assert_int_equal(c->trust.ca_count, 2);
	assert_string_equal(c->trust.ca_files[1], in_folder("other.pem"));
	assert_int_equal(c->trust.revocation, REVOCATION_SOFT);
	config_unref(c);
}

static void
every_flag_reaches_its_setting(void **state)
{
	struct config *c = FLAGS("--farm=127.0.0.1:1", "--listen=127.0.0.1:0,127.0.0.2:0",
				 "--listen-http", "127.0.0.1:0", "--cert", in_folder("ca.pem"),
				 "--client-cert=accept", "--client-ca", in_folder("ca.pem"),
				 "--trace=all", "--trace-dir", in_folder("traces"),
				 "--max-log-files=7", "--tickets=off", "--token-lookup=off",
				 "--workers=3", "--state-dir", in_folder("state"),
				 "--self-signed=a.example", "--ready-file", in_folder("ready"),
				 "--preserve-host=off", "--revocation=soft", "--check");

	(void)state;
	assert_non_null(c);
	assert_int_equal(action, CONFIG_CHECK);
	assert_int_equal(c->binding_count, 3);
	assert_string_equal(c->bindings[1].cert.certificate, in_folder("ca.pem"));
	assert_false(c->bindings[2].tls);
	assert_null(c->bindings[2].cert.certificate);
	assert_int_equal(c->sites[0].access.ssl_flags, SSL_FLAG_NEGOTIATE_CERT);
	assert_int_equal(c->sites[0].rules[0].statuses[0].from, 100);
	assert_string_equal(c->sites[0].trace_directory, in_folder("traces"));
	assert_int_equal(c->sites[0].max_log_files, 7);
	assert_false(c->tickets);
	assert_false(c->token_lookup);
	assert_int_equal(c->workers, 3);
	assert_string_equal(c->state_dir, in_folder("state"));
	assert_string_equal(c->self_signed_name, "a.example");
	assert_string_equal(c->ready_file, in_folder("ready"));
	assert_false(c->farms[0].preserve_host);
	assert_int_equal(c->trust.revocation, REVOCATION_SOFT);
	config_unref(c);
}

static void
wrong_flags_are_all_named(void **state)
{
	(void)state;
	assert_null(FLAGS("--workers=many", "--listen=1.2.3.4", "--client-ca=absent.pem",
			  "--client-cert=perhaps", "--trace=x", "--max-log-files", "0"));
	assert_int_equal(action, CONFIG_RUN);
	assert_said("--farm: it is missing; allowed: --farm HOST:PORT");
	assert_said("--workers: \"many\" is not a whole number");
	assert_said("--listen: \"1.2.3.4\" is not ip:port:host");
	assert_said("absent.pem\": No such file");
	assert_said("--client-cert: the value is unknown; allowed: ignore, accept, require");
	assert_said("--trace: the value is unknown; allowed: off, failed, all");
	assert_said("--max-log-files: \"0\" is not");
	assert_said("frebproxy: 7 errors");
	assert_null(FLAGS("--bogus", "x", "--check=1", "--farm"));
	assert_said("\"--bogus\" is unknown");
	assert_said("\"x\" is unknown");
	assert_said("--check: it takes no value");
	assert_said("--farm: the value is missing; allowed: --farm HOST:PORT");
	assert_null(FLAGS("--farm=127.0.0.1:1\xff"));
	assert_said("--farm: the value is not UTF-8");
}

static void
help_and_version_end_without_a_configuration(void **state)
{
	(void)state;
	assert_null(FLAGS("--help"));
	assert_int_equal(action, CONFIG_EXIT);
	assert_said("--client-cert ignore|accept|require");
	assert_null(FLAGS("--version"));
	assert_int_equal(action, CONFIG_EXIT);
	assert_said("frebproxy ");
}

static void
flags_override_a_file_where_it_makes_sense(void **state)
{
	const char *file = in_folder("o.xml");
	static const char xml[] = "<configuration><process workers='1'/><sites>" SITE
				  "</sites>" FARM "</configuration>";
	struct config *c;

	(void)state;
	write_file("o.xml", xml, sizeof(xml) - 1);
	c = FLAGS("--config", file, "--workers", "9", "--trace-dir", in_folder("elsewhere"));
	assert_non_null(c);
	assert_int_equal(c->workers, 9);
	assert_string_equal(c->sites[0].trace_directory, in_folder("elsewhere"));
	config_unref(c);
	assert_null(FLAGS("--config", file, "--farm", "127.0.0.1:1"));
	assert_said("--farm: not together with --config; "
		    "allowed: webFarms/webFarm/server/@address");
}

/* ---- the file ---- */

static void
sections_of_iis_and_arr_can_be_pasted_in(void **state)
{
	struct config *c = load_parts(
		"<siteDefaults><traceFailedRequestsLogging enabled='true' directory='traces' "
		"maxLogFiles='9'/><limits connectionTimeout='00:01:00'/></siteDefaults>"
		"<site name='Default Web Site' id='3' serverAutoStart='true'>"
		"<application path='/'/><bindings>"
		"<binding protocol='http' bindingInformation='*:0:www.example.org'/>"
		"<binding protocol='https' bindingInformation='*:0:' sslFlags='0'/></bindings>"
		"</site>",
		"<location path='Default Web Site'><system.webServer><security>"
		"<access sslFlags='Ssl, SslNegotiateCert'/></security><tracing>"
		"<traceFailedRequests><add path='*.aspx'><traceAreas>"
		"<add provider='ASPNET' areas='Infrastructure,Page' verbosity='Verbose'/>"
		"<add provider='WWW Server' areas='Authentication,Filter,StaticFile,RequestRouting'"
		" verbosity='Warning'/></traceAreas><failureDefinitions statusCodes='404.2,500-999'"
		" timeTaken='00:00:10' verbosity='Error'/></add></traceFailedRequests></tracing>"
		"</system.webServer></location>"
		"<webFarms><webFarm name='farm' enabled='true'><server address='127.0.0.1'>"
		"<applicationRequestRouting httpPort='8080' weight='50'/></server>"
		"<applicationRequestRouting><loadBalancing algorithm='LeastRequests'/>"
		"<protocol timeout='00:00:45' reverseRewriteHostInResponseHeaders='true'><cache/>"
		"</protocol><affinity useCookie='true'/>"
		"<healthCheck url='http://www.example.org/alive?x=1' interval='00:00:05' "
		"responseMatch='ok' statusCodeMatch='200-299' minServers='1'/>"
		"</applicationRequestRouting></webFarm>"
		"</webFarms>");
	const struct config_trace_rule *rule;

	(void)state;
	assert_non_null(c);
	assert_said("serverAutoStart: warning: known to IIS");
	assert_int_equal(c->farms[0].balance, BALANCE_LEAST_REQUESTS);
	assert_true(c->farms[0].affinity.use_cookie);
	assert_string_equal(c->farms[0].affinity.cookie, "ARRAffinity");
	assert_string_equal(c->farms[0].health.host, "www.example.org");
	assert_string_equal(c->farms[0].health.path, "/alive?x=1");
	assert_int_equal(c->farms[0].health.interval, 5);
	assert_int_equal(c->farms[0].health.timeout, 30);
	assert_int_equal(c->farms[0].health.statuses[0].to, 299);
	assert_string_equal(c->farms[0].health.match, "ok");
	assert_int_equal(c->farms[0].health.min_servers, 1);
	assert_int_equal(c->sites[0].id, 3);
	assert_string_equal(c->bindings[0].host, "www.example.org");
	assert_string_equal(c->sites[0].trace_directory, in_folder("traces"));
	assert_int_equal(c->sites[0].max_log_files, 9);
	assert_int_equal(c->sites[0].limits.idle_timeout, 60);
	assert_int_equal(c->sites[0].access.ssl_flags, 3);
	assert_int_equal(c->farms[0].servers[0].weight, 50);
	assert_int_equal(c->farms[0].timeout, 45);
	rule = &c->sites[0].rules[0];
	assert_string_equal(rule->path, "*.aspx");
	assert_int_equal(rule->verbosity, 3);
	assert_int_equal(rule->iis_areas, 0x802);
	assert_int_equal(rule->own_areas, ~0u);
	assert_int_equal(rule->status_count, 2);
	assert_int_equal(rule->time_taken_ms, 10000);
	assert_int_equal(rule->fail_verbosity, 2);
	config_unref(c);
}

static void
defaults_are_those_of_the_table(void **state)
{
	struct config *c = load_parts(SITE, FARM);

	(void)state;
	assert_non_null(c);
	assert_string_equal(messages, "");
	assert_int_equal(c->sites[0].limits.head.line, 8192);
	assert_int_equal(c->sites[0].limits.head.fields, 100);
	assert_int_equal(c->sites[0].limits.person_timeout, 120);
	assert_int_equal(c->sites[0].max_log_files, 50);
	assert_int_equal(c->farms[0].timeout, 30);
	assert_int_equal(c->farms[0].connect_timeout, 5);
	assert_true(c->farms[0].xff_port && c->farms[0].response_header);
	assert_true(c->farms[0].preserve_host);
	assert_int_equal(c->farms[0].cert_header_count, 1);
	assert_string_equal(c->farms[0].cert_headers[0].name, "X-ARR-ClientCert");
	assert_int_equal(c->farms[0].servers[0].weight, 100);
	assert_true(c->tickets && c->token_lookup);
	assert_false(c->overload_drop || c->trace_secrets);
	assert_ptr_equal(c->sites[0].farm, &c->farms[0]);
	config_unref(c);
}

static void
each_mistake_is_named_with_its_line(void **state)
{
	(void)state;
	assert_null(load_xml("<configuration>\n<process workers='x'\n  tickets='y'\n"
			     "  colour='z'/>\n<sites><site\n  name='s'>\n  hello\n" BIND
			     "<access/>\n<access/></site></sites>\n<bogus/>" FARM
			     "</configuration>\n"));
	assert_said("t.xml:2: process/@workers: \"x\" is not a whole number in range; "
		    "allowed: a whole number, 0 to 1024\n");
	assert_said("t.xml:3: process/@tickets: \"y\" is not true or false; "
		    "allowed: true, false\n");
	assert_said("t.xml:4: process/@colour: unknown attribute; allowed: workers, ");
	assert_said("t.xml:7: sites/site: text \"hello");
	assert_said("t.xml:9: sites/site/access: given twice; allowed: one in site\n");
	assert_said("t.xml:10: bogus: unknown element; allowed in configuration: process, ");
	assert_said("frebproxy: 6 errors in the configuration\n");
}

struct mistake {
	const char *sites, *rest, *said;
};

static void
contradictions_are_refused(void **state)
{
	static const struct mistake mistakes[] = {
#define MISTAKE(sites, rest, said) { sites, rest, said },
#include "tests/unit/config_mistakes.def"
#undef MISTAKE
	};

	(void)state;
	for (size_t i = 0; i < COUNT(mistakes); i++) {
		struct config *c = load_parts(mistakes[i].sites, mistakes[i].rest);

		if (c)
			fail_msg("accepted: %s %s", mistakes[i].sites, mistakes[i].rest);
		assert_said(mistakes[i].said);
	}
}

static void
what_is_no_configuration_is_refused(void **state)
{
	static char large[(4 << 20) + 1];

	(void)state;
	assert_null(load_xml(""));
	assert_said("not well-formed");
	assert_null(load_xml("<configuration>\n<sites></configuration>"));
	assert_said("t.xml:2: the XML is not well-formed");
	assert_null(load_xml("<web/>"));
	assert_said("t.xml:1: web: unknown root element; allowed: configuration\n");
	assert_null(load_xml("<!DOCTYPE c [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"
			     "<configuration>&e;</configuration>"));
	assert_said("a document type is not allowed");
	assert_said("frebproxy: 1 error in");
	memset(large, ' ', sizeof(large));
	assert_null(load_bytes(large, sizeof(large)));
	assert_said("larger than 4194304 bytes");
	assert_null(FLAGS("-f", folder));
	assert_said("Is a directory");
	assert_null(FLAGS("-f", "absent.xml"));
	assert_said("absent.xml: No such file");
}

static void
a_reload_reads_the_file_again_with_the_same_flags(void **state)
{
	static const char good[] = "<configuration><process workers='2'/><sites>" SITE
				   "</sites>" FARM "</configuration>";
	struct config *old, *new;
	char *errors = NULL;

	(void)state;
	write_file("r.xml", good, sizeof(good) - 1);
	old = FLAGS("--config", in_folder("r.xml"), "--tickets", "off");
	assert_non_null(old);
	new = config_reload(old, &errors);
	assert_non_null(new);
	assert_null(errors);
	assert_false(new->tickets);
	config_unref(new);
	write_file("r.xml", "<configuration/>", 16);
	assert_null(config_reload(old, &errors));
	assert_non_null(errors);
	assert_non_null(strstr(errors, "r.xml:1: configuration: 0 sites"));
	assert_int_equal(old->workers, 2);
	free(errors);
	config_unref(config_ref(old));
	config_unref(old);
}

static void
a_summary_counts_what_was_loaded(void **state)
{
	struct config *c = FLAGS("--farm", "127.0.0.1:1,127.0.0.1:2");
	char *text;

	(void)state;
	assert_non_null(c);
	text = config_summary(c);
	assert_string_equal(text, "configuration ok: 1 site, 1 binding, 1 web farm with 2 servers, "
				  "1 trace rule, 0 files of trusted roots\n");
	free(text);
	config_unref(c);
	config_unref(NULL);
}

static int
set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	write_file("ca.pem", "", 0);
	write_file("other.pem", "", 0);
	write_file("a.crl", "", 0);
	return 0;
}

static int
tear_down(void **state)
{
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		execlp("rm", "rm", "-rf", folder, (char *)NULL);
		_exit(1);
	}
	return pid < 0 || waitpid(pid, NULL, 0) != pid ? -1 : 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_farm_is_all_that_flags_must_name),
		cmocka_unit_test(a_client_ca_makes_certificates_required),
		cmocka_unit_test(every_flag_reaches_its_setting),
		cmocka_unit_test(wrong_flags_are_all_named),
		cmocka_unit_test(help_and_version_end_without_a_configuration),
		cmocka_unit_test(flags_override_a_file_where_it_makes_sense),
		cmocka_unit_test(sections_of_iis_and_arr_can_be_pasted_in),
		cmocka_unit_test(defaults_are_those_of_the_table),
		cmocka_unit_test(each_mistake_is_named_with_its_line),
		cmocka_unit_test(contradictions_are_refused),
		cmocka_unit_test(what_is_no_configuration_is_refused),
		cmocka_unit_test(a_reload_reads_the_file_again_with_the_same_flags),
		cmocka_unit_test(a_summary_counts_what_was_loaded),
	};

	return cmocka_run_group_tests_name("config", tests, set_up, tear_down);
}
