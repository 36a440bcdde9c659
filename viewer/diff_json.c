/* SPDX-License-Identifier: MIT */
/*
 * diff_json - rows of a comparison as JSON objects; jansson writes them.
 */
#include <config.h>

#include "viewer/diff_json.h"
#include "viewer/cell.h"
#include "viewer/diff_pairs.h"

#include <errno.h>
#include <string.h>

#include <jansson.h>

/* NULL becomes null; what is no UTF-8 or a NUL cannot reach jansson. */
static json_t *
text(const char *s)
{
	struct buf clean = BUF_INIT;
	json_t *value;

	if (!s)
		return json_null();
	value = json_string(s);
	if (value)
		return value;
	for (size_t len = strlen(s), at = 0, used; at < len; at += used) {
		uint32_t code;

		used = cell_decode(s + at, len - at, &code);
		if (code == 0xFFFD)
			buf_puts(&clean, "\xEF\xBF\xBD");
		else
			buf_put(&clean, s + at, used);
	}
	value = json_string(buf_text(&clean));
	buf_done(&clean);
	return value;
}

static int
print(FILE *out, json_t *object)
{
	int rc = object ? json_dumpf(object, out, JSON_COMPACT) : -1;

	fputc('\n', out);
	json_decref(object);
	return rc < 0 ? -ENOMEM : 0;
}

static const char *const item_kinds[] = {
	[COMPARE_CHANGED] = "changed", [COMPARE_MISSING] = "missing", [COMPARE_EXTRA] = "extra",
	[COMPARE_BINDING] = "binding", [COMPARE_OUTSIDE] = "outside", [COMPARE_ORDER] = "order",
	[COMPARE_REQUIRED] = "required", [COMPARE_MASKED] = "masked",
};

static const char *const row_kinds[] = {
	[COMPARE_ROOT] = "root", [COMPARE_EQUAL] = "equal", [COMPARE_DIFFERENT] = "changed",
	[COMPARE_REMOVED] = "removed", [COMPARE_ADDED] = "added",
};

static json_t *
item_object(const struct compare_item *item)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "change", item_kinds[item->kind],
			 "name", text(item->name), "a", text(item->a), "b", text(item->b), "a_text",
			 text(item->a_text), "b_text", text(item->b_text), "note",
			 text(item->note));
}

static int
print_root(struct diff_json *j, const struct compare_row *row)
{
	int rc = print(j->out, json_pack("{s:i, s:s, s:o, s:o, s:I, s:I}", "schema", 1,
					 "kind", "diff", "a", text(j->name[0]), "b",
					 text(j->name[1]), "events_a",
					 (json_int_t)freb_count(j->file[0]), "events_b",
					 (json_int_t)freb_count(j->file[1])));

	for (size_t i = 0; !rc && i < row->count; i++) {
		const struct compare_item *item = &row->items[i];

		rc = print(j->out, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "kind",
					     item->kind == COMPARE_REQUIRED ? "rule" : "attribute",
					     "change", item_kinds[item->kind], "name",
					     text(item->name), "a", text(item->a), "b",
					     text(item->b), "note", text(item->note)));
	}
	return rc;
}

static json_t *
number(size_t index)
{
	return index == COMPARE_NONE ? json_null() : json_integer((json_int_t)index + 1);
}

/* Data of an event only one side has, in order; [] for other rows. */
static json_t *
data_list(struct diff_json *j, const struct compare_row *row)
{
	int side = row->a == COMPARE_NONE;
	const struct freb_event *e = NULL;
	json_t *list = json_array();

	if (row->kind == COMPARE_REMOVED || row->kind == COMPARE_ADDED)
		e = freb_event(j->file[side], side ? row->b : row->a);
	for (size_t i = 0; e && i < e->data_count; i++)
		json_array_append_new(list, json_pack("{s:o, s:o}", "name", text(e->data[i].name),
						      "value", text(e->data[i].value)));
	return list;
}

int
diff_json_see(void *arg, const struct compare_row *row)
{
	struct diff_json *j = arg;
	int side = row->a == COMPARE_NONE;
	json_t *values;

	if (row->kind == COMPARE_ROOT)
		return print_root(j, row);
	if (row->kind == COMPARE_EQUAL && !row->count)
		return 0;
	values = json_array();
	for (size_t i = 0; i < row->count; i++)
		json_array_append_new(values, item_object(&row->items[i]));
	return print(j->out,
		     json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "kind", "event", "change",
			       row_kinds[row->kind], "a", number(row->a), "b", number(row->b), "op",
			       text(compare_event_name(j->compare, side, side ? row->b : row->a)),
			       "values", values, "data", data_list(j, row)));
}

static json_t *
rule_list(const struct rules *rules)
{
	json_t *list = json_array();

	for (size_t i = 0; i < rules_rows(rules); i++)
		if (rules->masked[i])
			json_array_append_new(list,
					      json_pack("{s:o, s:I}", "rule",
							text(rules_row_text(rules, i)), "masked",
							(json_int_t)rules->masked[i]));
	return list;
}

static json_t *
unused_list(const struct rules *rules)
{
	json_t *list = json_array();

	for (size_t i = 0; i < rules->count; i++)
		if (!rules->rule[i].used)
			json_array_append_new(list, json_pack("{s:i, s:o}", "line",
							      (int)rules->rule[i].line, "rule",
							      text(rules->rule[i].text)));
	return list;
}

int
diff_json_end(struct diff_json *j, const struct rules *rules)
{
	const struct compare_totals *t = compare_totals(j->compare);

	return print(j->out,
		     json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, "
			       "s:o, s:o}",
			       "kind", "summary", "equal", compare_is_equal(t), "attributes",
			       (json_int_t)t->attributes, "changed", (json_int_t)t->changed,
			       "values", (json_int_t)t->values, "removed", (json_int_t)t->removed,
			       "added", (json_int_t)t->added, "bindings", (json_int_t)t->bindings,
			       "required", (json_int_t)t->required, "equal_events",
			       (json_int_t)t->equal, "masked", (json_int_t)t->masked, "coarse",
			       t->coarse, "rules", rule_list(rules), "unused", unused_list(rules)));
}

int
diff_json_total(FILE *out, const struct diff_total *t, const struct rules *rules)
{
	return print(out, json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}",
				    "kind", "total",
				    "traces", (json_int_t)t->compared,
				    "different", (json_int_t)t->different,
				    "missing", (json_int_t)t->missing,
				    "extra", (json_int_t)t->extra,
				    "trouble", (json_int_t)t->trouble,
				    "updated", (json_int_t)t->updated,
				    "masked", (json_int_t)t->masked,
				    "rules", rule_list(rules), "unused", unused_list(rules)));
}
