/* SPDX-License-Identifier: MIT */
/*
 * event - the tables of events.def, areas.def and enums.def as constant data.
 * Knows nothing of buffers or files.  See event.h.
 */
#include <config.h>

#include "trace/event.h"

/* ---- events: one function each, so that `self` can name its struct ---- */

#define F(type, name) { #name, TE_##type, TE_ENUM_NONE, offsetof(self, name), 0 },
#define E(symbol, name) { #name, TE_ENUM, TE_ENUM_##symbol, offsetof(self, name), 0 },
#define T(name) \
	{ #name, TE_TEXT, TE_ENUM_NONE, offsetof(self, name), offsetof(self, name##_text) },
#define S(name) \
	{ #name, TE_LABEL, TE_ENUM_NONE, offsetof(self, name), offsetof(self, name##_text) },
#define B(name) { #name, TE_BYTES, TE_ENUM_NONE, offsetof(self, name), 0 },
#define EVENT(symbol, area_, opcode_, level_, text_, fields_)                              \
	static const struct te_event *                                                     \
	event_##symbol(void)                                                               \
	{                                                                                  \
		typedef struct te_##symbol self __attribute__((unused));                   \
		static const struct te_field list[] = { fields_ { NULL, 0, 0, 0, 0 } };    \
		static const struct te_event event = {                                     \
			.name = #symbol,                                                   \
			.text = text_,                                                     \
			.fields = list,                                                    \
			.field_count = sizeof(list) / sizeof(list[0]) - 1,                 \
			.opcode = opcode_,                                                 \
			.area = TE_AREA_##area_,                                           \
			.level = TE_##level_,                                              \
		};                                                                         \
		return &event;                                                             \
	}
#include "trace/events.def"
#undef EVENT
#undef F
#undef E
#undef T
#undef S
#undef B

static const struct te_event *(*const events[TE_COUNT])(void) = {
#define EVENT(symbol, area, opcode, level, text, fields) event_##symbol,
#include "trace/events.def"
#undef EVENT
};

const struct te_event *
te_event(enum te_id id)
{
	return (unsigned int)id < TE_COUNT ? events[id]() : NULL;
}

/* ---- areas: the texts are arrays, so that their addresses are constants ---- */

#define PROVIDER(symbol, name_, guid_)                   \
	static const char name_of_##symbol[] = name_;    \
	static const char guid_of_##symbol[] = guid_;
#include "trace/areas.def"

static const struct te_area_info areas[TE_AREA_COUNT] = {
#define AREA(symbol, provider_, bit_, keyword_, guid_)                                     \
	{ name_of_##provider_, guid_of_##provider_, bit_, keyword_, guid_ },
#include "trace/areas.def"
};

const struct te_area_info *
te_area(enum te_area area)
{
	return (unsigned int)area < TE_AREA_COUNT ? &areas[area] : NULL;
}

/* ---- texts of numbers ---- */

static const char *
text_of_none(uint32_t value)
{
	(void)value;
	return NULL;
}

#define V(prefix, name, number, text) case number: return text;
#define ENUM(symbol, values)                             \
	static const char *                              \
	text_of_##symbol(uint32_t value)                 \
	{                                                \
		switch (value) { values }                \
		return NULL;                             \
	}
#include "trace/enums.def"
#undef ENUM
#undef V

static const char *(*const texts[TE_ENUM_COUNT])(uint32_t) = {
	text_of_none,
#define ENUM(symbol, values) text_of_##symbol,
#include "trace/enums.def"
#undef ENUM
};

const char *
te_enum_text(enum te_enum_id id, uint32_t value)
{
	return (unsigned int)id < TE_ENUM_COUNT ? texts[id](value) : NULL;
}
