/* SPDX-License-Identifier: MIT */
/* backend_private - what backend.c and backend_story.c share. */
#ifndef CORE_HANDSHAKE_BACKEND_PRIVATE_H
#define CORE_HANDSHAKE_BACKEND_PRIVATE_H

#include "core/handshake/backend.h"
#include "core/handshake/credentials.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#define BACKEND_IN ((size_t)16384 + 512) /* one TLS record and its frame */
#define BACKEND_OUT_MAX ((size_t)4 << 20)

struct backend_saved { /* a session to resume */
	gnutls_datum_t data;
};

struct backend {
	const struct config_farm *farm; /* borrowed from the runtime's configuration */
	gnutls_x509_trust_list_t anchors; /* NULL = servers are not verified */
	struct credentials *own; /* the proxy's certificate; NULL = none */
	gnutls_certificate_credentials_t nobody; /* for sessions without one */
	_Atomic(struct backend_saved *) *saved; /* by server index */
};

struct backend_link {
	struct backend *backend; /* borrowed */
	const struct config_server *server; /* borrowed */
	int fd;
	gnutls_session_t session;
	struct keyset *keys; /* reference: signs; NULL = its key is in a file, or none */
	char *in; /* BACKEND_IN: off the socket, not yet taken */
	size_t in_pos, in_len;
	bool dry; /* the socket had nothing more */
	bool eof;
	int error; /* errno of the socket, sticky */
	char *out; /* heap: sealed, not yet sent */
	size_t out_pos, out_len, out_cap;
	unsigned char first[16]; /* the first bytes of the server */
	size_t first_len;
	bool begun, done; /* of the handshake */
	bool asked; /* for a certificate of the proxy */
	bool heard; /* the server has said something after the handshake */
	bool said_bye; /* close_notify is on its way */
	bool kept; /* the session was given away to be resumed */
	unsigned int status; /* of the server's certificate: GNUTLS_CERT_* */
	uint64_t start_ns, end_ns; /* monotonic, of the handshake */
	enum fault fault;
	char why[512];
};

/* The name a server is asked and judged by. */
const char *backend_name(const struct backend_link *l);
/* For gnutls_session_set_verify_function. */
int backend_verify(gnutls_session_t session);
/* The connection ended without a word about it: is that what servers do that want a
 * certificate?  Sets .fault and .why, or leaves them. */
void backend_explain_end(struct backend_link *l);
/* Sets .fault and .why from a GnuTLS code and what was seen. */
void backend_explain(struct backend_link *l, int code);

#endif
