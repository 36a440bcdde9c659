#!/bin/sh
# SPDX-License-Identifier: MIT
# proxy.sh - what the proxy does with requests, servers, bindings, signals and
# traces.  Each request has a path of its own; by it its trace is found.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge
need certtool openssl python3
"$top_srcdir/fixtures/pki/make.sh" "$tmp/pki" || bail "the test PKI could not be made"
. "$top_srcdir/tests/e2e/look.sh"
cd "$tmp" || exit 99
mkfifo gate next

plain() { badge --http "$@" >answer 2>&1; } # ARGUMENTS... ADDRESS PATH...
secure() { badge "$@" >answer 2>&1; }

# ---- the set-up of most tests: six sites behind two listeners ----

start_farm web1 --verbose || bail "no farm"
web1=$farm_address
start_farm down --refuse || bail "no farm"
start odd python3 "$here/odd.py"
wait_ready odd odd.ready || bail "no odd server"

server() { # ADDRESS ATTRIBUTES
	echo "<server address=\"${1%:*}\" ${2:-}><applicationRequestRouting httpPort=\"${1##*:}\"/></server>"
}
site() { # NAME ID FARM REST
	cat <<END
<site name="$1" id="$2" webFarm="$3"><bindings>
<binding protocol="http" bindingInformation="127.0.0.1:0:$1"/>
</bindings>$everything</site>
END
}
all='<add path="*"><failureDefinitions statusCodes="100-999"/></add>'
everything="<tracing><traceFailedRequests>$all</traceFailedRequests></tracing>"

write_config() { # RULES LOCATIONS: of the first site
	cat <<END
<configuration>
<pkcs11 tokenLookup="false"/>
<clientCertificates caFile="pki/root.pem" intermediatesFile="pki/issuing.pem"/>
<sites>
<site name="main" id="1" webFarm="main"><bindings>
<binding protocol="https" bindingInformation="127.0.0.1:0:" certificate="pki/server-chain.pem" key="pki/server.key"/>
<binding protocol="http" bindingInformation="127.0.0.1:0:"/></bindings>
<access sslFlags="SslNegotiateCert"/>
<location path="/ssl-only"><access sslFlags="Ssl"/></location>
<location path="/badge"><access sslFlags="Ssl, SslNegotiateCert, SslRequireCert"/></location>
$2<tracing><traceFailedRequests>
<add path="/truncated*"><failureDefinitions statusCodes="400-599"/></add>
$1$all
</traceFailedRequests></tracing></site>
<site name="strict.test" id="2" webFarm="main"><bindings>
<binding protocol="https" bindingInformation="127.0.0.1:0:strict.test"/></bindings>
<access sslFlags="Ssl, SslNegotiateCert, SslRequireCert"/>$everything</site>
$(site down.test 3 down) $(site disabled.test 4 disabled) $(site two.test 5 two) $(site odd.test 6 odd)
</sites>
<webFarms>
<webFarm name="main">$(server "$web1")</webFarm>
<webFarm name="down">$(server "$(cat down.ready)")</webFarm>
<webFarm name="disabled">$(server "$web1" 'enabled="false"') $(server "$(cat down.ready)" 'enabled="false"')</webFarm>
<webFarm name="two">$(server "$(cat down.ready)") $(server "$web1")</webFarm>
<webFarm name="odd">$(server "$(cat odd.ready)")</webFarm>
</webFarms>
</configuration>
END
}
quiet='<add path="/quiet/*"><failureDefinitions statusCodes="599"/></add>'
write_config "$quiet" '' >frebproxy.xml
start_proxy --config frebproxy.xml --self-signed strict.test --max-log-files 500 --workers 1 ||
	bail "no proxy"

# ---- HTTP ----

