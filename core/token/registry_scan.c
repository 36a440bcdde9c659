/* SPDX-License-Identifier: MIT */
/*
 * registry_scan - see registry.h.  Speaks PKCS#11 itself: opens read-only sessions,
 * logs in where it was given a PIN (token_keys.c), and closes them again.
 *
 * p11-kit hands out managed modules: ending ours does not disturb GnuTLS, which
 * may hold the server's key on the same module.  Sources: PKCS#11 2.40, STACK
 * 3.1 and 3.4.
 */
#include <config.h>

#include "core/token/registry_private.h"

#include <gnutls/crypto.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/chain/cert.h"

#define SLOTS_MAX 256
#define OBJECTS_MAX 4096
#define CERTS_MAX 65536
#define KEYS_MAX 64
#define VALUE_MAX ((CK_ULONG)64 << 10)
#define TRUST_MODULE "p11-kit-trust"

/* The array with room for one more element, perhaps moved; NULL = no memory, nothing changed. */
static void *
grown(void *array, size_t count, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : 16;
	void *bigger;

	if (count < *room)
		return array;
	bigger = realloc(array, more * size);
	if (bigger)
		*room = more;
	return bigger;
}

/* A PKCS#11 text: padded with spaces, supposed to be UTF-8. */
static char *
padded_text(const CK_UTF8CHAR *text, size_t max)
{
	struct buf b = BUF_INIT;

	cert_put_safe(&b, text, p11_kit_space_strlen(text, max));
	return buf_take(&b);
}

static char *
token_uri(const CK_TOKEN_INFO *info)
{
	P11KitUri *uri = p11_kit_uri_new();
	char *text = NULL;

	if (uri) {
		*p11_kit_uri_get_token_info(uri) = *info;
		if (p11_kit_uri_format(uri, P11_KIT_URI_FOR_TOKEN, &text) != P11_KIT_URI_OK)
			text = NULL;
		p11_kit_uri_free(uri);
	}
	return text ? text : strdup("");
}

static bool
add_token(struct registry *r, char *module, const CK_TOKEN_INFO *info)
{
	struct token *k = grown(r->tokens, r->token_count, &r->token_room, sizeof(*k));

	if (!k)
		return false;
	r->tokens = k;
	k += r->token_count;
	*k = (struct token){
		.module = module,
		.label = padded_text(info->label, sizeof(info->label)),
		.manufacturer = padded_text(info->manufacturerID, sizeof(info->manufacturerID)),
		.model = padded_text(info->model, sizeof(info->model)),
		.serial = padded_text(info->serialNumber, sizeof(info->serialNumber)),
		.uri = token_uri(info),
		.login_required = info->flags & CKF_LOGIN_REQUIRED,
		.pin_initialized = info->flags & CKF_USER_PIN_INITIALIZED,
		.pin_pad = info->flags & CKF_PROTECTED_AUTHENTICATION_PATH,
		.pin_count_low = info->flags & CKF_USER_PIN_COUNT_LOW,
		.pin_final_try = info->flags & CKF_USER_PIN_FINAL_TRY,
		.pin_locked = info->flags & CKF_USER_PIN_LOCKED,
	};
	if (k->label && k->manufacturer && k->model && k->serial && k->uri) {
		r->token_count++;
		return true;
	}
	registry_token_done(k);
	return false;
}

static bool
add_entry(struct registry *r, const void *der, size_t len, struct token_key_id id)
{
	struct entry *e = NULL;

	if (r->entry_count < CERTS_MAX)
		e = grown(r->entries, r->entry_count, &r->entry_room, sizeof(*e));
	if (!e)
		return false;
	r->entries = e;
	e += r->entry_count;
	*e = (struct entry){ .token = r->token_count - 1, .id = id };
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, der, len, e->sha256) == 0)
		r->entry_count++;
	return true;
}

