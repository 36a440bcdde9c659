/* SPDX-License-Identifier: MIT */
/*
 * main - reads the configuration, starts the writer and then the workers,
 * handles signals (HUP reload, TERM and INT drain), stops in reverse order.
 */
#include <config.h>

#include "core/base/clock.h"
#include "core/base/lane.h"
#include "core/base/log.h"
#include "core/base/notify.h"
#include "core/base/pool.h"
#include "core/chain/online.h"
#include "core/check.h"
#include "core/control/control.h"
#include "core/control/ctl.h"
#include "core/explain.h"
#include "core/handshake/ticket.h"
#include "core/handshake/tls.h"
#include "core/key_watch.h"
#include "core/refresh.h"
#include "core/registry_watch.h"
#include "core/route/health.h"
#include "core/route/resolver.h"
#include "core/token/pin.h"
#include "core/watch.h"
#include "core/worker.h"

#include <ev.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define POOL_THREADS 8u /* fetches */
#define FILE_THREADS 1u /* changed CRL files */
#define QUEUE_TRACES 1024u /* then workers wait (or drop): about 16 MiB */

struct daemon {
	struct ev_loop *loop;
	struct config *config; /* reference */
	struct runtime *runtime; /* reference: the present one */
	struct trace_writer *writer;
	struct ticket_keys *tickets; /* reference: keys of this process */
	struct pool *fetchers; /* revocation lists and responders */
	struct resolver *resolver; /* names of farm servers of the present runtime */
	struct health *health; /* URL tests of the present runtime */
	struct pool *files; /* what reads files */
	struct worker *workers;
	unsigned int worker_count;
	ev_signal hup, term, interrupt;
	struct watch *watch; /* of the CRL files */
	struct refresh *refresh; /* of fetched lists and answers */
	struct key_watch *key_watch; /* of the tokens with server keys */
	struct registry_watch *registry_watch; /* of the tokens in view; NULL = off */
	struct trust *trust; /* reference: of the present runtime, with the newest CRLs */
	struct control_view view; /* what the operator sees */
	struct control *control; /* where the operator comes in */
};

static void
on_message(bool error, const char *text)
{
	log_line(error ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "%s", text);
}

static void
on_room(void *arg)
{
	struct daemon *d = arg;

	for (unsigned int i = 0; i < d->worker_count; i++)
		worker_post_room(&d->workers[i]);
}

static void
on_stop(struct ev_loop *loop, ev_signal *s, int events)
{
	struct daemon *d = s->data;

	(void)events;
	notify_manager("STOPPING=1");
	log_info("stopping: waiting for running requests");
	for (unsigned int i = 0; i < d->worker_count; i++)
		worker_post_drain(&d->workers[i]);
	ev_break(loop, EVBREAK_ALL);
}

/* What the operator sees of the configuration and the trust of now. */
static void
set_view(struct daemon *d, struct trust *trust)
{
	trust_unref(d->trust);
	d->trust = trust_ref(trust);
	d->view.runtime = d->runtime;
	d->view.trust = d->trust;
}

/* The runtime of a new configuration, with its sockets open; NULL after errors. */
static struct runtime *
make_runtime(struct daemon *d, struct config *config, struct listener **added,
	     struct buf *messages)
{
	struct runtime *r = NULL;

	if (config && added)
		r = runtime_new(config, d->worker_count, d->tickets, d->writer, messages);
	if (r &&
	    listeners_open(config, d->config, d->workers, d->worker_count, added, messages) < 0) {
		runtime_unref(r);
		return NULL;
	}
	if (r && control_use(d->control, &config->control, messages) < 0) {
		for (unsigned int i = 0; i < d->worker_count; i++)
			listeners_free(added[i]);
		runtime_unref(r);
		return NULL;
	}
	return r;
}

