#!/bin/sh
# SPDX-License-Identifier: MIT
# frebdiff from the outside: exit codes, output, volatile values, expected
# traces, directories, rules files, and pairs of real traces.  Speaks TAP.
# Real traces are looked for in $FREB_SAMPLES and skipped where absent.
. "$top_srcdir/tests/tap.sh"
samples=${FREB_SAMPLES:-$top_srcdir/../shared/freb/samples}
diff=$top_builddir/frebdiff
view=$top_builddir/frebview
unset COLUMNS
built frebdiff
work=$tmp/work
mkdir "$work"

# frebdiff with its exit code expected: expect CODE ARGUMENT...
expect() {
	code=$1
	shift
	"$diff" "$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	cat "$work/out" "$work/err"
	test $got -eq "$code" || { echo "exit $got, expected $code: frebdiff $*"; return 1; }
}

has() { # TEXT: in the output
	grep -qF -e "$1" "$work/out" || { echo "no '$1' in the output"; return 1; }
}

says() { # TEXT: on standard error, one line
	grep -qF -e "$1" "$work/err" || { echo "no '$1' on standard error"; return 1; }
	test "$(wc -l <"$work/err")" -eq 1
}

# ---- traces made here ----

# event NAME DATA: one event of the run at hand ($activity, $thread, $time)
event() {
	cat <<-END
		<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">
		 <System>
		  <Provider Name="frebproxy" Guid="{6D273B11-6D14-46C4-8825-1D889C832607}"/>
		  <EventID>0</EventID>
		  <Version>1</Version>
		  <Level>4</Level>
		  <Opcode>1</Opcode>
		  <Keywords>0x1</Keywords>
		  <TimeCreated SystemTime="2026-01-02T10:00:$time.000Z"/>
		  <Correlation ActivityID="$activity"/>
		  <Execution ProcessID="$thread" ThreadID="$thread"/>
		  <Computer>HOST$thread</Computer>
		 </System>
		 <EventData>
		  <Data Name="ContextId">$activity</Data>
		$2
		 </EventData>
		 <RenderingInfo Culture="en-US">
		  <Opcode>$1</Opcode>
		 </RenderingInfo>
		 <ExtendedTracingInfo xmlns="http://schemas.microsoft.com/win/2004/08/events/trace">
		  <EventGuid>{A8E70AE2-04E2-42F1-B43D-D9762D5999FF}</EventGuid>
		 </ExtendedTracingInfo>
		</Event>
	END
}

header() { # NAME VALUE
	event GENERAL_SET_REQUEST_HEADER "  <Data Name=\"HeaderName\">$1</Data>
  <Data Name=\"HeaderValue\">$2</Data>
  <Data Name=\"Replace\">true</Data>"
}

# trace ID STATUS SERVER [PATH]: a trace of run ID (1 or 2) on standard output
trace() {
	case $1 in
	1) activity='{40000001-0001-FB00-B63F-84710C7967BB}' thread=77 time=01 port=40001 cert=MIIA ;;
	*) activity='{80000001-0001-FD00-B63F-84710C7967BB}' thread=99 time=31 port=40007 cert=MIIB ;;
	esac
	cat <<-END
		<?xml version="1.0" encoding="UTF-8" ?>
		<failedRequest url="https://127.0.0.1:$port${4:-/portal?a=1&amp;b=2}" siteId="1"
		 processId="$thread" verb="GET" activityId="$activity" statusCode="$2"
		 timeTaken="$thread" xmlns:freb="http://schemas.microsoft.com/win/2006/06/iis/freb">
	END
	event CONNECTION_START "  <Data Name=\"ModuleName\">Connection</Data>
  <Data Name=\"ConnId\">$thread</Data>
  <Data Name=\"LocalPort\">$port</Data>"
	event SECURITY_CHAIN_ELEMENT "  <Data Name=\"Subject\">CN=Kuhn Anna 4711</Data>
  <Data Name=\"Sha256\">$cert</Data>"
	header Max-Forwards 10
	header Host "$3"
	header X-ARR-ClientCert "$cert"
	header X-ARR-ClientCert "$cert"
	event UPSTREAM_CONNECT_START "  <Data Name=\"Server\">127.0.0.1:$port</Data>"
	echo "</failedRequest>"
}

