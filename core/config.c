/* SPDX-License-Identifier: MIT */
/*
 * config - from a command line to a snapshot, and the questions requests ask
 * of it.
 *
 * Reading: config_flags.c makes or amends a tree, config_tree.c reads the
 * file, config_schema.c checks it, config_build.c fills the struct.  Here are
 * the whole, its life, and the matching of paths.
 */
#include <config.h>

#include "core/config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/config_build.h"
#include "core/config_flags.h"
#include "core/config_import.h"

#define CONFIG_MEMORY ((size_t)128 << 20)

/* ---- reading ---- */

/* The whole file, at most a byte more than is allowed. */
static int
read_file(const char *file, struct buf *out, struct messages *m)
{
	char part[16384];
	ssize_t n = -1;
	int fd = open(file, O_RDONLY | O_CLOEXEC), error = errno;

	while (fd >= 0 && out->len <= TREE_MAX) {
		n = read(fd, part, sizeof(part));
		if (n < 0 && errno == EINTR)
			continue;
		error = errno;
		if (n <= 0)
			break;
		buf_put(out, part, (size_t)n);
	}
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && n >= 0 && !out->error)
		return 0;
	message_add(m, false, file, "%s; allowed: a file that can be read",
		    strerror(out->error ? ENOMEM : error));
	return -EINVAL;
}

static void
keep_arguments(struct config *c, int argc, char *const *argv, const char *file, struct messages *m)
{
	bool fine = true;

	c->argv = arena_zalloc(&c->memory, ((size_t)argc + 1) * sizeof(*c->argv));
	for (int i = 0; c->argv && i < argc; i++) {
		c->argv[i] = arena_strdup(&c->memory, argv[i]);
		fine = fine && c->argv[i];
		c->argc = i + 1;
	}
	c->source = arena_strdup(&c->memory, file ? file : "(flags)");
	if (!c->argv || !c->source || !fine)
		message_add(m, false, "command line", "out of memory");
}

static void
keep_explain(struct config *c, const struct flags *f, struct messages *m)
{
	struct config_explain *e = &c->explain;
	uint64_t site = 0;

	if (!f->explain)
		return;
	if (f->site && value_number(f->site, "1..4294967295", &site) < 0)
		message_add(m, false, "--site", "it is no id; allowed: 1 to 4294967295");
	e->site = (uint32_t)site;
	e->certificate = arena_strdup(&c->memory, f->explain);
	e->path = arena_strdup(&c->memory, f->path ? f->path : "/");
	if (!e->certificate || !e->path)
		message_add(m, false, "command line", "out of memory");
}

static struct config *
new_config(void)
{
	struct config *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	atomic_init(&c->refs, 1);
	arena_init(&c->memory, CONFIG_MEMORY);
	return c;
}

/* The configuration the flags describe; NULL with messages. */
static struct config *
load(const struct flags *f, int argc, char *const *argv, struct messages *m)
{
	struct tree tree = { .file = "" };
	struct buf text = BUF_INIT;
	struct config *c = new_config();

	if (!c) {
		message_add(m, false, "command line", "out of memory");
		return NULL;
	}
	if (f->config && (read_file(f->config, &text, m) < 0 ||
			  tree_read(&tree, f->config, buf_text(&text), text.len, m) < 0))
		goto out;
	if (flags_apply(f, &tree, m) < 0 && !tree.doc)
		goto out;
	if (tree_check(&tree))
		config_build(&tree, c);
	keep_arguments(c, argc, argv, f->config, m);
	keep_explain(c, f, m);
out:
	tree_done(&tree);
	buf_done(&text);
	if (m->errors) {
		config_unref(c);
		return NULL;
	}
	return c;
}

static void
print_messages(const struct messages *m)
{
	fputs(buf_text(&m->text), stderr);
	if (m->errors + m->warnings > MESSAGES_MAX)
		fprintf(stderr, "... and %u more\n", m->errors + m->warnings - MESSAGES_MAX);
	if (m->errors)
		fprintf(stderr, "frebproxy: %u error%s in the configuration\n", m->errors,
			m->errors == 1 ? "" : "s");
}

static void
print_exit(const struct flags *f)
{
	char *help = f->help ? flags_help() : NULL;

	fputs(help ? help : PACKAGE_STRING "\n", stdout);
	free(help);
}

