/* SPDX-License-Identifier: MIT */
/*
 * policy_fuzzer - policies, mappings and constraints of whole paths.
 *
 * The first byte chooses the length of the path and which certificates are
 * self-issued; then each certificate is two bytes of length and that many
 * bytes of extensions.  What comes out keeps to its limits and depends on
 * nothing but the input.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "core/token/policy_path.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_cert.h"
#include "trace/buf.h"

#define CERTS_MAX 6u

static void
look(const struct path_policies *p)
{
	CHECK(p->count <= POLICIES_MAX && p->origin_count <= ORIGINS_MAX);
	for (size_t i = 0; i < p->count; i++) {
		CHECK(memchr(p->asserted[i].oid, 0, OID_TEXT_MAX) != NULL);
		CHECK(p->origin_count == 64 || p->asserted[i].origins >> p->origin_count == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct path_policies first, second;
	struct cert certs[CERTS_MAX] = { { .readable = false } };
	struct badge_element path[CERTS_MAX];
	struct badge b = { .path = path, .fault = FAULT_NONE };
	size_t at = 1;

	if (size == 0)
		return 0;
	b.path_count = 2 + data[0] % (CERTS_MAX - 1);
	for (size_t i = 0; i < b.path_count; i++) {
		size_t len = at + 2 <= size ? (size_t)data[at] << 8 | data[at + 1] : 0;

		at = at + 2 <= size ? at + 2 : size;
		len = len % 1024 < size - at ? len % 1024 : size - at;
		fuzz_make_cert(&certs[i], data + at, len);
		certs[i].self_issued = data[0] >> (3 + i % 5) & 1;
		at += len;
		path[i] = (struct badge_element){ &certs[i], ORIGIN_SENT };
	}
	path[b.path_count - 1].origin = ORIGIN_ANCHOR;
	b.leaf = path[0].cert;
	memset(&first, 0, sizeof(first));
	memset(&second, 0xff, sizeof(second));
	policy_process(&b, &first);
	policy_process(&b, &second);
	look(&first);
	look(&second);
	CHECK(first.count == second.count && first.origin_count == second.origin_count);
	for (size_t i = 0; i < first.count; i++)
		CHECK(first.asserted[i].valid == second.asserted[i].valid &&
		      first.asserted[i].origins == second.asserted[i].origins);
	for (size_t i = 0; i < b.path_count; i++)
		free(certs[i].der);
	return 0;
}
