#!/bin/sh
# SPDX-License-Identifier: MIT
# trailers.sh - fields behind a chunked body, as both ends see them: what a web
# farm allows goes on, unless the other side did not ask; the rest is dropped.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm
need python3
. "$top_srcdir/tests/e2e/look.sh"
cd "$tmp" || exit 99
start_farm web1 || bail "no farm"

write_config() { # NAME PROTOCOL-ATTRIBUTES
	cat >"$1" <<END
<configuration>
<sites><site name="main" id="1" webFarm="farm">
<bindings><binding protocol="http" bindingInformation="127.0.0.1:0:"/></bindings>
<routingRules><rule name="closed" path="/closed*" webFarm="closed"/></routingRules>
<tracing><traceFailedRequests><add path="*"><failureDefinitions statusCodes="100-999"/></add>
</traceFailedRequests></tracing></site></sites>
<webFarms><webFarm name="farm">
<server address="127.0.0.1"><applicationRequestRouting httpPort="${farm_address##*:}"/></server>
<applicationRequestRouting><protocol $2/></applicationRequestRouting></webFarm>
<webFarm name="closed">
<server address="127.0.0.1"><applicationRequestRouting httpPort="${farm_address##*:}"/></server>
</webFarm></webFarms>
</configuration>
END
}
write_config frebproxy.xml 'allowedTrailers="X-Checksum,server-timing" sslHeaderName="X-Tls-Facts"'
start_proxy --config frebproxy.xml --workers 1 || bail "no proxy"

chunked() { # TARGET FIELD...: head and a body of 3 bytes; standard input has the trailers
	target=$1
	shift
	request "POST $target" "Transfer-Encoding: chunked" "Connection: close" "$@"
	printf '3\r\nabc\r\n0\r\n'
	sed 's/$/\r/'
	printf '\r\n'
}
behind() { sed -n 's/.*"trailers":"\([^"]*\)".*/\1/p' answer; } # what the server got
last() { tr -d '\r' <answer | sed -n '/^0$/,$p' | xargs; } # the last chunk and what follows it

printf 'X-Checksum: 12\nX-Other: 3\nx-CHECKSUM:4 \n' | chunked /up | talk
ok "the server gets those that are allowed, in their order and spelling, and no other" \
	is "$(behind)" 'X-Checksum: 12\u000d\u000ax-CHECKSUM: 4\u000d\u000a'
printf '' | chunked /none 'Trailer: X-Other' | talk
ok "a body without any ends as before, and nothing is announced" \
	sh -c "! grep -q trailers answer && ! grep -qi '\"Trailer\"' answer && grep -q '\"body_bytes\":3' answer"
printf 'X-Checksum: 1\n' | chunked /say 'Trailer: X-Other, x-checksum' 'Trailer: X-Third' | talk
ok "the server is told which will come" has '"Trailer","x-checksum"'
printf 'X-Checksum: 1\n' | chunked /closed | talk
ok "another web farm gets none" is "$(behind)" ''
printf 'X-Checksum: 1\nX_Tls_Facts: 1\nx-arr-log-id: 2\n' | chunked /forged | talk
ok "what only the proxy may say does not get through" is "$(behind)" 'X-Checksum: 1\u000d\u000a'

down='/down?chunked=1&trailer=Server-Timing:1&trailer=X-Debug:2&header=Trailer:X-Debug,Server-Timing'
request "GET $down" 'TE: trailers' 'Connection: close, TE' | talk
ok "the client gets what is allowed" is "$(last)" '0 Server-Timing: 1'
ok "and is told which will come" has '^Trailer: Server-Timing$'
ok "and the server heard that trailers are welcome" has '"TE","trailers".*"Connection","TE"'
request "GET $down&size=70000" 'TE: deflate, trailers' 'Connection: close, TE' | talk
ok "also behind a long body" is "$(tail -c 30 answer | tr -d '\r' | sed -n '/^0$/,$p' | xargs)" '0 Server-Timing: 1'
request "GET $down" 'Connection: close' | talk
ok "a client that did not ask gets none" is "$(last)" '0'
ok "and is told of none" hasnt '^Trailer:'
ok "nor does the server hear of it" hasnt '"TE"'
old_request "$down" 'TE: trailers' 'Connection: TE' | talk
ok "nor does one that speaks HTTP/1.0" hasnt '^Server-Timing'
request "GET /closed$down" 'TE: trailers' 'Connection: close, TE' | talk
ok "a web farm without allowedTrailers passes none" is "$(last)" '0'
stop proxy
tells() { # PATH REGEX
	like "$("$frebview" --compact "$(trace_of "$1")")" "$2"
}
ok "each is in the trace, as passed" tells /up 'TRAILER_FIELD .*From="client", HeaderName="X-Checksum", HeaderValue="12", Length="2", Passed="yes"'
ok "or dropped, with the reason" tells /up 'TRAILER_FIELD .*HeaderName="X-Other", HeaderValue="", Length="1", Passed="no", Reason="allowedTrailers of the web farm does not name it"'
ok "forged ones are a warning" tells /forged 'W SECURITY_HEADER_STRIPPED .*HeaderName="X_Tls_Facts"'
ok "so is what the server sent" tells /down 'TRAILER_FIELD .*From="server", HeaderName="X-Debug", HeaderValue="", Length="1", Passed="no"'
ok "and what a client would not have" tells '/closed/down' 'Passed="no", Reason="the web farm allows no trailers"'

refused() { # NAMES REGEX
	write_config wrong.xml "allowedTrailers=\"$1\" sslHeaderName=\"X-Tls-Facts\""
	timeout 20 "$top_builddir/frebproxy" --check --config wrong.xml >answer 2>&1
	is $? 2 && has "allowedTrailers: $2"
}
for name in Content-Length Host authorization Cookie Set-Cookie transfer-encoding Trailer TE \
	If-None-Match Content-Foo Expires X-Forwarded-For; do
	ok "$name is refused there" refused "X-A, $name" "\"$name\" cannot follow a body: it must be known before the body; allowed"
done
ok "so are the proxy's own fields" refused X-ARR-ClientCert '"X-ARR-ClientCert" cannot follow a body: only the proxy'
ok "those that are configured" refused x_tls_facts '"x_tls_facts" cannot follow a body: only the proxy'
ok "and what is no name" refused 'X Y' '"X Y" cannot follow a body: it is no name of a field'
finish
