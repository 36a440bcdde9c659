/* SPDX-License-Identifier: MIT */
/*
 * import_fuzzer - any bytes as an applicationHost.config.
 *
 * What is imported can be imported again, and is the same from then on.  What
 * is refused is refused with words.  Encrypted values are never repeated.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "core/config_import.h"
#include "tests/fuzz/fuzz.h"

static bool
import(const char *text, size_t len, struct buf *out)
{
	struct messages m = MESSAGES_INIT;
	struct buf notes = BUF_INIT;
	bool fine = config_import_text("fuzz.config", text, len, NULL, out, &notes, &m) == 0;

	CHECK(fine == (m.errors == 0) && fine == (out->len > 0));
	CHECK(fine || m.text.len > 0);
	CHECK(!strstr(buf_text(&notes), "[enc:") && !strstr(buf_text(&m.text), "[enc:"));
	CHECK(!strstr(buf_text(out), "=\"[enc:"));
	messages_done(&m);
	buf_done(&notes);
	return fine;
}

/* Behind the comment, whose list of what was left out is another each time. */
static const char *
elements(const struct buf *b)
{
	const char *end = strstr(buf_text(b), "\n-->\n");

	CHECK(end != NULL);
	return end;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf first = BUF_INIT, second = BUF_INIT, third = BUF_INIT;

	if (import((const char *)data, size, &first)) {
		CHECK(import(first.data, first.len, &second));
		CHECK(import(second.data, second.len, &third));
		CHECK(!strcmp(elements(&second), elements(&third)));
	}
	buf_done(&first);
	buf_done(&second);
	buf_done(&third);
	return 0;
}
