/* SPDX-License-Identifier: MIT */
/*
 * test_hostile - whatever came from the wire, the file is a trace.  Told by
 * our reader, and by an oracle that was written apart from this project
 * (freb-grammar: FREB_TOOLS, or ../shared/tools), whose tests are left out
 * where it is not there.
 */
#include <config.h>

#include "trace/serialise.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/traces.h"
#include "trace/freb.h"

static const char hostile[] =
	"<&>\"']]>\x01\x02\x7f\x80\xc3\xa9\xff\xed\xa0\x80\xef\xbf\xbf"
	"\r\n\t\v%00-->]]><!--\xf0\x9f\x94\x91";

/* Fills every field of the event, whichever it is, with trouble. */
static void
put_hostile(struct trace *t, enum te_id id)
{
	static const uint8_t guid[16] = { 0xff, 1 };
	const struct te_event *e = te_event(id);
	const char *text = hostile;
	const uint8_t *guid_at = guid;
	struct te_bytes bytes = { hostile, sizeof(hostile) };
	char fields[512] = { 0 };

	for (unsigned int i = 0; i < e->field_count; i++) {
		const struct te_field *f = &e->fields[i];
		char *at = fields + f->offset;

		assert_true(f->offset + sizeof(bytes) <= sizeof(fields));
		if (f->type == TE_STR || f->type == TE_LABEL)
			memcpy(at, &text, sizeof(text));
		else if (f->type == TE_BYTES)
			memcpy(at, &bytes, sizeof(bytes));
		else if (f->type == TE_GUID)
			memcpy(at, &guid_at, sizeof(guid_at));
		else
			memset(at, f->type == TE_BOOL ? 1 : 0xff, f->type == TE_BOOL ? 1 :
			       f->type == TE_U64 ? 8 : 4);
		if (f->text_offset)
			memcpy(fields + f->text_offset, &text, sizeof(text));
	}
	trace_put(t, id, e->level, fields);
}

static struct trace *
hostile_trace(void)
{
	struct trace *t = new_trace();

	for (unsigned int id = 0; id < TE_COUNT; id++)
		put_hostile(t, id);
	assert_int_equal(trace_count(t), TE_COUNT);
	t->meta.url = t->meta.verb = t->meta.app_pool_id = hostile;
	t->meta.user_name = t->meta.remote_user_name = t->meta.token_user_name = hostile;
	t->meta.authentication_type = t->meta.client = t->meta.server = hostile;
	t->meta.farm = t->meta.grade = t->meta.log_id = hostile;
	return t;
}

/* Writes xml to a new file; its name is for the caller to unlink. */
static void
save(const char *xml, char name[static 32])
{
	size_t len = strlen(xml);
	int fd;

	snprintf(name, 32, P_tmpdir "/test_serialise.XXXXXX");
	fd = mkstemp(name);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, xml, len), len);
	close(fd);
}

#define NO_FILE "--paired"	/* an option, so that no file is named */

/* Exit status of the oracle on one file; 127 without python3, 2 without a file. */
static int
ask_oracle(char *file)
{
	const char *tools = getenv("FREB_TOOLS"), *up = getenv("top_srcdir");
	char oracle[4096];
	char *const argv[] = { (char []){ "python3" }, oracle, file, NULL };
	int status;
	pid_t pid;

	if (tools)
		snprintf(oracle, sizeof(oracle), "%s/freb-grammar", tools);
	else
		snprintf(oracle, sizeof(oracle), "%s/../shared/tools/freb-grammar", up ? up : ".");
	if (access(oracle, R_OK))
		return 127;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* Its words are of use where a file is wrong only. */
		if (strcmp(file, NO_FILE) == 0)
			dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
check_by_oracle(struct trace *t)
{
	char *xml = xml_of(t);
	char file[32];
	int status;

	save(xml, file);
	status = ask_oracle(file);
	unlink(file);
	free(xml);
	trace_free(t);
	assert_int_equal(status, 0);
}

static void
every_event_with_hostile_data_passes_the_grammar_oracle(void **state)
{
	(void)state;
	check_by_oracle(hostile_trace());
}

static void
a_hostile_root_without_a_user_passes_the_grammar_oracle(void **state)
{
	struct trace *t = hostile_trace();

	(void)state;
	t->meta.has_user = false;
	check_by_oracle(t);
}

static void
a_trace_behind_a_preamble_passes_the_grammar_oracle(void **state)
{
	struct trace_preamble *p = new_preamble();
	struct trace *t = trace_behind(p, 0xab);

	(void)state;
	trace_preamble_unref(p);
	check_by_oracle(t);
}

static void
every_event_with_hostile_data_is_read_back_undamaged(void **state)
{
	struct trace *t = hostile_trace();
	char *xml = xml_of(t), *error = NULL;
	struct freb_file *f = NULL;
	char file[32];

	(void)state;
	save(xml, file);
	assert_int_equal(freb_open(file, &f, &error), 0);
	assert_int_equal(freb_index_all(f), 0);
	assert_int_equal(freb_damage_count(f), 0);
	assert_int_equal(freb_count(f), TE_COUNT);
	for (unsigned int id = 0; id < TE_COUNT; id++) {
		const struct freb_event *e = freb_event(f, id);

		assert_non_null(e);
		assert_string_equal(e->name, te_event(id)->name);
		if (id == TE_LOG_FILE_MAX_SIZE_TRUNCATE)
			assert_int_equal(e->data_count, 0);
		else
			assert_int_equal(e->data_count, te_event(id)->field_count + 1u);
	}
	freb_close(f);
	unlink(file);
	free(xml);
	trace_free(t);
}

static void
a_limit_of_the_output_is_an_error_not_a_half_file(void **state)
{
	struct serialiser *s = new_serialiser();
	struct trace *t = hostile_trace();
	struct buf out;

	(void)state;
	buf_init(&out, 5000);
	assert_int_equal(serialise_trace(s, t, &out), -EMSGSIZE);
	buf_done(&out);
	trace_free(t);
	serialiser_free(s);
	serialiser_free(NULL);
}

enum { ORACLE_TESTS = 3 };

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_with_hostile_data_is_read_back_undamaged),
		cmocka_unit_test(a_limit_of_the_output_is_an_error_not_a_half_file),
		/* The oracle's, last: without it they are left out. */
		cmocka_unit_test(every_event_with_hostile_data_passes_the_grammar_oracle),
		cmocka_unit_test(a_hostile_root_without_a_user_passes_the_grammar_oracle),
		cmocka_unit_test(a_trace_behind_a_preamble_passes_the_grammar_oracle),
	};
	size_t count = sizeof(tests) / sizeof(tests[0]);

	/* cmocka's skip() is "not ok" in TAP, so the list ends before them. */
	if (ask_oracle((char []){ NO_FILE }) != 2) {
		puts("# freb-grammar or python3 not found: 3 tests left out");
		count -= ORACLE_TESTS;
	}
	return _cmocka_run_group_tests("hostile", tests, count, NULL, NULL);
}
