#!/bin/sh
# SPDX-License-Identifier: MIT
# traces.sh - which requests leave a trace, where it lies, how many are kept,
# what frebdiff says of two of them; and a start with flags only.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview frebdiff farm badge
need certtool openssl python3
"$top_srcdir/fixtures/pki/make.sh" "$tmp/pki" || bail "the test PKI could not be made"
. "$top_srcdir/tests/e2e/look.sh"
cd "$tmp" || exit 99

start_farm web1 || bail "no farm"
web1=$farm_address
start odd python3 "$here/odd.py"
wait_ready odd odd.ready || bail "no odd server"

plain() { badge --http "$@" >answer 2>&1; } # ARGUMENTS... ADDRESS PATH...
count() { find "$1" -name 'fr*.xml' | wc -l; } # FOLDER

# ---- flags only: a certificate of its own, traces of what failed ----

bare_start() { # NAME: keeps the fingerprint, which is that of what is served
	start_proxy --listen 127.0.0.1:0 --farm "$web1" --self-signed bare.test || return 1
	sed -n 's/.*self-signed server certificate .* SHA-256 \([0-9a-f]*\)$/\1/p' logs/proxy >"$1"
	like "$(cat "$1")" '^[0-9a-f]{64}$' && is "$(subject bare.test)" 'subject=CN=bare.test' &&
		is "$(openssl s_client -connect "$https" </dev/null 2>/dev/null | openssl x509 -outform DER | sum)" \
			"$(cat "$1")"
}
same_key() { is "$(cat first)" "$(cat second)" && is "$(stat -c %a state/self-signed-bare.test.key)" 600; }
only_failed() {
	badge --no-verify "$https" /fine '/moved?status=302' '/lost?status=404' '/broken?status=500' >answer 2>&1
	is $? 5 && stop_proxy || return 1
	is "$(count traces)" 2 && is "$(root "$(trace_of /lost)" failureReason)" STATUS_CODE &&
		is "$(root "$(trace_of /broken)" statusCode)" 500
}
private() { # the group of the service may read, others may not
	is "$(stat -c '%a %F' traces/W3SVC1)" '750 directory' &&
		is "$(stat -c %a traces/W3SVC1/fr*.xml | sort -u)" 640
}
ok 'without a certificate it makes one, and tells the fingerprint of what it serves' bare_start first
ok 'it stops' stop_proxy
ok 'and starts again' bare_start second
ok 'with the same certificate, whose key nobody else can read' same_key
ok 'without rules only what failed is traced' only_failed
ok 'the folder of traces is 0750, a trace 0640' private
ok 'they are well-formed' checked traces/W3SVC1/fr*.xml

no_traces() {
	start_proxy --listen-http 127.0.0.1:0 --farm "$web1" --trace off || return 1
	plain "$http" '/off?status=500'
	got 500 && stop_proxy && is "$(count traces)" 2
}
ok '--trace off writes none' no_traces
rm -r traces

# ---- rules: the first whose path matches counts ----

cat >frebproxy.xml <<END
<configuration><sites><site name="rules" id="42">
<bindings><binding protocol="http" bindingInformation="127.0.0.1:0:"/></bindings>
<tracing><traceFailedRequests>
<add path="/list/*"><failureDefinitions statusCodes="404,500-502"/></add>
<add path="/slow/*"><failureDefinitions timeTaken="300ms"/></add>
<add path="/warned/*"><failureDefinitions verbosity="Warning"/></add>
<add path="/areas/*">
  <traceAreas><add provider="WWW Server" areas="RequestRouting"/><add provider="frebproxy" areas="Connection"/></traceAreas>
  <failureDefinitions statusCodes="100-999"/></add>
<add path="*.page"><failureDefinitions statusCodes="200"/></add>
<add path="/list/page"><failureDefinitions statusCodes="200"/></add>
</traceFailedRequests></tracing></site></sites>
<webFarms><webFarm name="one"><server address="127.0.0.1">
<applicationRequestRouting httpPort="${web1##*:}"/></server></webFarm></webFarms>
</configuration>
END

