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

static struct config *
load_farms(const char *farms)
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
		"</site></sites>%s</configuration>",
		farms);
	fclose(f);
	c = config_from_argv(3, argv, &action);
	unlink(file);
	rmdir(folder);
	assert_non_null(c);
	return c;
}

/* A farm with that protocol element. */
static struct config *
load(const char *protocol)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "<webFarms><webFarm name='f'><server address='127.0.0.1'/>"
		 "<applicationRequestRouting>%s</applicationRequestRouting></webFarm></webFarms>",
		 protocol);
	return load_farms(text);
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

/* Each attribute and element that the schema of ARR and of web farms has, with its default. */
static void
whole_farms_of_arr_can_be_pasted_in(void **state)
{
	struct config *c = load_farms(
		"<webFarms onDemandHealthCheck='false'><applicationRequestRouting>"
		"<hostAffinityProviderList><add name='Microsoft.Web.Arr.HostNameMemory'/>"
		"</hostAffinityProviderList></applicationRequestRouting>"
		"<webFarm name='f' enabled='true' serverAutoStart='true' autoEnableAgent='true' "
		"passConnectionCloseHeader='false' passServerHeader='Replace' adminUserName='a' "
		"adminPassword='[enc:AesProvider::enc]' minimumServers='0' agentUrl='' "
		"restartServerOnConfigurationChange='true' restartServerIfReady='true' "
		"primaryServer='' loadBalancerProvider='Arr' periodicRuntimeData='00:00:01' "
		"enableRuntimeData='true' maximumStoppedServers='1' agentRetryTime='00:05:00' "
		"frontEndUrl=''><platformProvision/><applicationProvision/>"
		"<customProviderSettings/><runProviders/><autoRepair/><defaultProxy/>"
		"<server address='127.0.0.1' enabled='true'><applicationRequestRouting "
		"hostName='app.example' weight='100' httpPort='8080' httpsPort='443' "
		"healthCheckAlternateHostName='a' healthCheckAlternatePort='0'/></server>"
		"<applicationRequestRouting>"
		"<protocol httpVersion='PassThrough' keepAlive='true' timeout='00:00:30' "
		"preserveHostHeader='true' alternateHostName='' "
		"reverseRewriteHostInResponseHeaders='false' "
		"xForwardedByHeaderName='X-Forwarded-By' xForwardedByHeader='' "
		"xForwardedForHeaderName='X-Forwarded-For' includePortInXForwardedFor='true' "
		"arrResponseHeader='true' sslHeaderName='X-ARR-SSL' "
		"clientCertHeaderName='X-ARR-ClientCert' "
		"logGuidName='X-ARR-LOG-ID' "
		"logCacheHitName='X-ARR-CACHE-HIT' maxForwards='10' minResponseBuffer='256' "
		"responseBufferLimit='4096' maxResponseHeaderSize='65536' "
		"proxy='' proxyBypass='' "
		"stealthMode='false' clientCertFileName='' clientCertPassword='' "
		"clientCertHash='' bufferChunkedResponses='true'>"
		"<cache enabled='true' validationInterval='00:01:00'/>"
		"</protocol>"
		"<healthCheck url='' retries='3' interval='00:00:30' timeout='00:00:30' "
		"statusCodeMatch='200-399' responseMatch='' liveTrafficFailureCodes='500-' "
		"maxLiveTrafficFailures='10' liveTrafficFailurePeriod='00:00:00' minServers='0'/>"
		"<affinity useCookie='false' cookieName='ARRAffinity' useHostName='false' "
		"hostCountersEnabled='true' useServerProvider='false' timeout='00:20:00' "
		"useExternalCache='false' ignoreSubDomain='false' serverProviderImage='' "
		"ignoreSubDomainClientAffinity='false' ignoreSubDomainFragmentDepth='2' "
		"hostAffinityProvider='Microsoft.Web.Arr.HostNameRoundRobin'><host name='a'/>"
		"</affinity>"
		"<loadBalancing algorithm='WeightedRoundRobin' leastResponseTimePeriod='00:00:05' "
		"hashServerVariable='' queryStringNames='' randomizeLBTies='false'/><publicKeys/>"
		"</applicationRequestRouting></webFarm></webFarms>");
	const struct config_farm *f = &c->farms[0];

	(void)state;
	assert_string_equal(f->servers[0].host_name, "app.example");
	assert_int_equal(f->server_header, SERVER_HEADER_REPLACE);
	assert_int_equal(f->health.max_failures, 0);
	assert_int_equal(f->health.failures[0].to, 999);
	assert_int_equal(f->version, FORWARD_AS_CLIENT);
	assert_true(f->keep_alive && f->preserve_host && !f->reverse_rewrite);
	config_unref(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificate_headers_are_chosen_per_farm),
		cmocka_unit_test(names_that_are_set_are_guarded),
		cmocka_unit_test(whole_farms_of_arr_can_be_pasted_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
