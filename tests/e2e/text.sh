#!/bin/sh
# SPDX-License-Identifier: MIT
# frebview as text, the parts that choose, judge, count, redact and make pages:
# --filter, --fail-on, --identity, --stats, --redact, --html, the columns of
# --list.  Traces are made by the script; real ones are used where they are.
. "${top_srcdir:?}/tests/tap.sh"
built frebview
view=$top_builddir/frebview
samples=${FREB_SAMPLES:-$top_srcdir/../shared/freb/samples}
corpus=$top_srcdir/fixtures/corpus/freb
unset FREB_LOG_DIR COLUMNS

# expect CODE ARGUMENTS...: the output is in $tmp/out, messages in $tmp/err
expect() {
	wanted=$1
	shift
	"$view" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	status=$?
	[ $status = "$wanted" ] && return
	echo "exit $status, wanted $wanted: frebview $*"
	cat "$tmp/err"
	return 1
}
has() { # TEXT [FILE]
	grep -qF -e "$1" "${2:-$tmp/out}" && return
	printf 'nowhere: %s\n' "$1"
	head -n 30 "${2:-$tmp/out}"
	return 1
}
hasnt() { # TEXT [FILE]
	grep -F -e "$1" "${2:-$tmp/out}" || return 0
	return 1
}