a=$work/a.xml
b=$work/b.xml
trace 1 200 web1 >"$a"
trace 2 200 web1 >"$b"
trace 2 502.3 web2 >"$work/other.xml"

# ---- exit codes ----

ok 'two runs of one story do not differ' expect 0 "$a" "$b"
ok 'the last line counts what was masked' has 'frebdiff: equal: 7 events; '
ok 'differences exit 1' expect 1 "$a" "$work/other.xml"
ok 'the last line counts the differences' \
	grep -q '^frebdiff: differ: 1 attribute, 1 changed; [0-9]* values masked by [0-9]* rules$' "$work/out"
ok 'no operand is trouble' expect 2
ok 'one operand is trouble' expect 2 "$a"
ok 'an unknown option is trouble' expect 2 --bogus "$a" "$b"
ok 'a missing file is trouble' expect 2 "$a" "$work/none.xml"
ok '... and said in one line' says 'none.xml: No such file or directory'
echo '<html/>' >"$work/no.xml"
ok 'what is no trace is trouble' expect 2 "$a" "$work/no.xml"
ok 'the same file twice is trouble' expect 2 "$a" "$a"
ok '... unless it is allowed' expect 0 --same-ok "$a" "$a"
ok '--quiet says nothing' expect 1 -q "$a" "$work/other.xml"
ok '... at all' test ! -s "$work/out"
ok '--help is not trouble' expect 0 --help
ok '--version is not trouble' expect 0 --version
from_stdin() { "$diff" "$a" - <"$b"; }
ok 'one side may come from standard input' from_stdin

head -c 4000 "$b" >"$work/cut.xml"
ok 'a damaged trace is trouble' expect 2 "$a" "$work/cut.xml"
ok '... said with its line' grep -Eq 'cut.xml:[0-9]+: damaged: ' "$work/err"
ok '--partial compares it as far as it goes' expect 1 --partial "$a" "$work/cut.xml"

documented() {
	sed -n 's/^OPTION([A-Z_]*, "\([^"]*\)".*/\1/p' "$top_srcdir/viewer/diff_options.def" >"$work/names"
	test -s "$work/names" && while read -r name; do
		grep -Eq "^\.It Fl (. , )?-$name( |\$)" "$top_srcdir/viewer/frebdiff.1" || {
			echo "frebdiff.1: --$name is missing"
			return 1
		}
	done <"$work/names"
}
ok 'each option stands in frebdiff(1)' documented

# ---- output ----

expect 1 "$a" "$work/other.xml" >/dev/null
cat >"$work/want" <<-END
	--- $a (golden)  7 events
	+++ $work/other.xml  7 events
	@@ request @@
	-statusCode="200"
	+statusCode="502.3"
	@@ 1,7 -> 1,7  in CONNECTION Connection @@
	 1 CONNECTION_START ModuleName="Connection", ConnId={CONN-1}, LocalPort={PORT-1}
	 2 SECURITY_CHAIN_ELEMENT Subject="CN=Kuhn Anna 4711", Sha256={HASH-1}
	 3 GENERAL_SET_REQUEST_HEADER HeaderName="Max-Forwards", HeaderValue="10", Replace="true"
	~4 GENERAL_SET_REQUEST_HEADER HeaderName="Host"
	-     HeaderValue="web1"
	+     HeaderValue="web2"
	 5 GENERAL_SET_REQUEST_HEADER HeaderName="X-ARR-ClientCert", HeaderValue={CERT-1}, Replace="true"
	 6 GENERAL_SET_REQUEST_HEADER HeaderName="X-ARR-ClientCert", HeaderValue={CERT-1}, Replace="true"
	 7 UPSTREAM_CONNECT_START Server="127.0.0.1:{PORT-1}"
