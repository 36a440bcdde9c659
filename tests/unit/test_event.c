/* SPDX-License-Identifier: MIT */
/*
 * test_event - the catalogue: rules that every row keeps, old or new, so that
 * traces stay readable by Microsoft's stylesheet and hold no secret.
 */
#include <config.h>

#include "trace/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "trace/plan.h"

static void
each_event_has_what_the_manual_and_the_file_need(void **state)
{
	(void)state;
	for (unsigned int id = 0; id < TE_COUNT; id++) {
		const struct te_event *e = te_event(id);

		assert_true(strlen(e->text) > 5 && strlen(e->name) > 2);
		assert_true(e->field_count <= PLAN_FIELDS);
		assert_true(e->level <= TE_VERBOSE);
		assert_true(strlen(te_area(e->area)->event_guid) == PLAN_GUID);
		for (unsigned int i = 0; i < e->field_count; i++)
			assert_non_null(e->fields[i].name);
		assert_null(e->fields[e->field_count].name);
	}
	assert_null(te_event(TE_COUNT));
	assert_null(te_area(TE_AREA_COUNT));
}

static void
no_opcode_stands_twice_in_an_area_and_no_name_twice(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < TE_COUNT; i++) {
		for (unsigned int k = 0; k < i; k++) {
			const struct te_event *a = te_event(i), *b = te_event(k);

			if (a->area == b->area && a->opcode == b->opcode)
				fail_msg("%s and %s have one opcode", a->name, b->name);
			assert_string_not_equal(a->name, b->name);
		}
	}
}

static void
no_data_name_hides_or_repeats(void **state)
{
	static const char *const hidden[] = { "ContextId", "ConnID", "Context ID" };

	(void)state;
	for (unsigned int id = 0; id < TE_COUNT; id++) {
		const struct te_event *e = te_event(id);

		for (unsigned int i = 0; i < e->field_count; i++) {
			for (size_t k = 0; k < sizeof(hidden) / sizeof(hidden[0]); k++)
				assert_string_not_equal(e->fields[i].name, hidden[k]);
			for (unsigned int k = 0; k < i; k++)
				assert_string_not_equal(e->fields[i].name, e->fields[k].name);
		}
	}
}

static void
every_start_of_ours_has_an_end_and_a_module_name(void **state)
{
	(void)state;
	for (unsigned int id = 0; id < TE_COUNT; id++) {
		const struct te_event *e = te_event(id);
		size_t stem = strlen(e->name) - strlen("_START");
		bool found = false;

		if (strlen(e->name) < 7 || strcmp(e->name + stem, "_START") != 0)
			continue;
		for (unsigned int k = 0; k < TE_COUNT && !found; k++) {
			const char *name = te_event(k)->name;

			found = strlen(name) == stem + 4 && strncmp(name, e->name, stem) == 0 &&
				strcmp(name + stem, "_END") == 0;
		}
		assert_true(found);
		if (strcmp(te_area(e->area)->provider, "frebproxy") == 0)
			assert_string_equal(e->fields[0].name, "ModuleName");
	}
}

static void
no_field_could_hold_a_secret(void **state)
{
	static const char *const secrets[] = { "Pin", "PinValue", "Password", "Secret", "Key" };

	(void)state;
	for (unsigned int id = 0; id < TE_COUNT; id++) {
		const struct te_event *e = te_event(id);

		/* Its Pin says whether the policy promises one: yes, no or unknown. */
		if (id == TE_AUTH_TOKEN_POLICY)
			continue;
		for (unsigned int i = 0; i < e->field_count; i++)
			for (size_t k = 0; k < sizeof(secrets) / sizeof(secrets[0]); k++)
				assert_string_not_equal(e->fields[i].name, secrets[k]);
	}
}

static void
numbers_have_the_texts_of_the_specification(void **state)
{
	(void)state;
	assert_string_equal(te_enum_text(TE_ENUM_AuthType, 128), "MapCliCert");
	assert_string_equal(te_enum_text(TE_ENUM_Notification, 0x80000000), "MAP_PATH");
	assert_string_equal(te_enum_text(TE_ENUM_TlsAlert, TE_ALERT_CERTIFICATE_REQUIRED),
			    "certificate_required");
	assert_string_equal(te_enum_text(TE_ENUM_ErrorCode, 0x80070005), "Access is denied.");
	assert_null(te_enum_text(TE_ENUM_ErrorCode, TE_ERROR_WINHTTP_CANNOT_CONNECT));
	assert_null(te_enum_text(TE_ENUM_ErrorCode, 12345));
	assert_null(te_enum_text(TE_ENUM_NONE, 0));
	assert_null(te_enum_text(TE_ENUM_COUNT, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_event_has_what_the_manual_and_the_file_need),
		cmocka_unit_test(no_opcode_stands_twice_in_an_area_and_no_name_twice),
		cmocka_unit_test(no_data_name_hides_or_repeats),
		cmocka_unit_test(every_start_of_ours_has_an_end_and_a_module_name),
		cmocka_unit_test(no_field_could_hold_a_secret),
		cmocka_unit_test(numbers_have_the_texts_of_the_specification),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