ask_all() {
	plain "$http" /list/a '/list/b?status=404' '/list/c?status=403' '/list/d?status=502' \
		/slow/a '/slow/b?delay=600' '/slow/c?status=500' /warned/a /areas/a /a.page /list/page '/else?status=500'
	got 200 404 403 502 200 200 500 200 200 200 200 500 || return 1
	plain --header 'X-ARR-Forged: x' "$http" /warned/b
	stop_proxy
}
written() { # URL=REASON... without the host: exactly these
	is "$(for file in traces/W3SVC42/fr*.xml; do
		echo "$(root "$file" url | sed 's|^http://[^/]*||; s|?.*||')=$(root "$file" failureReason)"
	done | sort | xargs)" "$*"
}
areas() { # those that were wanted, and the general one
	"$frebview" --tsv "$(trace_of /areas/a)" | cut -f 3 >names
	for name in CONNECTION_START GENERAL_REQUEST_START ARR_SERVER_ROUTED GENERAL_REQUEST_END CONNECTION_END; do
		grep -qx $name names || { echo "no $name in:"; cat names; return 1; }
	done
	is "$(grep -E '^(SECURITY|AUTH|UPSTREAM|ROUTE)_' names)" ''
}
ok 'a file with rules is taken' start_proxy --config frebproxy.xml --max-log-files 100
ok 'requests run into them' ask_all
ok 'the rules decide what is written, and why' written /a.page=STATUS_CODE /areas/a=STATUS_CODE \
	/list/b=STATUS_CODE /list/d=STATUS_CODE /slow/b=TIME_TAKEN /warned/b=EVENT_VERBOSITY_LEVEL
ok 'the areas of a rule decide which events are in it' areas
ok 'they are well-formed, too' checked traces/W3SVC42/fr*.xml
rm -r traces

# ---- maxLogFiles: when it is reached the oldest go, half of it stays, as in IIS ----

five() { start_proxy --listen-http 127.0.0.1:0 --farm "$web1" --trace all --max-log-files 5 --workers 1; }
pruned() { # FIRST LAST: what is left, newest last
	is "$(find traces/W3SVC1 -name 'fr*' | sed 's|.*/||' | sort | xargs)" \
		"$(seq -f 'fr%06.0f.xml' "$1" "$2" | xargs)"
}
four() { plain "$http" /n/1 /n/2 /n/3 /n/4 && stop_proxy && pruned 1 4; }
five_more() {
	five && plain "$http" /n/5 /n/6 /n/7 /n/8 /n/9 && stop_proxy && pruned 7 9 &&
		is "$(root traces/W3SVC1/fr000009.xml url | sed 's|.*/n/||')" 9
}
others() {
	echo mine >traces/W3SVC1/notes.txt
	five && plain "$http" /n/10 /n/11 && stop_proxy && pruned 10 11 && is "$(cat traces/W3SVC1/notes.txt)" mine
}
ok 'a limit of five' five
ok 'keeps four of four' four
ok 'after a new start numbers go on, and with the fifth all but the newest two go' five_more
ok 'files of others stay' others
rm -r traces

# ---- two traces, compared ----

person() { # NAME PATH ARGUMENTS...: over TLS, by odd, which closes after each answer
	name=$1 path=$2
	shift 2
	badge --cert "pki/$name-chain.pem" --key "pki/$name.key" "$@" "$https" "$path" >answer 2>&1
}
several() {
	start_proxy --listen 127.0.0.1:0 --farm "$(cat odd.ready)" --trace all --client-ca pki/root.pem \
		--cert pki/server-chain.pem --key pki/server.key --workers 1 || return 1
	person software /same && person software /same && person software /same --header 'X-Colour: red' &&
		person software /same --header 'X-Colour: blue' && person badge /same || return 1
	person software /once-fine
	person software /once-fine
	is $? 4 && stop_proxy
}
no_difference() {
	"$frebdiff" "$(trace_of /same 1)" "$(trace_of /same 2)" >said
	is $? 0 && is "$(grep -c '^[-+@]' said)" 0
}
difference() { # STATUS... of frebdiff is 1, and each REGEX is in what it says
	"$frebdiff" --color never "$1" "$2" >said 2>&1
	is $? 1 || { cat said; return 1; }
	shift 2
	for regex; do
		like "$(cat said)" "$regex" || return 1
	done
}
ok 'requests to compare' several
ok 'the same request twice makes no difference' no_difference
ok 'a header that is there once is named' difference "$(trace_of /same 1)" "$(trace_of /same 3)" '^\+.*X-Colour="red"'
ok 'a header with another value is named' difference "$(trace_of /same 3)" "$(trace_of /same 4)" \
	'^-.*X-Colour="red"' '^\+.*X-Colour="blue"'
ok 'another certificate is named' difference "$(trace_of /same 1)" "$(trace_of /same 5)" \
	'^-.*Subject.*Carol Software' '^\+.*Subject.*Alice Badge'
ok 'another status is named' difference "$(trace_of /once-fine 1)" "$(trace_of /once-fine 2)" \
	statusCode '^-.*200' '^\+.*404' 'Gone Astray'
ok 'they are well-formed, all of them' checked traces/W3SVC1/fr*.xml
finish
