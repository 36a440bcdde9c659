/* SPDX-License-Identifier: MIT */
/*
 * config - the configuration as an immutable, reference-counted snapshot.
 *
 * Read from frebproxy.xml (words of IIS and ARR, config.def has one row per
 * attribute) or made from command-line flags.  Everything is checked at load:
 * config_load reports every error with file, line, element and attribute.
 * A loaded config never changes; workers share it without locks.
 */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include "core/base/arena.h"
#include "core/http/head.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum ssl_flags {	/* access sslFlags, bit set; ARR 2 */
	SSL_FLAG_SSL = 1,		/* Ssl: the http binding answers 403.4 */
	SSL_FLAG_NEGOTIATE_CERT = 2,	/* SslNegotiateCert: accept a client certificate */
	SSL_FLAG_REQUIRE_CERT = 4,	/* SslRequireCert: 403.7 without one */
};

enum identity_kind {	/* how a certificate names its holder */
#define KIND(symbol, word, text) IDENTITY_##symbol,
#include "core/token/kinds.def"
#undef KIND
	IDENTITY_KIND_COUNT
};

enum cert_format {	/* how a header carries the client's certificate */
#define CERT_FORMAT(symbol, group, word, header, encoding) CERT_FORMAT_##symbol,
#include "core/forward/cert_format.def"
#undef CERT_FORMAT
	CERT_FORMAT_COUNT
};

enum xfcc_part {	/* keys of X-Forwarded-Client-Cert, bit set */
	XFCC_HASH = 1, XFCC_CERT = 2, XFCC_CHAIN = 4, XFCC_SUBJECT = 8, XFCC_URI = 16,
	XFCC_DNS = 32,
};

enum fitness {	/* server software whose limits are known */
#define FITNESS(symbol, word, software, server, line, total, when, setting) FITNESS_##symbol,
#include "core/forward/fitness.def"
#undef FITNESS
	FITNESS_COUNT	/* any */
};

enum server_header { SERVER_HEADER_REPLACE, SERVER_HEADER_REMOVE, SERVER_HEADER_PASS };
enum forward_version { FORWARD_HTTP10, FORWARD_HTTP11, FORWARD_AS_CLIENT };

enum server_state {	/* what the operator wants of a farm server; ARR 1.3 */
	SERVER_AVAILABLE,
	SERVER_DRAIN,		/* no new clients; those with affinity stay */
	SERVER_LEAVING,		/* unavailable gracefully: no new requests, running ones end */
	SERVER_UNAVAILABLE,	/* at once: running requests are cut */
};

enum balance {	/* loadBalancing algorithm; RequestHash is three of them.  Rows in route/lb.c. */
	BALANCE_ROUND_ROBIN,	/* WeightedRoundRobin */
	BALANCE_LEAST_REQUESTS,
	BALANCE_LEAST_RESPONSE_TIME,
	BALANCE_TOTAL_TRAFFIC,	/* WeightedTotalTraffic */
	BALANCE_HASH_URL,	/* RequestHash without hashServerVariable */
	BALANCE_HASH_VARIABLE,
	BALANCE_HASH_QUERY,	/* hashServerVariable QUERY_STRING with queryStringNames */
	BALANCE_COUNT
};

enum revocation_mode { REVOCATION_OFF, REVOCATION_SOFT, REVOCATION_HARD };

struct config_address {
	struct sockaddr_storage sa;
	socklen_t len;
	char text[120];		/* "127.0.0.1:443", "[::1]:443", "unix:/run/app.sock" */
};

struct config_network {		/* addresses that begin alike */
	int family;		/* AF_INET, AF_INET6 */
	unsigned char address[16];
	unsigned int bits;	/* that are compared */
};

struct config_certificate {	/* of a binding; NULL file = self-signed */
	char *certificate;	/* path, or pkcs11: URI; PEM, leaf first */
	char *key;		/* path, or pkcs11: URI; NULL = same as certificate */
	char *pin_source;	/* where the PIN is (token/pin.h), or NULL; never the PIN */
	bool allow_final_try;	/* pkcs11/@allowFinalTry: risk the token's last PIN try */
	unsigned int token_timeout;	/* pkcs11/@timeout */
};

struct config_binding {
	bool tls;			/* protocol https */
	struct config_address address;	/* port 0 = the kernel chooses */
	char *host;			/* host name, "" = any */
	struct config_certificate cert;
	struct config_network *proxies;	/* they begin with a PROXY header; nobody else is let in */
	size_t proxy_count;		/* 0 = clients come by themselves */
	struct config_site *site;	/* back pointer */
	unsigned int index;		/* in config.bindings */
};

