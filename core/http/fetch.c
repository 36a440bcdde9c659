/* SPDX-License-Identifier: MIT */
/* fetch - see fetch.h: addresses and the socket. */
#include <config.h>

#include "core/http/fetch.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"

#define URL_MAX 2048
#define READ_SIZE 16384
#define ADDRESSES_MAX 4 /* of one name that are tried */

/* ---- addresses ---- */

static bool
is_host_char(char c, bool v6)
{
	return isalnum((unsigned char)c) || c == '.' || c == '-' || (v6 && c == ':');
}

static enum fetch_result
read_port(struct fetch_url *u, const char **p)
{
	size_t digits;
	long port;

	snprintf(u->port, sizeof(u->port), "80");
	if (**p != ':')
		return FETCH_OK;
	digits = strspn(++*p, "0123456789");
	port = digits && digits <= 5 ? strtol(*p, NULL, 10) : 0;
	if (port < 1 || port > 65535)
		return FETCH_URL;
	snprintf(u->port, sizeof(u->port), "%ld", port);
	*p += digits;
	return FETCH_OK;
}

enum fetch_result
fetch_url_read(struct fetch_url *u, const char *text)
{
	const char *p = text;
	size_t n = 0;

	memset(u, 0, sizeof(*u));
	if (strlen(text) > URL_MAX || strncasecmp(p, "http://", 7) != 0)
		return FETCH_URL;
	p += 7;
	u->v6 = *p == '[';
	p += u->v6;
	while (is_host_char(*p, u->v6) && n < FETCH_HOST_MAX - 1)
		u->host[n++] = (char)tolower((unsigned char)*p++);
	if (n == 0 || (u->v6 && *p++ != ']') || read_port(u, &p) != FETCH_OK)
		return FETCH_URL;
	if (*p != '\0' && *p != '/')	/* also refuses user names */
		return FETCH_URL;
	u->path = p;
	for (; *p; p++)
		if (*p <= ' ' || *p >= 0x7f || *p == '#')
			return FETCH_URL;
	return FETCH_OK;
}

bool
fetch_host_is_in(const struct fetch_url *u, char *const *items, size_t count)
{
	size_t len = strlen(u->host);

	for (size_t i = 0; i < count; i++) {
		const char *item = items[i];
		size_t n = strlen(item);

		if (strcasecmp(item, u->host) == 0)
			return true;
		if (strncmp(item, "*.", 2) == 0 && len >= n &&
		    strcasecmp(u->host + len - (n - 1), item + 1) == 0)
			return true;
	}
	return false;
}

/* ---- the socket ---- */

/* Waits for events; false when the time is over. */
static bool
wait_for(int fd, short events, uint64_t until_ns)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		uint64_t now = clock_mono_ns();
		int n;

		if (now >= until_ns)
			return false;
		n = poll(&p, 1, (int)((until_ns - now) / CLOCK_NS_PER_MS) + 1);
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
	}
}

static int
connect_one(const struct addrinfo *ai, uint64_t until_ns, enum fetch_result *why)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(int);
	int error = 0;

	*why = FETCH_CONNECT;
	if (fd < 0)
		return -1;
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
		return fd;
	if (errno == EINPROGRESS && !wait_for(fd, POLLOUT, until_ns))
		*why = FETCH_TIMEOUT;
	else if (errno == EINPROGRESS &&
		 getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0)
		return fd;
	close(fd);
	return -1;
}

/* The resolver knows no end of time: its tries are cut to fit.  Of this thread only. */
static void
limit_resolver(uint64_t until_ns)
{
	uint64_t now = clock_mono_ns(), left = until_ns > now ? until_ns - now : 0;

	if (!(_res.options & RES_INIT) && res_init() != 0)
		return;
	_res.retry = 1;
	_res.retrans = (int)(left / 2 / CLOCK_NS_PER_S);
	if (_res.retrans < 1)
		_res.retrans = 1;
}

/* The end of this try, so that an address nobody answers at leaves time for the next. */
static uint64_t
share_of(uint64_t until_ns, unsigned int tries)
{
	uint64_t now = clock_mono_ns();

	return now >= until_ns ? now : now + (until_ns - now) / tries;
}

