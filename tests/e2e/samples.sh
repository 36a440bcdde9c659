#!/bin/sh
# SPDX-License-Identifier: MIT
# frebview without a terminal: the Compact View against an independent model on
# real traces, damage, hostile text, options, exit codes.  Speaks TAP.
# Real traces are looked for in $FREB_SAMPLES, the model in $FREB_TOOLS; the
# parts that need them are skipped where they are absent.
set -u
: "${top_srcdir:?}" "${top_builddir:?}"
samples=${FREB_SAMPLES:-$top_srcdir/../shared/freb/samples}
tools=${FREB_TOOLS:-$top_srcdir/../shared/tools}
view=$top_builddir/frebview
corpus=$top_srcdir/fixtures/corpus/freb
export TZ=UTC LC_ALL=C.UTF-8
unset NO_COLOR FREB_LOG_DIR COLUMNS
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
count=0
failed=0

if ! test -x "$view"; then
	echo "Bail out! $view was not built"
	exit 99
fi

# check TITLE COMMAND...: one TAP line; what the command wrote is shown on failure.
check() {
	title=$1
	shift
	count=$((count + 1))
	if "$@" >"$work/log" 2>&1; then
		echo "ok $count - $title"
	else
		echo "not ok $count - $title"
		sed 's/^/# /' "$work/log" | head -n 40
		failed=1
	fi
}