struct config_list {		/* a list attribute */
	char **items;
	size_t count;
	const char *text;		/* as written; "" or NULL = none */
};

struct config_access {
	unsigned int ssl_flags;		/* enum ssl_flags */
	unsigned int require_grade;	/* 0 = none, 1..3 = E1..E3 */
	bool require_pin;		/* PIN-backed keys only */
	unsigned int max_signature_age;	/* seconds; 0 = no limit */
	size_t read_ahead;		/* bytes of a body kept while a certificate is asked for */
	struct config_list allowed_policies, denied_policies;	/* OIDs */
	struct config_list allowed_issuers, denied_issuers;	/* subjects, or SHA-256 in hex */
	const char *token_text;		/* "E2, PIN-backed": for traces; NULL or "" = none */
};

struct config_location {
	const char *path;		/* "/portal"; matches itself and what lies below */
	struct config_access access;
};

struct status_range {		/* failureDefinitions statusCodes, FORMAT 1 */
	unsigned int from, to;		/* status */
	int from_sub, to_sub;		/* -1 = any */
};

struct config_trace_rule {	/* traceFailedRequests/add */
	const char *path;		/* "*" or wildcard */
	unsigned int verbosity;		/* what is recorded: 0..5 */
	uint32_t own_areas, iis_areas;	/* bit sets as in struct trace_options */
	struct status_range *statuses;
	size_t status_count;
	uint64_t time_taken_ms;		/* 0 = no limit */
	unsigned int fail_verbosity;	/* event of level 1..this = failed; 0 = not used */
};

struct config_trust {		/* clientCertificates */
	char **ca_files;		/* anchors, PEM */
	size_t ca_count;
	char **intermediate_files;	/* never anchors */
	size_t intermediate_count;
	char **crl_files;
	size_t crl_count;
	char *crl_directory;		/* its lists count too; NULL = none */
	unsigned int crl_reload;	/* seconds between looks for changed lists; 0 = never */
	bool fetch_crl, ocsp;		/* addresses in trusted chains are asked */
	bool ocsp_nonce;
	struct config_list fetch_hosts;	/* they alone; none = any */
	unsigned int fetch_timeout;	/* seconds for one answer */
	enum revocation_mode revocation;	/* soft when CRLs are given, else off */
	bool crl_stale_refuses;		/* hard: a CRL past nextUpdate counts as unknown */
};

struct config_limits {		/* limits of a site, seconds and bytes */
	struct head_limits head;
	uint64_t max_body;		/* maxAllowedContentLength; 0 = none */
	unsigned int handshake_timeout;	/* to the ClientHello and between messages */
	unsigned int person_timeout;	/* the wait for a PIN */
	unsigned int header_timeout;	/* a request head, from its first byte */
	unsigned int idle_timeout;	/* kept-alive connection */
	unsigned int body_timeout;	/* silence within a body */
	unsigned int min_rate;		/* bytes a second of bodies, over body_timeout */
};

struct config_route {		/* routingRules/rule; texts: "" = not asked for */
	char *name;
	char *path;			/* pattern of the path */
	bool regex;			/* of path; else a wildcard, as the others are */
	bool ignore_case;		/* of path */
	bool ignore_value_case;
	char *host, *field, *value, *issuer;
	struct config_list methods;
	char *policy;			/* OID that must hold for the whole path */
	unsigned int grade;		/* least evidence, 0..3 */
	char *upn_suffix;
	struct config_farm *farm;	/* NULL = the rule only rewrites */
	char *rewrite;			/* path, with {R:n} */
	bool stop;			/* no further rule after a match */
};

struct config_verb {		/* requestFiltering/verbs/add */
	char *name;		/* "TRACE" */
	bool allowed;
};

struct config_site {
	uint32_t id;
	char *name;
	struct config_access access;
	struct config_location *locations;	/* longest path first */
	size_t location_count;
	unsigned int max_signature_age;		/* the shortest of site and locations; 0 = none */
	const char *token_required;		/* all their token rules, for traces; "" = none */
	struct config_trust trust;		/* with the revocation of the site */
	struct config_farm *farm;		/* of requests no routing rule sends elsewhere */
	struct config_route *routes;		/* routing rules in order */
	size_t route_count;
	struct config_limits limits;
	bool late_certificate;			/* ask when a path is requested */
	bool web_socket;			/* webSocket/@enabled */
	struct config_verb *verbs;		/* in the file's order */
	size_t verb_count;
	bool verbs_unlisted;			/* others are let in, but for TRACE */
	bool trace_enabled;
	char *trace_directory;			/* absolute */
	unsigned int max_log_files;
	size_t max_log_file_kb;			/* 0 = no limit */
	struct config_trace_rule *rules;	/* first matching path counts */
	size_t rule_count;
};

