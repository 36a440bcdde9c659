/* SPDX-License-Identifier: MIT */
/* fuzz_cert - the least that is a certificate to extension_find, around fuzzed extensions. */
#ifndef TESTS_FUZZ_FUZZ_CERT_H
#define TESTS_FUZZ_FUZZ_CERT_H

#include "core/chain/cert.h"
#include "core/chain/der.h"
#include "trace/buf.h"

static inline void
fuzz_put_tlv(struct buf *out, unsigned char tag, const struct buf *content)
{
	const char head[] = { (char)tag, (char)0x82, (char)(content->len >> 8),
			      (char)content->len };

	buf_put(out, head, sizeof(head));
	buf_put(out, buf_text(content), content->len);
}

/* Its list of extensions is the bytes given, at most 64 KiB; the caller frees c->der. */
static inline void
fuzz_make_cert(struct cert *c, const uint8_t *extensions, size_t len)
{
	static const unsigned char around[] = { DER_SEQUENCE, DER_CONTEXT_SET(3), DER_SEQUENCE,
						DER_SEQUENCE };
	struct buf in = BUF_INIT;

	buf_put(&in, extensions, len);
	for (size_t i = 0; i < sizeof(around); i++) {
		struct buf out = BUF_INIT;

		fuzz_put_tlv(&out, around[i], &in);
		buf_done(&in);
		in = out;
	}
	c->der = (unsigned char *)in.data;
	c->der_len = in.len;
	c->readable = true;
}

#endif
