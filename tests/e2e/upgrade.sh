#!/bin/sh
# SPDX-License-Identifier: MIT
# upgrade.sh - connections that become another protocol: WebSockets of many
# lengths, other protocols, what must not get through, and how tunnels end.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge
need certtool python3
"$top_srcdir/fixtures/pki/make.sh" "$tmp/pki" || bail "the test PKI could not be made"
. "$top_srcdir/tests/e2e/look.sh"
cd "$tmp" || exit 99
mkfifo gate

start_farm web1 --verbose || bail "no farm"
web1=$farm_address
start upgrade python3 "$here/upgrade.py"
wait_ready upgrade upgrade.ready || bail "no server"

server() { # ADDRESS ATTRIBUTES
	echo "<server address=\"${1%:*}\"><applicationRequestRouting httpPort=\"${1##*:}\" ${2:-}/></server>"
}
write_config() { # ATTRIBUTES: of the server that upgrades
	cat <<END
<configuration>
<process drainTimeout="1s"/>
<pkcs11 tokenLookup="false"/>
<sites><siteDefaults><traceFailedRequestsLogging maxLogFiles="1000"/></siteDefaults>
<site name="main" id="1" webFarm="other"><bindings>
<binding protocol="https" bindingInformation="127.0.0.1:0:" certificate="pki/server-chain.pem" key="pki/server.key"/>
<binding protocol="http" bindingInformation="127.0.0.1:0:"/></bindings>
<routingRules>
<rule name="sockets" path="/ws*" webFarm="sockets"/><rule name="strict" path="/strict*" webFarm="strict"/>
</routingRules>
<tracing><traceFailedRequests><add path="*"><failureDefinitions statusCodes="100-999"/></add>
</traceFailedRequests></tracing></site></sites>
<webFarms>
<webFarm name="sockets">$(server "$web1")</webFarm>
<webFarm name="strict">$(server "$web1")
<applicationRequestRouting><protocol allowedUpgrades=""/></applicationRequestRouting></webFarm>
<webFarm name="other">$(server "$(cat upgrade.ready)" "${1:-}")
<applicationRequestRouting><protocol allowedUpgrades="websocket, chat/1.0"/></applicationRequestRouting></webFarm>
</webFarms>
</configuration>
END
}
write_config >frebproxy.xml
start_proxy --config frebproxy.xml --workers 1 || bail "no proxy"

tunnel() { python3 "$here/tunnel.py" "$http" "$@" >answer 2>&1; } # PROTOCOL PATH [BYTES [TEXT]]
told() { # REGEX: the server said so, by now or soon
	timeout 20 tail -n +1 -f logs/upgrade | grep -Eqm 1 "$1"
}

# ---- WebSockets ----

messages() { # CLIENT OPTIONS...: lengths to either side of all that changes a frame's head
	badge --no-cert --websocket 300 --message-size 100000 "$@" >answer 2>&1
	is $? 0 && has '^HTTP/1.1 101 ' && has '^300 messages came back$' && has '^closed$'
}
ending() { # HOW
	badge --http --websocket 3 --ending "$1" "$http" "/ws/end/$1" >answer 2>&1
	is $? 0 && has '^3 messages came back$'
}
hello() { # the server's first message comes with its 101
	badge --http --websocket 0 --ending wait "$http" '/ws/hello?hello=1' >answer 2>&1
	is $? 7 && has '^bytes$'
}
wrong() { # QUERY: what the server makes of its 101
	badge --http --websocket 1 "$http" "/ws/wrong-$1?$1=$2" >answer 2>&1
	got 502 && has '<h1>502.5 '
}
invalid() { # STATUS FIELD...
	wanted=$1
	shift
	request "GET /ws/invalid" 'Connection: Upgrade' 'Upgrade: websocket' "$@" | talk
	got "${wanted%.*}" && has "<h1>$wanted " && has '^Connection: close$'
}
key='Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
version='Sec-WebSocket-Version: 13'
ok '300 messages of all lengths come back over TLS 1.3' messages --tls 1.3 "$https" /ws/13
ok '300 messages of all lengths come back over TLS 1.2' messages --tls 1.2 "$https" /ws/12
ok '300 messages of all lengths come back without TLS' messages --http "$http" /ws/plain
ok 'a client that closes its side without a Close frame is told to the server' ending leave
ok 'a client that resets ends the tunnel' ending reset
ok 'what a server sends together with its 101 arrives' hello
ok 'a 101 with a wrong Sec-WebSocket-Accept is 502.5' wrong badaccept 1
ok 'a 101 without Sec-WebSocket-Accept is 502.5' wrong badaccept 2
ok 'a 101 to another protocol is 502.5' wrong badaccept 3
ok 'a 101 with a subprotocol nobody offered is 502.5' wrong subprotocol 1
ok 'a WebSocket request without a key is 400.11' invalid 400.11 "$version"
ok 'a WebSocket request with a short key is 400.11' invalid 400.11 "$version" 'Sec-WebSocket-Key: c2hvcnQ='
ok 'a WebSocket request of another version is 400.11' invalid 400.11 "$key" 'Sec-WebSocket-Version: 8'
ok 'a WebSocket request with two keys is 400' invalid 400 "$version" "$key" "$key"
ok 'a WebSocket request with a body is 400' invalid 400 "$version" "$key" 'Content-Length: 5'

# ---- what must not get through ----

