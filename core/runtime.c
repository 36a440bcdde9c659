/* SPDX-License-Identifier: MIT */
/*
 * runtime - what a configuration needs to run: trust, credentials, farms.
 * Made by main at start and on reload, shared by workers, immutable.
 */
#include <config.h>

#include "core/base/lane.h"
#include "core/base/log.h"
#include "core/handshake/backend.h"
#include "core/handshake/credentials.h"
#include "core/handshake/selfsigned.h"
#include "core/handshake/ticket.h"
#include "core/handshake/tls.h"
#include "core/route/affinity.h"
#include "core/route/farm.h"
#include "core/route/resolver.h"
#include "core/route/routes.h"
#include "core/start_trace.h"
#include "core/token/attest.h"
#include "core/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct runtime *
runtime_ref(struct runtime *r)
{
	atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	return r;
}

void
runtime_unref(struct runtime *r)
{
	if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; r->credentials && i < r->config->binding_count; i++)
		credentials_free(r->credentials[i]);
	for (size_t i = 0; r->farms && i < r->config->farm_count; i++)
		farm_free(r->farms[i]);
	for (size_t i = 0; r->routes && i < r->config->site_count; i++)
		routes_free(r->routes[i]);
	for (unsigned int i = 0; r->lb && i < r->worker_count; i++)
		lb_state_done(&r->lb[i]);
	free(r->credentials);
	free(r->token_pins);
	free(r->farms);
	free(r->routes);
	free(r->lb);
	attest_free(r->attestations);
	ticket_keys_unref(r->tickets);
	trust_unref(r->trust);
	config_unref(r->config);
	free(r);
}

/* A binding without a certificate gets one made for this machine. */
static struct credentials *
self_signed(struct runtime *r, struct buf *messages)
{
	struct config_certificate made = { .certificate = NULL };
	const char *name = r->config->self_signed_name;
	struct buf error = BUF_INIT;
	char fingerprint[65];
	struct credentials *c = NULL;

	if (selfsigned_ensure(r->config->state_dir, name, &made.certificate, &made.key, fingerprint,
			      &error) < 0) {
		buf_putf(messages, "error: %s\n", buf_text(&error));
	} else {
		c = credentials_load(&made, r->trust, NULL, messages);
		if (c)
			log_info("self-signed server certificate %s for %s, SHA-256 %s",
				 made.certificate, c->cert->subject, fingerprint);
	}
	free(made.certificate);
	free(made.key);
	buf_done(&error);
	return c;
}

static bool
is_pkcs11(const char *s)
{
	return s && strncmp(s, "pkcs11:", 7) == 0;
}

struct modules_job {
	struct lane_job job; /* first member */
	struct config *config; /* reference */
	const char *failed;
	int result;
};

static void
modules_run(struct lane_job *j)
{
	struct modules_job *m = (struct modules_job *)j;

	m->result = tls_pkcs11_init(m->config->pkcs11_modules, m->config->pkcs11_module_count,
				    &m->failed);
}

static void
modules_free(struct lane_job *j)
{
	struct modules_job *m = (struct modules_job *)j;

	config_unref(m->config);
	free(m);
}

/* Modules are loaded in a lane, since one may hang. */
static int
load_modules(struct config *config, struct buf *messages)
{
	struct lane *lane = lane_named("PKCS#11 modules", 1);
	struct modules_job *m = lane ? calloc(1, sizeof(*m)) : NULL;
	int r = -1;

	if (!m) {
		buf_puts(messages, "error: out of memory\n");
		return -1;
	}
	m->job = (struct lane_job){ .run = modules_run, .free = modules_free,
				    .seconds = config->token_timeout };
	m->config = config_ref(config);
	if (lane_call(lane, &m->job) < 0)
		buf_puts(messages, "error: the PKCS#11 modules do not answer\n");
	else if (m->result < 0)
		buf_putf(messages, "error: %s: the PKCS#11 module cannot be loaded: %s\n",
			 m->failed, gnutls_strerror(m->result));
	else
		r = 0;
	lane_release(&m->job);
	return r;
}

static int
load_pkcs11(struct config *config, struct buf *messages)
{
	static bool loaded; /* main thread only; GnuTLS keeps modules for the process */
	bool wanted = false;
	int r;

	for (size_t i = 0; i < config->binding_count; i++)
		wanted |= is_pkcs11(config->bindings[i].cert.certificate) ||
			  is_pkcs11(config->bindings[i].cert.key);
	for (size_t i = 0; i < config->farm_count; i++)
		wanted |= is_pkcs11(config->farms[i].tls.cert.certificate) ||
			  is_pkcs11(config->farms[i].tls.cert.key);
	if (!wanted || loaded)
		return 0;
	r = load_modules(config, messages);
	loaded = r >= 0;
	return r;
}

static int
load_credentials(struct runtime *r, struct buf *messages)
{
	struct config *config = r->config;
	int result = load_pkcs11(config, messages);
	struct trace *start;

	r->credentials = calloc(config->binding_count + 1, sizeof(*r->credentials));
	if (!r->credentials || result < 0)
		return -1;
	start = start_trace_new(config);
	for (size_t i = 0; i < config->binding_count; i++) {
		const struct config_binding *b = &config->bindings[i];

		if (!b->tls)
			continue;
		if (r->check_only && !b->cert.certificate)
			continue;
		r->credentials[i] = b->cert.certificate
					    ? credentials_load(&b->cert, r->trust, start, messages)
					    : self_signed(r, messages);
		if (!r->credentials[i])
			result = -1;
	}
	start_trace_submit(&start, config, r->writer);
	return result;
}

