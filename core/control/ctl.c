/* SPDX-License-Identifier: MIT */
/* ctl - see ctl.h. */
#include <config.h>

#include "core/control/ctl.h"

#include "core/config.h"
#include "core/control/steer.h"
#include "core/http/head.h"
#include "trace/buf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_SECONDS 120 /* a reload reads lists and asks tokens */
#define ANSWER_MAX ((size_t)512 << 20)

enum { CTL_DONE, CTL_REFUSED, CTL_USAGE, CTL_NO_PROXY };

struct ctl {
	const char *socket; /* as given */
	char path[108]; /* where that is */
	bool json;
	const char *const *words; /* the verb first */
	int count; /* of words */
};

static int
usage(const char *wrong, const char *what)
{
	fprintf(stderr, "frebproxy: %s%s\nusage: frebproxy --ctl SOCKET [--json] WORD...\n", wrong,
		what);
	for (size_t i = 0; i < verb_count; i++)
		fprintf(stderr, "  %-15s %-10s %s\n", verbs[i].word, verbs[i].arguments,
			verbs[i].text);
	fprintf(stderr, "SOCKET is a path, or default: %s\nSERVER is FARM/HOST as list shows "
		"them, or HOST alone\n", "frebproxy/control below the run folder");
	return CTL_USAGE;
}

/* ---- the request ---- */

static void
put_escaped(struct buf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
		    strchr("-._~/:", c))
			buf_putc(out, (char)c);
		else
			buf_putf(out, "%%%02X", c);
	}
}

static void
make_request(const struct ctl *c, const struct verb *v, const char *argument, struct buf *out)
{
	bool show = v->kind == VERB_SHOW;

	buf_puts(out, show ? "GET " : "POST ");
	if (show && c->json)
		buf_puts(out, "/status.json");
	else if (show)
		buf_puts(out, v->page);
	else
		buf_puts(out, v->kind == VERB_RELOAD ? "/reload" : "/server");
	if (v->kind == VERB_STATE || v->kind == VERB_HEALTH)
		buf_putf(out, "?verb=%s&server=", v->word);
	else if (argument && !(show && c->json))
		buf_puts(out, strcmp(v->word, "list") == 0 ? "?farm=" : "?server=");
	if (argument && !(show && c->json))
		put_escaped(out, argument);
	buf_putf(out, " HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: 0\r\n\r\n",
		 c->json ? "Accept: application/json\r\n" : "");
}

/* ---- the conversation ---- */

static int
no_proxy(const struct ctl *c, int error)
{
	const char *why = strerror(error);

	if (error == ENOENT)
		why = "there is no such socket; control/@socket of the configuration says where "
		      "one is made";
	else if (error == ECONNREFUSED)
		why = "no proxy answers there";
	else if (error == EACCES || error == EPERM)
		why = "this user may not; root, the proxy's user and control/@group may";
	else if (error == EAGAIN)
		why = "the proxy did not answer in time";
	fprintf(stderr, "frebproxy: %s: %s\n", c->path, why);
	return CTL_NO_PROXY;
}

static int
call(const struct ctl *c)
{
	struct timeval limit = { .tv_sec = ANSWER_SECONDS };
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error;

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", c->path);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
	    connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) == 0)
		return fd;
	error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return -1;
}

static int
converse(const struct ctl *c, const struct buf *request, struct buf *answer)
{
	char part[16384];
	int fd = call(c), error = 0;
	ssize_t n;

	if (fd < 0)
		return errno;
	/* Who is refused at the door has an answer before the request is out: read it. */
	if (send(fd, request->data, request->len, MSG_NOSIGNAL) < 0 && errno != EPIPE)
		error = errno;
	while (!error && (n = recv(fd, part, sizeof(part), 0)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == ECONNRESET && answer->len)
			break; /* an answer has a length: print_answer() sees if it is whole */
		if (n < 0)
			error = errno;
		else
			buf_put(answer, part, (size_t)n);
	}
	close(fd);
	return error ? error : -answer->error;
}

/* Prints the body where it belongs; returns an exit status. */
static int
print_answer(const struct ctl *c, const struct buf *answer)
{
	struct head_limits limits = HEAD_LIMITS_DEFAULT;
	struct http_response r;
	struct head_error err;
	size_t from = 0, len = answer->len ? head_find_end(answer->data, answer->len, &from) : 0;

	if (len == 0 || head_parse_response(&r, answer->data, len, METHOD_GET, &limits, &err) < 0 ||
	    r.content_length != answer->len - len)
		return no_proxy(c, EPROTO);
	fwrite(answer->data + len, 1, answer->len - len,
	       r.status < 300 || c->json ? stdout : stderr);
	if (r.status < 300)
		return CTL_DONE;
	return r.status == 403 ? CTL_NO_PROXY : CTL_REFUSED;
}

static int
ask(const struct ctl *c, const struct verb *v, const char *argument)
{
	struct buf request = BUF_INIT, answer;
	int error, result;

	buf_init(&answer, ANSWER_MAX);
	make_request(c, v, argument, &request);
	error = request.error ? ENOMEM : converse(c, &request, &answer);
	result = error ? no_proxy(c, error) : print_answer(c, &answer);
	buf_done(&request);
	buf_done(&answer);
	return result;
}

/* ---- the command line ---- */

static int
run_verb(const struct ctl *c)
{
	const struct verb *v = c->count ? verb_find(c->words[0]) : NULL;
	bool servers;
	int result = CTL_DONE;

	if (c->count == 0)
		return usage("a word is missing", "");
	if (!v)
		return usage("unknown word: ", c->words[0]);
	servers = v->kind == VERB_STATE || v->kind == VERB_HEALTH;
	if (servers && c->count < 2)
		return usage(v->word, ": which server?");
	if (!servers && c->count > (v->kind == VERB_SHOW && !c->json ? 2 : 1))
		return usage(v->word, ": too many words");
	if (!servers)
		return ask(c, v, c->count > 1 ? c->words[1] : NULL);
	for (int i = 1; i < c->count; i++) {
		int r = ask(c, v, c->words[i]);

		result = r > result ? r : result;
	}
	return result;
}

bool
ctl_is_wanted(int argc, char *const *argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--ctl") == 0 || strncmp(argv[i], "--ctl=", 6) == 0)
			return true;
	return false;
}

int
ctl_run(int argc, char *const *argv)
{
	const char *words[argc];
	struct ctl c = { .words = words };

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			c.json = true;
		else if (strncmp(argv[i], "--ctl=", 6) == 0)
			c.socket = argv[i] + 6;
		else if (strcmp(argv[i], "--ctl") == 0 && i + 1 < argc)
			c.socket = argv[++i];
		else if (argv[i][0] == '-')
			return usage("not together with --ctl SOCKET: ", argv[i]);
		else
			words[c.count++] = argv[i];
	}
	if (!c.socket || !*c.socket)
		return usage("--ctl: which socket?", "");
	if (strcasecmp(c.socket, "default") == 0)
		config_control_default(c.path);
	else if (strlen(c.socket) < sizeof(c.path))
		snprintf(c.path, sizeof(c.path), "%s", c.socket);
	if (!c.path[0])
		return usage("--ctl: no socket can be there: ", c.socket);
	return run_verb(&c);
}