keep_alive() {
	secure "$https" /alive/1 /alive/2 /alive/3
	got 200 200 200 && is "$(targets)" '/alive/1 /alive/2 /alive/3'
}
pipelined() {
	secure --pipeline --repeat 10 "$https" /pipe/1 /pipe/2
	is $? 0 && is "$(targets | wc -w)" 20 && is "$(targets | xargs -n 2 | sort -u)" '/pipe/1 /pipe/2'
}
pipelined_plain() {
	{
		request 'GET /line/1'
		request 'POST /line/2' 'Content-Length: 5'
		printf hello
		request 'POST /line/3' 'Transfer-Encoding: chunked'
		printf '3\r\nabc\r\n0\r\n\r\n'
		request 'GET /line/4' 'Connection: close'
	} | talk
	got 200 200 200 200 && is "$(targets)" '/line/1 /line/2 /line/3 /line/4' &&
		is "$(grep -o '"body_bytes":[0-9]*' answer | xargs)" \
			'body_bytes:0 body_bytes:5 body_bytes:3 body_bytes:0'
}
without_body() {
	{
		request 'HEAD /head?size=1234'
		request 'GET /204?status=204'
		request 'GET /304?status=304'
		request 'GET /after' 'Connection: close'
	} | talk
	got 200 204 304 200 && is "$(targets)" /after && has '^Content-Length: 1234$' &&
		is "$(tr -d '\r' <answer | grep -c '^$')" 4 && hasnt '^Transfer-Encoding'
}
chunked() {
	head -c 200000 "$top_builddir/frebproxy" >chunks
	secure --chunked --data chunks "$https" '/chunked/up?chunked=1'
	got 200 && has '^Transfer-Encoding: chunked$' && has '\["Transfer-Encoding","chunked"\]' &&
		has "\"body_bytes\":200000,\"body_sha256\":\"$(sha256sum <chunks | cut -d ' ' -f 1)\""
}
downloads() { # QUERY: the body as the farm itself sends it, twice on one connection
	badge --http --body "$web1" "/x?size=200000" >wanted 2>&1
	cat wanted wanted >wanted.twice
	badge --body "$https" "/down/$1?size=200000&$1" "/down/$1-again?size=200000&$1" >answer 2>&1
	is $? 0 && cmp wanted.twice answer
}
http10() {
	old_request '/ten/1?size=20' | talk
	got 200 && has '^Connection: close$' || return 1
	old_request '/ten/2?eof=1&size=20' 'Connection: keep-alive' | talk
	got 200 && has '^Connection: close$' && hasnt '^(Transfer-Encoding|Content-Length)' &&
		is "$(sed '1,/^.$/d' answer)" '0000000000000000 abc' || return 1
	old_request '/ten/3?chunked=1&size=20' 'Connection: keep-alive' | talk
	got 200 && hasnt '^Transfer-Encoding' && is "$(sed '1,/^.$/d' answer)" '0000000000000000 abc' || return 1
	{ old_request /ten/4 'Connection: keep-alive'; old_request '/ten/5?hints=1'; } | talk
	got 200 200 && has '^Connection: keep-alive$' && hasnt '^HTTP/1.1 103'
}
expects() {
	secure --expect --data pki/root.pem "$https" /expect
	got 200 && has '^HTTP/1.1 100 ' &&
		has "\"body_sha256\":\"$(sha256sum <pki/root.pem | cut -d ' ' -f 1)\""
}
expects_other() {
	secure --header 'Expect: 200-ok' "$https" /expect/other
	got 417
}
hints() {
	secure "$https" '/hints?hints=1'
	got 200 && is "$(tr -d '\r' <answer | sed -n '1,3p' | xargs)" \
		'HTTP/1.1 103 Early Hints Link: </style.css>; rel=preload'
}
early() { # the answer comes although the body does not
	{ request 'POST /early?early=1&status=413' 'Content-Length: 100000'; printf 'only this'; } | talk
	got 413 && has '^Connection: close$'
}
ok 'one connection serves three requests' keep_alive
ok 'pipelined requests are answered in order' pipelined
ok 'pipelined requests with bodies are kept apart on a plain socket' pipelined_plain
ok 'HEAD, 204 and 304 have no body, and the connection goes on' without_body
ok 'chunks go up and come down' chunked
ok 'a body with a length comes down' downloads none=1
ok 'a chunked body comes down' downloads chunked=1
ok 'a body that ends with the server connection comes down, and the client connection stays' downloads eof=1
ok 'HTTP/1.0 gets neither chunks nor 103, and keeps a connection only when it asks' http10
ok '100 Continue is asked for and comes' expects
ok 'another expectation gets 417' expects_other
ok '103 Early Hints come before the answer' hints
ok 'an answer that comes before the body has gone ends the request' early

