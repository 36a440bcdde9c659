/* SPDX-License-Identifier: MIT */
/*
 * attest_fuzzer - attestation certificates of token makers, as an operator puts
 * them into the folder: PEM or DER, one file.  What is kept can be shown; nothing
 * is verified without a root.
 */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/chain/cert.h"
#include "core/token/attest.h"
#include "tests/fuzz/fuzz.h"

static char folder[] = P_tmpdir "/attest-fuzz-XXXXXX";
static char file[sizeof(folder) + 8];

static void
clean(void)
{
	unlink(file);
	rmdir(folder);
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
			fuzz_check_text(a->serial);
			fuzz_check_text(a->firmware);
			fuzz_check_text(a->pin_policy);
			fuzz_check_text(a->touch_policy);
			fuzz_check_text(a->form_factor);
			fuzz_check_text(a->source);
		}
	}
	cert_free(c);
	attest_free(all);
	buf_done(&messages);
	return 0;
}