END
sed '$d' "$work/out" >"$work/got"
ok 'unified output is as documented' diff -u "$work/want" "$work/got"
ok 'a pipe gets no colours' sh -c "! grep -q '\033' '$work/out'"
expect 1 --color always "$a" "$work/other.xml" >/dev/null
ok '--color always writes them' grep -q "$(printf '\033')\[3" "$work/out"
ok '-U 0 shows differences only' expect 1 -U 0 "$a" "$work/other.xml"
ok '... without equal events' sh -c "! grep -q '^ ' '$work/out'"
ok 'side by side names the difference' expect 1 -y --width 120 "$a" "$work/other.xml"
ok '... in one line' grep -Eq '^~ +4 .* 4 .* HeaderValue "web1" -> "web2"$' "$work/out"
ok '--stat counts by event' expect 1 --stat "$a" "$work/other.xml"
ok '... in a table' grep -Eq '^GENERAL_SET_REQUEST_HEADER +1 +0 +0 +0$' "$work/out"
ok '--show-masked shows what is hidden' expect 0 --show-masked "$a" "$b"
ok '... value by value' has '=     ThreadID "77" -> "99"  (TID SYSTEM ThreadID)'

json() {
	expect 1 --json "$a" "$work/other.xml" >/dev/null || return 1
	command -v python3 >/dev/null || return 0
	python3 -c 'import json, sys
rows = [json.loads(line) for line in sys.stdin]
assert [r["kind"] for r in rows] == ["diff", "attribute", "event", "summary"], rows
assert rows[2]["values"][0]["b"] == "web2", rows[2]
assert rows[3]["equal"] is False and rows[3]["changed"] == 1, rows[3]' <"$work/out"
}
ok 'JSON lines parse and say the same' json

sed 's|CN=Kuhn|\&#x9B;31mCN=\&#x202E;Kuhn|' "$b" >"$work/hostile.xml"
ok 'text of a trace cannot reach the terminal as control codes' expect 1 "$a" "$work/hostile.xml"
ok '... it is shown instead' sh -c "has() { grep -qF -e \"\$1\" '$work/out'; }; has '<U+202E>' &&
	! grep -q \"\$(printf '\302\233')\" '$work/out'"

# ---- relations ----

awk '/"HeaderValue">MIIB/ && ++n == 2 { sub("MIIB", "MIIX") } { print }' "$b" >"$work/cert.xml"
ok 'another certificate the second time is reported' expect 1 "$a" "$work/cert.xml"
ok '... as a broken binding' has '!6 binding broken: HeaderValue {CERT-1} was MIIB, here MIIX'
ok '... and nothing else' \
	grep -q '^frebdiff: differ: 1 binding; ' "$work/out"
sed 's/Server">127.0.0.1:40007/Server">127.0.0.1:40008/' "$b" >"$work/port.xml"
ok 'a port that becomes two is reported' expect 1 "$a" "$work/port.xml"
ok '... once' grep -q '^frebdiff: differ: 1 binding; ' "$work/out"
sed 's/Anna 4711/Anna 4712/' "$b" >"$work/subject.xml"
ok 'another subject is a difference' expect 1 "$a" "$work/subject.xml"
(
	activity='{80000001-0001-FD00-B63F-84710C7967BB}' thread=99 time=31
	header X-New 1
) >"$work/extra"
awk '/<Event / && ++n == 4 { while ((getline line < extra) > 0) print line } { print }' \
	extra="$work/extra" "$b" >"$work/inserted.xml"
ok 'an inserted event is a difference' expect 1 "$a" "$work/inserted.xml"
ok '... of exactly one +' grep -q '^frebdiff: differ: 1 added; ' "$work/out"

