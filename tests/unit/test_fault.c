/* SPDX-License-Identifier: MIT */
/*
 * test_fault - every row of fault.def is usable by the page, the trace and
 * the log, and no two rows are the same failure.
 */
#include <config.h>

#include "core/fault.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
no_fault_is_200_without_text(void **state)
{
	const struct fault_info *f = fault_info(FAULT_NONE);

	(void)state;
	assert_int_equal(f->status, 200);
	assert_int_equal(f->substatus, 0);
	assert_int_equal(f->code, 0);
	assert_string_equal(f->text, "");
}

static void
a_number_that_is_no_fault_is_no_fault(void **state)
{
	(void)state;
	assert_ptr_equal(fault_info(FAULT_COUNT), fault_info(FAULT_NONE));
	assert_ptr_equal(fault_info((enum fault)-1), fault_info(FAULT_NONE));
}

static void
every_fault_has_a_status_a_word_and_a_text(void **state)
{
	(void)state;
	for (unsigned int i = 1; i < FAULT_COUNT; i++) {
		const struct fault_info *f = fault_info((enum fault)i);

		assert_in_range(f->status, 400, 599);
		assert_in_range(f->substatus, 0, 999);
		assert_true(*f->symbol && *f->reason && *f->text);
		for (const char *p = f->reason; *p; p++)
			assert_true(isalnum((unsigned char)*p));
		/* texts stand in the middle of a sentence */
		assert_true(islower((unsigned char)f->text[0]) ||
			    isupper((unsigned char)f->text[1]));
		assert_true(f->text[strlen(f->text) - 1] != '.');
	}
}

static void
no_two_faults_share_symbol_reason_or_text(void **state)
{
	(void)state;
	for (unsigned int i = 1; i < FAULT_COUNT; i++)
		for (unsigned int j = 1; j < i; j++) {
			const struct fault_info *a = fault_info((enum fault)i);
			const struct fault_info *b = fault_info((enum fault)j);

			assert_string_not_equal(a->symbol, b->symbol);
			assert_string_not_equal(a->reason, b->reason);
			assert_string_not_equal(a->text, b->text);
		}
}

static void
certificate_faults_have_the_codes_of_iis(void **state)
{
	static const struct {
		enum fault fault;
		unsigned int status, sub;
		uint32_t code;
	} known[] = {
		{ FAULT_SSL_REQUIRED, 403, 4, 0x80070005 },
		{ FAULT_CERT_REQUIRED, 403, 7, 0x80070005 },
		{ FAULT_CERT_REVOKED, 403, 13, 0x80092010 },
		{ FAULT_CERT_UNTRUSTED, 403, 16, 0x800b0109 },
		{ FAULT_CERT_EXPIRED, 403, 17, 0x800b0101 },
		{ FAULT_SERVER_CONNECT, 502, 3, 0x80072efd },
		{ FAULT_NO_SERVER, 502, 4, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const struct fault_info *f = fault_info(known[i].fault);

		assert_int_equal(f->status, known[i].status);
		assert_int_equal(f->substatus, known[i].sub);
		assert_int_equal(f->code, known[i].code);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_fault_is_200_without_text),
		cmocka_unit_test(a_number_that_is_no_fault_is_no_fault),
		cmocka_unit_test(every_fault_has_a_status_a_word_and_a_text),
		cmocka_unit_test(no_two_faults_share_symbol_reason_or_text),
		cmocka_unit_test(certificate_faults_have_the_codes_of_iis),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
