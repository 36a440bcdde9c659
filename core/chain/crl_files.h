/* SPDX-License-Identifier: MIT */
/*
 * crl_files - which files of a folder are CRLs, and whether any changed.
 *
 * Lists are files named *.crl, *.pem, *.der, or *.r0 to *.r9 as OpenSSL's
 * rehash calls them; hidden names are what somebody is still writing.  Blocks:
 * not for a worker's thread.
 */
#ifndef CORE_CHAIN_CRL_FILES_H
#define CORE_CHAIN_CRL_FILES_H

#include "core/config.h"
#include "trace/buf.h"

#define CRL_FILES_MAX 4096

struct crl_names {		/* paths of lists; crl_names_done */
	char **paths;		/* sorted */
	size_t count;
};

/* Lists the folder; false and one error line if it cannot be read. */
bool crl_names_read(struct crl_names *out, const char *directory, struct buf *messages);
void crl_names_done(struct crl_names *n);
/* A number that changes when a configured list is replaced, added, removed or written:
 * made of names, sizes, inodes and times. */
uint64_t crl_files_stamp(const struct config_trust *c);

#endif