struct config_server {
	char *name;			/* as written: host, address, or unix:PATH */
	bool named;			/* a host: looked up while the proxy runs */
	struct config_address address;	/* when not .named */
	unsigned int port;
	unsigned int weight;		/* 1..1000 */
	char *host_name;		/* its Host, if it has one of its own; "" = none */
	bool enabled;
	enum server_state state;	/* at load; the operator may change it since */
	unsigned int index;		/* in its farm */
};

struct config_affinity {	/* a client stays with its server */
	bool use_cookie, use_host;
	char *cookie;			/* cookieName */
	unsigned int same_site;		/* None, Lax, Strict */
	char *key_file;			/* absolute; "" = affinity.key in the state folder */
};

struct config_health {		/* healthCheck */
	char *path;			/* of the URL test, with query; "" = none */
	char *host;			/* its Host field; "" = the server's own */
	unsigned int interval, timeout;	/* seconds; interval 0 = no URL test */
	struct status_range *statuses;	/* that are accepted; statusCodeMatch */
	size_t status_count;
	char *match;			/* responseMatch; "" = anything */
	struct status_range *failures;	/* liveTrafficFailureCodes */
	size_t failure_count;
	unsigned int max_failures;	/* within .failover; 0 = live traffic is not judged */
	unsigned int failover;		/* seconds */
	unsigned int min_servers;	/* with fewer healthy ones health does not count */
};

struct config_cert_header {
	enum cert_format format;
	char *name;
	unsigned int parts;		/* enum xfcc_part, of CERT_FORMAT_XFCC */
};

enum server_verify {		/* serverTls/@verify */
	SERVER_VERIFY_FULL,	/* chain and name */
	SERVER_VERIFY_CHAIN,
	SERVER_VERIFY_NONE,
};

struct config_server_tls {	/* serverTls */
	bool on;		/* else plain HTTP */
	char **ca_files;	/* what servers' certificates must lead to */
	size_t ca_count;
	enum server_verify verify;
	char *server_name;	/* asked for and expected; "" = the server's own */
	struct config_certificate cert;	/* of the proxy; NULL certificate = none */
};

struct config_farm {
	char *name;
	struct config_server *servers;
	size_t server_count;
	unsigned int connect_timeout, timeout;	/* seconds */
	unsigned int resolve_interval;	/* seconds between look-ups of names; 0 = none */
	struct config_list upgrades;	/* allowedUpgrades */
	struct config_list trailers;	/* allowedTrailers */
	unsigned int upgrade_idle;	/* seconds without a byte after an upgrade */
	bool preserve_host;		/* preserveHostHeader; default false: farm member's name */
	bool xff_port;			/* includePortInXForwardedFor */
	bool response_header;		/* X-Powered-By: ARR/3.0 */
	char *alternate_host;		/* Host for the servers; "" = none */
	bool reverse_rewrite;		/* reverseRewriteHostInResponseHeaders */
	bool keep_alive;		/* connections to the servers are kept */
	enum forward_version version;	/* httpVersion */
	enum server_header server_header;	/* passServerHeader */
	unsigned int max_forwards;	/* of requests without Max-Forwards; 0 = none */
	size_t max_response_head;	/* bytes */
	size_t min_response_buffer;	/* bytes of a body that are held; 0 = none */
	enum fitness software;		/* of the servers; FITNESS_COUNT = not said */
	char *by_header, *by;		/* xForwardedByHeader: its name, its value; "" = off */
	char *xff_header;		/* X-Forwarded-For; "" = off, as the next two */
	char *ssl_header;		/* X-ARR-SSL */
	char *log_id_header;		/* X-ARR-LOG-ID */
	struct config_cert_header *cert_headers;	/* in the order they are set */
	size_t cert_header_count;
	struct config_server_tls tls;	/* to the servers */
	enum balance balance;
	char *hash_variable;		/* hashServerVariable, upper case; "" = none */
	struct config_list query_names;	/* queryStringNames */
	struct config_affinity affinity;
	struct config_health health;
	unsigned int index;		/* in config.farms */
};

struct config_token_pin {	/* a token to log in to, for its private keys */
	char *uri, *pin_source;
};

struct config_control {		/* how the operator reaches the proxy */
	char *socket;			/* path; NULL = none */
	bool has_group;			/* members of .group may use it too */
	unsigned int group;		/* gid_t */
	bool has_status;		/* a status listener at .status */
	bool anywhere;			/* it may be more than a loopback one */
	struct config_address status;
};

