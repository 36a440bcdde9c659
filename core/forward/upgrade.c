/* SPDX-License-Identifier: MIT */
/* upgrade - see upgrade.h. */
#include <config.h>

#include "core/forward/upgrade.h"

#include "core/base/clock.h"
#include "core/counters.h"
#include "core/forward/upstream.h"
#include "core/handshake/tls.h"
#include "core/route/farm.h"

#include <string.h>
#include <strings.h>

#define KEY_LEN 24u /* 16 bytes in base64 */

static const char accept_salt[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455 1.3 */

static bool
is_websocket(const struct slice *protocol)
{
	return slice_is_nocase(protocol, "websocket");
}

static bool
is_base64(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '/';
}

static bool
is_key(const struct slice *s)
{
	if (s->len != KEY_LEN || memcmp(s->at + KEY_LEN - 2, "==", 2) != 0)
		return false;
	for (size_t i = 0; i < KEY_LEN - 2; i++)
		if (!is_base64(s->at[i]))
			return false;
	return true;
}

/* What a WebSocket request lacks; NULL = nothing. */
static const char *
websocket_lacks(struct exchange *x)
{
	const struct header *key = headers_find(&x->request.headers, HF_SEC_WEBSOCKET_KEY);
	const struct header *version = headers_find(&x->request.headers, HF_SEC_WEBSOCKET_VERSION);

	if (!version)
		return "there is no Sec-WebSocket-Version";
	if (!slice_is(&version->value, "13"))
		return "its Sec-WebSocket-Version is not 13";
	if (!key)
		return "there is no Sec-WebSocket-Key";
	return is_key(&key->value) ? NULL : "its Sec-WebSocket-Key is not 16 bytes in base64";
}

static bool
is_allowed(const struct config_farm *farm, const struct slice *protocol)
{
	for (size_t i = 0; i < farm->upgrades.count; i++)
		if (slice_is_nocase(protocol, farm->upgrades.items[i]))
			return true;
	return false;
}

enum next
upgrade_judge(struct exchange *x)
{
	const struct slice *to = &x->request.upgrade_to;
	const char *lacks;

	if (!to->len)
		return NEXT;
	if (is_websocket(to) && !x->site->web_socket) {
		x->upgrade_refused = "webSocket is not enabled for the site";
		return NEXT;
	}
	if (x->farm->config->version == FORWARD_HTTP10) {
		x->upgrade_refused = "the web farm is asked in HTTP/1.0";
		return NEXT;
	}
	if (!is_allowed(x->farm->config, to)) {
		x->upgrade_refused = "the web farm does not allow this upgrade";
		return NEXT;
	}
	lacks = is_websocket(to) ? websocket_lacks(x) : NULL;
	if (lacks)
		return exchange_fail(x, FAULT_UPGRADE_REQUEST, lacks);
	x->upgrade = *to;
	return NEXT;
}

/* ---- the server's 101 ---- */

/* "permessage-deflate; client_max_window_bits" -> "permessage-deflate" */
static void
cut_parameters(struct slice *item)
{
	const char *end = memchr(item->at, ';', item->len);

	if (end)
		item->len = (size_t)(end - item->at);
	while (item->len && (item->at[item->len - 1] == ' ' || item->at[item->len - 1] == '\t'))
		item->len--;
}

/* true if one of the client's fields of that name lists the item. */
static bool
client_offered(struct exchange *x, enum header_id id, const struct slice *item)
{
	const struct headers *h = &x->request.headers;

	for (size_t i = 0; i < h->count; i++) {
		struct slice list = h->at[i].value, one;

		while (h->at[i].id == id && headers_next_token(&list, &one)) {
			cut_parameters(&one);
			if (one.len == item->len && memcmp(one.at, item->at, one.len) == 0)
				return true;
		}
	}
	return false;
}

/* Each item the server chose must have been offered. */
static bool
chose_offered(struct exchange *x, enum header_id id)
{
	const struct headers *h = &x->response.headers;

	for (size_t i = 0; i < h->count; i++) {
		struct slice list = h->at[i].value, one;

		while (h->at[i].id == id && headers_next_token(&list, &one)) {
			cut_parameters(&one);
			if (!client_offered(x, id, &one))
				return false;
		}
	}
	return true;
}

/* Only a WebSocket server can answer the key: others that say 101 have not understood. */
static bool
accepts_key(struct exchange *x)
{
	const struct header *key = headers_find(&x->request.headers, HF_SEC_WEBSOCKET_KEY);
	const struct header *accept =
		headers_find(&x->response.headers, HF_SEC_WEBSOCKET_ACCEPT);
	char text[KEY_LEN + sizeof(accept_salt)], expected[TLS_SHA1_BASE64];

	if (!key || key->value.len != KEY_LEN || !accept)
		return false;
	memcpy(text, key->value.at, KEY_LEN);
	memcpy(text + KEY_LEN, accept_salt, sizeof(accept_salt));
	return tls_sha1_base64(text, KEY_LEN + sizeof(accept_salt) - 1, expected) == 0 &&
	       slice_is(&accept->value, expected);
}

static const char *
websocket_wrong(struct exchange *x)
{
	if (!headers_find(&x->response.headers, HF_SEC_WEBSOCKET_ACCEPT))
		return "101 without Sec-WebSocket-Accept";
	if (!accepts_key(x))
		return "101 with a Sec-WebSocket-Accept that is not the client's key";
	if (!chose_offered(x, HF_SEC_WEBSOCKET_PROTOCOL))
		return "101 with a Sec-WebSocket-Protocol that the client did not offer";
	if (!chose_offered(x, HF_SEC_WEBSOCKET_EXTENSIONS))
		return "101 with a WebSocket extension that the client did not offer";
	return NULL;
}

static bool
switches_to(const struct headers *h, const struct slice *protocol)
{
	size_t right = 0, all = 0;

	for (size_t i = 0; i < h->count; i++) {
		const struct slice *v = &h->at[i].value;

		if (h->at[i].id != HF_UPGRADE)
			continue;
		all++;
		right += v->len == protocol->len && strncasecmp(v->at, protocol->at, v->len) == 0;
	}
	return all == 1 && right == 1;
}

const char *
upgrade_wrong(struct exchange *x)
{
	struct headers *h = &x->response.headers;

	if (x->response.minor == 0)
		return "101 in HTTP/1.0";
	if (headers_find(h, HF_CONTENT_LENGTH) || headers_find(h, HF_TRANSFER_ENCODING))
		return "101 with a body";
	if (!headers_has_token(h, HF_CONNECTION, "upgrade"))
		return "101 without Connection: Upgrade";
	if (!switches_to(h, &x->upgrade))
		return "101 to another protocol than the client asked for";
	return is_websocket(&x->upgrade) ? websocket_wrong(x) : NULL;
}

int
upgrade_begin(struct exchange *x, const struct response_head *r)
{
	int e = x->client->send_switch(x, r);

	if (e < 0)
		return e;
	x->phase = RESPONSE_TUNNEL;
	x->tunnel.began = x->tunnel.open = true;
	x->tunnel.start_ns = clock_mono_ns();
	counter_add(&x->conn->worker->counters->upgrades, 1);
	TRACE(x->trace, UPGRADE_START, .ModuleName = "Upgrade",
	      .Protocol = arena_strndup(&x->arena, x->upgrade.at, x->upgrade.len));
	return 0;
}