static void
import(const struct flags *f, struct messages *m)
{
	struct buf roots = BUF_INIT;

	for (size_t i = 0; i < f->count; i++)
		if (!strcmp(f->given[i].flag->name, "client-ca"))
			buf_putf(&roots, "%s%s", roots.len ? ";" : "", f->given[i].value);
	if (roots.error)
		message_add(m, false, "command line", "out of memory");
	else
		config_import(f->import, f->output, roots.data, m);
	buf_done(&roots);
}

struct config *
config_from_argv(int argc, char **argv, enum config_action *action)
{
	struct messages m = MESSAGES_INIT;
	struct config *c = NULL;
	struct flags f;
	int r = flags_read(&f, argc, argv, &m);

	*action = f.action;
	if (r == 0 && f.import && !f.help)
		import(&f, &m);
	else if (r == 0 && f.action == CONFIG_EXIT)
		print_exit(&f);
	else if (r == 0)
		c = load(&f, argc, argv, &m);
	if (m.errors)
		*action = CONFIG_RUN;
	print_messages(&m);
	messages_done(&m);
	flags_done(&f);
	return c;
}

struct config *
config_reload(const struct config *old, char **messages)
{
	struct messages m = MESSAGES_INIT;
	struct config *c = NULL;
	struct flags f;

	if (flags_read(&f, old->argc, old->argv, &m) == 0)
		c = load(&f, old->argc, old->argv, &m);
	*messages = m.text.len ? buf_take(&m.text) : NULL;
	messages_done(&m);
	flags_done(&f);
	return c;
}

/* ---- life ---- */

