/* SPDX-License-Identifier: MIT */
/*
 * listener - sockets that accept, one per worker and address.  Opened by main,
 * so that a port chosen by the kernel is the same for all workers.
 * Source: socket(7), SO_REUSEPORT; STACK 9.
 */
#include <config.h>

#include "core/worker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096

static void
set_text(struct config_address *a)
{
	const struct sockaddr_in6 *in6 = (const void *)&a->sa;
	const struct sockaddr_in *in = (const void *)&a->sa;
	char host[INET6_ADDRSTRLEN] = "";

	if (a->sa.ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		snprintf(a->text, sizeof(a->text), "[%s]:%u", host, ntohs(in6->sin6_port));
	} else {
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(a->text, sizeof(a->text), "%s:%u", host, ntohs(in->sin_port));
	}
}

static int
open_socket(struct config_address *a)
{
	int one = 1;
	int fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) < 0 ||
	    bind(fd, (struct sockaddr *)&a->sa, a->len) < 0 || listen(fd, BACKLOG) < 0) {
		int e = -errno;

		close(fd);
		return e;
	}
	a->len = sizeof(a->sa);
	getsockname(fd, (struct sockaddr *)&a->sa, &a->len);
	set_text(a);
	return fd;
}

static int
add(struct listener **list, struct worker *w, const struct config_binding *b,
    struct config_address *bound)
{
	struct listener *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->fd = open_socket(bound);
	if (l->fd < 0) {
		int e = l->fd;

		free(l);
		return e;
	}
	l->worker = w;
	l->address = b->address;
	l->bound = *bound;
	l->tls = b->tls;
	l->next = *list;
	*list = l;
	return 0;
}

static bool
is_opened(const struct listener *list, const struct config_binding *b)
{
	for (; list; list = list->next)
		if (list->tls == b->tls && strcmp(list->address.text, b->address.text) == 0)
			return true;
	return false;
}

static bool
is_known(const struct config *old, const struct config_binding *b)
{
	for (size_t i = 0; old && i < old->binding_count; i++)
		if (old->bindings[i].tls == b->tls &&
		    strcmp(old->bindings[i].address.text, b->address.text) == 0)
			return true;
	return false;
}

int
listeners_open(const struct config *config, const struct config *old, struct worker *workers,
	       unsigned int count, struct listener **added, struct buf *messages)
{
	memset(added, 0, count * sizeof(*added));
	for (size_t i = 0; i < config->binding_count; i++) {
		const struct config_binding *b = &config->bindings[i];
		struct config_address bound = b->address;

		if (is_known(old, b) || is_opened(added[0], b))
			continue;
		for (unsigned int n = 0; n < count; n++) {
			int r = add(&added[n], &workers[n], b, &bound);

			if (r == 0)
				continue;
			buf_putf(messages, "error: cannot listen on %s: %s\n", bound.text,
				 strerror(-r));
			for (n = 0; n < count; n++)
				listeners_free(added[n]);
			return r;
		}
	}
	return 0;
}

void
listeners_free(struct listener *l)
{
	while (l) {
		struct listener *next = l->next;

		close(l->fd);
		free(l);
		l = next;
	}
}