# event LEVEL NAME [DATA VALUE]...
second=0
event() {
	second=$((second + 1))
	printf '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">\r\n <System>\r\n'
	printf '  <Provider Name="frebproxy"/>\r\n  <Level>%s</Level>\r\n' "$1"
	printf '  <TimeCreated SystemTime="2030-01-02T03:04:%02d.500Z"/>\r\n </System>\r\n <EventData>\r\n' $second
	name=$2
	shift 2
	while [ $# -gt 1 ]; do
		printf '  <Data Name="%s">%s</Data>\r\n' "$1" "$2"
		shift 2
	done
	printf ' </EventData>\r\n <RenderingInfo Culture="en-US">\r\n  <Opcode>%s</Opcode>\r\n' "$name"
	printf ' </RenderingInfo>\r\n</Event>\r\n'
}

# trace STATUS URL: events on standard input
trace() {
	printf '<?xml version="1.0" encoding="UTF-8"?>\r\n<failedRequest url="%s"\r\n' "$2"
	printf ' verb="GET" statusCode="%s" failureReason="STATUS_CODE" timeTaken="%s"\r\n' "$1" "${taken:-40}"
	printf ' activityId="{A}" userName="anna@bank.test" fp:client="%s"\r\n' "$subject"
	printf ' xmlns:fp="urn:frebproxy:trace:1"\r\n'
	printf ' xmlns:freb="http://schemas.microsoft.com/win/2006/06/iis/freb">\r\n'
	cat
	printf '</failedRequest>\r\n'
}

subject='C=ZZ, O=Bank, CN=Anna Kuhn 4711'
certificate=$(awk 'BEGIN { for (i = 0; i < 70; i++) printf "MIIC"; }')
secret='s3cr3t-session-of-anna'
story() {
	event 4 CONNECTION_START RemoteAddress 10.1.2.3 RemotePort 50000 LocalAddress 10.0.0.1 LocalPort 443
	event 4 SECURITY_HANDSHAKE_START ModuleName Handshake CertificateMode require
	event 5 SECURITY_HANDSHAKE_MESSAGE Direction in Message 'CLIENT HELLO' WaitedUs 1200
	event 5 SECURITY_HANDSHAKE_MESSAGE Direction out Message 'SERVER HELLO' WaitedUs 300
	event 5 SECURITY_HANDSHAKE_MESSAGE Direction in Message CERTIFICATE WaitedUs 4208000
	event 4 SECURITY_CERTIFICATE_RECEIVED Count 1 WaitedMs 4208
	event 4 SECURITY_HANDSHAKE_END Result ok ElapsedMs 4212
	event 4 SECURITY_CHAIN_ELEMENT Depth 0 Subject "$subject" Issuer CN=Root SerialNumber 00AB11CD22 \
		SubjectAltName 'UPN:anna@bank.test' Sha256 "$(printf '%064d' 7)"
	event 4 AUTH_TOKEN_FOUND TokenLabel badge-of-anna TokenSerial 99887766 LoginRequired yes PINValue 4321
	event 4 GENERAL_REQUEST_START RequestURL http://farm.test/
	event 0 GENERAL_REQUEST_HEADERS Headers "Host: farm.test&#10;Cookie: id=$secret&#10;Authorization: Basic QW5uYTpwYXNzd29yZA=="
	event 3 SECURITY_HEADER_STRIPPED HeaderName X-ARR-ClientCert Length 9 Reason forged
	event 0 GENERAL_SET_REQUEST_HEADER HeaderName X-ARR-ClientCert HeaderValue "$certificate"
	event 0 GENERAL_SET_REQUEST_HEADER HeaderName X-ARR-SSL HeaderValue '2048|256|CN=CA|CN=farm.test'
	event 3 MODULE_SET_RESPONSE_ERROR_STATUS ModuleName Upstream HttpStatus 502 HttpSubStatus 3 ErrorCode 12030
	event 4 GENERAL_REQUEST_END HttpStatus 502
	event 4 SECURITY_HANDSHAKE_START_OTHER Note "seen: Anna Kuhn 4711, sid=$secret."
}
mkdir "$tmp/logs2"
story | trace 502.3 "https://farm.test/a?user=anna@bank.test" >"$tmp/logs2/fr000001.xml"
second=0
{
	event 4 GENERAL_REQUEST_START RequestURL http://farm.test/ok
	event 4 GENERAL_REQUEST_END HttpStatus 200
} | trace 200 https://farm.test/ok >"$tmp/logs2/fr000002.xml"
bad=$tmp/logs2/fr000001.xml
good=$tmp/logs2/fr000002.xml

# ---- --filter, --fail-on ----

rows() { wc -l <"$tmp/out"; }
ok '--filter shows the events that match' expect 0 --tsv --filter 'level<=3' "$bad"
ok '... and no others' is "$(rows)" 2
ok '... of the traces that match' expect 0 --tsv --filter 'status=200' "$bad" "$good"
ok '... all their events' is "$(rows)" 2
ok '... which may be none' expect 0 --compact --filter nowhere-at-all "$bad" "$good"
ok '... and then nothing is written' is "$(rows)" 0
ok 'JSON lines are filtered too' expect 0 --json -F 'data.ErrorCode=12030' "$bad" "$good"
ok '... with the trace of each event' is "$(grep -c '"kind":"trace"' "$tmp/out") $(rows)" '1 2'
for mode in details errors summary timing identity html stats; do
	ok "--$mode takes a filter" expect 0 --$mode --filter 'op~GENERAL_REQUEST_START' "$bad"
done
ok 'a wrong filter is trouble' expect 2 --compact --filter 'level<=' "$bad"
ok '... told in one line with its place' like "$(cat "$tmp/err")" '^frebview: --filter: level<=: .*character [0-9]+'
ok 'the list is filtered by what is in the files' expect 0 --list --filter 'op=SECURITY_HEADER_STRIPPED' "$tmp/logs2"
ok '... shows the one' has fr000001.xml
ok '... and not the other' hasnt fr000002.xml
ok 'the list tells errors and warnings' has ' 0/2 '
ok '--fail-on is exit 1 where an event matches' expect 1 --summary --fail-on 'module=Upstream' "$good" "$bad"
ok '... says which' has "frebview: $bad: event 15 matches --fail-on" "$tmp/err"
ok '... still shows the view' has 'Final Status        502.3'
ok '... is exit 1 where a trace matches' expect 1 --list --fail-on 'status=5xx' "$tmp/logs2"
ok '... is exit 0 where nothing does' expect 0 --list --fail-on 'status=404 || taken>5s' "$tmp/logs2"
ok '... sees only what the filter leaves' expect 0 --compact --filter 'status=200' --fail-on 'status=5xx' "$tmp/logs2"
ok 'damage is weaker than a match' expect 1 --compact --fail-on 'damaged=yes' "$corpus/cut-in-event"

# ---- --identity ----

ok '--identity tells the handshake' expect 0 --identity "$bad"
ok '... who connected' has 'client: connects from 10.1.2.3:50000 to 10.0.0.1:443'
ok '... who waited for whom' has '4209.200 ms, longest for its CERTIFICATE: 4208.000 ms'
ok '... the chain' has "0: $subject"
ok '... the token' has 'token badge-of-anna'
ok '... but no PIN' hasnt 4321
ok '... what was taken away' has 'X-ARR-ClientCert, 9 bytes: forged'
ok '... what was injected' has 'subject of the server        CN=farm.test'
ok '... and why a certificate is not decoded' has 'not decoded: '
real=$samples/fr000069.arr-proxy.xml
if [ -f "$real" ]; then
	ok 'a trace of IIS has an identity too' expect 0 --identity "$real"
	ok '... from the headers of ARR' has 'X-ARR-ClientCert: (empty'
else
	skip 'a trace of IIS has an identity too' "no samples in $samples"
fi
if command -v certtool >/dev/null && "$top_srcdir/fixtures/pki/make.sh" "$tmp/pki" >"$tmp/logs/pki" 2>&1; then
	der=$(sed '/-----/d' "$tmp/pki/badge.pem" | tr -d '\n')
	second=0
	event 0 GENERAL_SET_REQUEST_HEADER HeaderName X-ARR-ClientCert HeaderValue "$der" |
		trace 200 http://x/ >"$tmp/cert.xml"
	ok 'an injected certificate is decoded' expect 0 --identity "$tmp/cert.xml"
	ok '... with its names' has 'CN=Alice Badge'
	ok '... and its serial in both forms' like "$(cat "$tmp/out")" 'Serial number: [0-9A-F]+ \([0-9]+\)'
else
	skip 'an injected certificate is decoded' 'no certtool'
fi

many() { # a request with more of everything than a person reads
	i=0
	while [ $((i += 1)) -le 250 ]; do
		second=$((i % 50))
		event 4 CONNECTION_START RemoteAddress 10.1.2.3 RemotePort $i
	done
}
many | trace 200 http://x/ >"$tmp/many.xml"
ok 'a story has an end' expect 0 --identity "$tmp/many.xml"
ok '... that says what was left out' has '... and 50 more events of this part'
ok '... and not more' is "$(grep -c 'connects from' "$tmp/out")" 200

# ---- --stats ----

ok '--stats counts traces' expect 0 --stats "$tmp/logs2"
ok '... in one line' has '2 traces, 19 events, 2 errors and warnings'
ok '... by status' like "$(cat "$tmp/out")" '^502\.3 +1 +50 %$'
ok '... and times' like "$(cat "$tmp/out")" '^time taken +2 +40 +40 +40 +40 +40 +40 +80$'
ok '... and spans' like "$(cat "$tmp/out")" '^GENERAL_REQUEST +2 +1000 '

# ---- --redact ----

redacted() { # everything that may be shown, without a word of Anna
	for mode in compact details summary errors timing identity tsv json html check list stats; do
		"$view" --$mode --redact "$bad" "$good" >"$tmp/out" 2>&1
		[ $? -le 1 ] || return 1
		for word in anna Kuhn 4711 "$secret" QW5uYTpw 99887766 00AB11CD22 MIICMIIC; do
			hasnt "$word" || {
				echo "--$mode shows $word"
				return 1
			}
		done
	done
}
ok '--redact leaves no name, serial, cookie, credential or certificate in any view' redacted
ok 'a redacted trace is readable' expect 0 --details --redact "$bad"
ok '... equal values are equal placeholders' like "$(cat "$tmp/out")" 'Subject +\{SUBJECT-1\}'
ok '... also within other texts' has 'seen: {USER-'
ok '... in the URL too' like "$(head -n 1 "$tmp/out")" 'user=\{USER-[0-9]+\} '
ok '... and what is no secret stays' has '10.1.2.3'
ok 'filters see what the file says' expect 0 --tsv --redact --filter 'client~Kuhn' "$tmp/logs2"
ok '... and show what is redacted' is "$(rows)" 19
ok 'a value has the same placeholder in every trace of a run' expect 0 --json --redact "$bad" "$good"
ok '... that is one' is "$(grep -o '"fp:client":"[^"]*"' "$tmp/out" | sort -u)" '"fp:client":"{SUBJECT-1}"'

# ---- --html ----

# page FILE: is it whole, closed and without anything active but our script?
page() {
	python3 - "$1" <<-'END'
		import base64, hashlib, html.parser, re, sys
		text = open(sys.argv[1], encoding="utf-8").read()
		bad = [hex(ord(c)) for c in text if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 or
		       c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\ufeff"]
		assert not bad, bad[:5]
		class P(html.parser.HTMLParser):
		    open_, ids, scripts, boxes = [], set(), [], 0
		    def handle_starttag(self, tag, attrs):
		        allowed = {"html", "head", "meta", "title", "style", "body", "section", "div", "details",
		            "summary", "h1", "h2", "p", "table", "tr", "th", "td", "span", "a", "i", "label", "input",
		            "output", "script"}
		        assert tag in allowed, tag
		        for name, value in attrs:
		            assert not name.startswith("on") and name != "src", (tag, name)
		            assert name != "href" or re.fullmatch(r"#(t\d+)?e\d+", value), value
		            if name == "id":
		                assert value not in self.ids, value
		                self.ids.add(value)
		        self.boxes += tag == "input"
		        if tag not in ("meta", "input"):
		            self.open_.append(tag)
		    def handle_endtag(self, tag):
		        assert self.open_.pop() == tag, tag
		    def handle_data(self, data):
		        if self.open_ and self.open_[-1] == "script":
		            self.scripts.append(data)
		p = P()
		p.feed(text)
		p.close()
		assert not p.open_, p.open_
		assert len(p.scripts) == 1 and p.boxes >= 7, (p.scripts, p.boxes)
		digest = base64.b64encode(hashlib.sha256(p.scripts[0].encode()).digest()).decode()
		policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text).group(1)
		assert "default-src 'none'" in policy and "'sha256-" + digest + "'" in policy, (policy, digest)
		assert text.index("Content-Security-Policy") < text.index("<title"), "the policy comes too late"
		assert "e1" in p.ids or "<details id" not in text, p.ids
		assert not re.search(r"url\(|@import|https?://[^<]*\.(js|css)", text.split("</head>")[0])
	END
}
second=0
{
	event 2 '&lt;script&gt;alert(1)&lt;/script&gt;' '&quot;&gt;&lt;img src=x onerror=alert(2)&gt;' \
		"&lt;/td&gt;&lt;script&gt;alert('3')&lt;/script&gt;&#x9b;31m&#x202e;&#9;x"
	event 3 GENERAL_SET_REQUEST_HEADER HeaderName X-ARR-ClientCert HeaderValue '&lt;script&gt;4&lt;/script&gt;'
	event 4 SECURITY_HANDSHAKE_END Result '&lt;script&gt;5&lt;/script&gt;'
} | trace '&lt;script&gt;' '&quot;&gt;&lt;script&gt;alert(6)&lt;/script&gt;&apos;' >"$tmp/<script>7.xml"
ok '--html makes a page' expect 0 --html "$bad"
cp "$tmp/out" "$tmp/page.html"
ok '... that begins as one' is "$(head -n 1 "$tmp/page.html")" '<!DOCTYPE html>'
ok '... where each event has its id' is "$(grep -c '^<details id="e' "$tmp/page.html")" 17
ok '... of several traces' expect 0 --html "$bad" "$good"
ok '... with ids of their own' has 'id="t2e2"'
ok 'nothing of a hostile trace becomes markup' expect 0 --html "$tmp/<script>7.xml"
ok '... so that one script is there, ours' is "$(grep -o '<script' "$tmp/out" | wc -l)" 1
ok '... and the rest is text' has '&#60;script&#62;alert(6)&#60;/script&#62;'
ok '... also what turns text around' has '&#60;U+202E&#62;'
if command -v python3 >/dev/null; then
	ok '... and the page is well-formed' page "$tmp/out"
	ok 'so is that of a whole story' page "$tmp/page.html"
	pages() {
		for file in "$corpus"/*; do
			"$view" --html "$file" >"$tmp/out" 2>/dev/null
			[ $? = 2 ] || page "$tmp/out" || {
				echo "$file"
				return 1
			}
		done
	}
	ok 'so is that of every damaged trace' pages
else
	skip 'and the page is well-formed' 'no python3'
fi
ok '--html=FILE writes a file' expect 0 --html="$tmp/new.html" "$bad"
ok '... the same' cmp "$tmp/new.html" "$tmp/page.html"
ok '... and nothing to standard output' is "$(rows)" 0
cp "$good" "$tmp/copy.xml"
ok '... but never over a trace' expect 2 --html="$tmp/copy.xml" "$bad"
ok '... which stays' cmp "$good" "$tmp/copy.xml"
ok '... nor into a folder that is not there' expect 2 --html="$tmp/none/x.html" "$bad"
ok '... and leaves no part behind' is "$(ls "$tmp" | grep -c 'html\.')" 0

# ---- no control byte ----

clean() {
	for file in "$corpus"/* "$tmp/<script>7.xml"; do
		for mode in identity stats html; do
			"$view" --$mode "$file" >"$tmp/out" 2>"$tmp/err"
			[ $? -le 3 ] || return 1
			LC_ALL=C tr -d '\n\040-\176\200-\377' <"$tmp/out" | grep . && return 1
			LC_ALL=C grep "$(printf '\302[\200-\237]')" "$tmp/out" "$tmp/err" && return 1
		done
	done
	return 0
}
ok 'no control byte of a trace reaches the new views' clean
finish
