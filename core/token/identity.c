/* SPDX-License-Identifier: MIT */
/*
 * identity - see identity.h.  Weighs what is known about the key's home and
 * says what it was, piece by piece.  An untrusted chain can claim any policy:
 * its claims are shown, and count for nothing.
 */
#include <config.h>

#include "core/token/identity.h"

#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/token/policy.h"

#define OID_MAX 128
#define POLICIES_MAX 32
#define NUMBER_TEXT 24

struct claims {		/* what the policies of the leaf say together */
	bool hardware;		/* one asserts hardware */
	bool hardware_on_path;	/* and holds for the whole path */
	bool pin;		/* one asserts a PIN */
	bool pinless_card;	/* one asserts hardware without a PIN */
	bool no_pin;		/* one promises no PIN */
};

static const char *
yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

const char *
evidence_text(enum evidence e)
{
	static const char *const texts[] = { "E0", "E1", "E2", "E3" };

	return texts[e];
}

static const char *
evidence_meaning(enum evidence e)
{
	static const char *const texts[] = {
		"nothing says that the key is on a token",
		"the certificate asserts a hardware policy",
		"a hardware policy is valid for the whole path",
		"the maker attests the key",
	};

	return texts[e];
}

const char *
pin_backed_text(enum pin_backed p)
{
	static const char *const texts[] = { "unknown", "no", "yes" };

	return texts[p];
}

/* UPN, else e-mail, else subject; cut between characters. */
static void
choose_name(const struct cert *leaf, struct identity *out)
{
	const char *name = leaf->upn[0] ? leaf->upn : leaf->email[0] ? leaf->email : leaf->subject;
	size_t len = strlen(name);

	out->kind = leaf->upn[0] ? "UPN" : leaf->email[0] ? "email" : "DN";
	if (len >= sizeof(out->name)) {
		len = sizeof(out->name) - 1;
		while (len > 0 && ((unsigned char)name[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(out->name, name, len);
	out->name[len] = '\0';
}

static void
weigh_policy(const struct badge *badge, const char *oid, struct claims *c, struct trace *t)
{
	const struct policy *p = policy_find(oid);
	enum policy_says valid = policy_on_path(badge, oid);

	TRACE(t, AUTH_TOKEN_POLICY, .Oid = oid, .Name = p ? p->name : "",
	      .Hardware = policy_says_text(p ? p->hardware : POLICY_SAYS_UNKNOWN),
	      .Pin = policy_says_text(p ? p->pin : POLICY_SAYS_UNKNOWN),
	      .ValidForPath = policy_says_text(valid), .Source = p ? p->source : "");
	if (!p)
		return;
	c->hardware |= p->hardware == POLICY_SAYS_YES;
	c->hardware_on_path |= p->hardware == POLICY_SAYS_YES && valid == POLICY_SAYS_YES;
	c->pin |= p->pin == POLICY_SAYS_YES;
	c->no_pin |= p->pin == POLICY_SAYS_NO;
	c->pinless_card |= p->hardware == POLICY_SAYS_YES && p->pin == POLICY_SAYS_NO;
}

static void
weigh_policies(const struct badge *badge, struct claims *c, struct trace *t)
{
	const char *list = badge->leaf->policies;
	char oid[OID_MAX];

	for (unsigned int i = 0; *list && i < POLICIES_MAX; i++) {
		size_t n = strcspn(list, ",");

		if (n < sizeof(oid)) {
			memcpy(oid, list, n);
			oid[n] = '\0';
			weigh_policy(badge, oid, c, t);
		}
		list += n;
		list += strspn(list, ", ");
	}
}

static void
trace_token(const struct token *k, struct trace *t)
{
	TRACE(t, AUTH_TOKEN_FOUND, .Module = k->module, .TokenLabel = k->label,
	      .Manufacturer = k->manufacturer, .Model = k->model, .TokenSerial = k->serial,
	      .TokenUri = k->uri, .LoginRequired = yes_no(k->login_required),
	      .PinInitialized = yes_no(k->pin_initialized), .PinPad = yes_no(k->pin_pad),
	      .PinCountLow = yes_no(k->pin_count_low), .PinFinalTry = yes_no(k->pin_final_try),
	      .PinLocked = yes_no(k->pin_locked));
}

/* Looks the certificate up in the snapshot; one event per module that was scanned. */
static const struct token *
look_up(const struct registry *r, const struct badge *badge, struct trace *t)
{
	const struct token *token = registry_find(r, badge->leaf->sha256);

	for (size_t i = 0; i < registry_module_count(r); i++) {
		const struct registry_module *m = registry_module(r, i);

		TRACE_AT(t, m->error ? TE_WARNING : TE_INFO, AUTH_TOKEN_LOOKUP, .Module = m->name,
			 .TokensSeen = (uint32_t)m->tokens_seen,
			 .Found = yes_no(token && token->module == m->name), .ErrorCode = m->error,
			 .ElapsedMs = m->elapsed_ms);
	}
	if (token)
		trace_token(token, t);
	return token;
}

/* A card key that needs no PIN stays so on any token; else the best evidence counts. */
static enum pin_backed
decide_pin(const struct claims *c, const struct token *token)
{
	if (c->pinless_card)
		return PIN_NO;
	if (c->pin || (token && token->login_required && token->pin_initialized))
		return PIN_YES;
	return c->no_pin ? PIN_NO : PIN_UNKNOWN;
}

static const char *
number_text(char out[static NUMBER_TEXT], uint64_t n)
{
	snprintf(out, NUMBER_TEXT, "%llu", (unsigned long long)n);
	return out;
}

static void
trace_end(const struct identity *id, bool refused, uint64_t start_ns, struct trace *t)
{
	char seconds[NUMBER_TEXT];

	TRACE_AT(t, refused ? TE_WARNING : TE_INFO, AUTH_TOKEN_IDENTITY_END, .Identity = id->name,
		 .IdentityKind = id->kind, .Grade = evidence_text(id->grade),
		 .Grade_text = evidence_meaning(id->grade), .PinBacked = pin_backed_text(id->pin),
		 .Fresh = yes_no(id->fresh),
		 .SecondsSinceSignature = id->seconds_since_signature == UINT64_MAX ? "" :
			number_text(seconds, id->seconds_since_signature),
		 .ElapsedUs = (clock_mono_ns() - start_ns) / CLOCK_NS_PER_US);
}

void
identity_of(const struct badge *badge, const struct registry *registry, bool resumed,
	    uint64_t seconds_since_signature, struct trace *t, struct identity *out)
{
	uint64_t start_ns = clock_mono_ns();
	const struct token *token = NULL;
	struct claims claims = { 0 };
	char modules[NUMBER_TEXT];

	memset(out, 0, sizeof(*out));
	TRACE(t, AUTH_TOKEN_IDENTITY_START, .ModuleName = "TokenIdentity", .Required = "no",
	      .Registries = registry ? number_text(modules, registry_module_count(registry)) : "");
	choose_name(badge->leaf, out);
	weigh_policies(badge, &claims, t);
	if (registry)
		token = look_up(registry, badge, t);
	out->fresh = !resumed;
	out->seconds_since_signature = seconds_since_signature;
	if (badge->fault == FAULT_NONE) {
		out->pin = decide_pin(&claims, token);
		out->grade = claims.hardware_on_path ? EVIDENCE_E2 :
			     claims.hardware ? EVIDENCE_E1 : EVIDENCE_E0;
	}
	trace_end(out, badge->fault != FAULT_NONE, start_ns, t);
}
