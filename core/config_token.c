/* SPDX-License-Identifier: MIT */
/*
 * config_token - what is asked of badges: access rules on tokens, PINs,
 * signatures, policies and issuers; attestations; the order of names.
 *
 * These rules stand beside SslRequireCert only: a rule on badges that lets in
 * who shows none would be a hole.
 */
#include <config.h>

#include "core/config_build.h"

#include <ctype.h>
#include <string.h>

#define LIST_MAX 256
#define SHA256_HEX 64

/* ---- lists ---- */

/* Length of an item; a backslash, as in names of RFC 4514, keeps the next character in it. */
static size_t
item_length(const char *text)
{
	size_t n = 0;

	while (text[n] && text[n] != ';')
		n += text[n] == '\\' && text[n + 1] ? 2 : 1;
	return n;
}

static bool
is_oid(const char *s)
{
	size_t arcs = 0, len = strlen(s), digits;

	for (; *s; s += digits + (s[digits] == '.')) {
		digits = strspn(s, "0123456789");
		if (!digits || (digits > 1 && *s == '0') || (s[digits] && s[digits] != '.') ||
		    (s[digits] == '.' && !s[digits + 1]))
			return false;
		arcs++;
	}
	return arcs >= 2 && len < 128;
}

/* SHA-256 in lower-case hex, as traces have it, or a name with a type in it; in place. */
static bool
is_issuer(char *s)
{
	if (strchr(s, '='))
		return true;
	if (strlen(s) != SHA256_HEX || strspn(s, "0123456789abcdefABCDEF") != SHA256_HEX)
		return false;
	for (; *s; s++)
		*s = (char)tolower((unsigned char)*s);
	return true;
}

static void
refuse_item(struct build *b, const xmlNode *node, enum config_attribute a, const char *item,
	    bool oids)
{
	struct buf quoted = BUF_INIT;

	value_quote(item, &quoted);
	tree_error(b->tree, node, a, "%s; allowed: %s", buf_text(&quoted),
		   oids ? "OIDs as 2.16.840.1.101.3.2.1.3.13, with ; between" :
			  "SHA-256 of CA certificates in hex, or their subjects as "
			  "\"O=Acme, CN=CA 1\", with ; between");
	buf_done(&quoted);
}

static char *
copy_item(struct build *b, const char *text, size_t len)
{
	struct buf one = BUF_INIT;
	char *copy;

	while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	buf_put(&one, text, len);
	copy = build_text(b, buf_text(&one));
	buf_done(&one);
	return copy;
}

static void
read_list(struct build *b, const xmlNode *node, enum config_attribute a, bool oids,
	  struct config_list *out)
{
	const char *text = tree_text(node, a), *p;
	size_t room = 1, len;

	out->text = build_text(b, text);
	if (!*text)
		return;
	for (p = text; *p; p += len + (p[len] == ';'), room++)
		len = item_length(p);
	if (room > LIST_MAX) {
		tree_error(b->tree, node, a, "%zu items; allowed: at most %d", room, LIST_MAX);
		return;
	}
	out->items = build_array(b, room, sizeof(*out->items), &room);
	for (p = text; *p && out->count < room; p += len + (p[len] == ';')) {
		char *item;

		p += strspn(p, " \t");
		len = item_length(p);
		item = copy_item(b, p, len);
		if (!*item)
			continue;
		if (oids ? is_oid(item) : is_issuer(item))
			out->items[out->count++] = item;
		else
			refuse_item(b, node, a, item, oids);
	}
}

/* ---- access ---- */

static void
put_rule(struct buf *text, const char *rule)
{
	buf_puts(text, text->len ? ", " : "");
	buf_puts(text, rule);
}

static void
describe(struct build *b, struct config_access *access)
{
	static const char *const grades[] = { "", "E1", "E2", "E3" };
	struct buf text = BUF_INIT;

	if (access->require_grade)
		put_rule(&text, grades[access->require_grade]);
	if (access->require_pin)
		put_rule(&text, "PIN-backed");
	if (access->max_signature_age) {
		put_rule(&text, "signature of the last ");
		buf_putf(&text, "%u s", access->max_signature_age);
	}
	if (access->allowed_policies.count || access->denied_policies.count)
		put_rule(&text, "policies");
	if (access->allowed_issuers.count || access->denied_issuers.count)
		put_rule(&text, "issuers");
	access->token_text = build_text(b, buf_text(&text));
	buf_done(&text);
}

