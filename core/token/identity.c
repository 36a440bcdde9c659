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

#define NUMBER_TEXT 24
#define NO_ANSWER 0x30 /* CKR_DEVICE_ERROR */

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

const char *
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

/* The kind that is used: the first of the order that was found. */
static enum identity_kind
choose_kind(const struct names *n, const struct identity_source *s)
{
	for (size_t i = 0; i < s->order_count; i++)
		if (n->value[s->order[i]])
			return s->order[i];
	for (size_t i = 0; s->order_count == 0 && i < IDENTITY_DN; i++)
		if (n->value[i])
			return (enum identity_kind)i;
	return IDENTITY_DN;
}

/* Cut between characters. */
static void
set_name(const struct names *n, enum identity_kind used, struct identity *out)
{
	const char *name = n->value[used] ? n->value[used] : "";
	size_t len = strlen(name);

	out->kind = names_kind_text(used);
	if (len >= sizeof(out->name)) {
		len = sizeof(out->name) - 1;
		while (len > 0 && ((unsigned char)name[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(out->name, name, len);
	out->name[len] = '\0';
}

static void
trace_names(const struct names *n, enum identity_kind used, struct trace *t)
{
	for (unsigned int k = 0; k < IDENTITY_KIND_COUNT; k++)
		if (n->value[k])
			TRACE(t, AUTH_TOKEN_NAME, .Kind = names_kind_text((enum identity_kind)k),
			      .Value = n->value[k], .Used = yes_no(k == used));
}

static void
trace_policies(const struct facts *f, struct trace *t)
{
	for (size_t i = 0; i < f->policy_count; i++) {
		const struct fact_policy *p = &f->policies[i];
		const struct policy *known = p->known;

		TRACE(t, AUTH_TOKEN_POLICY, .Oid = p->oid, .Name = known ? known->name : "",
		      .Hardware = policy_says_text(known ? known->hardware : POLICY_SAYS_UNKNOWN),
		      .Pin = policy_says_text(known ? known->pin : POLICY_SAYS_UNKNOWN),
		      .ValidForPath = policy_says_text(p->valid), .Source = p->source);
	}
}

static void
trace_token(const struct token *k, const struct registry_key *key, struct trace *t)
{
	TRACE(t, AUTH_TOKEN_FOUND, .Module = k->module, .TokenLabel = k->label,
	      .Manufacturer = k->manufacturer, .Model = k->model, .TokenSerial = k->serial,
	      .TokenUri = k->uri, .LoginRequired = yes_no(k->login_required),
	      .PinInitialized = yes_no(k->pin_initialized), .PinPad = yes_no(k->pin_pad),
	      .PinCountLow = yes_no(k->pin_count_low), .PinFinalTry = yes_no(k->pin_final_try),
	      .PinLocked = yes_no(k->pin_locked),
	      .KeySensitive = key ? yes_no(key->sensitive) : "",
	      .KeyNeverExtractable = key ? yes_no(key->never_extractable) : "",
	      .KeyAlwaysAuthenticate = key ? yes_no(key->always_authenticate) : "");
}

/* Looks the certificate up in the snapshot; one event per module that was scanned. */
static const struct token *
look_up(const struct registry *r, const struct badge *badge, struct trace *t)
{
	const struct token *token = registry_find(r, badge->leaf->sha256);
	unsigned int silent = registry_silent(r);

	for (size_t i = 0; i < registry_module_count(r); i++) {
		const struct registry_module *m = registry_module(r, i);

		TRACE_AT(t, m->error || silent ? TE_WARNING : TE_INFO, AUTH_TOKEN_LOOKUP,
			 .Module = m->name, .TokensSeen = (uint32_t)m->tokens_seen,
			 .Found = yes_no(token && token->module == m->name),
			 .ErrorCode = silent ? NO_ANSWER : m->error,
			 .ElapsedMs = silent ? silent * 1000ull : m->elapsed_ms);
	}
	if (token)
		trace_token(token, registry_find_key(r, badge->leaf->sha256), t);
	return token;
}

static const struct attestation *
look_up_attestation(const struct attestations *all, const struct badge *badge, struct trace *t)
{
	const struct attestation *a = attest_find(all, badge->leaf->key_sha256);

	if (a)
		TRACE_AT(t, a->verified ? TE_INFO : TE_WARNING, AUTH_TOKEN_ATTESTATION,
			 .Vendor = a->vendor, .Serial = a->serial, .Firmware = a->firmware,
			 .PinPolicy = a->pin_policy, .TouchPolicy = a->touch_policy,
			 .FormFactor = a->form_factor, .Verified = yes_no(a->verified),
			 .Source = a->source);
	return a && a->verified ? a : NULL;
}

/* A card key that needs no PIN stays so on any token; then the maker's word counts, then the
 * best of the rest. */
static enum pin_backed
decide_pin(const struct claims *c, const struct token *token, const struct attestation *a)
{
	if (c->pinless_card || (a && a->pin == ATTESTED_PIN_NEVER))
		return PIN_NO;
	if (a && a->pin == ATTESTED_PIN_NEEDED)
		return PIN_YES;
	if (c->pin || (token && token->login_required && token->pin_initialized))
		return PIN_YES;
	return c->no_pin ? PIN_NO : PIN_UNKNOWN;
}

/* Source: ARR 6. */
static enum evidence
decide_grade(const struct claims *c, const struct attestation *a)
{
	if (a && a->pin == ATTESTED_PIN_NEEDED)
		return EVIDENCE_E3;
	return c->hardware_on_path ? EVIDENCE_E2 : c->hardware ? EVIDENCE_E1 : EVIDENCE_E0;
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
identity_of(const struct badge *badge, const struct identity_source *s, struct trace *t,
	    struct identity *out)
{
	static const struct facts nothing;	/* without memory nothing is known */
	uint64_t start_ns = clock_mono_ns();
	const struct facts *f = facts_of(badge);
	const struct attestation *attestation;
	const struct token *token = NULL;
	enum identity_kind used;
	char modules[NUMBER_TEXT];

	memset(out, 0, sizeof(*out));
	f = f ? f : &nothing;
	TRACE(t, AUTH_TOKEN_IDENTITY_START, .ModuleName = "TokenIdentity",
	      .Required = s->required ? s->required : "no",
	      .Registries = s->registry ?
			number_text(modules, registry_module_count(s->registry)) : "");
	used = choose_kind(&f->names, s);
	set_name(&f->names, used, out);
	trace_names(&f->names, used, t);
	trace_policies(f, t);
	if (s->registry)
		token = look_up(s->registry, badge, t);
	attestation = look_up_attestation(s->attestations, badge, t);
	out->facts = f;
	out->fresh = !s->resumed;
	out->seconds_since_signature = s->seconds_since_signature;
	if (badge->fault == FAULT_NONE) {
		out->pin = decide_pin(&f->claims, token, attestation);
		out->grade = decide_grade(&f->claims, attestation);
	}
	trace_end(out, badge->fault != FAULT_NONE, start_ns, t);
}
