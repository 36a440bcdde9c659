/* SPDX-License-Identifier: MIT */
/*
 * event - the catalogue: which events exist, what data they carry.
 *
 * events.def has one row per event, areas.def one per area, enums.def the
 * texts of numbers (freb:Description).  From the rows come the symbols
 * TE_<event>, one struct te_<event> each (a call site names its fields), and
 * te_events[] for the serialiser and the manual.  Facts: EVENTS and OWN-EVENTS
 * of the format description; each row names its source.
 */
#ifndef TRACE_EVENT_H
#define TRACE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum te_level {		/* Level of an event, FORMAT 2.2 */
	TE_ALWAYS = 0,
	TE_CRITICAL = 1,
	TE_ERROR = 2,
	TE_WARNING = 3,
	TE_INFO = 4,
	TE_VERBOSE = 5,
};

enum te_id {
#define EVENT(symbol, area, opcode, level, text, fields) TE_##symbol,
#include "trace/events.def"
#undef EVENT
	TE_COUNT
};

/* TE_LEVEL_<event>: the catalogue's level, a constant for TRACE(). */
enum te_default_level {
#define EVENT(symbol, area, opcode, level, text, fields) TE_LEVEL_##symbol = TE_##level,
#include "trace/events.def"
#undef EVENT
};

enum te_area {
#define AREA(symbol, provider, bit, keyword, guid) TE_AREA_##symbol,
#include "trace/areas.def"
#undef AREA
	TE_AREA_COUNT
};

/*
 * Field rows: F(type, Name) with type U32 U64 I32 STR BOOL GUID, and
 * E(enumeration, Name): a uint32_t whose text comes from enums.def.
 * T(Name): a uint32_t Name whose text the caller gives in .Name_text.
 * S(Name): a string Name whose text the caller gives in .Name_text.
 * B(Name): bytes off the wire, struct te_bytes; written as narrow text
 * (FORMAT 2.3: %XX for what is not printable ASCII, CR LF raw).
 */
struct te_bytes {
	const char *at;		/* NULL = empty */
	size_t len;
};

enum te_type {	/* of a field: F's six, then E, T, S, B */
	 TE_U32, TE_U64, TE_I32, TE_STR, TE_BOOL, TE_GUID, TE_ENUM, TE_TEXT, TE_LABEL, TE_BYTES };

#define TE_MEMBER_U32(name) uint32_t name;
#define TE_MEMBER_U64(name) uint64_t name;
#define TE_MEMBER_I32(name) int32_t name;
#define TE_MEMBER_STR(name) const char *name;
#define TE_MEMBER_BOOL(name) bool name;
#define TE_MEMBER_GUID(name) const uint8_t *name;

#define F(type, name) TE_MEMBER_##type(name)
#define E(enumeration, name) uint32_t name;
#define T(name) uint32_t name; const char *name##_text;
#define S(name) const char *name; const char *name##_text;
#define B(name) struct te_bytes name;
#define EVENT(symbol, area, opcode, level, text, fields) struct te_##symbol { fields };
#include "trace/events.def"
#undef EVENT
#undef F
#undef E
#undef T
#undef S
#undef B

enum te_enum_id {
	TE_ENUM_NONE,
#define ENUM(symbol, values) TE_ENUM_##symbol,
#include "trace/enums.def"
#undef ENUM
	TE_ENUM_COUNT
};

/* TE_<PREFIX>_<NAME>: the numbers of enums.def, such as TE_ERROR_CERT_EXPIRED. */
enum te_value {
#define V(prefix, name, number, text) TE_##prefix##_##name = number,
#define ENUM(symbol, values) values
#include "trace/enums.def"
#undef ENUM
#undef V
};

struct te_field {
	const char *name;	/* Data Name */
	uint8_t type;		/* enum te_type */
	uint8_t enumeration;	/* enum te_enum_id */
	uint16_t offset;	/* in struct te_<event> */
	uint16_t text_offset;	/* of .Name_text; 0 = has none */
};

struct te_event {
	const char *name;	/* RenderingInfo/Opcode */
	const char *text;	/* one sentence for the manual */
	const struct te_field *fields;
	uint16_t field_count;
	uint16_t opcode;
	uint8_t area;		/* enum te_area */
	uint8_t level;		/* catalogue's level */
};

struct te_area_info {
	const char *provider;		/* "WWW Server", "frebproxy" */
	const char *provider_guid;	/* braces, upper case */
	uint32_t bit;			/* Keywords */
	const char *keyword;		/* NULL = no Keywords element */
	const char *event_guid;
};

/* Constant, never freed; any thread.  NULL for an id that is not in the table. */
const struct te_event *te_event(enum te_id id);
const struct te_area_info *te_area(enum te_area area);
/* Text of a number in an enumeration, NULL = none. */
const char *te_enum_text(enum te_enum_id id, uint32_t value);

#endif
