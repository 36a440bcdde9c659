/* SPDX-License-Identifier: MIT */
/*
 * explain - see explain.h.  A connection and an exchange that exist only in
 * memory are taken through CHAIN, TOKEN and ADMIT: no rule is written twice,
 * so that what is explained is what would happen.  It assumes a client that
 * sends exactly these certificates and has just signed with its key.
 */
#include <config.h>

#include "core/explain.h"

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/counters.h"
#include "core/chain/online.h"
#include "core/chain/sent.h"
#include "core/check.h"
#include "core/exchange.h"
#include "core/handshake/tls.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOT_MAX 4096 /* activityId stands in the first lines of a trace */

struct explain {
	struct config *config; /* reference */
	struct runtime *runtime; /* reference; trust and attestations only */
	struct registry *registry; /* tokens in view; NULL = look-up is off */
	struct verify_cache *cache;
	struct trace_writer *writer;
	struct sent sent;
	struct worker worker; /* empty: the owner the connection needs */
	struct conn conn;
	struct exchange exchange;
};

/* ---- what is asked ---- */

static const struct config_binding *
find_binding(const struct config *c, struct buf *messages)
{
	const struct config_explain *wanted = &c->explain;

	for (size_t i = 0; i < c->binding_count; i++)
		if (c->bindings[i].tls &&
		    (!wanted->site || c->bindings[i].site->id == wanted->site))
			return &c->bindings[i];
	if (wanted->site)
		buf_putf(messages, "error: --site: %u has no https binding; allowed: the id of a "
			 "site that has one\n", wanted->site);
	else
		buf_puts(messages, "error: no site has an https binding\n");
	return NULL;
}

static bool
is_pkcs11(const char *s)
{
	return strncmp(s, "pkcs11:", 7) == 0;
}

static bool
load_pkcs11(const struct config *c, struct buf *messages)
{
	const char *failed = NULL;
	int r;

	if (!is_pkcs11(c->explain.certificate))
		return true;
	r = tls_pkcs11_init(c->pkcs11_modules, c->pkcs11_module_count, &failed);
	if (r < 0)
		buf_putf(messages, "error: %s: the PKCS#11 module cannot be loaded\n",
			 failed ? failed : "p11-kit");
	return r >= 0;
}

static bool
prepare(struct explain *e, struct buf *messages)
{
	const struct trace_options everything = { .verbosity = TE_VERBOSE, .own_areas = ~0u,
						  .iis_areas = ~0u };
	const struct config *c = e->config;
	struct exchange *x = &e->exchange;
	struct buf url = BUF_INIT;

	e->conn.binding = find_binding(c, messages);
	if (!e->conn.binding || !load_pkcs11(c, messages) ||
	    !sent_load(&e->sent, c->explain.certificate, messages))
		return false;
	e->runtime = runtime_for_check(e->config, false, messages);
	e->cache = verify_cache_new(8);
	if (c->token_lookup)
		e->registry = registry_scan(c->pkcs11_modules, c->pkcs11_module_count, NULL,
					    0, messages);
	arena_init(&x->arena, 0);
	x->trace = trace_new(&everything);
	x->conn = &e->conn;
	x->binding = e->conn.binding;
	x->site = x->binding->site;
	x->path = c->explain.path;
	x->verb = "GET";
	x->request.method_id = METHOD_GET;
	buf_putf(&url, "https://%s%s", *x->binding->host ? x->binding->host :
		 x->binding->address.text, x->path);
	x->url = arena_strdup(&x->arena, buf_text(&url));
	buf_done(&url);
	e->conn.worker = &e->worker;
	e->worker.counters = counters_new();
	e->conn.runtime = e->runtime;
	e->conn.start_ns = clock_mono_ns();
	e->conn.tls = (void *)&e->sent; /* never looked into: only that there is one */
	trace_guid_new(x->activity);
	return e->runtime && e->cache && x->trace && x->url && e->worker.counters;
}

/* ---- the stages ---- */

/* As a client's handshake would, where the configuration says so. */
static void
ask_addresses(struct explain *e)
{
	const struct config_trust *policy = &e->conn.binding->site->trust;
	struct online *online;
	time_t now = time(NULL);
	struct badge *b = verify_wants_online(e->cache, e->runtime->trust, policy, e->sent.raw,
					      e->sent.count, now);

	if (!b)
		return;
	online_fetch(b, policy, e->config->state_dir, now, NULL, &online);
	verify_take_online(b, online);
	badge_unref(b);
}

static void
judge_badge(struct explain *e)
{
	const struct config *config = e->config;
	struct conn *c = &e->conn;
	const char *required = c->binding->site->token_required;
	const struct identity_source source = {
		.registry = e->registry,
		.attestations = e->runtime->attestations,
		.order = config->identity_order,
		.order_count = config->identity_order_count,
		.required = required && *required ? required : NULL,
		.seconds_since_signature = UINT64_MAX,
	};

	ask_addresses(e);
	c->verdict = verify_chain(e->cache, e->runtime->trust, &c->binding->site->trust,
				  e->sent.raw, e->sent.count, time(NULL), e->exchange.trace,
				  &c->badge);
	if (!c->badge || !c->badge->leaf->crt)
		return;
	c->identity = calloc(1, sizeof(*c->identity));
	if (c->identity)
		identity_of(c->badge, &source, e->exchange.trace, c->identity);
}

