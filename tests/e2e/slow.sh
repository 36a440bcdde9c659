#!/bin/sh
# SPDX-License-Identifier: MIT
# slow.sh - every time limit of a request: servers that let nobody in, do not read, are
# silent or drip; clients that send or read too slowly, and those that do not.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge
need python3
. "$top_srcdir/tests/e2e/look.sh"
cd "$tmp" || exit 99
mkfifo gate
head -c 30000000 /dev/zero >big

start_farm web1 || bail "no farm"
web1=$farm_address
start sluggish python3 "$here/sluggish.py" serve
wait_ready sluggish sluggish.ready || bail "no server"

server() { # ADDRESS
	echo "<server address=\"${1%:*}\"><applicationRequestRouting httpPort=\"${1##*:}\"/></server>
<applicationRequestRouting><protocol timeout=\"00:00:01\" connectTimeout=\"00:00:01\"/></applicationRequestRouting>"
}
cat >frebproxy.xml <<END
<configuration>
<sites><site name="main" id="1" webFarm="sluggish">
<bindings><binding protocol="http" bindingInformation="127.0.0.1:0:"/></bindings>
<limits bodyTimeout="1s"/>
<routingRules><rule name="fine" path="/fine*" webFarm="fine"/><rule name="full" path="/full*" webFarm="full"/></routingRules>
<tracing><traceFailedRequests><add path="*"><failureDefinitions statusCodes="100-999"/></add>
</traceFailedRequests></tracing></site></sites>
<webFarms><webFarm name="sluggish">$(server "$(cat sluggish.ready)")</webFarm>
<webFarm name="full">$(server "$(cat full.ready)")</webFarm>
<webFarm name="fine">$(server "$web1")</webFarm></webFarms>
</configuration>
END
start_proxy --config frebproxy.xml --workers 1 || bail "no proxy"

asks() { # STATUS REASON ARGUMENTS...
	wanted=$1 reason=$2
	shift 2
	badge --http "$@" >answer 2>&1
	got "$wanted" && has "\\($reason\\)</p>"
}
cut_off() { # PATH: the status has gone out already
	badge --http "$http" "$1" >answer 2>&1
	is $? 7 && got 200
}
client() { # WHAT PATH BYTES PAUSE REGEX
	python3 "$here/sluggish.py" "$1" "$http" "$2" "$3" "$4" >answer 2>&1
	like "$(cat answer)" "$5"
}
left() { # the client goes in the middle of a download: the server hears of it
	client leave /long 200000 0 '^HTTP/1.1 200 ' || return 1
	timeout 20 tail -n +1 -f logs/sluggish | grep -qm 1 '^gone /long$'
}

# ---- servers ----
ok 'a server that lets nobody in is 502.3, after connectTimeout' asks 502 UpstreamTimeout "$http" /full
ok 'a server that is silent is 502.3, after timeout' asks 502 UpstreamTimeout "$http" /silent
ok 'a server whose head drips is 502.3: a byte gives it no more time' asks 502 UpstreamTimeout "$http" /drips
ok 'a server that does not take the body is 502.3' asks 502 UpstreamTimeout --data big "$http" /deaf
ok 'a server that falls silent in the middle of its answer leaves it cut off' cut_off /half

# ---- clients ----
ok 'a body that stops is 408' client send /fine/stops 1 3 '^HTTP/1.1 408 '
ok 'a body of 10 bytes a second is 408' client send /fine/drips 1 0.1 '^HTTP/1.1 408 '
ok 'a body of 10 kB a second goes through' client send /fine/slow 100000 0.1 '^HTTP/1.1 200 '
ok 'a client that reads 20 bytes a second is cut off' \
	client read '/fine/read-drips?size=90000000' 1 0.05 '^HTTP/1.1 200 OK [0-9]+ broken$'
ok 'a client that reads slowly, but fast enough, gets it all' \
	client read '/fine/read-slow?size=9000000' 16000 0.03 '^HTTP/1.1 200 OK [0-9]+ closed$'
ok 'a body that stops after the answer began cuts that off' client hold /early 65536 0 '^HTTP/1.1 200 OK [0-9]+ (broken|closed)$'
ok 'bytes of the next request give a silent server no more time' client nudge /half/nudged 1000 0.05 '^ [0-9]+ broken$'
ok 'the connection to the server ends when the client has gone' left
ok 'the proxy ends' stop_proxy

# ---- traces ----
ok 'the trace of a connect that took too long says so' refused /full 502.3 'no answer in time'
ok 'the trace of a silent server says so' refused /silent 502.3 '127.0.0.1:[0-9]+ was silent for 1 s'
ok 'the trace of a dripping head says so' refused /drips 502.3 'was silent for 1 s'
ok 'the trace of a server that does not read says so' refused /deaf 502.3 'took none of the request for 1 s'
ok 'the trace of half an answer says so' refused /half 200 'was silent for 1 s in the middle of its response'
ok 'the trace of a body that stopped says after how many bytes' refused /fine/stops 408 \
	'the request body stopped after 0 bytes'
ok 'also after the answer began: the server is not to blame' refused /early 200 \
	'the request body stopped after 0 bytes'
ok 'the trace of the nudged server says that it was silent' refused /half/nudged 200 'was silent for 1 s in the middle'
ok 'the trace of a dripping body says at which rate' refused /fine/drips 408 \
	'[0-9]+ bytes of the body in 1 s, 240 a second are the least'
ok 'the trace of a client that reads too slowly says so' refused /fine/read-drips 200 \
	'it read [0-9]+ bytes in [0-9]+ s, 240 a second are the least; .* of the response had passed'
ok 'the trace of a client that left says after how many bytes' refused /long 200 \
	'0 body bytes of the request and [1-9][0-9]* of the response had passed'
code_of() { events "$(trace_of "$1")" MODULE_SET_RESPONSE_ERROR_STATUS | grep -o 'ErrorCode="[^"]*"' | tail -n 1; }
for path in /full /silent /drips /deaf /half; do
	ok "the code of $path is 12002 of WinHTTP" like "$(code_of $path)" '2147954402|12002|0x80072ee2'
done
ok 'nothing is 504' is "$(grep -l 'statusCode="504' traces/W3SVC1/fr*.xml)" ''
ok 'all traces are well-formed' checked traces/W3SVC1/fr*.xml
finish
