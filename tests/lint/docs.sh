#!/bin/sh
# SPDX-License-Identifier: MIT
# Tables against manuals: each setting, flag, fault and viewer action has its
# line; no row twice; folders introduce themselves; the top level is the one
# that was agreed.  Speaks TAP.
. "${top_srcdir:?}/tests/lint/lint.sh"
xml=core/frebproxy.xml.5
page=core/frebproxy.8

# section ELEMENT: its lines in frebproxy.xml.5, from its heading to the next
section() {
	awk -v name="$1" '
		/^\.S[sh] / { n = split($2, part, "/"); inside = part[n] == name }
		inside' $xml
}

report 'each element of config.def has its section in frebproxy.xml(5)' "$(
	sed -n 's/^ELEMENT([A-Z_0-9]*, "\([^"]*\)".*/\1/p' core/config.def | sort -u | while read -r name; do
		test -n "$(section "$name")" || echo "$xml: $name"
	done
)"
report 'each attribute of config.def stands under its element in frebproxy.xml(5)' "$(
	sed -n 's/^ATTR(\([A-Z_0-9]*\), \([A-Za-z0-9]*\), \([A-Z_]*\),.*/\1 \2 \3/p' core/config.def |
		while read -r symbol attribute type; do
			element=$(sed -n "s/^ELEMENT($symbol, \"\([^\"]*\)\".*/\1/p" core/config.def)
			if test "$type" = UNUSED; then
				grep -qE "(^|[ ,])$attribute[,.]?( |$)" $xml
			else
				section "$element" | grep -qx "\.It Fa $attribute"
			fi || echo "$xml: $element/@$attribute"
		done
)"
report 'each element without effect is named in frebproxy.xml(5)' "$(
	sed -n 's/^UNUSED_ELEMENT([A-Z_0-9]*, "\([^"]*\)".*/\1/p' core/config.def | while read -r name; do
		grep -qE "(^|[ ,])$name[,;]?( |$)" $xml || echo "$xml: $name"
	done
)"
report 'frebproxy.xml(5) has no attribute that is not in config.def' "$(
	sed -n 's/^\.It Fa //p' $xml | sort -u | while read -r attribute; do
		grep -qE "^ATTR\([A-Z_0-9]+, $attribute," core/config.def || echo "$xml: $attribute"
	done
)"
report 'each flag stands in frebproxy(8)' "$(
	sed -n 's/^FLAG("\([^"]*\)".*/\1/p' core/config_flags.def | while read -r flag; do
		grep -qE "^\.It Fl -$flag( Ar .*)?$" $page || echo "$page: --$flag"
	done
)"
report 'frebproxy(8) has no flag that is not in config_flags.def' "$(
	sed -n 's/^\.It Fl -\([a-z0-9-]*\).*/\1/p' $page | while read -r flag; do
		grep -qF "FLAG(\"$flag\"," core/config_flags.def || echo "$page: --$flag"
	done
)"
report 'each fault stands in frebproxy(8) with its status' "$(
	sed -n 's/^FAULT([A-Z_]*,[[:space:]]*\([0-9]*\),[[:space:]]*\([0-9]*\),[^,]*,[[:space:]]*\([A-Za-z]*\),.*/\1 \2 \3/p' \
		core/fault.def | while read -r status substatus reason; do
			test "$substatus" = 0 || status=$status.$substatus
			grep -qx "\.It $status $reason" $page || echo "$page: $status $reason"
		done
)"

# metrics_of TABLES: their names in Prometheus; two are made without a row
metrics_of() {
	sed -nE 's/^(COUNTER|COUNTER_BY|FACT|SERVER)\([^"]*"([^"]*)".*/frebproxy_\2/p' "$@"
	printf 'frebproxy_build_info\nfrebproxy_server_state\n'
}
report 'each metric stands in frebproxy(8)' "$(
	metrics_of core/counters.def core/control/metrics.def | while read -r metric; do
		grep -qx "\.It $metric" $page || echo "$page: $metric"
	done
)"
report 'frebproxy(8) has no metric that is not in a table' "$(
	sed -n 's/^\.It \(frebproxy_[a-z_]*\)$/\1/p' $page | while read -r metric; do
		metrics_of core/counters.def core/control/metrics.def | grep -qx "$metric" ||
			echo "$page: $metric"
	done
)"
report 'each word of --ctl stands in frebproxy(8)' "$(
	sed -n 's/^VERB("\([^"]*\)".*/\1/p' core/control/verbs.def | while read -r word; do
		grep -qE "^\.It Ic $word( |$)" $page || echo "$page: $word"
	done
)"

# flat PAGE: a manual page as one line of plain text
flat() {
	groff -mandoc -Tascii -P-c -rLL=4000n -rHY=0 "$1" 2>&1 | sed "s/.$(printf '\b')//g" |
		tr -s '\n ' '  '
}

if command -v groff >/dev/null; then
	report 'each viewer action stands in frebview(1), by its name or its text' "$(
		flat viewer/frebview.1 >"${TMPDIR:-/tmp}/frebview.$$"
		sed -nE 's/^ACTION\(([a-z_0-9]+),.*"([^"]*)"\).*/\1|\2/p' viewer/actions.def |
			while IFS='|' read -r name text; do
				grep -qF -e ":$(echo "$name" | tr _ -)" -e "$text" "${TMPDIR:-/tmp}/frebview.$$" ||
					echo "viewer/frebview.1: $name: $text"
			done
		rm -f "${TMPDIR:-/tmp}/frebview.$$"
	)"
	report 'manual pages have no formatting errors' "$(
		find core viewer -name '*.[158]' | sort | while read -r name; do
			test -s "$name" || echo "$name is empty"
			groff -mandoc -z -ww "$name" 2>&1
		done
	)"
fi

# The key of a row is its macro and its first argument; some rows have a longer one.
report 'no row of a table is there twice' "$(
	for table in $(files '*.def'); do
		sed -nE '/^(VOLATILE|LOOK|MISTAKE)\(/ { p; d; }
			s/^((ATTR|CHILD|UNUSED_ELEMENT)\([^,]*,[^,)]*).*/\1/p; t
			s/^([A-Z_]+\([^,)]*).*/\1/p' "$table" | sort | uniq -d | sed "s|^|$table: |"
	done
)"
report 'each folder introduces itself in at most 60 lines' "$(
	for name in core trace viewer fixtures tests; do
		test -f $name/README.md || echo "$name/README.md is missing"
	done
	find core trace viewer fixtures tests -name README.md -exec awk '
		END { if (NR > 60) print FILENAME ": " NR " lines" }' {} \;
)"
if command -v git >/dev/null && git rev-parse --git-dir >/dev/null 2>&1; then
	want='Makefile.am README.md autogen.sh configure.ac core fixtures tests trace viewer'
	have=$(git ls-files | sed 's|/.*||' | grep -v '^\.' | LC_ALL=C sort -u | tr '\n' ' ')
	report 'the top level holds what was agreed and nothing else' "$(
		test "$have" = "$want " || echo "$have"
	)"
fi
finish
