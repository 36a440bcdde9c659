/* SPDX-License-Identifier: MIT */
/*
 * frebdiff - compares Failed Request Event traces; the main program.
 *
 * Opens what it is told to compare, lets trace/compare do it, prints through
 * diff_text or diff_json, and writes expected traces only when asked to.
 * Exit: 0 no difference, 1 differences, 2 trouble.
 */
#include <config.h>

#include <errno.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/compare.h"
#include "viewer/cell.h"
#include "viewer/diff_golden.h"
#include "viewer/diff_json.h"
#include "viewer/diff_options.h"
#include "viewer/diff_pairs.h"
#include "viewer/diff_text.h"

enum { SAME = 0, DIFFERENT = 1, TROUBLE = 2 };

struct session {
	struct diff_options options;
	struct rules *rules;
	struct diff_total total;
	bool color;
	bool directories;	/* a summary of each pair is not the last line */
	char answer;		/* --review: 'A', 'R', 'S' for all that follow, 0 = ask */
};

static int __attribute__((format(printf, 1, 2)))
trouble(const char *fmt, ...)
{
	struct buf text = BUF_INIT, safe = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vputf(&text, fmt, ap);
	va_end(ap);
	cell_puts(&safe, buf_text(&text), CELL_ROW);
	fflush(stdout);
	fprintf(stderr, "frebdiff: %s\n", buf_text(&safe));
	buf_done(&text);
	buf_done(&safe);
	return TROUBLE;
}

/* SAME, or TROUBLE said: unreadable, no trace, damaged. */
static int
open_trace(const struct session *s, const char *path, struct freb_file **f)
{
	char *error = NULL;
	int rc = freb_open(path, f, &error);

	if (rc) {
		*f = NULL;
		rc = trouble("%s: %s", path, error ? error : strerror(-rc));
		free(error);
		return rc;
	}
	rc = freb_index_all(*f);
	if (rc)
		return trouble("%s: %s", path, strerror(-rc));
	if (!freb_damage_count(*f) || s->options.partial)
		return SAME;
	const struct freb_damage *d = freb_damage(*f, 0);

	return trouble("%s:%llu: damaged: %s (--partial compares as far as it goes)", path,
		       (unsigned long long)d->line, d->message ? d->message : "unreadable");
}

static bool
is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	if (!strcmp(a, "-") || !strcmp(b, "-"))
		return !strcmp(a, b);
	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The lines that come before the last one. */
static void
print_rules(const struct session *s)
{
	const struct rules *r = s->rules;

	for (size_t i = 0; s->options.show_masked && i < rules_rows(r); i++)
		if (r->masked[i])
			printf("masked %6llu  %s\n", (unsigned long long)r->masked[i],
			       rules_row_text(r, i));
	for (size_t i = 0; i < r->count; i++)
		if (!r->rule[i].used)
			printf("unused rule %s:%u: %s\n", r->name, r->rule[i].line,
			       r->rule[i].text);
}

static void
print_summary(const struct session *s, const struct compare *c, const char *name)
{
	const struct compare_totals *t = compare_totals(c);
	struct buf line = BUF_INIT, safe = BUF_INIT;

	if (s->directories && compare_is_equal(t))
		return;
	if (!s->directories)
		print_rules(s);
	if (s->directories)
		cell_puts(&safe, name, CELL_ROW);
	if (safe.len)
		buf_puts(&safe, ": ");
	diff_text_summary(&line, t, s->rules);
	printf("%s%s%s\n", s->directories ? "" : "frebdiff: ", buf_text(&safe), buf_text(&line));
	buf_done(&line);
	buf_done(&safe);
}

static int
run_json(const struct session *s, struct compare *c, struct freb_file *const f[2],
	 const char *const name[2])
{
	struct diff_json j = { c, { f[0], f[1] }, { name[0], name[1] }, stdout };
	int rc = compare_run(c, diff_json_see, &j);

	return rc ? rc : diff_json_end(&j, s->rules);
}

static int
run_text(const struct session *s, struct compare *c, struct freb_file *const f[2],
	 const char *const name[2])
{
	struct diff_text t;
	int rc = diff_text_init(&t, &s->options, c, f, name, stdout, s->color);

	if (!rc)
		rc = compare_run(c, diff_text_see, &t);
	if (!rc)
		diff_text_end(&t);
	diff_text_done(&t);
	if (!rc)
		print_summary(s, c, name[1]);
	return rc;
}