# ---- large bodies ----

size=300000000
[ -z "${SANITIZERS:-}" ] || size=30000000

upload() {
	curl -sS --cacert pki/root.pem -T big "https://$https/upload" >answer 2>&1
	has "\"body_bytes\":$size,\"body_sha256\":\"$(sum <big)\""
}
download() {
	is "$(curl -sS --cacert pki/root.pem "https://$https/download?size=$size" | sum)" "$(sum <big)"
}
memory() { # 40 MiB at most, ever
	peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$(pid_of proxy)/status")
	at_most "$peak" 40960
}

megabytes=$((size / 1000000))
if command -v curl >/dev/null; then
	curl -sS "http://$web1/big?size=$size" >big || bail "no large file"
	ok "$megabytes MB go up as they are" upload
	ok "$megabytes MB come down as they are" download
	rm -f big
else
	skip "$megabytes MB go up as they are" 'curl is not installed'
	skip "$megabytes MB come down as they are" 'curl is not installed'
fi
if [ -n "${SANITIZERS:-}" ]; then
	skip 'the proxy never had more than 40 MiB in memory' 'sanitizers use more'
else
	ok 'the proxy never had more than 40 MiB in memory' memory
	echo "# VmHWM $peak kB"
fi

# ---- servers that fail ----

fails() { # STATUS REASON CLIENT ARGUMENTS...
	wanted=$1 reason=$2
	shift 2
	"$@"
	got "$wanted" && has "\($reason\)</p>"
}
fails_not() {
	"$@"
	got 400 && has 'no such page: plain HTTP request'
}
truncated() { # the client sees that something is missing
	plain "$http" '/truncated?size=1000&truncate=300'
	is $? 7 && got 200 && has 'broke off after 300 bytes'
}
truncated_chunks() {
	plain "$http" '/truncated/chunks?size=1000&chunked=1&truncate=300'
	is $? 7 && got 200
}
second_server() {
	plain --header 'Host: two.test' "$http" /two/1 /two/2
	got 200 200 && is "$(targets)" '/two/1 /two/2'
}
kept_get() { # the second request on a server connection is not answered
	plain --header 'Host: odd.test' "$http" /kept/1 /kept/2
	got 200 200 && like "$(cat logs/odd)" '^2 GET /kept/2$' && like "$(cat logs/odd)" '^1 GET /kept/2$'
}
kept_empty() { # a body without bytes has an end all the same
	{
		printf 'GET /kept/4 HTTP/1.1\r\nHost: odd.test\r\n\r\n'
		printf 'PUT /kept/5 HTTP/1.1\r\nHost: odd.test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
	} | talk
	is "$(grep -c 'HTTP/1.1 200 OK' answer)" 2 && is "$(grep -c ' PUT /kept/5$' logs/odd)" 2
}
kept_post() {
	plain --header 'Host: odd.test' --method POST "$http" /kept/3
	got 502 && is "$(grep ' /kept/3$' logs/odd)" '2 POST /kept/3'
}
ok 'a server that refuses is 502.3' fails 502 UpstreamConnect plain --header 'Host: down.test' "$http" /refuses
ok 'a server that resets is 502.3' fails 502 UpstreamClosed plain "$http" '/resets?reset=1'
ok 'a server that closes is 502.3' fails 502 UpstreamClosed plain "$http" '/closes?close=1'
ok 'a server that speaks something else is 502.3' fails 502 UpstreamInvalid plain \
	--header 'Host: odd.test' "$http" /garbage
ok 'a server that closes within its head is 502.3' fails 502 UpstreamInvalid plain \
	--header 'Host: odd.test' "$http" /half-head
