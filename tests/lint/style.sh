#!/bin/sh
# SPDX-License-Identifier: MIT
# What .clang-format cannot say: opening lines, sizes, calls and words that are
# not used here.  Speaks TAP.
. "${top_srcdir:?}/tests/lint/lint.sh"

code=$(files '*.c' '*.h')
tables=$(files '*.def')
scripts=$(files '*.sh')
build='autogen.sh Makefile.am configure.ac'

# each FILE...: runs the function one() for each
each() {
	for file; do
		one "$file"
	done
}

# find_all PATTERN FILE...: as file:line:text, but not in this file, which spells the patterns
find_all() {
	pattern=$1
	shift
	grep -HnE "$pattern" "$@" | grep -v '^tests/lint/style\.sh:'
}

one() { head -n 1 "$1" | grep -qxF '/* SPDX-License-Identifier: MIT */' || echo "$1:1"; }
report 'C files and tables begin with their licence' "$(each $code $tables)"
one() { head -n 2 "$1" | grep -q 'SPDX-License-Identifier: MIT' || echo "$1:1"; }
report 'scripts and build files begin with their licence' "$(each $scripts $build)"
one() { sed -n 2p "$1" | grep -q '^/\*' || echo "$1:2"; }
report 'C files say on their second line what they are for' "$(each $code)"
one() { grep -m 1 '^#include' "$1" | grep -qxF '#include <config.h>' || echo "$1"; }
report 'C files include <config.h> first' "$(each $(files '*.c' | grep -v '^fixtures/tokens/'))"
one() {
	guard=$(echo "$1" | tr 'a-z/.-' 'A-Z___')
	grep -qx "#ifndef $guard" "$1" || echo "$1: $guard"
}
report 'headers are guarded by their path in capitals' "$(each $(files '*.h'))"

# A function body is what stands between braces in the first column.
report 'functions have at most 60 lines' "$(awk '
	FNR == 1 { start = 0 }
	/^\{/ { start = FNR }
	/^\}/ {
		if (start && FNR - start > 61)
			print FILENAME ":" start ": " FNR - start - 1 " lines"
		start = 0
	}' $code)"
one() { awk -v file="$1" 'END { if (NR > 500) print file ": " NR " lines" }' "$1"; }
report 'files have at most 500 lines' "$(each $code $scripts)"
report 'lines have at most 100 columns' "$(for file in $code; do
	expand "$file" | awk -v file="$file" 'length($0) > 100 { print file ":" NR ": " length($0) " columns" }'
done)"
report 'indents are tabs; lines have nothing at their end' "$(find_all '^ +	|^ {8}|[ 	]+$' $code)"
report 'unsafe calls are not used' "$(
	find_all '\b(sprintf|vsprintf|strcpy|strcat|strncpy|strncat|gets|strtok|system|popen) ?\(' $code |
		grep -vE ':[[:space:]]*(/\*|\*)'
)"
report 'structs keep their names' "$(find_all '^typedef struct' $code)"
# 501's own phrase is "Not Implemented"; XXX is how mktemp's templates end.
report 'nothing is promised that is not done' "$(
	find_all '\b([Tt]odo|TODO|[Ff]ixme|FIXME|XXX|[Hh]ack|HACK|[Ss]tub|for now|not implemented)\b' \
		$code $tables $scripts $build
)"
report 'no path of one machine is written down' "$(
	find_all '(^|["= (])/(home|root|work|farm|tmp)/[a-z]' $code $tables $scripts $build
)"
report 'scripts wait for things, not for time' "$(
	find_all '(^|[;&|({[:space:]])sleep[[:space:]]+["$0-9]' $scripts | grep -vE ':[[:space:]]*#'
)"
one() { sh -n "$1" 2>&1; }
hook=.githooks/pre-commit # not in a release
test -e $hook || hook=
report 'scripts can be parsed' "$(each $scripts autogen.sh $hook)"
finish