/* SAME, DIFFERENT, or TROUBLE said. */
static int
compare_files(struct session *s, struct freb_file *const f[2], const char *const name[2])
{
	const struct compare_options options = {
		.rules = s->rules, .text = s->options.text, .gaps = s->options.gaps,
		.strict_order = s->options.strict_order, .show_masked = s->options.show_masked,
	};
	struct compare *c = compare_new(f[0], f[1], &options);
	int rc;

	if (!c)
		return trouble("no memory");
	if (s->options.form == DIFF_QUIET)
		rc = compare_run(c, NULL, NULL);
	else if (s->options.form == DIFF_JSON)
		rc = run_json(s, c, f, name);
	else
		rc = run_text(s, c, f, name);
	s->total.masked += compare_totals(c)->masked;
	bool equal = compare_is_equal(compare_totals(c));

	compare_free(c);
	if (rc)
		return trouble("%s: %s", name[1], strerror(-rc));
	return equal ? SAME : DIFFERENT;
}

/* Writes the expectation; SAME when it is in place now. */
static int
update(struct session *s, struct freb_file *f, const char *path)
{
	bool written;

	if (!strcmp(path, "-"))
		return trouble("standard input cannot be updated");
	int rc = diff_golden_write(f, s->rules, path, &written);

	if (rc)
		return trouble("%s: %s", path, strerror(-rc));
	if (written) {
		s->total.updated++;
		fprintf(stderr, "frebdiff: updated %s\n", path);
	}
	return SAME;
}

/* --review: whether to accept B for A. */
static bool
is_accepted(struct session *s, const char *path)
{
	char line[64];

	while (!s->answer) {
		fflush(stdout);
		fprintf(stderr, "%s: accept, reject or skip it (a r s; A R S for all)? ", path);
		if (!fgets(line, sizeof(line), stdin))
			return false;
		if (strchr("ARS", line[0]) && line[0])
			s->answer = line[0];
		else if (strchr("ars", line[0]) && line[0])
			return line[0] == 'a';
	}
	return s->answer == 'A';
}

/* One pair of files. */
static int
do_pair(struct session *s, const char *a, const char *b)
{
	const char *const name[2] = { a, b };
	struct freb_file *f[2] = { NULL, NULL };
	int rc;

	if (!s->options.same_ok && is_same_file(a, b))
		return trouble("%s and %s are the same file (--same-ok allows it)", a, b);
	rc = open_trace(s, a, &f[0]);
	if (rc == SAME)
		rc = open_trace(s, b, &f[1]);
	if (rc == SAME)
		rc = compare_files(s, f, name);
	s->total.compared++;
	if ((rc == SAME || rc == DIFFERENT) && s->options.update)
		rc = update(s, f[1], a);
	else if (rc == DIFFERENT && s->options.review && is_accepted(s, a))
		rc = update(s, f[1], a);
	s->total.different += rc == DIFFERENT;
	s->total.trouble += rc == TROUBLE;
	freb_close(f[0]);
	freb_close(f[1]);
	return rc;
}

/* A does not have it yet. */
static int
create(struct session *s, const char *a, const char *b)
{
	struct freb_file *f;
	int rc = open_trace(s, b, &f);

	if (rc == SAME && (s->options.update || is_accepted(s, a)))
		rc = update(s, f, a);
	else if (rc == SAME)
		rc = DIFFERENT;
	freb_close(f);
	return rc;
}

static bool
is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* Directory and last part of a path; free(). */
static char *
path_in(const char *dir, const char *path)
{
	const char *last = strrchr(path, '/');
	char *joined;

	if (asprintf(&joined, "%s/%s", dir, last ? last + 1 : path) < 0)
		return NULL;
	return joined;
}

static int
do_missing(struct session *s, const char *a)
{
	s->total.missing++;
	if (s->options.form != DIFF_QUIET && s->options.form != DIFF_JSON)
		printf("%s: only in A\n", a);
	return s->options.allow_missing ? SAME : DIFFERENT;
}

static int
do_extra(struct session *s, const char *dir, const char *b)
{
	char *path = path_in(dir, b);
	int rc;

	if (!path)
		return trouble("no memory");
	if (s->options.create) {
		rc = create(s, path, b);
	} else {
		s->total.extra++;
		if (s->options.form != DIFF_QUIET && s->options.form != DIFF_JSON)
			printf("%s: only in B\n", b);
		rc = s->options.allow_extra ? SAME : DIFFERENT;
	}
	free(path);
	return rc;
}

