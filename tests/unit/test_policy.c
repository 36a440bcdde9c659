/* SPDX-License-Identifier: MIT */
/*
 * test_policy - where does a key live?  What policies say, for the leaf and
 * for the path, and the identity that comes out.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/token/identity.h"
#include "core/token/policy_path.h"
#include "tests/unit/scene.h"

#define PIV_AUTH "2.16.840.1.101.3.2.1.3.13"
#define CARD_AUTH "2.16.840.1.101.3.2.1.3.17"
#define SOFTWARE "0.4.0.2042.1.1"
#define TPM "1.3.6.1.4.1.311.21.30"

static struct trace *trace;

static int
setup(void **state)
{
	(void)state;
	trace = recorder_new();
	return trace ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	recorder_free(trace);
	return 0;
}

#define assert_told(text) \
	do { \
		if (!strstr(recorder_text(trace), text)) \
			fail_msg("no \"%s\" in:\n%s", text, recorder_text(trace)); \
	} while (0)

static bool
is_oid(const char *s)
{
	size_t arcs = 0;

	while (*s >= '0' && *s <= '9') {
		if (*s == '0' && s[1] >= '0' && s[1] <= '9')
			return false;
		s += strspn(s, "0123456789");
		arcs++;
		if (*s == '.')
			s++;
		else
			return *s == '\0' && arcs >= 4;
	}
	return false;
}

static void
every_row_is_an_oid_of_its_own_with_name_and_source(void **state)
{
	(void)state;
	assert_true(policy_count() > 40);
	for (size_t i = 0; i < policy_count(); i++) {
		const struct policy *p = policy_at(i);

		assert_true(is_oid(p->oid));
		assert_true(strlen(p->name) > 2);
		assert_true(strlen(p->source) > 1);
		assert_ptr_equal(policy_find(p->oid), p);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(policy_at(k)->name, p->name);
	}
	assert_null(policy_find("1.2.3"));
	assert_null(policy_find("0.4.0.1862.1.4"));	/* a QcStatement, no policy */
}

static void
software_never_promises_a_pin(void **state)
{
	(void)state;
	for (size_t i = 0; i < policy_count(); i++)
		if (policy_at(i)->hardware == POLICY_SAYS_NO)
			assert_int_equal(policy_at(i)->pin, POLICY_SAYS_NO);
	assert_int_equal(policy_find(CARD_AUTH)->pin, POLICY_SAYS_NO);
	assert_int_equal(policy_find(CARD_AUTH)->hardware, POLICY_SAYS_YES);
}

/* Grade and PIN of a leaf with policies, under an intermediate with policies. */
static struct identity
judge(const struct wish *inter, const struct wish *leaf, bool trusted)
{
	struct identity id;
	struct scene s;

	scene_make(&s, inter, leaf, trusted);
	recorder_reset(trace);
	identity_of(s.badge, &(struct identity_source){ 0 }, trace, &id);
	assert_int_equal(recorder_count(trace, "AUTH_TOKEN_IDENTITY_START"), 1);
	assert_int_equal(recorder_count(trace, "AUTH_TOKEN_IDENTITY_END"), 1);
	scene_done(&s);
	return id;
}

static const struct wish plain = { .dn = NULL };

static void
without_policies_nothing_is_known(void **state)
{
	struct identity id = judge(&plain, &plain, true);

	(void)state;
	assert_int_equal(id.grade, EVIDENCE_E0);
	assert_int_equal(id.pin, PIN_UNKNOWN);
	assert_true(id.fresh);
	assert_string_equal(id.kind, "DN");
	assert_string_equal(id.name, "CN=Anna");
	assert_told("IDENTITY_END level=4 Identity=CN=Anna| IdentityKind=DN| Grade=E0| "
		    "PinBacked=unknown| Fresh=yes| SecondsSinceSignature=0|");
}

static void
a_hardware_policy_of_the_leaf_alone_is_e1(void **state)
{
	struct wish leaf = { .policies = { PIV_AUTH, "1.2.3" } };
	struct identity id = judge(&plain, &leaf, true);

	(void)state;
	assert_int_equal(id.grade, EVIDENCE_E1);
	assert_int_equal(id.pin, PIN_UNKNOWN); /* its CA may not say so */
	assert_told("AUTH_TOKEN_POLICY level=4 Oid=" PIV_AUTH "| Name=common-authentication (PIV "
		    "slot 9A)| Hardware=yes| Pin=yes| ValidForPath=no| Source=FPKI|");
	assert_told("Oid=1.2.3| Name=| Hardware=unknown| Pin=unknown| ValidForPath=no| Source=|");
}

