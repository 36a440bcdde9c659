#!/bin/sh
# SPDX-License-Identifier: MIT
# viewer.sh - frebview and frebdiff on large input, beside their budgets: traces
# of 0.5 MB, 100 MB and 1.1 GB, a pair of 100 MB, a folder of 10,000.  The input
# is made here from fixtures/views (2 GB in $TMPDIR; FREB_BENCH_SMALL=1 leaves the
# largest out).  What a person waits for is measured on a terminal in memory
# (viewer_bench).  Machines are noisy: nothing here fails a test.
set -eu
: "${top_srcdir:?run by make bench-viewer}" "${top_builddir:?run by make bench-viewer}"
bench=$top_builddir/tests/bench/viewer_bench
FREBVIEW=$top_builddir/frebview
export FREBVIEW TZ=UTC LC_ALL=C.UTF-8
work=$(mktemp -d "${TMPDIR:-/tmp}/bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
source=$top_srcdir/fixtures/views/traces

# big EVENTS: a trace that repeats the events of fr000003.xml, one millisecond apart
big() {
	awk -v count="$1" '
		/^<Event / { n++ }
		n == 0 { print; next }
		/<\/failedRequest>/ { last = $0; next }
		!after[n] && (at = index($0, "SystemTime=")) {
			before[n] = text substr($0, 1, at + 11)
			rest = substr($0, at + 12)
			text = substr(rest, index(rest, "\"")) "\n"
			after[n] = 1
			next
		}
		{ text = text $0 "\n" }
		/^<\/Event>/ { tail[n] = text; text = "" }
		END {
			for (i = 0; i < count; i++) {
				e = i % n + 1
				s = int(i / 1000)
				printf "%s2027-01-15T%02d:%02d:%02d.%03dZ%s", before[e], 9 + int(s / 3600),
					int(s / 60) % 60, s % 60, i % 1000, tail[e]
			}
			print last
		}' "$source/fr000003.xml"
}

# folder DIR COUNT: traces of 25 people, a second apart; every fourth failed at the farm
folder() {
	mkdir -p "$1"
	awk -v dir="$1" -v count="$2" '
		FNR == 1 { f++ }
		{ text[f] = text[f] $0 "\n" }
		END {
			for (i = 1; i <= count; i++) {
				whole = text[i % 4 == 0 ? 2 : 1]
				sub(/fp:client="[^"]*"/, "fp:client=\"CN=Person " i % 25 + 100 "\"", whole)
				sub(/url="[^"]*"/, "url=\"https://portal.test/page/" i % 7 "\"", whole)
				gsub(/2027-01-1[45]T09:0[0-9]/, sprintf("2027-01-15T%02d:%02d", int(i / 60) % 24, i % 60), whole)
				gsub(/CN=Kuhn Anna 4711/, "CN=Person " i % 25 + 100, whole)
				file = sprintf("%s/fr%06d.xml", dir, i)
				printf "%s", whole >file
				close(file)
			}
		}' "$source/fr000001.xml" "$source/fr000003.xml"
}

