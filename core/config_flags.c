/* SPDX-License-Identifier: MIT */
/*
 * config_flags - argv to a list of flags, and the text of --help.
 *
 * What a flag then does is in config_apply.c.
 */
#include <config.h>

#include "core/config_flags.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FLAGS_MAX 4096

static const struct flag_info *
find_flag(const char *name, size_t len)
{
	for (size_t i = 0; i < FLAG_COUNT; i++)
		if (strlen(flag_rows[i].name) == len && !memcmp(flag_rows[i].name, name, len))
			return &flag_rows[i];
	return NULL;
}

static void
take_flag(struct flags *f, const struct flag_info *flag, const char *value, struct messages *m)
{
	if (!strcmp(flag->name, "check") && f->action == CONFIG_RUN)
		f->action = CONFIG_CHECK;
	if (!strcmp(flag->name, "version") || !strcmp(flag->name, "help"))
		f->action = CONFIG_EXIT;
	if (!strcmp(flag->name, "help"))
		f->help = true;
	if (!strcmp(flag->name, "explain") && f->action == CONFIG_RUN)
		f->action = CONFIG_EXPLAIN;
	if (!strcmp(flag->name, "explain"))
		f->explain = value;
	if (!strcmp(flag->name, "ctl") || !strcmp(flag->name, "json"))
		f->stray = flag->spelling;
	if (!strcmp(flag->name, "import")) {
		f->action = CONFIG_EXIT;
		f->import = value;
	}
	if (!strcmp(flag->name, "output"))
		f->output = value;
	if (!strcmp(flag->name, "site"))
		f->site = value;
	if (!strcmp(flag->name, "path"))
		f->path = value;
	if (!strcmp(flag->name, "config")) {
		if (f->config)
			message_add(m, false, flag->spelling, "given twice; allowed: one file");
		f->config = value;
	}
	f->given[f->count++] = (struct flag_value){ flag, value };
}

/* One argument, perhaps with the next as its value; returns how many were used. */
static int
read_flag(struct flags *f, const char *arg, const char *next, struct messages *m)
{
	static const char *const shorts[][2] = { { "-f", "config" }, { "-h", "help" } };
	const struct flag_info *flag = NULL;
	const char *value = NULL;
	struct buf quoted = BUF_INIT;

	for (size_t i = 0; i < 2; i++)
		if (!strcmp(arg, shorts[i][0]))
			flag = find_flag(shorts[i][1], strlen(shorts[i][1]));
	if (!strncmp(arg, "--", 2)) {
		size_t len = strcspn(arg + 2, "=");

		flag = find_flag(arg + 2, len);
		value = arg[2 + len] ? arg + 2 + len + 1 : NULL;
	}
	if (!flag) {
		value_quote(arg, &quoted);
		message_add(m, false, "command line", "%s is unknown; allowed: the flags of "
			    "frebproxy --help", buf_text(&quoted));
		buf_done(&quoted);
		return 1;
	}
	if (!flag->argument && value) {
		message_add(m, false, flag->spelling, "it takes no value");
		return 1;
	}
	if (!flag->argument || value) {
		take_flag(f, flag, value, m);
		return 1;
	}
	if (!next) {
		message_add(m, false, flag->spelling, "the value is missing; allowed: %s %s",
			    flag->spelling, flag->argument);
		return 1;
	}
	take_flag(f, flag, next, m);
	return 2;
}

static bool
goes_with_import(const char *flag)
{
	static const char words[] = "import|output|client-ca|config|help|version";
	unsigned int index;

	return value_word(flag, words, &index) == 0;
}

/* An import needs little, and nothing that would be lost. */
static void
check_import(const struct flags *f, struct messages *m)
{
	if (f->output && !f->import)
		message_add(m, false, "--output", "it goes with --import; allowed: --import FILE "
			    "with it");
	for (size_t i = 0; f->import && i < f->count; i++)
		if (!goes_with_import(f->given[i].flag->name))
			message_add(m, false, f->given[i].flag->spelling, "not together with "
				    "--import; allowed: --output and --client-ca");
	if (f->import && f->config)
		message_add(m, false, "--import", "not together with --config; allowed: --import "
			    "FILE, then --check --config with what it wrote");
}