ok 'a truncated answer is truncated for the client, too' truncated
ok 'truncated chunks have no last chunk' truncated_chunks
ok 'a farm whose servers are disabled is 502.4' fails 502 NoServer plain --header 'Host: disabled.test' "$http" /none
ok 'a server that refuses is passed over for the next' second_server
ok 'GET is sent again when the server had closed the kept connection' kept_get
ok 'so is PUT with an empty body in chunks' kept_empty
ok 'POST is not sent again' kept_post
ok 'a page that repeats a client about TLS is an ordinary page of a server that has answered before' \
	fails_not plain --header 'Host: odd.test' "$http" /echo

# ---- bindings and locations ----

server_names() {
	like "$(subject farm.test)" 'CN=farm\.test' && unlike "$(subject farm.test)" 'CN=strict' &&
		like "$(subject strict.test)" '^subject=CN=strict\.test$' &&
		like "$(subject STRICT.test)" '^subject=CN=strict\.test$'
}
strict_site() {
	badge --no-verify --sni strict.test --no-cert "$https" /strict/none >answer 2>&1
	got 403 && has '\(ClientCertMissing\)</p>' || return 1
	badge --no-verify --sni strict.test --cert pki/software-chain.pem --key pki/software.key "$https" \
		/strict/badge >answer 2>&1
	got 200
}
tls_not_http() {
	request 'GET /in-clear' | talk "$https"
	got 400 && has '\(PlainHttpOnTlsPort\)</p>' &&
		activity clear
}
by_path() {
	secure --no-cert "$https" /open /badge/x /open/2
	got 200 403 200 || return 1
	secure --cert pki/software-chain.pem --key pki/software.key "$https" /badge/x
	got 200
}
by_path_spelling() { # a server may read each of them as /badge
	for path in /BADGE/x /%62adge/x //badge/x /./badge/x /open/../badge/x '/badge;v=1/x' /badge./x /%2562adge/x; do
		secure --no-cert "$https" "$path"
		got 403 >unseen || got 400 || { echo "$path"; return 1; }
	done
}
ok 'http gets 403.4 where Ssl is demanded' fails 403 SslRequired plain "$http" /ssl-only/x
ok 'https gets in there' secure "$https" /ssl-only/y
ok 'plain HTTP on the TLS port is told so in clear text' tls_not_http
ok 'each host name has its certificate' server_names
ok 'each host name has its site' strict_site
ok 'a host name of a stricter site on the connection of another is 421' fails 421 Misdirected secure \
	--header 'Host: strict.test' "$https" /strict/beside
ok 'TRACE is 405' fails 405 MethodRefused plain --method TRACE "$http" /method
ok 'a location may ask more than its site' by_path
ok 'no spelling of its path gets around a location' by_path_spelling

# ---- hostile requests ----

# hostile TITLE STATUS REGEX: sends the file request, with another one behind it.
# The trace must match REGEX; that is looked at when all traces are there.
hostile() {
	cat request >hostile
	request 'GET /smuggled' >>hostile
	ok "$1: $2" refuses "$2"
	echo "$tap_count|$2|$3" >>hostile.list
}
refuses() { # STATUS
	talk <hostile
	got "$1" && has '^Connection: close$' && activity "$tap_count"
}
: >hostile.list
request 'POST /h' 'Content-Length: 5' 'Transfer-Encoding: chunked' >request
hostile 'a length and chunks' 400 'Transfer-Encoding and Content-Length together, at byte [0-9]+'
request 'POST /h' 'Content-Length: 5' 'Content-Length: 6' >request
hostile 'two lengths' 400 'a second line of a field that may stand only once|Content-Length'
request 'POST /h' 'Content-Length: +5' >request
hostile 'a length with a sign' 400 'a Content-Length that is not one plain decimal number'
request 'POST /h' 'Transfer-Encoding: gzip, chunked' >request
hostile 'another transfer coding' 501 'a transfer coding other than chunked'
request 'POST /h' 'Transfer-Encoding : chunked' >request
hostile 'a blank before the colon' 400 'white space before the colon'
request 'GET /h' 'X-A: 1' ' 2' >request
hostile 'a folded field' 400 'a folded field'
request 'GET /h' 'Host: strict.test' >request
hostile 'a second Host' 400 'a second line of a field that may stand only once'
request 'GET /h/../../x' >request
hostile 'a path that climbs' 400 "a '.' or '..' segment"
request 'GET http://strict.test/h' >request
hostile 'two host names' 400 'a Host field that names another host'
request 'GET /h' "X-Long: $(head -c 20000 /dev/zero | tr '\0' x)" >request
hostile 'a field of 20 kB' 431 'a header field is too long'
printf 'GET /h HTTP/1.1\nHost: farm.test\n\n' >request
hostile 'line feeds only' 400 'a line feed without a carriage return'
printf 'GET /h HTTP/1.1\r\nHost: farm.test\r\nX-A: a\000b\r\n\r\n' >request
hostile 'a NUL byte' 400 'a NUL byte'
printf 'GET /h HTTP/2.0\r\nHost: farm.test\r\n\r\n' >request
hostile 'another version' 505 'a version that is neither'
{ request 'POST /h' 'Transfer-Encoding: chunked'; printf '0x5\r\nhello\r\n0\r\n\r\n'; } >request
hostile 'a chunk size that is no number' 400 'chunked request body: a chunk size that is not'
ok 'no farm server saw what stood behind them' unlike "$(cat logs/web1)" smuggled

