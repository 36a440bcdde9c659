/* SPDX-License-Identifier: MIT */
/*
 * config_control - the control element: where the operator reaches the proxy.
 *
 * Sources: systemd.exec(5) (RUNTIME_DIRECTORY), XDG base directories.
 */
#include <config.h>

#include "core/config_build.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SOCKET_PATH_MAX 96 /* sun_path has 108, and a new socket has a longer name at first */
#define GROUP_BUFFER 65536

void
config_control_default(char out[static 108])
{
	const char *folder = getenv("RUNTIME_DIRECTORY"), *user = getenv("XDG_RUNTIME_DIR");
	int n = 0;

	if (folder && *folder == '/' && !strchr(folder, ':'))
		n = snprintf(out, SOCKET_PATH_MAX, "%s/control", folder);
	else if (geteuid() == 0)
		n = snprintf(out, SOCKET_PATH_MAX, "/run/frebproxy/control");
	else if (user && *user == '/')
		n = snprintf(out, SOCKET_PATH_MAX, "%s/frebproxy/control", user);
	if (n <= 0 || n >= SOCKET_PATH_MAX)
		out[0] = '\0';
}

static void
build_socket(struct build *b, const xmlNode *node)
{
	struct config_control *c = &b->config->control;
	char place[108];

	if (!*tree_text(node, ATTR_CONTROL_socket))
		return;
	if (strcasecmp(tree_text(node, ATTR_CONTROL_socket), "default") != 0) {
		c->socket = build_path(b, node, ATTR_CONTROL_socket);
		if (strlen(c->socket) >= SOCKET_PATH_MAX)
			tree_error(b->tree, node, ATTR_CONTROL_socket,
				   "%zu bytes are too long for a socket; allowed: a path of at "
				   "most %d bytes", strlen(c->socket), SOCKET_PATH_MAX - 1);
		return;
	}
	config_control_default(place);
	c->socket = build_text(b, place);
	if (!*place)
		tree_error(b->tree, node, ATTR_CONTROL_socket,
			   "there is no run folder (RUNTIME_DIRECTORY, XDG_RUNTIME_DIR); "
			   "allowed: a path");
}

static void
build_group(struct build *b, const xmlNode *node)
{
	struct config_control *c = &b->config->control;
	const char *name = tree_text(node, ATTR_CONTROL_group);
	struct group entry, *found = NULL;
	struct buf quoted = BUF_INIT;
	char *room;

	if (!*name)
		return;
	room = malloc(GROUP_BUFFER);
	if (!room) {
		b->no_memory = true;
		return;
	}
	getgrnam_r(name, &entry, room, GROUP_BUFFER, &found);
	c->has_group = found != NULL;
	c->group = found ? found->gr_gid : 0;
	free(room);
	value_quote(name, &quoted);
	if (!found)
		tree_error(b->tree, node, ATTR_CONTROL_group,
			   "there is no group %s; allowed: a group of this machine",
			   buf_text(&quoted));
	else if (!c->socket)
		tree_error(b->tree, node, ATTR_CONTROL_group,
			   "there is no socket for it; allowed: together with socket");
	buf_done(&quoted);
}

static bool
is_loopback(const struct config_address *a)
{
	const struct sockaddr_in6 *in6 = (const void *)&a->sa;
	const struct sockaddr_in *in = (const void *)&a->sa;

	if (a->sa.ss_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
	return ntohl(in->sin_addr.s_addr) >> 24 == 127;
}

static void
build_status(struct build *b, const xmlNode *node)
{
	struct config_control *c = &b->config->control;
	const char *text = tree_text(node, ATTR_CONTROL_statusBinding);
	struct endpoint e;

	c->anywhere = tree_bool(node, ATTR_CONTROL_statusAnywhere);
	if (!*text || value_endpoint(text, &e) < 0) /* told already */
		return;
	c->has_status = value_address(e.address, e.port, &c->status) == 0;
	if (!c->has_status || *e.host)
		tree_error(b->tree, node, ATTR_CONTROL_statusBinding,
			   "it is more than an address and a port; allowed: 127.0.0.1:9400");
	else if (!c->anywhere && !is_loopback(&c->status))
		tree_error(b->tree, node, ATTR_CONTROL_statusBinding,
			   "%s is no loopback address; allowed: 127.0.0.1:PORT, [::1]:PORT, or "
			   "statusAnywhere=\"true\" with it", c->status.text);
}

void
build_control(struct build *b)
{
	const xmlNode *node = tree_child(tree_root(b->tree), ELEMENT_CONTROL);

	build_socket(b, node);
	build_group(b, node);
	build_status(b, node);
}
