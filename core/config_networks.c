/* SPDX-License-Identifier: MIT */
/*
 * config_networks - lists of addresses and networks: "10.0.0.0/8;::1".
 * An IPv4 client on an IPv6 socket counts as IPv4 (RFC 4291 2.5.5.2).
 */
#include <config.h>

#include "core/config_build.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static bool
bit_of(const unsigned char *address, unsigned int i)
{
	return address[i / 8] & (0x80 >> i % 8);
}

/* "address" or "address/bits"; a bit behind the prefix is a mistake, not a choice. */
static int
read_network(char *text, struct config_network *out)
{
	char *bits = strchr(text, '/');
	uint64_t n, max;

	memset(out, 0, sizeof(*out));
	if (bits)
		*bits++ = '\0';
	out->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	max = out->family == AF_INET6 ? 128 : 32;
	if (inet_pton(out->family, text, out->address) != 1)
		return -EINVAL;
	n = max;
	if (bits && value_number(bits, max == 128 ? "0..128" : "0..32", &n) < 0)
		return -EINVAL;
	out->bits = (unsigned int)n;
	for (unsigned int i = out->bits; i < max; i++)
		if (bit_of(out->address, i))
			return -EINVAL;
	return 0;
}

int
value_networks(const char *text, struct config_network *out, size_t *count)
{
	size_t n = 0;

	for (;;) {
		struct config_network one;
		char word[64];
		size_t len;

		text += strspn(text, " ");
		len = strcspn(text, "; ");
		if (len >= sizeof(word) || n == NETWORKS_MAX)
			return -EINVAL;
		memcpy(word, text, len);
		word[len] = '\0';
		if (read_network(word, &one) < 0)
			return -EINVAL;
		if (out)
			out[n] = one;
		n++;
		text += len;
		text += strspn(text, " ");
		if (!*text)
			break;
		if (*text++ != ';')
			return -EINVAL;
	}
	if (count)
		*count = n;
	return 0;
}

static bool
has(const struct config_network *n, const unsigned char *address)
{
	unsigned int rest = n->bits % 8;

	if (memcmp(n->address, address, n->bits / 8) != 0)
		return false;
	return rest == 0 || (n->address[n->bits / 8] ^ address[n->bits / 8]) >> (8 - rest) == 0;
}

bool
config_networks_have(const struct config_network *list, size_t count, const char *address)
{
	unsigned char bytes[16];
	int family = strchr(address, ':') ? AF_INET6 : AF_INET;

	if (inet_pton(family, address, bytes) != 1)
		return false;
	for (size_t i = 0; i < count; i++)
		if (list[i].family == family && has(&list[i], bytes))
			return true;
	return false;
}

/* All bindings of a socket: the header comes before the host name. */
static bool
is_same(const struct config_binding *a, const struct config_binding *b)
{
	return a->proxy_count == b->proxy_count &&
	       (a->proxy_count == 0 ||
		memcmp(a->proxies, b->proxies, a->proxy_count * sizeof(*a->proxies)) == 0);
}

void
build_proxies(struct build *b, const xmlNode *node, struct config_binding *binding)
{
	const char *text = tree_text(node, ATTR_BINDING_proxyProtocol);
	const struct config_binding *other = b->config->bindings;
	struct config_network list[NETWORKS_MAX];
	size_t n = 0;

	if (*text && value_networks(text, list, &n) == 0)
		binding->proxies = build_array(b, n, sizeof(*list), &binding->proxy_count);
	if (binding->proxy_count)
		memcpy(binding->proxies, list, n * sizeof(*list));
	for (; other < binding; other++)
		if (other->tls == binding->tls &&
		    !strcmp(other->address.text, binding->address.text) &&
		    !is_same(other, binding))
			tree_error(b->tree, node, ATTR_BINDING_proxyProtocol,
				   "another binding of %s has another list; allowed: the same "
				   "for all of them", binding->address.text);
}