# ---- reload ----

reload() { # REGEX: after which line of the log it is done
	kill -HUP "$(pid_of proxy)"
	wait_log "$1"
}
new_file() { # the connection that was open keeps its rules, new ones get the new
	start hold python3 "$here/hold.py" "$http" /later/1 /later/2
	wait_ready hold held || return 1
	write_config '' '<location path="/later"><access sslFlags="Ssl"/></location>' >frebproxy.xml
	reload 'frebproxy\.xml loaded again$' || return 1
	echo >next
	wait "$(pid_of hold)"
	is "$(xargs <logs/hold)" '200 200' && plain "$http" /later/3 && return 1
	got 403 && plain "$http" /quiet/b
}
broken_file() {
	sed -i 's|sslFlags="Ssl"|sslFlags="Sssl"|; s|name="down"|name="down" colour="red"|' frebproxy.xml
	reload 'the configuration was not loaded; the old one stays' || return 1
	like "$(cat logs/proxy)" 'frebproxy\.xml:[0-9]+: .*access/@sslFlags: .*"Sssl".*allowed: .*SslRequireCert' &&
		like "$(cat logs/proxy)" 'frebproxy\.xml:[0-9]+: webFarms/webFarm/@colour: unknown attribute; allowed: ' ||
		return 1
	plain "$http" /later/4
	got 403 || return 1
	plain "$http" /open/4
	got 200
}
gone_file() {
	mv frebproxy.xml away.xml
	kill -HUP "$(pid_of proxy)"
	wait_log 'the old one stays' 2 || return 1
	like "$(tail -n 3 logs/proxy)" 'frebproxy\.xml.*: No such file' && plain "$http" /open/5 && got 200
}
plain "$http" /quiet/a
ok 'HUP loads a new location and a new rule; open connections keep the old ones' new_file
ok 'HUP with a broken file keeps the old one and names each mistake' broken_file
ok 'a warning about the file is not told as an error, nor twice as a warning' is \
	"$(grep -E '(error|warning): .*warning:' logs/proxy)" ''
ok 'HUP without the file keeps the old one' gone_file

# ---- the end ----

drains() { # idle connections close, the request that runs is answered, nobody new gets in
	start slow "$top_builddir/badge" --http --header 'Host: odd.test' "$http" /gate
	wait_ready slow arrived || return 1
	rm -f held
	start idle python3 "$here/hold.py" "$http" /idle
	wait_ready idle held || return 1
	kill -TERM "$(pid_of proxy)"
	wait "$(pid_of idle)"
	is "$(xargs <logs/idle)" '200 closed' || return 1
	plain "$http" /too-late
	is $? 7 || return 1
	echo >gate
	wait "$(pid_of slow)"
	is $? 0 && like "$(cat logs/slow)" '^HTTP/1\.1 200 ' && like "$(cat logs/slow)" '^odd'
}
ends() { # with status 0
	wait "$(pid_of proxy)"
	is $? 0
}
ok 'TERM lets a slow request finish, and closes what is idle' drains
ok 'then the proxy ends with status 0' ends
rm -f pids/proxy