static int
print_total(const struct session *s, int rc)
{
	const struct diff_total *t = &s->total;
	size_t rows = 0;

	if (s->options.form == DIFF_QUIET)
		return rc;
	if (s->options.form == DIFF_JSON)
		return diff_json_total(stdout, t, s->rules) ? trouble("no memory") : rc;
	print_rules(s);
	for (size_t i = 0; i < rules_rows(s->rules); i++)
		rows += s->rules->masked[i] > 0;
	printf("frebdiff: %s: %zu of %zu trace%s differ", rc == SAME ? "equal" : rc == DIFFERENT ?
	       "differ" : "trouble", t->different, t->compared, t->compared == 1 ? "" : "s");
	if (t->missing)
		printf(", %zu only in A", t->missing);
	if (t->extra)
		printf(", %zu only in B", t->extra);
	if (t->trouble)
		printf(", %zu unreadable", t->trouble);
	if (t->updated)
		printf(", %zu updated", t->updated);
	printf("; %llu values masked by %zu rules", (unsigned long long)t->masked, rows);
	if (rules_unused(s->rules))
		printf("; %zu rule%s unused", rules_unused(s->rules),
		       rules_unused(s->rules) == 1 ? "" : "s");
	printf("\n");
	return rc;
}

static int
do_directories(struct session *s, const char *a, const char *b)
{
	struct diff_pairs pairs;
	char *error;
	int worst = SAME, rc = diff_pairs_find(&pairs, a, b, s->options.by_request, &error);

	s->directories = true;
	if (rc)
		worst = trouble("%s", error ? error : strerror(-rc));
	free(error);
	for (size_t i = 0; !rc && i < pairs.count; i++) {
		const struct diff_found *f = &pairs.found[i];
		int one = !f->path[1] ? do_missing(s, f->path[0]) :
			  !f->path[0] ? do_extra(s, a, f->path[1]) :
					do_pair(s, f->path[0], f->path[1]);

		worst = one > worst ? one : worst;
	}
	diff_pairs_done(&pairs);
	return rc ? worst : print_total(s, worst);
}

/* Both operands named, at most one of them standard input. */
static int
do_operands(struct session *s, const char *a, const char *b)
{
	bool dir_a = is_directory(a), dir_b = is_directory(b);
	char *joined = NULL;
	int rc;

	if (s->options.review && (!strcmp(a, "-") || !strcmp(b, "-")))
		return trouble("--review reads its answers from standard input: "
			       "no operand may be -");
	if (dir_a && dir_b && !s->options.same_ok && is_same_file(a, b))
		return trouble("%s and %s are the same directory (--same-ok allows it)", a, b);
	if (dir_a && dir_b)
		return do_directories(s, a, b);
	if (dir_a != dir_b) {
		joined = dir_a ? path_in(a, b) : path_in(b, a);
		if (!joined)
			return trouble("no memory");
		a = dir_a ? joined : a;
		b = dir_b ? joined : b;
	}
	if (s->options.create && access(a, F_OK) && errno == ENOENT)
		rc = create(s, a, b);
	else
		rc = do_pair(s, a, b);
	free(joined);
	return rc;
}

static int
do_normalize(struct session *s, const char *path)
{
	struct freb_file *f;
	int rc = open_trace(s, path, &f);

	if (rc == SAME) {
		int error = diff_golden_print(f, s->rules, stdout);

		if (error)
			rc = trouble("%s: %s", path, strerror(-error));
	}
	freb_close(f);
	return rc;
}

static bool
use_color(const struct diff_options *o)
{
	const char *no = getenv("NO_COLOR");

	if (o->color != DIFF_COLOR_AUTO)
		return o->color == DIFF_COLOR_ALWAYS;
	return !(no && *no) && isatty(STDOUT_FILENO);
}

static int
run(struct session *s, int operands, char **operand)
{
	const char *a = operands ? operand[0] : "-";
	char *error;
	int rc;

	s->rules = diff_golden_rules(s->options.rules, a, s->options.no_rules, &error);
	if (!s->rules) {
		rc = trouble("%s", error ? error : "no memory");
		free(error);
		return rc;
	}
	rc = s->options.normalize ? do_normalize(s, a) : do_operands(s, a, operand[1]);
	if (s->options.strict_rules && !s->options.normalize && rc != TROUBLE &&
	    rules_unused(s->rules))
		rc = trouble("%s: %zu rules match nothing (--strict-rules)", s->rules->name,
			     rules_unused(s->rules));
	rules_free(s->rules);
	return rc;
}

int
main(int argc, char **argv)
{
	struct session s = { 0 };
	int first;

	setlocale(LC_ALL, "");
	cell_setup(false);
	switch (diff_options_parse(argc, argv, &s.options, &first)) {
	case DIFF_OPTIONS_DONE:
		return SAME;
	case DIFF_OPTIONS_WRONG:
		return TROUBLE;
	case DIFF_OPTIONS_RUN:
		break;
	}
	s.color = use_color(&s.options);
	int rc = run(&s, argc - first, argv + first);

	if (fflush(stdout) || ferror(stdout))
		return trouble("cannot write the output: %s", strerror(errno));
	return rc;
}