struct config_explain {		/* --explain; NULL certificate = not asked */
	char *certificate;		/* path, or pkcs11: URI */
	uint32_t site;			/* id; 0 = the first */
	char *path;			/* "/portal" */
};

#define GUARDED_MAX 1024

struct config_guarded {
	const char *fold;		/* as header_fold makes it */
	size_t len;
	const struct config_farm *farm;	/* while building: the last that set it */
};

struct config_guard {			/* headers that only the proxy may set, of all farms */
	struct config_guarded *names;
	size_t count;
};

struct config {
	_Atomic unsigned int refs;
	struct config_site *sites;
	size_t site_count;
	struct config_binding *bindings;	/* of all sites */
	size_t binding_count;
	struct config_farm *farms;
	size_t farm_count;
	struct config_guard guarded;	/* for every farm: a client may reach any */
	bool trailers;			/* some farm allows some */
	bool late_certificate;		/* some site allows it */
	struct config_trust trust;
	char **pkcs11_modules;		/* absolute paths; none = those p11-kit knows */
	size_t pkcs11_module_count;
	struct config_token_pin *token_pins;	/* pkcs11/token */
	size_t token_pin_count;
	bool allow_final_try;		/* pkcs11/@allowFinalTry */
	unsigned int token_timeout;	/* pkcs11/@timeout: seconds for one use of a token */
	bool token_lookup;		/* look certificates up on visible tokens */
	char *attestation_dir;		/* attestation certificates; NULL = none */
	char **attestation_roots;	/* files with the makers' roots */
	size_t attestation_root_count;
	enum identity_kind identity_order[IDENTITY_KIND_COUNT];	/* first choice first */
	size_t identity_order_count;
	unsigned int workers;		/* 0 = one per CPU */
	unsigned int max_connections;	/* of clients, over all workers; 0 = by descriptors */
	unsigned int drain_timeout;	/* seconds for what runs at the end */
	bool tickets;			/* TLS session tickets */
	char *ticket_key_file;		/* absolute; "" = keys of this process */
	char *state_dir;		/* self-signed certificate; "" = none */
	char *self_signed_name;		/* NULL = this machine's FQDN */
	bool overload_drop;		/* onOverload="drop" */
	bool trace_secrets;		/* do not mask Authorization and cookies */
	char *ready_file;		/* listening addresses go there, for scripts; NULL = none */
	struct config_control control;
	struct config_explain explain;
	char *source;			/* file name, or "(flags)" */
	char **argv;			/* copy of the command line, for config_reload */
	int argc;			/* of argv */
	struct arena memory;		/* everything above points into it */
};

/* What main does after reading the command line.  CONFIG_CHECK: the caller loads trust
 * and keys too, prints config_summary() and ends with 0, or with 2 after an error. */
enum config_action { CONFIG_RUN, CONFIG_CHECK, CONFIG_EXPLAIN, CONFIG_EXIT };

/*
 * config_from_argv - the whole start: flags, then the file named by -f.
 * @action  out: CONFIG_EXIT after --help or --version (exit 0).
 * Returns a snapshot with one reference; NULL after errors were printed to
 * stderr, all of them, one per line (exit 2).
 */
struct config *config_from_argv(int argc, char **argv, enum config_action *action);
/* Reads the same file again (SIGHUP); NULL after errors.  *messages: all errors and warnings, one
 * a line, NULL = none (free()). */
struct config *config_reload(const struct config *old, char **messages);
/* One line: "configuration ok: 2 sites, 3 bindings, ..."; free(); NULL without memory. */
char *config_summary(const struct config *c);
/* The socket that "default" stands for: /run/frebproxy/control for root, else in $RUNTIME_DIRECTORY
 * or $XDG_RUNTIME_DIR; "" = there is no run folder.  out: as large as sun_path. */
void config_control_default(char out[static 108]);
struct config *config_ref(struct config *c);
void config_unref(struct config *c);		/* thread-safe; NULL is fine */

/*
 * The access rules for a path of a site: the longest matching location, else
 * the site's own.  path: as sent, without query; it is judged as sent and as a
 * server may read it (escapes, dot segments, path parameters, case), and the
 * strictest rule of those readings counts.  location: "" for the site's own.
 */
const struct config_access *config_access_for(const struct config_site *s, const char *path,
					      size_t path_len, const char **location);
/* Is a numeric address in one of them? */
bool config_networks_have(const struct config_network *list, size_t count, const char *address);
/* true if path is matched by a location's or rule's wildcard pattern ('*', '?'). */
bool config_path_matches(const char *pattern, const char *path, size_t path_len);

#endif