/* One certificate object; objects without a value (an address only) are left out. */
static CK_RV
read_object(struct registry *r, CK_FUNCTION_LIST *m, CK_SESSION_HANDLE session,
	    CK_OBJECT_HANDLE object)
{
	CK_ATTRIBUTE value = { CKA_VALUE, NULL, 0 };
	CK_RV rv = m->C_GetAttributeValue(session, object, &value, 1);

	if (rv != CKR_OK)
		return rv == CKR_ATTRIBUTE_TYPE_INVALID ? CKR_OK : rv;
	if (value.ulValueLen == 0 || value.ulValueLen > VALUE_MAX)
		return CKR_OK;
	value.pValue = malloc(value.ulValueLen);
	if (!value.pValue)
		return CKR_HOST_MEMORY;
	rv = m->C_GetAttributeValue(session, object, &value, 1);
	if (rv == CKR_OK && value.ulValueLen <= VALUE_MAX &&
	    !add_entry(r, value.pValue, value.ulValueLen, token_key_id_of(m, session, object)))
		rv = CKR_HOST_MEMORY;
	free(value.pValue);
	return rv;
}

/* The search is ended before objects are read: not every module can do both at once. */
static CK_RV
find_objects(CK_FUNCTION_LIST *m, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects,
	     size_t *count)
{
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_ATTRIBUTE wanted = { CKA_CLASS, &class, sizeof(class) };
	CK_ULONG n = 1;
	CK_RV rv = m->C_FindObjectsInit(session, &wanted, 1);

	*count = 0;
	if (rv != CKR_OK)
		return rv;
	while (rv == CKR_OK && n > 0 && *count < OBJECTS_MAX) {
		rv = m->C_FindObjects(session, objects + *count, OBJECTS_MAX - *count, &n);
		if (rv == CKR_OK)
			*count += n;
	}
	m->C_FindObjectsFinal(session);
	return rv;
}

/* The PIN that was given for a token, NULL = none. */
static struct pin_source *
pin_for(struct registry *r, const CK_TOKEN_INFO *info)
{
	struct pin_source *pin = NULL;

	for (size_t i = 0; i < r->pin_count && !pin; i++) {
		P11KitUri *uri = p11_kit_uri_new();

		if (uri &&
		    p11_kit_uri_parse(r->pins[i].uri, P11_KIT_URI_FOR_TOKEN, uri) ==
			    P11_KIT_URI_OK &&
		    p11_kit_uri_match_token_info(uri, info))
			pin = &r->pins[i].pin;
		p11_kit_uri_free(uri);
	}
	return pin;
}

/* What the token says of the keys goes to their certificates, by CKA_ID. */
static void
scan_keys(struct registry *r, CK_FUNCTION_LIST *m, CK_SESSION_HANDLE session,
	  const CK_TOKEN_INFO *info, struct buf *messages)
{
	struct token_key_found found[KEYS_MAX];
	struct pin_source *pin = pin_for(r, info);
	size_t count = 0, token = r->token_count - 1;

	if (!pin || token_keys_read(m, session, info, &r->tokens[token], pin, found, KEYS_MAX,
				    &count, messages) < 0)
		return;
	for (size_t i = 0; i < r->entry_count; i++)
		for (size_t k = 0; k < count && r->entries[i].token == token; k++) {
			const struct token_key_id *a = &r->entries[i].id, *b = &found[k].id;

			if (a->len == 0 || a->len != b->len ||
			    memcmp(a->bytes, b->bytes, a->len) != 0)
				continue;
			r->entries[i].key = found[k].marks;
			r->entries[i].key_known = true;
		}
}

static CK_RV
scan_objects(struct registry *r, CK_FUNCTION_LIST *m, CK_SLOT_ID slot, const CK_TOKEN_INFO *info,
	     struct buf *messages)
{
	CK_OBJECT_HANDLE *objects = calloc(OBJECTS_MAX, sizeof(*objects));
	CK_SESSION_HANDLE session;
	size_t count = 0;
	CK_RV rv, first;

	if (!objects)
		return CKR_HOST_MEMORY;
	first = m->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session);
	if (first == CKR_OK) {
		first = find_objects(m, session, objects, &count);
		for (size_t i = 0; i < count; i++) {
			rv = read_object(r, m, session, objects[i]);
			first = first == CKR_OK ? rv : first;
		}
		scan_keys(r, m, session, info, messages);
		m->C_CloseSession(session);
	}
	free(objects);
	return first;
}

/* A token nobody initialised (SoftHSM always shows one) is no token yet. */
static CK_RV
scan_slot(struct registry *r, struct registry_module *module, CK_FUNCTION_LIST *m, CK_SLOT_ID slot,
	  struct buf *messages)
{
	CK_TOKEN_INFO info;
	CK_RV rv = m->C_GetTokenInfo(slot, &info);