# ---- expected traces ----

ok '--normalize prints a trace' expect 0 --normalize "$a"
cp "$work/out" "$work/norm.xml"
ok '... without volatile values' sh -c "! grep -q '40000001\|40001\|MIIA' '$work/norm.xml'"
expect 0 --normalize "$work/norm.xml" >/dev/null
ok '... the same when done twice' cmp "$work/out" "$work/norm.xml"
expect 0 --normalize "$b" >/dev/null
ok '... the same for both runs' cmp "$work/out" "$work/norm.xml"
ok '... that does not differ from either' expect 0 "$work/norm.xml" "$b"
if test -x "$view"; then
	ok '... and that the viewer opens' sh -c "'$view' --compact '$work/norm.xml' | grep -q UPSTREAM"
else
	skip '... and that the viewer opens' 'frebview was not built'
fi

mkdir "$work/gold"
ok '--update does not create' expect 2 --update "$work/gold/x.xml" "$b"
ok '... without --create' expect 0 --update --create "$work/gold/x.xml" "$b"
ok '... which writes the normalised form' cmp "$work/gold/x.xml" "$work/norm.xml"
ok '--update replaces what differs' expect 0 --update "$work/gold/x.xml" "$work/other.xml"
ok '... so that nothing differs then' expect 0 "$work/gold/x.xml" "$work/other.xml"
ok '... and leaves no other file' test "$(ls "$work/gold")" = x.xml
ls -i "$work/gold/x.xml" >"$work/inode"
expect 0 --update "$work/gold/x.xml" "$work/other.xml" >/dev/null
ok '... and leaves alone what holds these bytes already' \
	test "$(ls -i "$work/gold/x.xml")" = "$(cat "$work/inode")"
in_ci() { CI=true "$diff" "$@" >"$work/out" 2>"$work/err"; }
ok 'under CI nothing is updated' sh -c "CI=true '$diff' --update '$work/gold/x.xml' '$b'; test \$? -eq 2"
ok '... unless forced' in_ci --force --update "$work/gold/x.xml" "$b"
cp "$work/norm.xml" "$work/gold/x.xml"
ok 'without --update no file is written' expect 1 "$work/gold/x.xml" "$work/other.xml"
ok '... at all' cmp "$work/gold/x.xml" "$work/norm.xml"
answer() { echo "$1" | "$diff" --review "$work/gold/x.xml" "$work/other.xml" >"$work/out" 2>&1; }
reject() { answer r; test $? -eq 1; }
ok '--review leaves what is rejected' reject
ok '... as it was' cmp "$work/gold/x.xml" "$work/norm.xml"
ok '--review writes what is accepted' answer a
ok '... so that nothing differs then' expect 0 "$work/gold/x.xml" "$work/other.xml"

# ---- directories ----

mkdir "$work/A" "$work/B" "$work/B/W3SVC1"
trace 1 200 web1 /one >"$work/A/one.xml"
trace 1 200 web1 /two >"$work/A/two.xml"
trace 2 200 web1 /one >"$work/B/one.xml"
trace 2 200 web2 /two >"$work/B/two.xml"
ok 'directories are compared by name' expect 1 "$work/A" "$work/B"
ok '... with a last line for all' grep -q '^frebdiff: differ: 1 of 2 traces differ; ' "$work/out"
ok 'a file is looked up in a directory' expect 0 "$work/A/one.xml" "$work/B"
mv "$work/B/one.xml" "$work/B/W3SVC1/fr000007.xml"
mv "$work/B/two.xml" "$work/B/W3SVC1/fr000008.xml"
ok 'other names are missing and extra' expect 1 "$work/A" "$work/B"
ok '... which is counted' grep -q ', 2 only in A, 2 only in B;' "$work/out"
ok '... and may be allowed' expect 0 --allow-missing --allow-extra "$work/A" "$work/B"
ok 'traces are paired by request' expect 1 --match request "$work/A" "$work/B"
ok '... whatever their names' grep -q '^frebdiff: differ: 1 of 2 traces differ; ' "$work/out"
ok '--update works on directories' expect 0 --update --match request "$work/A" "$work/B"
ok '... so that nothing differs then' expect 0 --match request "$work/A" "$work/B"