/* false: the old configuration stays; messages says why. */
static bool
reload(struct daemon *d, struct buf *messages)
{
	struct listener **added = calloc(d->worker_count, sizeof(*added));
	char *text = NULL;
	struct config *config = config_reload(d->config, &text);
	struct runtime *r;

	if (text)
		buf_puts(messages, text);
	free(text);
	r = make_runtime(d, config, added, messages);
	d->view.reload_failed = r == NULL;
	d->view.reload_real_ns = clock_real_ns();
	if (!r) {
		config_unref(config);
		free(added);
		return false;
	}
	runtime_take_effect(r);
	trust_follows(r->trust, d->runtime->trust);
	for (unsigned int i = 0; i < d->worker_count; i++)
		worker_post_runtime(&d->workers[i], runtime_ref(r), added[i]);
	free(added);
	health_stop(d->health);
	d->health = health_start(d->loop, r);
	resolver_stop(d->resolver);
	d->resolver = resolver_start(d->loop, r);
	check_tell_anchors(d->runtime->trust, r->trust);
	runtime_unref(d->runtime);
	d->runtime = r;
	config_unref(d->config);
	d->config = config;
	watch_use(d->watch, config, r->trust);
	refresh_use(d->refresh, r);
	key_watch_use(d->key_watch, r);
	registry_watch_use(d->registry_watch, r);
	set_view(d, r->trust);
	d->view.generation++;
	return true;
}

/* By HUP, or by the control socket, which gets the messages too. */
static bool
reload_and_tell(void *arg, struct buf *messages)
{
	struct daemon *d = arg;
	struct buf copy = BUF_INIT;
	bool done;

	notify_reloading();
	pin_wrong_forget();
	done = reload(d, messages);
	buf_put(&copy, buf_text(messages), messages->len);
	messages_print(&copy);
	if (done)
		log_info("configuration %s loaded again", d->config->source);
	else
		log_error("the configuration was not loaded; the old one stays");
	notify_manager("READY=1");
	return done;
}

/* CRL files have changed: t (a reference) is the trust of now. */
static void
on_new_crls(void *arg, struct trust *t)
{
	struct daemon *d = arg;

	for (unsigned int i = 0; i < d->worker_count; i++)
		worker_post_trust(&d->workers[i], trust_ref(t));
	set_view(d, t);
	trust_unref(t);
}

static void
on_reload(struct ev_loop *loop, ev_signal *s, int events)
{
	struct buf messages = BUF_INIT;

	(void)loop;
	(void)events;
	reload_and_tell(s->data, &messages);
	buf_done(&messages);
}

static void
on_new_tokens(void *arg, struct registry *r)
{
	struct daemon *d = arg;

	for (unsigned int i = 0; i < d->worker_count; i++)
		worker_post_registry(&d->workers[i], registry_ref(r));
	registry_unref(r);
}

/* ---- start and stop ---- */

static void
prepare_process(void)
{
	struct rlimit files, none = { 0, 0 };

	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_CORE, &none); /* keys and PINs stay out of core dumps */
	prctl(PR_SET_DUMPABLE, 0); /* nor may others of our user look into the memory */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	umask(027);
	mallopt(M_MMAP_THRESHOLD, 4 << 20); /* buffers of busy connections come and go */
	mallopt(M_TRIM_THRESHOLD, 16 << 20);
}

/* "https 127.0.0.1:8443" lines, by rename: a reader sees all or nothing. */
static int
write_ready_file(const struct daemon *d)
{
	const char *path = d->config->ready_file;
	struct buf name = BUF_INIT, places = BUF_INIT;
	FILE *f;
	int r = -1;

	if (!path)
		return 0;
	buf_putf(&name, "%s.tmp", path);
	f = name.error ? NULL : fopen(name.data, "w");
	if (f) {
		for (const struct listener *l = d->workers[0].listeners; l; l = l->next)
			fprintf(f, "%s %s\n", l->tls ? "https" : "http", l->bound.text);
		control_places(d->control, &places);
		fputs(buf_text(&places), f);
		r = fclose(f) == 0 ? rename(name.data, path) : -1;
	}
	if (r < 0)
		log_error("%s: the ready file cannot be written", path);
	buf_done(&name);
	buf_done(&places);
	return r;
}

