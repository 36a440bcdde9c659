/* SPDX-License-Identifier: MIT */
/*
 * Rules from differences.  The language is that of frebrules(5).
 */
#include <config.h>

#include "viewer/diff_rule.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/rules.h"
#include "viewer/output.h"

enum { FILE_MAX = 1 << 20 };

/* A word of the language, in quotes where it needs them; false: it cannot be written. */
static bool
put_word(struct buf *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-./:";

	if (*word && !word[strspn(word, plain)]) {
		buf_puts(out, word);
		return true;
	}
	buf_putc(out, '"');
	for (const char *p = word; *p; p++) {
		/* A line is a rule, and names may hold * and ?. */
		if ((unsigned char)*p < ' ' || *p == '*' || *p == '?')
			return false;
		if (*p == '"' || *p == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *p);
	}
	buf_putc(out, '"');
	return true;
}

/* Which events: their name, and what they are aligned by. */
static bool
put_condition(struct buf *out, const struct freb_event *e, const char *but)
{
	const struct freb_data *key = compare_key(e);

	if (!e->name)
		return false;
	buf_puts(out, "op=");
	if (!put_word(out, e->name))
		return false;
	if (!key || !key->value || strcmp(key->name, but) == 0)
		return true;
	buf_puts(out, " && data.");
	if (!put_word(out, key->name))
		return false;
	buf_putc(out, '=');
	return put_word(out, key->value);
}

static bool
put_field(struct buf *out, const struct freb_event *e, const char *name)
{
	const char *header = strstr(name, ": ");

	if (!e)
		buf_puts(out, "ignore attr.");
	else if (header)
		buf_puts(out, "ignore header.");
	else
		buf_puts(out, freb_data_get(e, name) ? "ignore data." : "ignore system.");
	return put_word(out, e && header ? header + 2 : name);
}

bool
diff_rule_for(const struct freb_event *event, const struct compare_item *item, struct buf *out)
{
	if (!item) {
		buf_puts(out, "ignore event ");
		return put_condition(out, event, "");
	}
	/* What a rule demands is not undone by another; level and provider have no field. */
	if (item->kind == COMPARE_REQUIRED || item->kind == COMPARE_OUTSIDE ||
	    item->kind == COMPARE_ORDER || strcmp(item->name, "level") == 0 ||
	    strcmp(item->name, "provider") == 0)
		return false;
	if (event && !strstr(item->name, ": ")) {
		buf_puts(out, "when ");
		if (!put_condition(out, event, item->name))
			return false;
		buf_putc(out, ' ');
	}
	return put_field(out, event, item->name);
}

/* The file as it will be. */
static int
put_file(const char *path, const char *rule, struct buf *text)
{
	FILE *in = fopen(path, "re");
	char chunk[4096];
	size_t n;
	int rc = 0;

	buf_init(text, FILE_MAX);
	if (!in && errno != ENOENT)
		return -errno;
	while (in && (n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		buf_put(text, chunk, n);
	if (in) {
		rc = ferror(in) ? -EIO : 0;
		fclose(in);
	}
	if (text->len == 0)
		buf_puts(text, "frebdiff 1\n");
	else if (text->data[text->len - 1] != '\n')
		buf_putc(text, '\n');
	buf_puts(text, rule);
	buf_putc(text, '\n');
	return rc ? rc : text->error;
}

int
diff_rule_write(const char *path, const char *rule, char **error)
{
	struct buf text = BUF_INIT;
	struct output out;
	int rc = put_file(path, rule, &text);

	*error = NULL;
	if (!rc) {
		struct rules *r = rules_parse(path, buf_text(&text), text.len, error);

		rc = r ? 0 : -EINVAL;
		rules_free(r);
	}
	if (!rc)
		rc = output_open(&out, path, error);
	if (!rc) {
		fwrite(text.data, 1, text.len, out.file);
		rc = output_end(&out);
	}
	if (rc && !*error)
		*error = strdup(strerror(-rc));
	buf_done(&text);
	return rc;
}
