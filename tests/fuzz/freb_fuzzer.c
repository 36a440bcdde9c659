/* SPDX-License-Identifier: MIT */
/*
 * freb_fuzzer - the reader of traces and the text views over any bytes.
 *
 * Beyond not crashing: offsets rise, spans point at each other, no control
 * byte but the line feed comes out of the views.
 */
#include <config.h>

#include "trace/freb.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "viewer/cell.h"
#include "viewer/check.h"
#include "viewer/json.h"
#include "viewer/text.h"

static void
check_index(struct freb_file *f)
{
	CHECK(freb_is_complete(f));
	for (size_t i = 0; i < freb_count(f); i++) {
		const struct freb_entry *e = freb_entry(f, i);
		size_t partner = freb_partner(f, i);
		size_t parent = freb_parent(f, i);
		char *bytes;
		size_t len;

		CHECK(e->offset < freb_size(f));
		CHECK(i == 0 || e->offset > freb_entry(f, i - 1)->offset);
		CHECK(partner == SIZE_MAX || freb_partner(f, partner) == i);
		CHECK(parent == SIZE_MAX || parent < i);
		CHECK(e->level <= 5 || e->level == 255);
		CHECK(freb_event(f, i) != NULL && freb_event(f, i)->no == i + 1);
		CHECK(freb_event_raw(f, i, &bytes, &len) == 0);
		CHECK(len > 0);
		free(bytes);
	}
}

static void
check_output(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		CHECK(c >= 0x20 || c == '\n');
		CHECK(c != 0x7F);
		/* C1 in UTF-8 */
		CHECK(c != 0xC2 || i + 1 >= len || (unsigned char)text[i + 1] >= 0xA0);
	}
}

static void
run_views(struct freb_file *f)
{
	char *text = NULL;
	size_t len = 0, findings;
	FILE *out = open_memstream(&text, &len);
	struct text_style style = { .out = out, .width = 80 };

	CHECK(out != NULL);
	text_compact(&style, f);
	text_summary(&style, f);
	text_details(&style, f);
	text_errors(&style, f);
	text_timing(&style, f);
	json_trace(out, f, 0, NULL);
	check_trace(out, f, &findings);
	CHECK(fclose(out) == 0);
	check_output(text, len);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct freb_peek peek;
	struct freb_file *f;
	char path[64];
	char *error = NULL;
	static int ready;
	int fd = memfd_create("trace", MFD_CLOEXEC);
	int result;

	if (!ready) {
		setlocale(LC_ALL, "");
		cell_setup(false);
		ready = 1;
	}
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	freb_peek(path, &peek);
	freb_peek_done(&peek);
	result = freb_open(path, &f, &error);
	if (result == 0) {
		while ((result = freb_index(f, 100)) > 0)
			continue;
		CHECK(result == 0);
		check_index(f);
		run_views(f);
		freb_close(f);
	}
	free(error);
	close(fd);
	return 0;
}
