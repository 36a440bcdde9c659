#!/bin/sh
# SPDX-License-Identifier: MIT
# held.sh - responses whose beginning is held back (minResponseBuffer): what the
# client gets is the same, but for a server that breaks off at once.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge
need python3
. "$top_srcdir/tests/e2e/look.sh"
cd "$tmp" || exit 99
start_farm web1 || bail "no farm"
start sluggish python3 "$here/sluggish.py" serve
wait_ready sluggish sluggish.ready || bail "no slow server"
cat >frebproxy.xml <<END
<configuration>
<sites><site name="main" id="1" webFarm="farm">
<bindings><binding protocol="http" bindingInformation="127.0.0.1:0:"/></bindings>
<routingRules><rule name="slow" path="/half*" webFarm="slow"/></routingRules>
<tracing><traceFailedRequests><add path="*"><failureDefinitions statusCodes="100-999"/></add>
</traceFailedRequests></tracing></site></sites>
<webFarms><webFarm name="farm">
<server address="127.0.0.1"><applicationRequestRouting httpPort="${farm_address##*:}"/></server>
<applicationRequestRouting><protocol minResponseBuffer="16"/></applicationRequestRouting></webFarm>
<webFarm name="slow"><server address="127.0.0.1">
<applicationRequestRouting httpPort="$(sed 's/.*://' sluggish.ready)"/></server>
<applicationRequestRouting><protocol minResponseBuffer="16" timeout="00:00:01"/></applicationRequestRouting>
</webFarm></webFarms>
</configuration>
END
start_proxy --config frebproxy.xml --workers 1 || bail "no proxy"

ask() { badge --http "$@" >answer 2>&1; }
whole() { # TARGET: the body is the same as the server's own
	curl -s -o direct "http://$farm_address$1" && curl -s -o proxied "http://$http$1" && cmp direct proxied
}
for target in '/short?size=100' '/edge?size=16384' '/over?size=16385' '/long?size=3000000' \
	'/chunks?size=100&chunked=1' '/many?size=3000000&chunked=1' '/eof?size=100&eof=1' '/none?size=0'; do
	ok "the client gets all of $target" whole "$target"
done
request 'HEAD /head?size=100' 'Connection: close' | talk
ok "a head without a body does not wait for one" got 200
{ request 'GET /one?size=10'; request 'GET /two?size=10' 'Connection: close'; } | talk
ok "the connection goes on afterwards" is "$(grep -c 'HTTP/1.1 200 OK' answer)" 2

broken() { # STATUS REASON TARGET
	ask "$http" "$3"
	got "$1" && has "\\($2\\)</p>"
}
ok "a server that breaks off at once is 502.3" broken 502 UpstreamInvalid '/cut?size=9000&truncate=300'
ok "so is one whose chunks break off" broken 502 UpstreamInvalid '/cut/chunks?size=9000&chunked=1&truncate=300'
ok "and one that falls silent" broken 502 UpstreamTimeout /half
ok "the 502 is all that the client sees" hasnt 'xxxx'
late_cut() {
	ask "$http" '/cut/late?size=90000&truncate=50000'
	is $? 7 && got 200
}
ok "one that breaks off later leaves half an answer" late_cut
at_once() {
	ask "$http" '/wish?size=9000&truncate=300&header=X-Accel-Buffering:no'
	is $? 7 && got 200
}
ok "a server may ask for its answer to be passed on at once" at_once
stop proxy
tells() { # PATH REGEX
	like "$("$frebview" --compact "$(trace_of "$1")")" "$2"
}
ok "the trace says that all was held" tells /short 'RESPONSE_BUFFERED .*Bytes="100", Threshold="16384", .*Reason="all of it has come"'
ok "or that there was too much" tells /over 'RESPONSE_BUFFERED .*Reason="so much has come"'
ok "or that nothing was sent of what had come" tells /cut 'RESPONSE_BUFFERED .*Bytes="300", .*Reason="it failed: none of it was sent"'
ok "then the status is ours" like "$(cat "$(trace_of /cut)")" 'statusCode="502\.3"'
ok "what is passed on at once was not held" unlike "$("$frebview" --compact "$(trace_of /wish)")" RESPONSE_BUFFERED
ok 'all traces are well-formed' checked traces/W3SVC1/fr*.xml
finish