static int
load_farms(struct runtime *r, struct buf *messages)
{
	const struct config *config = r->config;
	unsigned int slots = 0;

	r->farms = calloc(config->farm_count + 1, sizeof(*r->farms));
	r->lb = calloc(r->worker_count, sizeof(*r->lb));
	r->routes = calloc(config->site_count + 1, sizeof(*r->routes));
	if (!r->farms || !r->lb || !r->routes)
		return -1;
	for (size_t i = 0; i < config->farm_count; i++) {
		r->farms[i] = farm_new(&config->farms[i], slots);
		if (!r->farms[i] ||
		    affinity_load(r->farms[i], config->state_dir, messages) < 0)
			return -1;
		if (config->farms[i].tls.on) {
			r->farms[i]->backend = backend_new(&config->farms[i], r->trust, messages);
			if (!r->farms[i]->backend)
				return -1;
		}
		slots += (unsigned int)config->farms[i].server_count;
	}
	for (size_t i = 0; i < config->site_count; i++) {
		r->routes[i] = routes_new(&config->sites[i]);
		if (!r->routes[i])
			return -1;
	}
	for (unsigned int i = 0; i < r->worker_count; i++)
		if (lb_state_init(&r->lb[i], slots, i) < 0)
			return -1;
	return 0;
}

static int
load_attestations(struct runtime *r, struct buf *messages)
{
	const struct config *config = r->config;

	if (!config->attestation_dir)
		return 0;
	r->attestations = attest_load(config->attestation_dir, config->attestation_roots,
				      config->attestation_root_count, messages);
	return r->attestations ? 0 : -1;
}

/* Keys of a file, else those of this process (NULL for a check). */
static int
load_tickets(struct runtime *r, struct ticket_keys *own, struct buf *messages)
{
	const char *path = r->config->ticket_key_file;

	if (!r->config->tickets)
		return 0;
	if (!*path) {
		r->tickets = ticket_keys_ref(own);
		return 0;
	}
	r->tickets = ticket_keys_read(path, messages);
	if (!r->tickets)
		return -1;
	if (!r->check_only)
		ticket_keys_tell(r->tickets, path);
	return 0;
}

/* What serverTls names can be used; nothing is kept. */
static int
check_backends(struct runtime *r, struct buf *messages)
{
	int result = 0;

	for (size_t i = 0; i < r->config->farm_count; i++) {
		const struct config_farm *farm = &r->config->farms[i];
		struct backend *b = farm->tls.on ? backend_new(farm, r->trust, messages) : NULL;

		if (farm->tls.on && !b)
			result = -1;
		backend_free(b);
	}
	return result;
}

struct runtime *
runtime_for_check(struct config *config, bool keys, struct buf *messages)
{
	struct runtime *r = calloc(1, sizeof(*r));
	bool ok = r != NULL;

	if (!r)
		return NULL;
	atomic_init(&r->refs, 1);
	r->config = config_ref(config);
	r->check_only = true;
	r->trust = trust_load(&config->trust, messages);
	ok = load_attestations(r, messages) == 0 && r->trust;
	if (load_tickets(r, NULL, messages) < 0)
		ok = false;
	if (keys && r->trust && load_credentials(r, messages) < 0)
		ok = false;
	if (keys && r->trust && check_backends(r, messages) < 0)
		ok = false;
	if (keys)
		resolver_check(config, messages);
	if (ok)
		return r;
	runtime_unref(r);
	return NULL;
}

static int
load_token_pins(struct runtime *r)
{
	const struct config *c = r->config;

	r->token_pins = calloc(c->token_pin_count + 1, sizeof(*r->token_pins));
	for (size_t i = 0; r->token_pins && i < c->token_pin_count; i++)
		r->token_pins[i] = (struct registry_pin){
			.uri = c->token_pins[i].uri,
			.pin = { .from = c->token_pins[i].pin_source,
				 .allow_final_try = c->allow_final_try },
		};
	return r->token_pins ? 0 : -1;
}

struct runtime *
runtime_new(struct config *config, unsigned int workers, struct ticket_keys *tickets,
	    struct trace_writer *writer, struct buf *messages)
{
	struct runtime *r = calloc(1, sizeof(*r));

	if (!r) {
		buf_puts(messages, "error: out of memory\n");
		return NULL;
	}
	atomic_init(&r->refs, 1);
	r->config = config_ref(config);
	r->worker_count = workers;
	r->writer = writer;
	r->trust = trust_load(&config->trust, messages);
	if (!r->trust || load_tickets(r, tickets, messages) < 0 ||
	    load_attestations(r, messages) < 0 || load_credentials(r, messages) < 0 ||
	    load_token_pins(r) < 0 || load_farms(r, messages) < 0) {
		runtime_unref(r);
		return NULL;
	}
	resolver_first(r);
	return r;
}

void
runtime_take_effect(struct runtime *r)
{
	for (size_t i = 0; i < r->config->farm_count; i++)
		farm_take_effect(r->farms[i]);
}