static int
connect_to(const struct fetch_url *u, uint64_t until_ns, enum fetch_result *why)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC };
	struct addrinfo *list, *ai;
	unsigned int left = 0;
	int fd = -1;

	*why = FETCH_NAME;
	limit_resolver(until_ns);
	if (getaddrinfo(u->host, u->port, &hints, &list) != 0)
		return -1;
	for (ai = list; ai && left < ADDRESSES_MAX; ai = ai->ai_next)
		left++;
	for (ai = list; ai && fd < 0 && left > 0; ai = ai->ai_next, left--)
		fd = connect_one(ai, share_of(until_ns, left), why);
	freeaddrinfo(list);
	return fd;
}

static enum fetch_result
send_all(int fd, const struct buf *b, uint64_t until_ns)
{
	size_t at = 0;

	while (at < b->len) {
		ssize_t n = send(fd, b->data + at, b->len - at, MSG_NOSIGNAL);

		if (n > 0)
			at += (size_t)n;
		else if (n < 0 && errno == EAGAIN && !wait_for(fd, POLLOUT, until_ns))
			return FETCH_TIMEOUT;
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			return FETCH_CLOSED;
	}
	return FETCH_OK;
}

static enum fetch_result
receive(int fd, const struct fetch *f, struct buf *out, uint64_t until_ns)
{
	struct fetch_answer a = { .body = out, .max = f->max };
	enum fetch_result r = FETCH_MORE;
	char *data = malloc(READ_SIZE);

	while (data && r == FETCH_MORE) {
		ssize_t n;

		if (!wait_for(fd, POLLIN, until_ns)) {
			r = FETCH_TIMEOUT;
			break;
		}
		n = recv(fd, data, READ_SIZE, 0);
		if (n > 0)
			r = fetch_answer_feed(&a, data, (size_t)n);
		else if (n == 0)
			r = fetch_answer_end(&a);
		else if (errno != EAGAIN && errno != EINTR)
			r = FETCH_CLOSED;
	}
	fetch_answer_done(&a);
	free(data);
	return data ? r : FETCH_MEMORY;
}

static void
put_request(struct buf *b, const struct fetch *f, const struct fetch_url *u)
{
	buf_putf(b, "%s %s HTTP/1.1\r\nHost: %s%s%s", f->type ? "POST" : "GET",
		 *u->path ? u->path : "/", u->v6 ? "[" : "", u->host, u->v6 ? "]" : "");
	if (strcmp(u->port, "80") != 0)
		buf_putf(b, ":%s", u->port);
	buf_puts(b, "\r\nConnection: close\r\n");
	if (f->type)
		buf_putf(b, "Content-Type: %s\r\nContent-Length: %zu\r\n", f->type, f->body_len);
	buf_puts(b, "\r\n");
	if (f->type)
		buf_put(b, f->body, f->body_len);
}

enum fetch_result
fetch_run(const struct fetch *f, struct buf *out)
{
	uint64_t until_ns = clock_mono_ns() + f->seconds * CLOCK_NS_PER_S;
	struct buf request = BUF_INIT;
	struct fetch_url u;
	enum fetch_result r = fetch_url_read(&u, f->url);
	int fd;

	if (r != FETCH_OK)
		return r;
	fd = connect_to(&u, until_ns, &r);
	if (fd < 0)
		return r;
	put_request(&request, f, &u);
	r = request.error ? FETCH_MEMORY : send_all(fd, &request, until_ns);
	if (r == FETCH_OK)
		r = receive(fd, f, out, until_ns);
	close(fd);
	buf_done(&request);
	return r;
}

const char *
fetch_result_text(enum fetch_result r)
{
	static const char *const texts[] = {
		[FETCH_OK] = "fetched",
		[FETCH_MORE] = "not whole",
		[FETCH_URL] = "the address is not one that is fetched (http only)",
		[FETCH_NAME] = "the host name is not known",
		[FETCH_CONNECT] = "nobody answers at the address",
		[FETCH_TIMEOUT] = "the time was over",
		[FETCH_CLOSED] = "the connection broke off",
		[FETCH_INVALID] = "the answer is no HTTP",
		[FETCH_STATUS] = "the answer has another status than 200",
		[FETCH_SIZE] = "the answer is too large",
		[FETCH_MEMORY] = "no memory",
	};

	return texts[r];
}
