/* SPDX-License-Identifier: MIT */
/*
 * attest - what makers of tokens attest about keys: a folder of attestation
 * certificates, matched to badges by public key.  They do not travel in TLS;
 * the operator collects them when badges are issued.
 *
 * Loaded and verified once, at start and on reload; immutable afterwards, so
 * any thread may look up.  Source: ARR 6.2 (YubiKey, 1.3.6.1.4.1.41482.3).
 */
#ifndef CORE_TOKEN_ATTEST_H
#define CORE_TOKEN_ATTEST_H

#include "trace/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum attested_pin { ATTESTED_PIN_UNKNOWN, ATTESTED_PIN_NEVER, ATTESTED_PIN_NEEDED };

struct attestation {
	unsigned char key_sha256[32];	/* of the SubjectPublicKeyInfo */
	bool verified;			/* a vendor root stands behind it */
	const char *vendor;		/* "Yubico" */
	char serial[24];		/* of the device, decimal; "" = not said */
	char firmware[16];		/* "5.4.3"; "" = not said */
	const char *pin_policy, *touch_policy;	/* "once", "cached" */
	const char *form_factor;	/* "USB-C keychain"; "" = not said */
	enum attested_pin pin;		/* what the PIN policy means for a signature */
	char *source;			/* name of the file in the folder */
};

struct attestations;

/*
 * attest_load - reads every .pem, .crt, .cer and .der file of a folder.
 * A file holds attestations, each with the certificate of its device's slot
 * f9; files without an attestation hold intermediates for all others.
 * @roots     files with the vendors' roots; dates are not looked at: what is
 *            attested is how the key was made.
 * @messages  "error: FILE: what" where NULL is returned, else warnings.
 */
struct attestations *attest_load(const char *folder, char *const *roots, size_t root_count,
				 struct buf *messages);
void attest_free(struct attestations *a);	/* NULL is fine */
size_t attest_count(const struct attestations *a);	/* 0 for NULL */
/* The attestation of a public key, a verified one first; NULL = none.  a may be NULL. */
const struct attestation *attest_find(const struct attestations *a,
				      const unsigned char key_sha256[static 32]);

#endif