/* Flags that say what a file says too are for a start without one. */
static void
check_scope(const struct flags *f, struct messages *m)
{
	for (size_t i = 0; f->config && i < f->count; i++)
		if (f->given[i].flag->scope == ALONE)
			message_add(m, false, f->given[i].flag->spelling,
				    "not together with --config; allowed: %s/@%s in the file",
				    f->given[i].flag->path, f->given[i].flag->attribute);
	if (!f->explain && (f->site || f->path))
		message_add(m, false, f->site ? "--site" : "--path",
			    "it goes with --explain; allowed: --explain FILE with it");
	if (f->stray)
		message_add(m, false, f->stray, "it goes with --ctl, which stands first; allowed: "
			    "--ctl SOCKET WORD...");
	check_import(f, m);
	if (f->path && *f->path != '/')
		message_add(m, false, "--path", "it does not begin with /; allowed: /portal/");
	for (size_t i = 0; i < f->count; i++)
		if (f->given[i].value && !xmlCheckUTF8((const xmlChar *)f->given[i].value))
			message_add(m, false, f->given[i].flag->spelling,
				    "the value is not UTF-8; allowed: UTF-8");
}

int
flags_read(struct flags *f, int argc, char *const *argv, struct messages *m)
{
	unsigned int before = m->errors;

	*f = (struct flags){ .action = CONFIG_RUN };
	if (argc > FLAGS_MAX) {
		message_add(m, false, "command line", "%d arguments; allowed: at most %d", argc,
			    FLAGS_MAX);
		return -EINVAL;
	}
	f->given = calloc((size_t)argc + 1, sizeof(*f->given));
	if (!f->given) {
		message_add(m, false, "command line", "out of memory");
		return -EINVAL;
	}
	for (int i = 1; i < argc;)
		i += read_flag(f, argv[i], i + 1 < argc ? argv[i + 1] : NULL, m);
	check_scope(f, m);
	return m->errors == before ? 0 : -EINVAL;
}

void
flags_done(struct flags *f)
{
	free(f->given);
	f->given = NULL;
	f->count = 0;
}

/* ---- help ---- */

/* Words of text from column `indent` on, lines of at most 79. */
static void
put_wrapped(struct buf *out, const char *text, size_t indent)
{
	size_t column = indent;

	while (*text) {
		size_t word = strcspn(text, " ");

		if (column > indent && column + 1 + word > 79) {
			buf_putf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			buf_putc(out, ' ');
			column++;
		}
		buf_put(out, text, word);
		column += word;
		text += word + (text[word] == ' ');
	}
	buf_putc(out, '\n');
}

char *
flags_help(void)
{
	struct buf out = BUF_INIT;

	buf_puts(&out, "usage: frebproxy --farm HOST:PORT,... [flag]...\n"
		       "       frebproxy --config FILE [flag]...\n"
		       "       frebproxy --ctl SOCKET [--json] WORD...\n\n"
		       "A reverse proxy that asks clients for certificates, judges them, passes\n"
		       "requests on with ARR's headers, and writes traces as IIS does.\n\n");
	for (size_t i = 0; i < FLAG_COUNT; i++) {
		const struct flag_info *flag = &flag_rows[i];

		buf_putf(&out, "  %s%s%s\n        ", flag->spelling, flag->argument ? " " : "",
			 flag->argument ? flag->argument : "");
		put_wrapped(&out, flag->text, 8);
	}
	buf_puts(&out, "\nEach flag may be written as --flag VALUE or --flag=VALUE. With --config, "
		       "flags that\nthe file speaks for are refused. See frebproxy(8), "
		       "frebproxy.xml(5).\n");
	return buf_take(&out);
}