struct config *
config_ref(struct config *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void
config_unref(struct config *c)
{
	if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
		return;
	arena_done(&c->memory);
	free(c);
}

static void
put_count(struct buf *out, const char *before, size_t n, const char *what)
{
	buf_putf(out, "%s%zu %s%s", before, n, what, n == 1 ? "" : "s");
}

char *
config_summary(const struct config *c)
{
	struct buf out = BUF_INIT;
	size_t servers = 0, rules = 0;

	for (size_t i = 0; i < c->farm_count; i++)
		servers += c->farms[i].server_count;
	for (size_t i = 0; i < c->site_count; i++)
		rules += c->sites[i].trace_enabled ? c->sites[i].rule_count : 0;
	put_count(&out, "configuration ok: ", c->site_count, "site");
	put_count(&out, ", ", c->binding_count, "binding");
	put_count(&out, ", ", c->farm_count, "web farm");
	put_count(&out, " with ", servers, "server");
	put_count(&out, ", ", rules, "trace rule");
	put_count(&out, ", ", c->trust.ca_count, "file");
	buf_puts(&out, " of trusted roots\n");
	return buf_take(&out);
}

/* ---- paths ---- */

static bool
is_same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

bool
config_path_matches(const char *pattern, const char *path, size_t path_len)
{
	const char *star = NULL;
	size_t at = 0, back = 0;

	while (at < path_len) {
		if (*pattern == '*') {
			star = pattern++;
			back = at;
		} else if (*pattern && (*pattern == '?' || is_same(*pattern, path[at]))) {
			pattern++;
			at++;
		} else if (star) {
			pattern = star + 1;
			at = ++back;
		} else {
			return false;
		}
	}
	pattern += strspn(pattern, "*");
	return !*pattern;
}

/* A location is matched by itself and by what lies below it. */
static bool
location_has(const struct config_location *location, const char *path, size_t len)
{
	size_t own = strlen(location->path);

	if (strpbrk(location->path, "*?"))
		return config_path_matches(location->path, path, len);
	if (own == 1)
		return true;
	if (len < own || strncasecmp(location->path, path, own))
		return false;
	return len == own || strchr("/;", path[own]);	/* also NUL, which ends a path somewhere */
}

static const struct config_location *
find_location(const struct config_site *s, const char *path, size_t len)
{
	for (size_t i = 0; i < s->location_count; i++)
		if (location_has(&s->locations[i], path, len))
			return &s->locations[i];
	return NULL;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Escapes and backslashes in place; returns the new length. */
static size_t
decode(char *path, size_t len)
{
	size_t to = 0;

	for (size_t i = 0; i < len; i++) {
		char c = path[i];

		if (c == '%' && i + 2 < len && hex_digit(path[i + 1]) >= 0 &&
		    hex_digit(path[i + 2]) >= 0) {
			c = (char)(hex_digit(path[i + 1]) * 16 + hex_digit(path[i + 2]));
			i += 2;
		}
		path[to++] = c == '\\' ? '/' : c;
	}
	return to;
}

/* Length of a segment as some servers read it: without parameters, dots and spaces at its end. */
static size_t
bare_length(const char *segment, size_t len)
{
	const char *mark = memchr(segment, ';', len);
	size_t bare = mark ? (size_t)(mark - segment) : len, end = bare;

	while (end && (segment[end - 1] == '.' || segment[end - 1] == ' '))
		end--;
	return end ? end : bare;
}

/* Empty and dot segments in place; returns the new length. */
static size_t
resolve(char *path, size_t len, bool bare)
{
	size_t to = 0, i = 0;

	while (i < len) {
		const char *segment = path + i, *slash = memchr(segment, '/', len - i);
		size_t all = slash ? (size_t)(slash - segment) : len - i;
		size_t n = bare ? bare_length(segment, all) : all;

		i += all + 1;
		if (!n || (n == 1 && segment[0] == '.'))
			continue;
		if (n == 2 && !memcmp(segment, "..", 2)) {
			while (to && path[--to] != '/')
				;
			continue;
		}
		/* "to" is never ahead of the segment: each one had a slash before it */
		memmove(path + to + 1, segment, n);
		path[to] = '/';
		to += n + 1;
	}
	if (!to)
		path[to++] = '/';
	return to;
}

/* How much is asked of a client; rules for badges come with SslRequireCert only. */
static unsigned int
strictness(const struct config_access *access)
{
	unsigned int f = access->ssl_flags;
	unsigned int lists = (access->allowed_policies.count > 0) +
			     (access->denied_policies.count > 0) +
			     (access->allowed_issuers.count > 0) +
			     (access->denied_issuers.count > 0);

	return access->require_grade << 8 | (access->require_pin ? 0x80u : 0) | lists << 4 |
	       (access->max_signature_age ? 8u : 0) | (f & SSL_FLAG_REQUIRE_CERT ? 4u : 0) |
	       (f & SSL_FLAG_SSL ? 2u : 0) | (f & SSL_FLAG_NEGOTIATE_CERT ? 1u : 0);
}

struct choice {
	const struct config_access *access;
	const char *location;
};

static struct choice
judge(const struct config_site *s, const char *path, size_t len)
{
	const struct config_location *l = find_location(s, path, len);

	return l ? (struct choice){ &l->access, l->path } : (struct choice){ &s->access, "" };
}

static void
judge_more(const struct config_site *s, const char *path, size_t len, struct choice *best)
{
	struct choice other = judge(s, path, len);

	if (strictness(other.access) > strictness(best->access))
		*best = other;
}

/* Is there nothing in it that two readers could take differently? */
static bool
is_plain(const char *path, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool last = i + 1 == len || path[i + 1] == '/';

		if (path[i] == '%' || path[i] == '\\' || path[i] == ';' || path[i] == ' ' ||
		    (path[i] == '.' && last) || (path[i] == '/' && i + 1 < len && last))
			return false;
	}
	return len && path[0] == '/';
}

const struct config_access *
config_access_for(const struct config_site *s, const char *path, size_t path_len,
		  const char **location)
{
	struct choice best = judge(s, path, path_len);
	char small[2048], *copy = small;
	size_t len;

	if (!s->location_count || is_plain(path, path_len))
		goto out;
	if (path_len + 2 > sizeof(small))
		copy = malloc(path_len + 2);
	if (!copy) {
		/* never answer more mildly for want of memory */
		for (size_t i = 0; i < s->location_count; i++)
			judge_more(s, s->locations[i].path, strlen(s->locations[i].path), &best);
		goto out;
	}
	copy[0] = '/';
	memcpy(copy + 1, path, path_len);
	len = resolve(copy, decode(copy, path_len + 1), false);
	judge_more(s, copy, len, &best);
	copy[0] = '/';
	memcpy(copy + 1, path, path_len);
	len = decode(copy, decode(copy, path_len + 1));
	len = resolve(copy, len, true);
	judge_more(s, copy, len, &best);
out:
	if (copy != small)
		free(copy);
	if (location)
		*location = best.location;
	return best.access;
}
