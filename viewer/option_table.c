/* SPDX-License-Identifier: MIT */
/* option_table - see option_table.h. */
#include <config.h>

#include "viewer/option_table.h"

#include <stdarg.h>
#include <string.h>

enum { ROWS_MAX = 128 };

static int
has_argument(const struct option_row *row)
{
	if (!row->argument)
		return no_argument;
	return row->argument[0] == '[' ? optional_argument : required_argument;
}

bool
option_row_wants_argument(const struct option_row *row)
{
	return has_argument(row) == required_argument;
}

bool
option_table_wrong(const struct option_table *t, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", t->program);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\n", stderr);
	return false;
}

/* What getopt wants, from the rows. */
static void
make_tables(const struct option_table *t, struct option *longs, char *letters)
{
	size_t count = 0;

	*letters++ = ':'; /* messages are ours */
	for (size_t i = 0; i < t->count && i < ROWS_MAX; i++) {
		const struct option_row *r = &t->rows[i];

		if (r->id == OPTION_NONE)
			continue;
		longs[count++] = (struct option){ .name = r->name,
						  .has_arg = has_argument(r),
						  .val = r->id };
		if (r->letter)
			*letters++ = r->letter;
		if (r->letter && r->argument)
			*letters++ = ':';
	}
	memset(&longs[count], 0, sizeof(*longs));
	*letters = '\0';
}

static const struct option_row *
row_of(const struct option_table *t, int id)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct option_row *r = &t->rows[i];

		if (r->id != OPTION_NONE && (r->id == id || (r->letter && r->letter == id)))
			return r;
	}
	return NULL;
}

const struct option_row *
option_table_next(const struct option_table *t, int argc, char **argv, bool *wrong)
{
	struct option longs[ROWS_MAX + 1];
	char letters[2 * ROWS_MAX + 2];
	const struct option_row *row;
	int id;

	make_tables(t, longs, letters);
	opterr = 0;
	*wrong = false;
	id = getopt_long(argc, argv, letters, longs, NULL);
	if (id == -1)
		return NULL;
	row = row_of(t, id);
	if (row)
		return row;
	*wrong = true;
	if (id == ':')
		option_table_wrong(t, "%s needs an argument; see %s --help", argv[optind - 1],
				   t->program);
	else if (optopt > 0 && optopt < OPTION_NONE)
		option_table_wrong(t, "unknown option -%c; see %s --help", optopt, t->program);
	else
		option_table_wrong(t,
				   "%s: unknown option, not clear, or with an argument it does not "
				   "take; see %s --help",
				   argv[optind - 1], t->program);
	return NULL;
}

void
option_table_help(const struct option_table *t, FILE *out)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct option_row *r = &t->rows[i];
		char left[64];

		if (r->id == OPTION_NONE) {
			fprintf(out, "\n%s:\n", r->text);
			continue;
		}
		snprintf(left, sizeof(left), "%c%c%c --%s%s%s", r->letter ? '-' : ' ',
			 r->letter ? r->letter : ' ', r->letter ? ',' : ' ', r->name,
			 option_row_wants_argument(r) ? " " : "", r->argument ? r->argument : "");
		fprintf(out, "  %-22s  %s\n", left, r->text);
	}
}