static bool
says_something(const xmlNode *node)
{
	static const enum config_attribute all[] = {
		ATTR_ACCESS_requireToken, ATTR_ACCESS_requirePinBacked,
		ATTR_ACCESS_maxSignatureAge, ATTR_ACCESS_allowedPolicies,
		ATTR_ACCESS_deniedPolicies, ATTR_ACCESS_allowedIssuers,
		ATTR_ACCESS_deniedIssuers,
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (tree_has(node, all[i]))
			return true;
	return false;
}

void
build_token_rules(struct build *b, const struct config_site *site, const xmlNode *node,
		  struct config_access *access)
{
	bool required = access->ssl_flags & SSL_FLAG_REQUIRE_CERT;
	const xmlNode *above = required ? b->site_access : NULL;

#define SAYS(kind, name) \
	tree_##kind(build_pick(node, above, ATTR_ACCESS_##name), ATTR_ACCESS_##name)
#define LIST(name, oids, out) \
	read_list(b, build_pick(node, above, ATTR_ACCESS_##name), ATTR_ACCESS_##name, oids, out)
	access->require_grade = SAYS(word, requireToken);
	access->require_pin = SAYS(bool, requirePinBacked);
	access->max_signature_age = SAYS(seconds, maxSignatureAge);
	LIST(allowedPolicies, true, &access->allowed_policies);
	LIST(deniedPolicies, true, &access->denied_policies);
	LIST(allowedIssuers, false, &access->allowed_issuers);
	LIST(deniedIssuers, false, &access->denied_issuers);
#undef SAYS
#undef LIST
	describe(b, access);
	if (access->token_text[0] && !required && says_something(node))
		tree_message(b->tree, false, node, NULL, "site \"%s\": rules on badges (%s) "
			     "without SslRequireCert let in who shows none; allowed: with "
			     "sslFlags=\"Ssl, SslNegotiateCert, SslRequireCert\"", site->name,
			     access->token_text);
	if (access->require_grade == 3 && !b->config->attestation_dir &&
	    !tree_is_damaged(tree_child(tree_root(b->tree), ELEMENT_ATTESTATION)))
		tree_message(b->tree, false, node, "requireToken", "site \"%s\": E3 without "
			     "attestations refuses everybody; allowed: E3 with attestation, E2, E1",
			     site->name);
}

void
build_token_summary(struct build *b, struct config_site *site)
{
	const char *own = site->access.token_text;
	struct buf text = BUF_INIT;

	buf_puts(&text, own ? own : "");
	site->max_signature_age = site->access.max_signature_age;
	for (size_t i = 0; i < site->location_count; i++) {
		const struct config_access *access = &site->locations[i].access;
		unsigned int age = access->max_signature_age;

		if (age && (!site->max_signature_age || age < site->max_signature_age))
			site->max_signature_age = age;
		if (!access->token_text || !access->token_text[0] ||
		    (own && !strcmp(own, access->token_text)) || text.len > 512)
			continue;
		buf_putf(&text, "%s%s: %s", text.len ? "; " : "", site->locations[i].path,
			 access->token_text);
	}
	site->token_required = build_text(b, buf_text(&text));
	buf_done(&text);
}

/* ---- attestations, names ---- */

static void
build_order(struct build *b)
{
	static const char words[] =
#define KIND(symbol, word, text) "|" word
#include "core/token/kinds.def"
#undef KIND
		;
	const xmlNode *node = tree_child(tree_root(b->tree), ELEMENT_CLIENT_CERTIFICATES);
	const char *text = tree_text(node, ATTR_CLIENT_CERTIFICATES_identityOrder);
	struct config *c = b->config;
	char word[16];

	while (*(text += strspn(text, ", \t;"))) {
		size_t len = strcspn(text, ", \t;");
		unsigned int kind = IDENTITY_KIND_COUNT;

		if (len < sizeof(word)) {
			memcpy(word, text, len);
			word[len] = '\0';
			value_word(word, words + 1, &kind);
		}
		for (size_t i = 0; i < c->identity_order_count; i++)
			if (kind == (unsigned int)c->identity_order[i])
				kind = IDENTITY_KIND_COUNT;
		if (kind >= IDENTITY_KIND_COUNT) {
			struct buf quoted = BUF_INIT;

			value_quote(text, &quoted);
			tree_error(b->tree, node, ATTR_CLIENT_CERTIFICATES_identityOrder,
				   "%s begins with an unknown name, or one that was there; "
				   "allowed: UPN, email, EDIPI, FASC-N, UUID, SID, DN, each once",
				   buf_text(&quoted));
			buf_done(&quoted);
			return;
		}
		c->identity_order[c->identity_order_count++] = (enum identity_kind)kind;
		text += len;
	}
}

void
build_tokens(struct build *b)
{
	const xmlNode *node = tree_child(tree_root(b->tree), ELEMENT_ATTESTATION);
	struct config *c = b->config;

	build_order(b);
	if (!node)
		return;
	c->attestation_roots = build_files(b, node, ATTR_ATTESTATION_rootsFile,
					   &c->attestation_root_count);
	if (*tree_text(node, ATTR_ATTESTATION_directory))
		c->attestation_dir = build_path(b, node, ATTR_ATTESTATION_directory);
	if (!*tree_text(node, ATTR_ATTESTATION_directory) || !c->attestation_root_count)
		if (!tree_is_damaged(node))
			tree_error(b->tree, node, ATTR_COUNT, "directory or rootsFile is empty; "
				   "allowed: a folder and the roots that sign in it");
}