static int
start_control(struct daemon *d, struct buf *messages)
{
	d->view = (struct control_view){
		.workers = d->workers,
		.worker_count = d->worker_count,
		.writer = d->writer,
		.fetchers = d->fetchers,
		.start_ns = clock_mono_ns(),
		.start_real_ns = clock_real_ns(),
		.generation = 1,
		.reload = reload_and_tell,
		.arg = d,
	};
	set_view(d, d->runtime->trust);
	d->control = control_new(d->loop, &d->view);
	return d->control ? control_use(d->control, &d->config->control, messages) : -1;
}

static int
start_workers(struct daemon *d, struct buf *messages)
{
	struct listener **added = calloc(d->worker_count, sizeof(*added));
	unsigned int i;
	int r = added ? 0 : -1;

	d->files = pool_new(FILE_THREADS);
	d->fetchers = pool_new(POOL_THREADS);
	for (i = 0; r == 0 && i < d->worker_count; i++) {
		r = worker_init(&d->workers[i], i, d->runtime);
		d->workers[i].fetchers = d->fetchers;
	}
	if (r == 0)
		r = listeners_open(d->config, NULL, d->workers, d->worker_count, added, messages);
	for (i = 0; r == 0 && i < d->worker_count; i++) {
		worker_adopt(&d->workers[i], added[i]);
		added[i] = NULL;
	}
	if (r == 0) {
		if (d->config->token_lookup)
			d->registry_watch = registry_watch_new(d->loop, d->runtime, on_new_tokens,
							       d, messages);
		d->watch = watch_new(d->loop, d->files, on_new_crls, d);
		watch_use(d->watch, d->config, d->runtime->trust);
		d->refresh = refresh_new(d->loop);
		refresh_use(d->refresh, d->runtime);
		d->key_watch = key_watch_new(d->loop);
		key_watch_use(d->key_watch, d->runtime);
		pin_serving();
		r = start_control(d, messages);
	}
	if (r == 0)
		r = write_ready_file(d);
	for (i = 0; r == 0 && i < d->worker_count; i++)
		r = worker_start(&d->workers[i]);
	free(added);
	return r;
}

static int
start(struct daemon *d)
{
	struct buf messages = BUF_INIT;
	struct trace_writer_options options = {
		.drop = d->config->overload_drop,
		.queue_traces = QUEUE_TRACES,
		.on_room = on_room,
		.arg = d,
		.on_message = on_message,
	};
	int r = trace_writer_start(&d->writer, &options);

	if (r < 0) {
		log_error("the trace writer cannot start: %s", strerror(-r));
		return -1;
	}
	d->tickets = ticket_keys_random();
	d->runtime = runtime_new(d->config, d->worker_count, d->tickets, d->writer, &messages);
	if (!d->runtime) {
		messages_print(&messages);
		return -1;
	}
	r = start_workers(d, &messages);
	messages_print(&messages);
	if (r < 0)
		return -1;
	d->health = health_start(d->loop, d->runtime);
	d->resolver = resolver_start(d->loop, d->runtime);
	for (const struct listener *l = d->workers[0].listeners; l; l = l->next)
		log_info("listening on %s://%s with %u worker%s", l->tls ? "https" : "http",
			 l->bound.text, d->worker_count, d->worker_count == 1 ? "" : "s");
	for (size_t i = 0; i < d->config->site_count; i++)
		if (d->config->sites[i].trace_enabled)
			log_info("site %u writes traces to %s/W3SVC%u", d->config->sites[i].id,
				 d->config->sites[i].trace_directory, d->config->sites[i].id);
	return 0;
}

