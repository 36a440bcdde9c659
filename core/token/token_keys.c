/* SPDX-License-Identifier: MIT */
/* token_keys - see token_keys.h.  PKCS#11 2.40 4.9 (private keys), 5.6 (C_Login). */
#include <config.h>

#include "core/token/token_keys.h"

#include <gnutls/pkcs11.h>
#include <string.h>

struct login_call {
	CK_FUNCTION_LIST *m;
	CK_SESSION_HANDLE session;
	CK_RV rv;
};

static int
login_with(void *arg, const char *pin, size_t len)
{
	struct login_call *c = arg;
	CK_UTF8CHAR text[PIN_MAX];

	memcpy(text, pin, len); /* C_Login wants what it may change */
	c->rv = c->m->C_Login(c->session, CKU_USER, text, len);
	explicit_bzero(text, sizeof(text));
	return 0;
}

/* Has another part of this process logged in already?  Then no PIN is needed. */
static bool
is_logged_in(CK_FUNCTION_LIST *m, CK_SESSION_HANDLE session)
{
	CK_SESSION_INFO info;

	return m->C_GetSessionInfo(session, &info) == CKR_OK &&
	       (info.state == CKS_RO_USER_FUNCTIONS || info.state == CKS_RW_USER_FUNCTIONS);
}

/* NULL, or why not. */
static const char *
login(CK_FUNCTION_LIST *m, CK_SESSION_HANDLE session, const CK_TOKEN_INFO *info,
      const struct token *token, struct pin_source *pin)
{
	struct login_call call = { m, session, CKR_OK };
	unsigned int flags = GNUTLS_PIN_USER;

	if (!(info->flags & CKF_LOGIN_REQUIRED) || is_logged_in(m, session))
		return NULL;
	if (info->flags & CKF_USER_PIN_LOCKED)
		return "the token is locked";
	if (info->flags & CKF_USER_PIN_COUNT_LOW)
		flags |= GNUTLS_PIN_COUNT_LOW;
	if (info->flags & CKF_USER_PIN_FINAL_TRY)
		flags |= GNUTLS_PIN_FINAL_TRY;
	if (pin_use(pin, token->uri, token->label, flags, login_with, &call) < 0)
		return pin->refused;
	if (call.rv == CKR_OK || call.rv == CKR_USER_ALREADY_LOGGED_IN)
		return NULL;
	if (call.rv == CKR_PIN_INCORRECT || call.rv == CKR_PIN_LOCKED ||
	    call.rv == CKR_PIN_LEN_RANGE || call.rv == CKR_PIN_INVALID)
		pin_was_wrong(pin);
	return pin->wrong ? "the PIN was wrong; it is not tried again" : p11_kit_strerror(call.rv);
}

struct token_key_id
token_key_id_of(CK_FUNCTION_LIST *m, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
	struct token_key_id id = { .len = 0 };
	CK_ATTRIBUTE a = { CKA_ID, id.bytes, sizeof(id.bytes) };

	if (m->C_GetAttributeValue(session, object, &a, 1) == CKR_OK &&
	    a.ulValueLen <= sizeof(id.bytes))
		id.len = a.ulValueLen;
	return id;
}

/* One by one: a module may lack an attribute, and then tells nothing of the others. */
static bool
mark(CK_FUNCTION_LIST *m, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
     CK_ATTRIBUTE_TYPE type)
{
	CK_BBOOL truth = CK_FALSE;
	CK_ATTRIBUTE a = { type, &truth, sizeof(truth) };

	return m->C_GetAttributeValue(session, key, &a, 1) == CKR_OK && truth == CK_TRUE;
}

int
token_keys_read(CK_FUNCTION_LIST *m, CK_SESSION_HANDLE session, const CK_TOKEN_INFO *info,
		const struct token *token, struct pin_source *pin, struct token_key_found *found,
		size_t max, size_t *count, struct buf *messages)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE wanted = { CKA_CLASS, &class, sizeof(class) };
	const char *why = login(m, session, info, token, pin);
	CK_OBJECT_HANDLE keys[64];
	CK_ULONG n = 0;

	*count = 0;
	if (why) {
		buf_putf(messages, "warning: %s: its private keys are not looked at: %s\n",
			 token->uri, why);
		return -1;
	}
	if (m->C_FindObjectsInit(session, &wanted, 1) != CKR_OK)
		return 0;
	if (m->C_FindObjects(session, keys, sizeof(keys) / sizeof(keys[0]), &n) != CKR_OK)
		n = 0;
	m->C_FindObjectsFinal(session);
	for (CK_ULONG i = 0; i < n && *count < max; i++)
		found[(*count)++] = (struct token_key_found){
			.id = token_key_id_of(m, session, keys[i]),
			.marks = { mark(m, session, keys[i], CKA_SENSITIVE),
				   mark(m, session, keys[i], CKA_NEVER_EXTRACTABLE),
				   mark(m, session, keys[i], CKA_ALWAYS_AUTHENTICATE) },
		};
	return 0;
}
