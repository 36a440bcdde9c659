/* SPDX-License-Identifier: MIT */
/*
 * attest_fuzzer - attestation certificates of token makers, as an operator puts
 * them into the folder: PEM or DER, one file.  What is kept can be shown; nothing
 * is verified without a root.
 */
#include <config.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/chain/cert.h"
#include "core/token/attest.h"

#define CHECK(condition) check(condition, #condition, __LINE__)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = P_tmpdir "/attest-fuzz-XXXXXX";
static char file[sizeof(folder) + 8];

static void
check(bool holds, const char *what, int line)
{
	if (holds)
		return;
	fprintf(stderr, "attest_fuzzer.c:%d: %s does not hold\n", line, what);
	abort();
}

static void
clean(void)
{
	unlink(file);
	rmdir(folder);
}

static void
look(const char *text)
{
	CHECK(text != NULL);
	for (const char *p = text; *p; p++)
		CHECK((unsigned char)*p >= ' ' && *p != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf messages = BUF_INIT;
	struct attestations *all;
	struct cert *c;
	int fd;

	if (!file[0]) {
		CHECK(mkdtemp(folder) != NULL);
		snprintf(file, sizeof(file), "%s/a.der", folder);
		atexit(clean);
	}
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0);
	all = attest_load(folder, NULL, 0, &messages);
	c = cert_load(data, size);
	CHECK(c != NULL);
	if (all && attest_count(all) > 0 && c->readable) {
		const struct attestation *a = attest_find(all, c->key_sha256);

		if (a) {
			CHECK(!a->verified);
			look(a->serial);
			look(a->firmware);
			look(a->pin_policy);
			look(a->touch_policy);
			look(a->form_factor);
			look(a->source);
		}
	}
	cert_free(c);
	attest_free(all);
	buf_done(&messages);
	return 0;
}