# ---- what the traces say of all this ----

reused() {
	like "$(events "$(trace_of /alive/3)" CONNECTION_REUSED)" 'RequestOrdinal="3"' &&
		is "$(events "$(trace_of /alive/1)" CONNECTION_REUSED)" ''
}
bytes_sent() { # of a connection with one answer: 20 bytes and their head
	like "$(events "$(trace_of /ten/1)" CONNECTION_END)" 'Requests="1", .* BytesSent="([2-9]|1[0-9])[0-9]+"'
}
truncation() { # the status was sent already; the trigger tells
	file=$(trace_of /truncated)
	is "$(root "$file" statusCode) $(root "$file" triggerStatusCode)" '200 502.3' &&
		like "$(events "$file" SET_RESPONSE_ERROR_DESCRIPTION)" \
			'in the middle of its response, after 300 body bytes'
}
next_server() {
	like "$(for n in 1 2; do events "$(trace_of "/two/$n")" UPSTREAM_RETRY; done)" 'Reason="Connection refused"'
}
sent_again() {
	like "$(events "$(trace_of /kept/2)" UPSTREAM_RETRY)" 'Reason="the server had closed the kept connection"' &&
		is "$(events "$(trace_of /kept/3)" UPSTREAM_RETRY)" '' &&
		refused /kept/3 502.3 'closed the connection before its response'
}
in_clear() {
	file=$(trace_of_activity clear) && is "$(root "$file" statusCode)" 400 &&
		like "$(events "$file" SECURITY_HANDSHAKE_END)" '^Result="not-tls"'
}
hostile_reasons() {
	while IFS='|' read -r id status reason; do
		file=$(trace_of_activity "$id") && is "$(root "$file" statusCode)" "$status" &&
			like "$(events "$file" SET_RESPONSE_ERROR_DESCRIPTION)" "$reason" || return 1
	done <hostile.list
}
own_site() { like "$(trace_of "$1")" "^traces/W3SVC$2/"; } # PATH ID
quiet_rule() { is "$(trace_of /quiet/a)" '' && is "$(root "$(trace_of /quiet/b)" statusCode)" 200; }
drained() { is "$(root "$(trace_of /gate)" statusCode)" 200 && is "$(trace_of /too-late)" ''; }

ok 'a kept-alive request says which one it is on its connection' reused
ok 'what a connection sent has the answer in it' bytes_sent
ok 'the trace of a refusal names the server' refused /refuses 502.3 '127\.0\.0\.1:[0-9]+: Connection refused'
ok 'the trace of a reset says so' refused /resets 502.3 'before its response, .* Connection reset by peer'
ok 'the trace of a close says so' refused /closes 502.3 'closed the connection before its response'
ok 'the trace of an invalid answer names the rule and the byte' refused /garbage 502.3 'at byte 0 of its response head'
ok 'the trace of half a head says so' refused /half-head 502.3 'in the middle of its response head'
ok 'the trace of a truncated answer has the status that was sent and what went wrong' truncation
ok 'the trace of 502.4 says why there is no server' refused /none 502.4 'every server of the farm is disabled'
ok 'a server that was passed over is in the trace' next_server
ok 'a request that was sent again is in the trace, and one that was not' sent_again
ok '403.4 is in the trace' refused /ssl-only/x 403.4 'SSL required'
ok '421 is in the trace of the stricter site' refused /strict/beside 421 'needs a connection of its own'
ok '403.7 is in the trace' refused /badge/x 403.7 'client certificate required'
ok 'the page in clear text names the activity of its trace' in_clear
ok 'each hostile request has its reason in its trace' hostile_reasons
ok 'each site has a folder of its own' own_site /strict/badge 2
ok 'the rule that HUP took away was obeyed before, and not after' quiet_rule
ok 'the request that TERM found running has its trace' drained
ok 'all traces are well-formed' checked traces/W3SVC*/fr*.xml
if [ -f "$tools/freb-compact" ]; then
	ok 'frebview shows them all as the oracle does' same_view traces/W3SVC*/fr*.xml
else
	skip 'frebview shows them all as the oracle does' 'freb-compact is not here'
fi
finish