static void
add_signal(struct daemon *d, ev_signal *s, int number,
	   void (*cb)(struct ev_loop *, ev_signal *, int))
{
	ev_signal_init(s, cb, number);
	s->data = d;
	ev_signal_start(d->loop, s);
}

static void
stop(struct daemon *d)
{
	struct trace_writer_counts counts = { 0 };

	control_free(d->control);
	for (unsigned int i = 0; i < d->worker_count; i++) {
		if (d->workers[i].thread)
			worker_post_drain(&d->workers[i]);
		worker_join(&d->workers[i]);
	}
	lanes_end_waiters();
	pool_free(d->files);
	refresh_stop(d->refresh); /* first: it wakes those that wait for fetchers */
	pool_free(d->fetchers);
	refresh_free(d->refresh);
	online_forget();
	watch_free(d->watch);
	key_watch_free(d->key_watch);
	registry_watch_free(d->registry_watch);
	for (unsigned int i = 0; i < d->worker_count; i++)
		if (d->workers[i].loop)
			worker_drop_conns(&d->workers[i]);
	if (d->writer) {
		trace_writer_counts(d->writer, &counts);
		if (counts.queued)
			log_info("writing %llu queued traces", (unsigned long long)counts.queued);
		trace_writer_stop(d->writer);
		log_info("stopped; traces written %llu, failed %llu, dropped %llu",
			 (unsigned long long)(counts.written + counts.queued),
			 (unsigned long long)counts.failed, (unsigned long long)counts.dropped);
	}
	/* Only now: until its end the writer tells the workers of room in its queue. */
	for (unsigned int i = 0; i < d->worker_count; i++)
		if (d->workers[i].loop)
			worker_done(&d->workers[i]);
	health_stop(d->health);
	trust_unref(d->trust);
	resolver_stop(d->resolver);
	runtime_unref(d->runtime);
	ticket_keys_unref(d->tickets);
	free(d->workers);
}

static unsigned int
cpu_count(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > 256 ? 256 : (unsigned int)n;
}

static int
serve(struct config *config)
{
	struct daemon d = { .config = config,
			    .loop = ev_default_loop(EVBACKEND_EPOLL | EVFLAG_NOENV) };
	int r;

	d.worker_count = config->workers ? config->workers : cpu_count();
	d.workers = calloc(d.worker_count, sizeof(*d.workers));
	if (!d.loop || !d.workers) {
		log_error("out of memory");
		return 1;
	}
	add_signal(&d, &d.hup, SIGHUP, on_reload);
	add_signal(&d, &d.term, SIGTERM, on_stop);
	add_signal(&d, &d.interrupt, SIGINT, on_stop);
	r = start(&d);
	if (r == 0) {
		notify_manager("READY=1");
		ev_run(d.loop, 0);
	}
	stop(&d);
	config_unref(d.config);
	return r == 0 ? 0 : 1;
}

/* A module that hangs, or waits for an event, would hang at its end, too: then the process ends
 * without it. */
static void
end_tokens(int status)
{
	enum lanes_left left = lanes_end();

	if (left == LANES_ENDED)
		return;
	if (left == LANES_HANG)
		log_warning("a token does not answer: ending without it");
	fflush(NULL);
	_exit(status);
}

int
main(int argc, char **argv)
{
	enum config_action action = CONFIG_RUN;
	struct config *config;
	int r = 0;

	prepare_process();
	if (ctl_is_wanted(argc, argv))
		return ctl_run(argc, argv);
	if (tls_global_init() < 0) {
		log_error("GnuTLS cannot be initialised");
		return 1;
	}
	config = config_from_argv(argc, argv, &action);
	if (action == CONFIG_EXIT)
		config_unref(config);
	else if (!config)
		r = 2;
	else if (action == CONFIG_EXPLAIN)
		r = explain_run(config);
	else
		r = action == CONFIG_CHECK ? check_config(config) : serve(config);
	end_tokens(r);
	tls_global_done();
	pin_forget();
	return r;
}