skip() { # TITLE REASON
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

# frebview with its exit code expected: expect CODE ARGUMENT...
expect() {
	code=$1
	shift
	"$view" "$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	if test $got -ne "$code"; then
		echo "exit $got, expected $code: frebview $*"
		cat "$work/err"
		return 1
	fi
}

has() { # FILE TEXT
	grep -F -e "$2" "$1" >/dev/null || {
		echo "no '$2' in:"
		head -n 20 "$1"
		return 1
	}
}

# ---- the Compact View ----

same_as_model() {
	for trace in "$samples"/*.xml; do
		python3 "$tools/freb-compact" "$trace" >"$work/model" || return 1
		"$view" --tsv "$trace" >"$work/ours" || return 1
		cmp "$work/model" "$work/ours" || {
			echo "$trace differs"
			diff "$work/model" "$work/ours" | head -n 6
			return 1
		}
	done
}

every_mode_works() {
	for mode in summary compact details timing errors json check; do
		expect 0 --$mode "$samples"/*.xml || return 1
		test "$(wc -c <"$work/out")" -gt 1000 || return 1
	done
}

json_counts() { # FILE...
	"$view" --json "$@" >"$work/json" 2>/dev/null
	"$view" --tsv "$@" >"$work/tsv" 2>/dev/null
	python3 - "$work/json" "$work/tsv" $# <<-'END'
		import json, sys
		traces, events = [], []
		for line in open(sys.argv[1], encoding="ascii"):
		    o = json.loads(line)
		    if o["kind"] == "trace":
		        assert o["schema"] == 1 and (not traces or traces[-1]["events"] == number), o["file"]
		        traces.append(o)
		        number = 0
		    else:
		        number += 1
		        assert o["no"] == number and o["file"] == traces[-1]["file"], o
		        events.append(o)
		rows = open(sys.argv[2], encoding="utf-8", newline="\n").read().split("\n")[:-1]
		assert len(traces) == int(sys.argv[3]) and traces[-1]["events"] == number
		assert len(rows) == len(events) > 0, (len(rows), len(events))
		for row, event in zip(rows, events):
		    no, severity, name = row.split("\t")[:3]
		    assert no == "%d." % event["no"], row
		    assert name == event["op"] or "<U+" in name or "\\" in name or "\ufffd" in name, row
	END
}

if test -d "$samples" && test -r "$tools/freb-compact" && command -v python3 >/dev/null; then
	check "--tsv equals the model of the Compact View on all samples" same_as_model
	check "every view shows every sample" every_mode_works
	check "JSON lines parse and count the same events" json_counts "$samples"/*.xml
else
	skip "--tsv equals the model of the Compact View on all samples" "no samples, model or python3"
	skip "every view shows every sample" "no samples"
	skip "JSON lines parse and count the same events" "no samples"
fi

# ---- made traces ----

make_trace() { # FILE EVENTS
	{
		printf '<?xml version="1.0" encoding="UTF-8" ?>\r\n<failedRequest url="http://farm.test:80/a?b=1&amp;c"\r\n'
		printf ' verb="GET" statusCode="502.3" failureReason="STATUS_CODE" timeTaken="12" activityId="{A}"\r\n'
		printf ' xmlns:freb="http://schemas.microsoft.com/win/2006/06/iis/freb"\r\n >\r\n'
		i=0
		while test $i -lt "$2"; do
			i=$((i + 1))
			printf '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">\r\n <System>\r\n'
			printf '  <Level>4</Level>\r\n  <TimeCreated SystemTime="2030-01-02T03:04:05.678Z"/>\r\n </System>\r\n'
			printf ' <EventData>\r\n  <Data Name="Number">%d</Data>\r\n  <Data Name="Url">http://a.test/%d</Data>\r\n </EventData>\r\n' $i $i
			printf ' <RenderingInfo Culture="en-US">\r\n  <Opcode>EVENT_%03d</Opcode>\r\n </RenderingInfo>\r\n</Event>\r\n' $i
		done
		printf '</failedRequest>'
	} >"$1"
}

# damage FILE OUT OFFSET BYTES(printf format)
damage() {
	head -c "$3" "$1" >"$2"
	# shellcheck disable=SC2059 # the bytes are the format
	printf "$4" >>"$2"
	tail -c +$(($3 + 1)) "$1" >>"$2"
}

# Places come from a fixed seed, so that a failure can be had again.
damage_places() { # FILE COUNT
	awk -v size="$(wc -c <"$1")" -v from="$(grep -a -b -o -m1 '<Event ' "$1" | head -n 1 | cut -d: -f1)" \
		-v count="$2" 'BEGIN { srand(4711); for (i = 0; i < count; i++) print from + 1 + int(rand() * (size - from - 20)) }'
}

# Every kind at several places: exit 3 and no undamaged event lost.
survives_damage() { # FILE PLACES
	"$view" --tsv "$1" | cut -f 3 | sort >"$work/whole"
	events=$(wc -l <"$work/whole")
	for kind in '& ' '< ' '\001' '\377\376' '&#0;' '\000' '&bogus;'; do
		for place in $(damage_places "$1" "$2"); do
			damage "$1" "$work/damaged.xml" "$place" "$kind"
			expect 3 --tsv "$work/damaged.xml" || {
				echo "kind '$kind' at $place of $1"
				return 1
			}
			test -s "$work/err" || return 1
			lost=$(cut -f 3 "$work/out" | sort | comm -13 - "$work/whole" | wc -l)
			shown=$(wc -l <"$work/out")
			if test "$lost" -gt 1 || test "$shown" -lt $((events - 1)) || test "$shown" -gt $((events + 1)); then
				echo "kind '$kind' at $place of $1: $shown of $events shown, $lost lost"
				return 1
			fi
		done
	done
}

survives_cuts() { # FILE PLACES
	for place in $(damage_places "$1" "$2"); do
		head -c "$place" "$1" >"$work/cut.xml"
		expect 3 --compact "$work/cut.xml" || return 1
		has "$work/err" "cut here" || return 1
		has "$work/out" "! damaged" || return 1
	done
}

make_trace "$work/made.xml" 40
check "each kind of damage costs at most its own event, exit 3" survives_damage "$work/made.xml" 5
check "a cut trace shows what came before, exit 3" survives_cuts "$work/made.xml" 12
if test -d "$samples"; then
	for trace in fr000069.arr-proxy fr000019.aspnet-session fr000031.auth-401-anon; do
		test -f "$samples/$trace.xml" || continue
		check "damage in $trace costs at most its own event" survives_damage "$samples/$trace.xml" 2
		check "$trace may be cut anywhere" survives_cuts "$samples/$trace.xml" 4
	done
fi

# ---- hostile text ----

# No control byte but the line feed, neither C0, DEL nor C1 in UTF-8.
is_clean() { # FILE
	if LC_ALL=C tr -d '\n\040-\176\200-\377' <"$1" | grep -q . ||
		LC_ALL=C grep -q "$(printf '\302[\200-\237]')" "$1"; then
		echo "control bytes:"
		LC_ALL=C od -c "$1" | head -n 20
		return 1
	fi
}

hostile_text_stays_text() {
	for trace in "$corpus"/*; do
		for mode in summary compact details timing errors tsv json check list; do
			"$view" --$mode "$trace" >"$work/out" 2>"$work/err"
			test $? -le 3 || return 1
			# The tabs of --tsv are its own; those of a trace are written \t.
			if test $mode = tsv; then
				tr -d '\t' <"$work/out" >"$work/tsv" && mv "$work/tsv" "$work/out"
			fi
			is_clean "$work/out" && is_clean "$work/err" || {
				echo "--$mode $trace"
				return 1
			}
		done
	done
	"$view" --compact --ascii "$corpus/hostile" >"$work/out"
	LC_ALL=C grep -q '[^ -~]' "$work/out" && return 1
	LC_ALL=C "$view" --details "$corpus/hostile" >"$work/out"
	LC_ALL=C grep -q '[^ -~]' "$work/out" && return 1
	has "$work/out" '\u{65E5}'
}

check "no control byte of a trace reaches the output" hostile_text_stays_text
if command -v python3 >/dev/null; then
	check "JSON lines of damaged and hostile traces parse" json_counts "$corpus/hostile" "$corpus/damaged-utf8" "$corpus/good"
else
	skip "JSON lines of damaged and hostile traces parse" "no python3"
fi

# ---- operands and options ----

reads_stdin() {
	"$view" --tsv - <"$work/made.xml" >"$work/out" || return 1
	"$view" --tsv "$work/made.xml" | cmp - "$work/out" || return 1
	cat "$work/made.xml" | "$view" --tsv - | cmp - "$work/out" || return 1
	iconv -f UTF-8 -t UTF-16 "$work/made.xml" | "$view" --tsv - | cmp - "$work/out"
}

pipes_get_text() {
	expect 0 "$work/made.xml" && has "$work/out" "GET http://farm.test:80/a?b=1&c 502.3 12 ms STATUS_CODE" &&
		has "$work/out" "EVENT_040" || return 1
	mkdir -p "$work/logs/W3SVC7"
	cp "$work/made.xml" "$work/logs/W3SVC7/fr000001.xml"
	sed 's/2030-01-02T03:04:05/2031-01-02T03:04:05/' "$work/made.xml" >"$work/logs/W3SVC7/fr000002.xml"
	expect 0 "$work/logs" && has "$work/out" "fr000001.xml" && has "$work/out" "2030-01-02 03:04:05.678" || return 1
	FREB_LOG_DIR=$work/logs expect 0 && has "$work/out" "fr000002.xml" || return 1
	sed -n 2p "$work/out" | grep -q fr000002 || { cat "$work/out"; return 1; }
}

traces_are_chosen_by_time() {
	expect 0 --list --since 2030-06-01 "$work/logs" && has "$work/out" fr000002 &&
		! grep -q fr000001 "$work/out" || return 1
	expect 0 --list --until 2030-06-01T00:00 "$work/logs" && has "$work/out" fr000001 &&
		! grep -q fr000002 "$work/out" || return 1
	expect 0 --json --tail 1 "$work/logs" && test "$(grep -c '"kind":"trace"' "$work/out")" -eq 1 &&
		has "$work/out" fr000002 || return 1
	expect 0 --json "$work/logs" && test "$(grep -c '"kind":"trace"' "$work/out")" -eq 2
}

starts_at_an_event() {
	expect 0 --tsv -e 39 "$work/made.xml" && test "$(wc -l <"$work/out")" -eq 2 && has "$work/out" "39." || return 1
	expect 2 --tsv --event 41 "$work/made.xml" && has "$work/err" "there is no event 41: it has 40"
}

wraps_at_a_width() {
	expect 0 --compact --width 60 "$work/made.xml" || return 1
	awk 'length($0) > 60 { print; bad = 1 } END { exit bad }' "$work/out" || return 1
	expect 0 --compact --width 60 --no-wrap "$work/made.xml"
	awk 'length($0) > 60 { found = 1 } END { exit !found }' "$work/out"
}

times_change() {
	expect 0 --tsv --relative "$work/made.xml" && has "$work/out" "+0.000" || return 1
	TZ=ZZZ-2 expect 0 --tsv --local "$work/made.xml" && has "$work/out" "05:04:05.678"
}

colors_only_when_asked() {
	expect 0 --compact "$work/made.xml"
	grep -q "$(printf '\033')" "$work/out" && return 1
	expect 0 --compact --color always "$work/made.xml"
	grep -q "$(printf '\033')" "$work/out"
}

usage_errors_are_told() {
	for bad in --bogus -x '--width 0' '--width x' '--color maybe' '--size 10x10' '--event 0' '--since soon' \
			'--tail' '--json --list' '--theme blue' '--utc=1' '--script k --json'; do
		# shellcheck disable=SC2086 # several words on purpose
		expect 2 $bad "$work/made.xml" || return 1
		test "$(wc -l <"$work/err")" -eq 1 || {
			echo "$bad:"
			cat "$work/err"
			return 1
		}
		grep -q '^frebview: ' "$work/err" || return 1
	done
}

unreadable_is_exit_2() {
	expect 2 --compact "$work/absent.xml" && has "$work/err" "frebview: $work/absent.xml: No such file" || return 1
	expect 2 --compact "$corpus/doctype" && has "$work/err" "DOCTYPE" || return 1
	expect 2 --compact "$corpus/other-root" && has "$work/err" "not a FREB trace" || return 1
	expect 2 --list - && expect 2 --tsv - - <"$work/made.xml" || return 1
	# The others are still shown.
	expect 2 --tsv "$work/absent.xml" "$work/made.xml" && test "$(wc -l <"$work/out")" -eq 40
}

damage_names_file_and_line() {
	expect 3 --compact "$corpus/damaged-amp" && grep -q "^frebview: $corpus/damaged-amp:19: " "$work/err" || return 1
	expect 3 --list "$corpus/cut-in-event" && has "$work/out" "! cut-in-event" && has "$work/out" "damaged: cut at"
}


check_says_what_is_wrong() {
	expect 0 --check "$corpus/no-user" || return 1
	expect 1 --check "$corpus/bad-times" && has "$work/out" "is not YYYY-MM-DDTHH:MM:SS.mmmZ" || return 1
	expect 1 --check "$corpus/damaged-nul" && has "$work/out" "damaged at line" || return 1
	expect 1 --check "$corpus/good" && has "$work/out" "earlier than the event before"
}

closed_pipes_are_quiet() {
	{ "$view" --details "$work/made.xml" 2>"$work/err"; } | head -n 1 >/dev/null
	test ! -s "$work/err"
}

full_disks_are_told() {
	test -w /dev/full || return 0
	"$view" --compact "$work/made.xml" >/dev/full 2>"$work/err"
	test $? -eq 2 && has "$work/err" "standard output"
}

help_and_manual_agree() {
	expect 0 --help && cp "$work/out" "$work/help" || return 1
	expect 0 --version && has "$work/out" "frebview " || return 1
	sed -n 's/^ *\(-., \)\{0,1\}--\([a-z-]*\).*/\2/p' "$work/help" >"$work/options"
	test "$(wc -l <"$work/options")" -gt 20 || return 1
	while read -r option; do
		grep -q -e "\\\\-\\\\-$(echo "$option" | sed 's/-/\\\\-/g')" "$top_srcdir/viewer/frebview.1" || {
			echo "--$option is not in frebview.1"
			return 1
		}
	done <"$work/options"
}

check "standard input, pipes and UTF-16 are read" reads_stdin
check "without a terminal a file is shown, a directory listed" pipes_get_text
check "traces are chosen by time and number" traces_are_chosen_by_time
check "-e starts at an event, or says that it is not there" starts_at_an_event
check "--width wraps and --no-wrap does not" wraps_at_a_width
check "times are relative or local when asked" times_change
check "colours appear only when asked" colors_only_when_asked
check "usage errors are one line and exit 2" usage_errors_are_told
check "what cannot be read is told and exit 2" unreadable_is_exit_2
check "damage is told with file and line" damage_names_file_and_line
check "--check says what is wrong" check_says_what_is_wrong
check "a closed pipe is no message" closed_pipes_are_quiet
check "a full disk is told" full_disks_are_told
check "every option of --help stands in the manual" help_and_manual_agree

echo "1..$count"
exit $failed
