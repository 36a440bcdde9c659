/* SPDX-License-Identifier: MIT */
/*
 * test_policy_path - which policies hold for a whole path: RFC 5280 6.1 with
 * a root, two CAs and a leaf.  Extensions are written in hex: OID 2a03 is
 * 1.2.3, 2a04 is 1.2.4 and 2a05 is 1.2.5.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/token/policy_path.h"
#include "tests/unit/pki.h"

#define P3 "1.2.3"
#define P4 "1.2.4"
#define P5 "1.2.5"
#define MAP_3_TO_4 { "2.5.29.33", "300a300806022a0306022a04" }
#define MAP_4_TO_5 { "2.5.29.33", "300a300806022a0406022a05" }
#define MAP_3_TO_ANY { "2.5.29.33", "300c300a06022a030604551d2000" }
#define EXPLICIT_NOW { "2.5.29.36", "3003800100" }
#define EXPLICIT_AFTER_1 { "2.5.29.36", "3003800101" }
#define NO_MAPPING { "2.5.29.36", "3003810100" }
#define NO_ANY { "2.5.29.54", "020100" }
#define NEGATIVE { "2.5.29.54", "0201ff" }

static struct path_policies found;

/* Processes root - top - low - leaf; what found holds is looked at afterwards. */
static void
process(const struct wish *top, const struct wish *low, const struct wish *leaf, bool trusted)
{
	struct wish w[3] = { *leaf, *low, *top };
	struct badge_element path[4];
	struct badge b = { .path = path, .path_count = 4, .fault = FAULT_NONE };
	struct party p[4];

	party_make(&p[3], &(struct wish){ .dn = "CN=Root", .ca = true });
	for (size_t i = 3; i-- > 0;) {
		static const char *const names[] = { "CN=Anna", "CN=Low", "CN=Top" };

		w[i].dn = w[i].dn ? w[i].dn : names[i];
		w[i].ca = i > 0;
		w[i].issuer = &p[i + 1];
		party_make(&p[i], &w[i]);
	}
	for (size_t i = 0; i < 4; i++)
		path[i] = (struct badge_element){ cert_load(p[i].der.data, p[i].der.size),
						  ORIGIN_SENT };
	b.leaf = path[0].cert;
	if (trusted)
		path[3].origin = ORIGIN_ANCHOR;
	policy_process(&b, &found);
	for (size_t i = 0; i < 4; i++) {
		cert_free(path[i].cert);
		party_done(&p[i]);
	}
}

static enum policy_says
says(const char *oid)
{
	for (size_t i = 0; i < found.count; i++)
		if (strcmp(found.asserted[i].oid, oid) == 0)
			return found.asserted[i].valid;
	fail_msg("%s is not in the leaf", oid);
	return POLICY_SAYS_UNKNOWN;
}

/* Does a policy of the leaf descend from that one of the anchor's domain? */
static bool
descends(const char *oid, const char *from)
{
	for (size_t i = 0; i < found.count; i++)
		for (size_t k = 0; k < found.origin_count; k++)
			if (strcmp(found.asserted[i].oid, oid) == 0 &&
			    strcmp(found.origins[k], from) == 0)
				return found.asserted[i].origins >> k & 1;
	return false;
}

static void
a_policy_holds_if_each_ca_asserts_it(void **state)
{
	const struct wish both = { .policies = { P3, P4 } }, one = { .policies = { P3 } };
	const struct wish none = { .dn = NULL };

	(void)state;
	process(&both, &one, &both, true);
	assert_int_equal(found.count, 2);
	assert_int_equal(says(P3), POLICY_SAYS_YES);
	assert_int_equal(says(P4), POLICY_SAYS_NO);
	assert_true(descends(P3, P3));
	process(&both, &none, &both, true);
	assert_int_equal(says(P3), POLICY_SAYS_NO);
	process(&none, &both, &both, true);
	assert_int_equal(says(P3), POLICY_SAYS_NO);
	process(&both, &both, &none, true);
	assert_int_equal(found.count, 0);
	process(&both, &both, &both, false);
	assert_int_equal(says(P3), POLICY_SAYS_UNKNOWN);
}