# value NAME: what the last measurement says of a step (the largest, if it was taken often)
value() { awk -F'\t' -v name="$1" '$1 == name && $2 > most { most = $2 } END { printf "%.1f", most }' "$work/out"; }
# total NAME...: of these steps together; without names, of all
total() { awk -F'\t' -v names=" $* " '$1 != "rss" && (names == "  " || index(names, " " $1 " ")) { sum += $2 }
	END { printf "%.1f", sum }' "$work/out"; }
line() { printf '%-44s %10s %-4s %10s %s\n' "$1" "$2" "$3" "$4" "$3"; } # TEXT FIGURE UNIT BUDGET
seconds() { awk -v ms="$1" 'BEGIN { printf "%.2f", ms / 1000 }'; }

measure() {
	"$bench" 100x30 "$@" >"$work/out" || {
		cat "$work/out"
		exit 1
	}
}

# one TEXT EVENTS FILE FIRST-BUDGET COMPLETE-BUDGET(s) RSS-BUDGET
one() {
	measure "$3" 'first||[2Compact]' 'key|j|-- 2 ' 'key|j|-- 3 ' 'key|j|-- 4 ' 'key|j|-- 5 ' 'key|j|-- 6 ' \
		"complete|:$2\\r| $2/$2 100%"
	whole=$(total)
	line "$1: first screen" "$(value first)" ms "$4"
	line "$1: complete" "$(seconds "$whole")" s "$5"
	line "$1: memory" "$(value rss)" MiB "$6"
	line "$1: a key while reading" "$(value key)" ms 50
	measure "$3" 'first||[2Compact]' "complete|:$2\\r| $2/$2 100%" 'view|1|[1Summary]' 'view|3|[3Details]' \
		'view|4|[4Timing]' 'view|5|[5Errors]' 'view|6|[6Identity]' 'view|7|[7Raw]' 'view|2|[2Compact]'
	line "$1: any other view" "$(value view)" ms -
}

echo "made of $(basename "$source"): $(grep -c '^<Event ' "$source/fr000003.xml") events again and again"
printf '%-44s %10s      %10s\n' '' measured budget
big 420 >"$work/fr000001.xml"
one '0.5 MB' 420 "$work/fr000001.xml" 50 0.05 20
big 90000 >"$work/fr000002.xml"
one '100 MB, 90,000 events' 90000 "$work/fr000002.xml" 100 1.5 40
shown=$("$FREBVIEW" --tsv -F 'data.HeaderValue~web2' "$source/fr000003.xml" | wc -l)
measure "$work/fr000002.xml" 'first||[2Compact]' 'complete|:90000\r| 90000/90000 100%' \
	"data|&data.HeaderValue~web2\\r| $((shown * 1800)) shown" 'clear|\e|filter cleared' \
	"level|&level<=3\\r| 7200 shown" 'clear|\e|filter cleared' \
	'search|/nowhere at all\r|no event has nowhere' 'begin|/nowhere again\r|searching' 'stop|\e|stopped'
line '90,000 events: filter by data' "$(seconds "$(value data)")" s 1
line '90,000 events: filter by level' "$(seconds "$(value level)")" s 1
line '90,000 events: search, nothing found' "$(seconds "$(value search)")" s 1
line '90,000 events: Esc stops the search' "$(value stop)" ms 50
if [ -z "${FREB_BENCH_SMALL-}" ]; then
	big 1000000 >"$work/fr000003.xml"
	one '1.1 GB, 1,000,000 events' 1000000 "$work/fr000003.xml" 100 15 128
	rm "$work/fr000003.xml"
fi

# The second of the pair: every 50th event has another value, every 100th is not there.
awk '/^<Event / { n++; out = n % 100 == 50 } n % 100 == 25 && /<Data Name="[A-Z]/ && !/ContextId/ && !changed[n]++ { sub(/">/, "\">other ") }
	/<\/failedRequest>/ { out = 0 } !out { print }' "$work/fr000002.xml" >"$work/other.xml"
"$bench" run "$top_builddir/frebdiff" --no-rules -U 0 "$work/fr000002.xml" "$work/other.xml" 2>"$work/out" >"$work/diff"
line "frebdiff, two of 100 MB, $(grep -c '^[-+~!]' "$work/diff") differences" "$(seconds "$(value run)")" s 3
line 'frebdiff, two of 100 MB: memory' "$(value rss)" MiB 200
tail -n 1 "$work/diff"
rm "$work"/fr*.xml "$work/other.xml" "$work/diff"
big 210 >"$work/a.xml"
sed '0,/web2:8080/s//web3:8080/' "$work/a.xml" >"$work/b.xml"
"$bench" run "$top_builddir/frebdiff" --no-rules -q "$work/a.xml" "$work/b.xml" 2>"$work/out"
line 'frebdiff, two of 250 kB' "$(value run)" ms 30

folder "$work/many" 10000
measure "$work/many" 'first||10000 of 10000' 'headers||!reading' \
	'key|j|2/10000' 'sort|Os|sort: status' 'sort|Oc|sort: client' \
	'sort|Ot|sort: time' 'status|&status=502.3\r|2500 of 10000' 'clear|\e|10000 of 10000' \
	'client|&client~"Person 107"\r|400 of 10000' 'clear|\e|10000 of 10000' \
	'data-first|&data.ErrorCode=2147954429\r|>' 'data||2500 of 10000' 'clear|\e|10000 of 10000'
line '10,000 traces: first screen' "$(value first)" ms 150
line '10,000 traces: complete' "$(seconds "$(total first headers)")" s 0.5
line '10,000 traces: sort' "$(value sort)" ms 100
line '10,000 traces: filter by status' "$(value status)" ms 100
line '10,000 traces: filter by client' "$(value client)" ms 100
line '10,000 traces: filter by data, all found' "$(seconds "$(total data-first data)")" s -
line '10,000 traces: memory' "$(value rss)" MiB 40