static void
a_hardware_policy_of_the_whole_path_is_e2(void **state)
{
	struct wish same = { .policies = { PIV_AUTH } }, any = { .policies = { ANY_POLICY } };
	struct wish mapped = { .policies = { PIV_AUTH }, .extension = "2.5.29.33" };

	(void)state;
	assert_int_equal(judge(&same, &same, true).grade, EVIDENCE_E2);
	assert_told("ValidForPath=yes|");
	assert_int_equal(judge(&any, &same, true).grade, EVIDENCE_E2);
	assert_int_equal(judge(&mapped, &same, true).grade, EVIDENCE_E1);
	assert_told("ValidForPath=unknown|");
}

static void
an_untrusted_chain_can_claim_what_it_likes(void **state)
{
	struct wish same = { .policies = { PIV_AUTH } };
	struct identity id = judge(&same, &same, false);

	(void)state;
	assert_int_equal(id.grade, EVIDENCE_E0);
	assert_int_equal(id.pin, PIN_UNKNOWN);
	assert_told("AUTH_TOKEN_IDENTITY_END level=3");
	assert_told("ValidForPath=unknown|");
}

static void
a_card_key_without_pin_is_never_pin_backed(void **state)
{
	struct wish leaf = { .policies = { PIV_AUTH, CARD_AUTH } };
	struct wish any = { .policies = { ANY_POLICY } };

	(void)state;
	assert_int_equal(judge(&plain, &leaf, true).pin, PIN_NO);
	assert_int_equal(judge(&any, &leaf, true).pin, PIN_NO);
	leaf.policies[0] = SOFTWARE;
	leaf.policies[1] = NULL;
	assert_int_equal(judge(&plain, &leaf, true).pin, PIN_NO);
	leaf.policies[1] = PIV_AUTH;
	assert_int_equal(judge(&plain, &leaf, true).pin, PIN_NO);
	assert_int_equal(judge(&any, &leaf, true).pin, PIN_YES);
	leaf.policies[0] = TPM;
	leaf.policies[1] = NULL;
	assert_int_equal(judge(&plain, &leaf, true).pin, PIN_UNKNOWN);
}

static void
the_name_is_upn_then_email_then_subject(void **state)
{
	struct wish leaf = { .upn = "anna@acme.example", .email = "a@acme.example" };
	struct identity id = judge(&plain, &leaf, true);

	(void)state;
	assert_string_equal(id.name, "anna@acme.example");
	assert_string_equal(id.kind, "UPN");
	leaf.upn = NULL;
	id = judge(&plain, &leaf, true);
	assert_string_equal(id.name, "a@acme.example");
	assert_string_equal(id.kind, "email");
}

static void
every_name_is_told_and_one_is_used(void **state)
{
	struct wish leaf = {
		.dn = "CN=DOE.ANNA.1234567890,O=Acme", .email = "a@acme.example",
		.uri = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
		.other = { "2.16.840.1.101.3.6.6", "0419"
			"d0439458210c2c19a0846d83685a1082108ce73984108ca3fc" },
		/* the SID S-1-5-21-1-2-3-500 */
		.extras = { { "1.3.6.1.4.1.311.25.2", "3024a022060a2b060104018237190201a0140412"
			"532d312d352d32312d312d322d332d353030" } },
	};
	struct identity id = judge(&plain, &leaf, true);

	(void)state;
	assert_string_equal(id.kind, "email");
	assert_int_equal(recorder_count(trace, "AUTH_TOKEN_NAME"), 6);
	assert_told("AUTH_TOKEN_NAME level=4 Kind=email| Value=a@acme.example| Used=yes|");
	assert_told("Kind=EDIPI| Value=1234567890| Used=no|");
	assert_told("Kind=FASC-N| Value=0032-0001-092446-0-1-1112223333112232| Used=no|");
	assert_told("Kind=UUID| Value=f81d4fae-7dec-11d0-a765-00a0c91e6bf6| Used=no|");
	assert_told("Kind=SID| Value=S-1-5-21-1-2-3-500| Used=no|");
	assert_told("Kind=DN| Value=O=Acme, CN=DOE.ANNA.1234567890| Used=no|");
}

static void
what_has_not_the_form_of_its_kind_is_no_name(void **state)
{
	struct wish leaf = {
		.dn = "CN=Anna 1234567890", .uri = "tag:microsoft.com,2022-09-14:sid:S-1-5-x",
		.other = { "2.16.840.1.101.3.6.6", "0402ff01" },
	};
	struct identity id = judge(&plain, &leaf, true);

	(void)state;
	assert_string_equal(id.kind, "FASC-N");	/* of another form: its bytes */
	assert_string_equal(id.name, "ff01");
	assert_int_equal(recorder_count(trace, "AUTH_TOKEN_NAME"), 2);
	leaf.uri = "tag:microsoft.com,2022-09-14:sid:S-1-5-21-7";
	leaf.other[1] = "0c026162";
	id = judge(&plain, &leaf, true);
	assert_string_equal(id.kind, "SID");
	assert_string_equal(id.name, "S-1-5-21-7");
	leaf.uri = "urn:uuid:f81d4fae";
	assert_string_equal(judge(&plain, &leaf, true).kind, "DN");
}

