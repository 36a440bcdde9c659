/* SPDX-License-Identifier: MIT */
/* door - see door.h.  Sources: unix(7). */
#include <config.h>

#include "core/control/door.h"

#include "core/config_values.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

static int
complain(struct buf *messages, const char *path, const char *what)
{
	buf_putf(messages, "error: control/@socket: %s: %s\n", path, what);
	return -1;
}

static void
name_socket(struct sockaddr_un *sa, const char *path)
{
	memset(sa, 0, sizeof(*sa));
	sa->sun_family = AF_UNIX;
	snprintf(sa->sun_path, sizeof(sa->sun_path), "%s", path);
}

/* Is somebody behind it?  Only a refusal says that nobody is. */
static bool
is_answered(const char *path)
{
	struct sockaddr_un sa;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool refused;

	if (fd < 0)
		return true;
	name_socket(&sa, path);
	refused = connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0 &&
		  (errno == ECONNREFUSED || errno == ENOENT);
	close(fd);
	return !refused;
}

/* May a socket be put at that path? */
static int
check_path(const char *path, struct buf *messages)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : complain(messages, path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return complain(messages, path, "is there already, and is no socket");
	if (is_answered(path))
		return complain(messages, path, "another process answers there");
	return 0;
}

/* The folder of the default place may be missing: it is made, as others need to get through. */
static void
make_folder(const char *path)
{
	char folder[108];
	char *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (!slash || slash == folder)
		return;
	*slash = '\0';
	if (mkdir(folder, 0700) == 0)
		chmod(folder, 0755);
}

int
door_allow(const char *path, const struct config_control *c, struct buf *messages)
{
	if (c->has_group && chown(path, (uid_t)-1, (gid_t)c->group) < 0)
		return complain(messages, path, strerror(errno));
	if (chmod(path, c->has_group ? 0660 : 0600) < 0)
		return complain(messages, path, strerror(errno));
	return 0;
}

/* Bound under another name and renamed, so that it is never there with other rights. */
static int
bind_socket(struct door *d, const struct config_control *c, struct buf *messages)
{
	char standing[108];
	struct sockaddr_un sa;
	struct stat st;
	bool fine;

	d->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->fd < 0)
		return complain(messages, d->path, strerror(errno));
	snprintf(standing, sizeof(standing), "%.96s.%d", d->path, (int)getpid());
	unlink(standing);
	name_socket(&sa, standing);
	if (bind(d->fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0)
		return complain(messages, d->path, strerror(errno));
	fine = door_allow(standing, c, messages) == 0;
	if (fine && (listen(d->fd, BACKLOG) < 0 || rename(standing, d->path) < 0 ||
		     lstat(d->path, &st) < 0)) {
		complain(messages, d->path, strerror(errno));
		fine = false;
	}
	if (!fine) {
		unlink(standing);
		return -1;
	}
	d->device = st.st_dev;
	d->inode = st.st_ino;
	return 0;
}

int
door_open_socket(struct door *d, const struct config_control *c, struct buf *messages)
{
	*d = (struct door)DOOR_CLOSED;
	make_folder(c->socket);
	if (check_path(c->socket, messages) < 0)
		return -1;
	snprintf(d->path, sizeof(d->path), "%s", c->socket);
	if (bind_socket(d, c, messages) == 0)
		return 0;
	d->inode = 0;
	door_close(d);
	return -1;
}

int
door_open_status(struct door *d, const struct config_control *c, struct buf *messages)
{
	const struct config_address *a = &c->status;
	int one = 1;

	*d = (struct door)DOOR_CLOSED;
	d->wanted = d->bound = *a;
	d->bound.len = sizeof(d->bound.sa);
	d->fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->fd >= 0 && a->sa.ss_family == AF_INET6)
		setsockopt(d->fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (d->fd < 0 || setsockopt(d->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(d->fd, (const struct sockaddr *)&a->sa, a->len) < 0 ||
	    listen(d->fd, BACKLOG) < 0 ||
	    getsockname(d->fd, (struct sockaddr *)&d->bound.sa, &d->bound.len) < 0) {
		buf_putf(messages, "error: control/@statusBinding: %s: %s\n", a->text,
			 strerror(errno));
		door_close(d);
		return -1;
	}
	value_address_text(&d->bound);
	return 0;
}

bool
door_is_ours(const struct door *d)
{
	struct stat st;

	return d->fd >= 0 && *d->path && d->inode && lstat(d->path, &st) == 0 &&
	       st.st_dev == d->device && st.st_ino == d->inode;
}

void
door_close(struct door *d)
{
	if (d->fd < 0)
		return;
	if (door_is_ours(d))
		unlink(d->path);
	close(d->fd);
	*d = (struct door)DOOR_CLOSED;
}