# ---- rules ----

cat >"$work/rules" <<-END
	frebdiff 1
	ignore data.HeaderValue	# web1 or web2
	ignore attr.statusCode
	mask data.Nobody as GUID
END
ok 'a rules file changes what differs' expect 0 --rules "$work/rules" "$a" "$work/other.xml"
ok '... and unused rules are listed' has "unused rule $work/rules:4: mask data.Nobody as GUID"
ok '... and counted' grep -q '; 1 rule unused$' "$work/out"
ok '--strict-rules makes them trouble' expect 2 --strict-rules --rules "$work/rules" "$a" "$work/other.xml"
cp "$work/rules" "$work/.frebdiff"
ok '.frebdiff beside A is used' expect 0 "$a" "$work/other.xml"
ok '... unless not wanted' expect 1 --no-rules "$a" "$work/other.xml"
ok '... but not in folders below, outside a repository' expect 1 "$work/gold/x.xml" "$b"
mkdir "$work/.git"
ok '... and in folders below, within one' expect 0 "$work/gold/x.xml" "$b"
rm -r "$work/.git" "$work/.frebdiff"
printf 'frebdiff 1\nmask data.X\n' >"$work/rules"
ok 'a wrong rules file is trouble' expect 2 --rules "$work/rules" "$a" "$b"
ok '... told with its line' says "rules:2: \"as CLASS\" is wanted"
printf 'frebdiff 1\ntolerance attr.timeTaken 10%% min 16ms\n' >"$work/rules"
ok 'a tolerance makes times count' expect 1 --rules "$work/rules" "$a" "$b"
ok '... and says how' has '~timeTaken  77 -> 99 ms  (tolerance 10%, min 16 ms)'

# ---- real traces ----

pair() { # CODE LAST A B
	expect "$1" "$samples/$3" "$samples/$4" && like "$(tail -n 1 "$work/out")" "^frebdiff: $2; "
}
if test -d "$samples"; then
	ok 'real pair 64/65: no difference' pair 0 'equal: 85 events' \
		fr000064.rewrite-abort.xml fr000065.rewrite-abort.xml
	ok 'real pair 31/33: no difference' pair 0 'equal: 123 events' \
		fr000031.auth-401-anon.xml fr000033.auth-200-windows.xml
	ok 'real pair 61/63: one event replaced, 6 values in 4 events' pair 1 \
		'differ: 4 changed \(6 values\), 1 removed, 1 added' \
		fr000061.rewrite-301.xml fr000063.rewrite-302.xml
	k='ContextId">{40000036'
	awk -v k="$k" 'index($0, k) && ++n == 40 { sub("40000036", "90000036") } { print }' \
		"$samples/fr000064.rewrite-abort.xml" >"$work/false.xml"
	ok 'one falsified ContextId is exactly one report' expect 1 \
		"$samples/fr000065.rewrite-abort.xml" "$work/false.xml"
	ok '... of a binding' grep -q '^frebdiff: differ: 1 binding; ' "$work/out"
	normalised_is_stable() {
		for f in "$samples"/*.xml; do
			"$diff" --normalize "$f" >"$work/n1" && "$diff" --normalize "$work/n1" >"$work/n2" &&
				cmp "$work/n1" "$work/n2" && "$diff" -q "$f" "$work/n1" || { echo "$f"; return 1; }
		done
	}
	ok 'every real trace: normalising twice is once, and differs in nothing' normalised_is_stable
else
	skip 'pairs of real traces' "no traces in $samples"
fi

finish