	if (rv == CKR_TOKEN_NOT_PRESENT || rv == CKR_TOKEN_NOT_RECOGNIZED)
		return CKR_OK;
	if (rv != CKR_OK || !(info.flags & CKF_TOKEN_INITIALIZED))
		return rv;
	module->tokens_seen++;
	if (!add_token(r, module->name, &info))
		return CKR_HOST_MEMORY;
	return scan_objects(r, m, slot, &info, messages);
}

static CK_RV
scan_slots(struct registry *r, struct registry_module *module, CK_FUNCTION_LIST *m,
	   struct buf *messages)
{
	CK_SLOT_ID slots[SLOTS_MAX];
	CK_ULONG n = SLOTS_MAX;
	CK_RV rv = m->C_GetSlotList(CK_TRUE, slots, &n), first = CKR_OK;

	for (CK_ULONG i = 0; rv == CKR_OK && i < n; i++) {
		CK_RV one = scan_slot(r, module, m, slots[i], messages);

		if (one == CKR_OK)
			continue;
		first = first == CKR_OK ? one : first;
		buf_putf(messages, "warning: %s: slot %lu: %s\n", module->name, slots[i],
			 p11_kit_strerror(one));
	}
	if (rv != CKR_OK)
		buf_putf(messages, "warning: %s: its slots cannot be listed: %s\n", module->name,
			 p11_kit_strerror(rv));
	return rv != CKR_OK ? rv : first;
}

static void
scan_module(struct registry *r, struct registry_module *module, CK_FUNCTION_LIST *m,
	    struct buf *messages)
{
	uint64_t start = clock_mono_ns();
	CK_RV rv = p11_kit_module_initialize(m);

	if (rv == CKR_OK) {
		rv = scan_slots(r, module, m, messages);
		p11_kit_module_finalize(m);
	} else {
		buf_putf(messages, "warning: %s: the module does not start: %s\n", module->name,
			 p11_kit_strerror(rv));
	}
	module->error = (int)rv;
	module->elapsed_ms = (clock_mono_ns() - start) / CLOCK_NS_PER_MS;
}

static void
scan_path(struct registry *r, const char *path, struct buf *messages)
{
	struct registry_module *module = registry_add_module(r, path, messages);
	CK_FUNCTION_LIST *m;

	if (!module)
		return;
	module->error = (int)CKR_GENERAL_ERROR;
	if (path[0] != '/') {	/* p11-kit would look in its own folder */
		buf_putf(messages, "warning: %s: not an absolute path\n", path);
		return;
	}
	m = p11_kit_module_load(path, 0);
	if (!m) {
		buf_putf(messages, "warning: %s: the module cannot be loaded: %s\n", path,
			 p11_kit_message() ? p11_kit_message() : "unknown reason");
		return;
	}
	scan_module(r, module, m, messages);
	p11_kit_module_release(m);
}

static void
scan_configured(struct registry *r, struct buf *messages)
{
	CK_FUNCTION_LIST **list = p11_kit_modules_load(NULL, 0);

	if (!list) {
		buf_putf(messages, "warning: the modules p11-kit has configured cannot be loaded: "
			 "%s\n", p11_kit_message() ? p11_kit_message() : "unknown reason");
		return;
	}
	for (size_t i = 0; list[i]; i++) {
		char *name = p11_kit_module_get_name(list[i]);
		char *path = p11_kit_module_get_filename(list[i]);
		struct registry_module *module = NULL;

		if (!name || strcmp(name, TRUST_MODULE) != 0)
			module = registry_add_module(r, path ? path : name, messages);
		if (module)
			scan_module(r, module, list[i], messages);
		free(name);
		free(path);
	}
	p11_kit_modules_release(list);
}

static int
compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = memcmp(x->sha256, y->sha256, sizeof(x->sha256));

	return order ? order : (x->token > y->token) - (x->token < y->token);
}

struct registry *
registry_scan(char *const *modules, size_t count, struct registry_pin *pins, size_t pin_count,
	      struct buf *messages)
{
	struct registry *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->refs = 1;
	r->pins = pins;
	r->pin_count = pin_count;
	for (size_t i = 0; i < count; i++)
		scan_path(r, modules[i], messages);
	if (count == 0)
		scan_configured(r, messages);
	if (r->entry_count > 1)
		qsort(r->entries, r->entry_count, sizeof(*r->entries), compare_entries);
	r->pins = NULL;
	r->pin_count = 0;
	return r;
}