static void
the_configured_order_decides(void **state)
{
	static const enum identity_kind order[] = { IDENTITY_SID, IDENTITY_DN, IDENTITY_UPN };
	struct identity_source source = { .order = order, .order_count = 3, .required = "E2" };
	struct wish leaf = { .upn = "anna@acme.example" };
	struct identity id;
	struct scene s;

	(void)state;
	scene_make(&s, &plain, &leaf, true);
	recorder_reset(trace);
	identity_of(s.badge, &source, trace, &id);
	assert_string_equal(id.kind, "DN");
	assert_told("Required=E2|");
	assert_told("Kind=UPN| Value=anna@acme.example| Used=no|");
	source.order_count = 1;
	identity_of(s.badge, &source, trace, &id);
	assert_string_equal(id.kind, "DN");
	scene_done(&s);
}

static void
the_facts_of_a_badge_are_made_once(void **state)
{
	struct identity_source source = { 0 };
	struct identity one, two;
	struct scene s;

	(void)state;
	scene_make(&s, &plain, &plain, true);
	identity_of(s.badge, &source, NULL, &one);
	identity_of(s.badge, &source, NULL, &two);
	assert_ptr_equal(one.facts, two.facts);
	scene_done(&s);
}

static void
a_mapped_hardware_policy_is_e2_and_told(void **state)
{
	struct wish inter = {
		.policies = { PIV_AUTH },
		.extras = { { "2.5.29.33", "30123010060a6086480165030201030d06022a03" } },
	};
	struct wish leaf = { .policies = { "1.2.3" } };
	struct identity id = judge(&inter, &leaf, true);

	(void)state;
	assert_int_equal(id.grade, EVIDENCE_E2);
	assert_int_equal(id.pin, PIN_YES);
	assert_told("Oid=1.2.3| Name=| Hardware=unknown| Pin=unknown| ValidForPath=yes| Source=|");
	assert_told("Oid=" PIV_AUTH "| Name=common-authentication (PIV slot 9A)| Hardware=yes| "
		    "Pin=yes| ValidForPath=yes| Source=FPKI, mapped to 1.2.3|");
	leaf.policies[0] = PIV_AUTH;
	assert_int_equal(judge(&inter, &leaf, true).grade, EVIDENCE_E1);
}

static void
a_long_name_is_cut_between_characters(void **state)
{
	char upn[400] = "x";
	struct wish leaf = { .upn = upn };
	struct identity id;

	(void)state;
	while (strlen(upn) < 300)
		memcpy(upn + strlen(upn), "\xc3\xa6", 3);
	id = judge(&plain, &leaf, true);
	assert_int_equal(strlen(id.name), 255);
	assert_memory_equal(id.name, upn, 255);
	upn[0] = '\0';
	while (strlen(upn) < 300)
		memcpy(upn + strlen(upn), "\xc3\xa6", 3);
	id = judge(&plain, &leaf, true);
	assert_int_equal(strlen(id.name), 254);
}

static void
a_resumed_session_is_not_fresh(void **state)
{
	struct identity_source source = { .resumed = true };
	struct identity id;
	struct scene s;

	(void)state;
	scene_make(&s, &plain, &plain, true);
	recorder_reset(trace);
	source.seconds_since_signature = UINT64_MAX;
	identity_of(s.badge, &source, trace, &id);
	assert_false(id.fresh);
	assert_told("Fresh=no| SecondsSinceSignature=|");
	source.seconds_since_signature = 17;
	identity_of(s.badge, &source, trace, &id);
	assert_told("Fresh=no| SecondsSinceSignature=17|");
	identity_of(s.badge, &source, NULL, &id);
	scene_done(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_an_oid_of_its_own_with_name_and_source),
		cmocka_unit_test(software_never_promises_a_pin),
		cmocka_unit_test(without_policies_nothing_is_known),
		cmocka_unit_test(a_hardware_policy_of_the_leaf_alone_is_e1),
		cmocka_unit_test(a_hardware_policy_of_the_whole_path_is_e2),
		cmocka_unit_test(an_untrusted_chain_can_claim_what_it_likes),
		cmocka_unit_test(a_card_key_without_pin_is_never_pin_backed),
		cmocka_unit_test(the_name_is_upn_then_email_then_subject),
		cmocka_unit_test(every_name_is_told_and_one_is_used),
		cmocka_unit_test(what_has_not_the_form_of_its_kind_is_no_name),
		cmocka_unit_test(the_configured_order_decides),
		cmocka_unit_test(the_facts_of_a_badge_are_made_once),
		cmocka_unit_test(a_mapped_hardware_policy_is_e2_and_told),
		cmocka_unit_test(a_long_name_is_cut_between_characters),
		cmocka_unit_test(a_resumed_session_is_not_fresh),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