static void
judge_request(struct explain *e)
{
	struct exchange *x = &e->exchange;
	const struct fault_info *info;

	TRACE(x->trace, GENERAL_REQUEST_START, .SiteId = x->site->id,
	      .AppPoolId = x->site->farm ? x->site->farm->name : "", .RequestURL = x->url,
	      .RequestVerb = x->verb);
	step_admit(x);
	info = fault_info(x->fault);
	x->status = x->fault ? info->status : 200;
	x->substatus = x->fault ? info->substatus : 0;
	if (x->fault)
		exchange_trace_status(x, "Admission", 0, x->status, x->substatus, info->text,
				      info->code);
	TRACE(x->trace, GENERAL_REQUEST_END, .HttpStatus = x->status,
	      .HttpSubStatus = x->substatus);
}

/* ---- the trace ---- */

static void
on_message(bool error, const char *text)
{
	if (error)
		log_error("%s", text);
}

static int
write_trace(struct explain *e)
{
	const struct trace_writer_options options = { .on_message = on_message };
	struct exchange *x = &e->exchange;
	struct trace_meta meta = exchange_trace_meta(x);

	meta.log_id = NULL; /* nothing was sent to a server */
	meta.reason = x->fault ? TRACE_REASON_STATUS_CODE : TRACE_REASON_UNKNOWN;
	meta.trigger_status = x->fault ? x->status : 0;
	meta.trigger_substatus = x->fault ? x->substatus : 0;
	meta.time_taken_ms = (clock_mono_ns() - x->conn->start_ns) / CLOCK_NS_PER_MS;
	if (trace_writer_start(&e->writer, &options) < 0)
		return -1;
	trace_submit(e->writer, &x->trace, &meta);
	trace_writer_stop(e->writer); /* writes what is queued */
	return 0;
}

static bool
holds_activity(const char *path, const char *activity)
{
	char text[ROOT_MAX + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, ROOT_MAX);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return strcasestr(text, activity) != NULL;
}

static int
is_trace(const struct dirent *e)
{
	return strncmp(e->d_name, "fr", 2) == 0 && strstr(e->d_name, ".xml") != NULL;
}

/* A running proxy may write there too: only the file itself tells that it is ours. */
static bool
print_trace_name(const struct explain *e)
{
	const struct config_site *site = e->exchange.site;
	struct buf folder = BUF_INIT, path = BUF_INIT;
	struct dirent **list = NULL;
	char activity[37];
	bool found = false;
	int n;

	trace_guid_text(e->exchange.activity, activity);
	buf_putf(&folder, "%s/W3SVC%u", site->trace_directory, site->id);
	n = scandir(buf_text(&folder), &list, is_trace, alphasort);
	while (n-- > 0) {
		buf_reset(&path);
		buf_putf(&path, "%s/%s", buf_text(&folder), list[n]->d_name);
		if (!found && holds_activity(buf_text(&path), activity)) {
			printf("trace: %s\n", buf_text(&path));
			found = true;
		}
		free(list[n]);
	}
	free(list);
	buf_done(&folder);
	buf_done(&path);
	return found;
}

/* ---- the answer ---- */

static void
print_chain(const struct conn *c)
{
	const struct badge *b = c->badge;
	const struct badge_element *top;

	if (!b) {
		printf("chain: %s\n", fault_info(c->verdict)->text);
		return;
	}
	top = &b->path[b->path_count - 1];
	printf("certificate: %s\n", b->leaf->readable ? b->leaf->subject : "unreadable");
	printf("fingerprint: SHA-256 %s\n", b->leaf->sha256_text);
	if (c->verdict)
		printf("chain: refused: %s (%s)\n", fault_info(c->verdict)->text,
		       fault_info(c->verdict)->reason);
	else
		printf("chain: trusted, %zu certificates up to %s\n", b->path_count,
		       top->cert->subject);
	if (c->verdict && *b->hint)
		printf("hint: %s\n", b->hint);
}

static void
print_verdict(const struct explain *e)
{
	const struct exchange *x = &e->exchange;
	const struct identity *id = e->conn.identity;

	print_chain(&e->conn);
	if (id)
		printf("token: %s %s, grade %s (%s), PIN-backed: %s\n", id->kind, id->name,
		       evidence_text(id->grade), evidence_meaning(id->grade),
		       pin_backed_text(id->pin));
	printf("site %u (%s), path %s: ", x->site->id, x->site->name, x->path);
	if (x->fault)
		printf("refused with %u.%u, %s\n", x->status, x->substatus,
		       fault_info(x->fault)->text);
	else
		printf("admitted\n");
}

static void
explain_done(struct explain *e)
{
	sent_done(&e->sent);
	badge_unref(e->conn.badge);
	free(e->conn.identity);
	verify_cache_free(e->cache);
	free(e->worker.counters);
	registry_unref(e->registry);
	trace_free(e->exchange.trace);
	arena_done(&e->exchange.arena);
	runtime_unref(e->runtime);
	online_forget();
	config_unref(e->config);
	free(e);
}

int
explain_run(struct config *config)
{
	struct explain *e = calloc(1, sizeof(*e));
	struct buf messages = BUF_INIT;
	int result = EXPLAIN_USAGE;
	bool ok;

	if (!e) {
		config_unref(config);
		return EXPLAIN_USAGE;
	}
	e->config = config;
	ok = prepare(e, &messages);
	if (messages_print(&messages) || !ok)
		goto out;
	judge_badge(e);
	judge_request(e);
	print_verdict(e);
	if (write_trace(e) < 0 || !print_trace_name(e))
		printf("trace: not written\n");
	result = e->exchange.fault ? EXPLAIN_REFUSED : EXPLAIN_ADMITTED;
out:
	explain_done(e);
	return result;
}