not_passed() { # TARGET FIELD...: an ordinary request for the farm, and the end of the connection
	request "GET $1" 'Connection: Upgrade' "$2" "$version" "$key" | talk
	got 200 && is "$(got_header Upgrade <answer)" '' && has '^Connection: close$'
}
old_version() {
	old_request /ws/old 'Connection: Upgrade' 'Upgrade: websocket' "$version" "$key" | talk
	got 200 && is "$(got_header Upgrade <answer)" ''
}
not_early() { # the pipe opens when all was sent; the server then finds nothing behind the head
	start early python3 "$here/tunnel.py" "$http" chat/1.0 /gate 0 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'
	wait_ready early arrived || return 1
	echo >gate
	wait "$(pid_of early)"
	like "$(cat logs/early)" '^back 38 ' && told '^early 0$'
}
refused() { # what stood behind a refused upgrade is neither a request nor bytes for the server
	tunnel chat/1.0 /plain/refused 0 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'
	has '^HTTP/1.1 200 ' && has '^Connection: close$' && has '^back 2 no$' || return 1
	tunnel chat/1.0 /plain/again 0
	unlike "$(cat logs/upgrade)" smuggled
}
ok 'an upgrade that the farm does not allow is not passed on' not_passed /strict/ws 'Upgrade: websocket'
ok 'h2c is not passed on' not_passed /ws/h2c 'Upgrade: h2c'
ok 'two protocols at once are not passed on' not_passed /ws/two 'Upgrade: websocket, h2c'
ok 'HTTP/1.0 upgrades nothing' old_version
ok 'what is behind the head reaches the server after its 101 only' not_early
ok 'what is behind the head of a refused upgrade reaches nobody' refused

# ---- other protocols, and both directions ----

other() {
	tunnel chat/1.0 /other 3000000
	has '^HTTP/1.1 101 ' && has '^Upgrade: chat/1.0$' && has '^back 3000003 BYE$'
}
server_first() { # the server closes its side, and still gets what the client sends
	tunnel chat/1.0 /early 2000000
	has '^back 5 FIRST$' && told '^after 2000000$'
}
bounded() { # a server that does not read stops the client, not the proxy's memory
	before=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$(pid_of proxy)/status")
	start deaf python3 "$here/tunnel.py" "$http" chat/1.0 /deaf 50000000
	told '^GET /deaf ' && echo >gate
	wait "$(pid_of deaf)"
	like "$(cat logs/deaf)" '^back 50000003 BYE$' || return 1
	after=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$(pid_of proxy)/status")
	at_most $((after - before)) "${SANITIZERS:+100}4096"
}
ok 'another protocol of the list is passed on, 3 MB come back, and a half-closed side gets the rest' other
ok 'a server that closes its side first still gets what comes' server_first
ok '50 MB through a server that reads late cost no memory' bounded

# ---- ends by the proxy ----

cut() { # the operator takes the server away at once
	start cut "$top_builddir/badge" --http --body --websocket 0 --ending wait "$http" /cut
	wait_ready cut logs/cut || return 1
	write_config 'state="Unavailable"' >frebproxy.xml
	kill -HUP "$(pid_of proxy)"
	wait "$(pid_of cut)"
	like "$(cat logs/cut)" '^(closed|broken)$'
}
drained() { # a tunnel could go on for ever: the time to drain ends it
	start late "$top_builddir/badge" --ca pki/root.pem --sni farm.test --no-cert --body --websocket 2 --ending wait \
		"$https" /ws/late
	wait_ready late logs/late || return 1
	kill -TERM "$(pid_of proxy)"
	wait "$(pid_of late)"
	is $? 0 && like "$(cat logs/late)" '^closed$' || return 1
	wait "$(pid_of proxy)"
	is $? 0
}
ok 'a server that is made unavailable at once ends its tunnels' cut
ok 'a proxy that stops closes tunnels when its time to drain is over' drained
rm -f pids/proxy

# ---- what the traces say ----

told_end() { # PATH BYTES-RECEIVED BYTES-SENT REASON
	like "$(events "$(trace_of "$1")" UPGRADE_END)" \
		"^BytesReceived=\"$2\", BytesSent=\"$3\", ElapsedMs=\"[0-9]+\", Reason=\"$4\"\$"
}
connection_end() { # PATH REASON: the connection's own end agrees with its tunnel's
	like "$(events "$(trace_of "$1")" CONNECTION_END)" "Reason=\"$2\"\$"
}
each_end() { # as many ends as starts, and some
	for name in START END; do
		for file in traces/W3SVC1/fr*.xml; do
			events "$file" UPGRADE_$name
		done | wc -l
	done | xargs >counts
	like "$(cat counts)" '^([0-9]+) \1$' && unlike "$(cat counts)" '^0'
}
ok 'the trace of a tunnel counts its bytes and says who closed first: the client' \
	told_end /other 3000000 3000003 'the client closed first'
ok 'and the server' told_end /early 2000000 5 'the server closed first'
ok 'its connection ended with the client' connection_end /other 'the client closed'
ok '... or with the server' connection_end /early "the server's side of the tunnel ended first"
ok 'a reset is in the trace' told_end /ws/end/reset 144 132 '(the client broke.*|the client closed first)'
ok 'a server that was taken away is in the trace' told_end /cut 0 0 'the farm server was made unavailable .*'
ok '... also in the end of its connection' connection_end /cut "the server's side of the tunnel ended first"
ok 'the end of the proxy is in the trace' told_end /ws/late '[0-9]+' '[0-9]+' 'the proxy is stopping'
ok 'an upgrade that was not passed on is in the trace' like \
	"$(events "$(trace_of /strict/ws)" SECURITY_HEADER_STRIPPED)" '"Upgrade".*the web farm does not allow this upgrade'
ok 'what was wrong with a 101 is in the trace' like \
	"$(events "$(trace_of /ws/wrong-subprotocol)" SET_RESPONSE_ERROR_DESCRIPTION)" 'that the client did not offer'
ok 'each tunnel that began has its end in its trace' each_end
ok 'all traces are well-formed' checked traces/W3SVC1/fr*.xml
finish