static void
any_policy_stands_for_each_until_it_is_inhibited(void **state)
{
	const struct wish any = { .policies = { ANY_POLICY } }, one = { .policies = { P3 } };
	const struct wish last = { .policies = { ANY_POLICY }, .extras = { NO_ANY } };
	const struct wish wide = { .policies = { ANY_POLICY, P3 } };

	(void)state;
	process(&any, &any, &one, true);
	assert_int_equal(says(P3), POLICY_SAYS_YES);
	process(&one, &any, &one, true);
	assert_int_equal(says(P3), POLICY_SAYS_YES);
	process(&last, &any, &one, true);
	assert_int_equal(says(P3), POLICY_SAYS_NO);
	process(&last, &one, &one, true);
	assert_int_equal(says(P3), POLICY_SAYS_YES);
	process(&one, &one, &wide, true);
	assert_int_equal(says(P3), POLICY_SAYS_YES);
	assert_int_equal(says(ANY_POLICY), POLICY_SAYS_YES);
	process(&last, &one, &wide, true);
	assert_int_equal(says(P3), POLICY_SAYS_YES);
}

static void
a_mapped_policy_stands_for_the_one_of_the_anchors_domain(void **state)
{
	const struct wish top = { .policies = { P3 }, .extras = { MAP_3_TO_4 } };
	const struct wish low = { .policies = { P4 }, .extras = { MAP_4_TO_5 } };
	const struct wish any = { .policies = { ANY_POLICY }, .extras = { MAP_3_TO_4 } };
	const struct wish leaf = { .policies = { P3, P4, P5 } }, plain = { .policies = { P4 } };

	(void)state;
	process(&top, &low, &leaf, true);
	assert_int_equal(says(P3), POLICY_SAYS_NO);
	assert_int_equal(says(P4), POLICY_SAYS_NO);
	assert_int_equal(says(P5), POLICY_SAYS_YES);
	assert_true(descends(P5, P3));
	assert_false(descends(P5, P5));
	process(&top, &plain, &leaf, true);
	assert_int_equal(says(P4), POLICY_SAYS_YES);
	assert_true(descends(P4, P3));
	process(&any, &plain, &leaf, true);
	assert_true(descends(P4, P3));
	assert_false(descends(P5, P5));
}

static void
inhibited_mapping_takes_the_policy_away(void **state)
{
	const struct wish top = { .policies = { P3, P4 }, .extras = { NO_MAPPING } };
	const struct wish low = { .policies = { P3, P4 }, .extras = { MAP_3_TO_4 } };
	const struct wish leaf = { .policies = { P3, P4 } };

	(void)state;
	process(&top, &low, &leaf, true);
	assert_int_equal(says(P3), POLICY_SAYS_NO);
	assert_int_equal(says(P4), POLICY_SAYS_YES);
	assert_true(descends(P4, P4));
	assert_false(descends(P4, P3));
}

static void
explicit_policy_fails_a_path_without_one(void **state)
{
	const struct wish top = { .policies = { P3 }, .extras = { EXPLICIT_NOW } };
	const struct wish later = { .policies = { P3 }, .extras = { EXPLICIT_AFTER_1 } };
	const struct wish three = { .policies = { P3 } }, four = { .policies = { P4 } };

	(void)state;
	process(&top, &three, &three, true);
	assert_int_equal(says(P3), POLICY_SAYS_YES);
	process(&top, &four, &four, true);
	assert_int_equal(says(P4), POLICY_SAYS_NO);
	process(&later, &four, &three, true);
	assert_int_equal(says(P3), POLICY_SAYS_NO);
}

static void
what_cannot_be_read_is_unknown(void **state)
{
	const struct wish three = { .policies = { P3 } };
	const struct wish mapped = { .policies = { P3 }, .extras = { MAP_3_TO_ANY } };
	const struct wish negative = { .policies = { P3 }, .extras = { NEGATIVE } };
	const struct wish empty = { .policies = { P3 }, .extension = "2.5.29.33" };
	const struct wish *const bad[] = { &mapped, &negative, &empty };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		process(bad[i], &three, &three, true);
		assert_int_equal(says(P3), POLICY_SAYS_UNKNOWN);
		assert_false(found.unreadable);
		process(&three, bad[i], &three, true);
		assert_int_equal(says(P3), POLICY_SAYS_UNKNOWN);
		process(&three, &three, bad[i], true);
		assert_int_equal(says(P3), POLICY_SAYS_UNKNOWN);
		assert_true(found.unreadable);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_policy_holds_if_each_ca_asserts_it),
		cmocka_unit_test(any_policy_stands_for_each_until_it_is_inhibited),
		cmocka_unit_test(a_mapped_policy_stands_for_the_one_of_the_anchors_domain),
		cmocka_unit_test(inhibited_mapping_takes_the_policy_away),
		cmocka_unit_test(explicit_policy_fails_a_path_without_one),
		cmocka_unit_test(what_cannot_be_read_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
