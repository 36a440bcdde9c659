#!/bin/sh
# SPDX-License-Identifier: MIT
# peers.sh - who stands before the proxy and behind it: load balancers that
# speak the PROXY protocol; servers by name, by Unix socket and over TLS.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge
need certtool python3 softhsm2-util p11tool
make_badges
. "$top_srcdir/tests/e2e/look.sh"
cd "$tmp" || exit 99

all='<tracing><traceFailedRequests><add path="*"><failureDefinitions statusCodes="100-999"/></add></traceFailedRequests></tracing>'
server() { # ADDRESS ATTRIBUTES
	echo "<server address=\"${1%:*}\"><applicationRequestRouting httpPort=\"${1##*:}\" ${2:-}/></server>"
}

# ---- PROXY protocol ----

proxied_config() { # BINDING-ATTRIBUTES
	cat >proxied.xml <<END
<configuration><pkcs11 tokenLookup="false"/><sites><site name="one" id="1"><bindings>
<binding protocol="https" address="127.0.0.1" port="0" certificate="pki/server-chain.pem" key="pki/server.key" $1/>
<binding protocol="http" address="127.0.0.1" port="0" $1/></bindings>
<limits handshakeTimeout="1s"/>$all</site></sites>
<webFarms><webFarm name="web">$(server "$web1")
<applicationRequestRouting><loadBalancing algorithm="RequestHash" hashServerVariable="REMOTE_ADDR"/></applicationRequestRouting>
</webFarm></webFarms></configuration>
END
}
proxied() { # ADDRESS HOW
	python3 "$here/proxied.py" "$1" "$2" pki/root.pem >answer 2>&1
}
traces_of() { find "$traces" -name 'fr*.xml' | wc -l | tr -d ' '; }

start_farm web1 --verbose || bail "no farm"
web1=$farm_address
proxied_config 'proxyProtocol="127.0.0.0/8"'
start_proxy --config proxied.xml --workers 1 || bail "no proxy"
ok "a header that comes byte by byte is read, and so is the ClientHello behind it" proxied "$https" bytes
ok "the client got its answer" like "$(cat answer)" '^HTTP/1.1 200'
ok "a ClientHello in the same packet as the header is not lost" proxied "$https" together
ok "its client got its answer" like "$(cat answer)" '^HTTP/1.1 200'
ok "requests in the same packet as the header are not lost" proxied "$http" plain
ok "both were answered" is "$(grep -o 'HTTP/1.1 200' answer | wc -l | tr -d ' ')" 2
ok "half a header waits for the time limit only" proxied "$http" stall
ok "a load balancer may look whether the port is open" proxied "$http" look
ok "a health check over LOCAL that closes before TLS" sh -c \
	"'$top_builddir/badge' --http --timeout 5 --proxy-header '\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00' \
	--raw /dev/null '$https'; test \$? = 7"
kill -HUP "$(pid_of proxy)"
ok "the configuration is read again" sh -c "timeout 20 tail -n +1 -f logs/proxy | grep -qm 1 'loaded again'"
ok "and the header still counts" proxied "$https" together
ok "the proxy stops" stop_proxy
ok "five requests and the stalled header left traces, looks and health checks none" is "$(traces_of)" 6
ok "each of them names the client" is "$(grep -lE '"RemoteAddress">192.0.2.33<' "$traces"/*.xml | wc -l | tr -d ' ')" 5
ok "the stalled one says how long was waited" like \
	"$(cat "$traces"/*.xml)" 'no whole PROXY header came within 1 s'

# ---- TLS to servers ----

secure_config() { # SERVER-TLS-ATTRIBUTES FARM-CHILDREN SERVER...
	attributes=$1 rest=$2
	shift 2
	cat >secure.xml <<END
<configuration><pkcs11 tokenLookup="false"><module path="$module"/></pkcs11><sites><site name="one" id="1"><bindings>
<binding protocol="http" address="127.0.0.1" port="0"/></bindings>$all</site></sites>
<webFarms><webFarm name="web">
$(for at; do echo "<server address=\"${at%:*}\"><applicationRequestRouting httpsPort=\"${at##*:}\" httpPort=\"${at##*:}\"/></server>"; done)
<applicationRequestRouting>${attributes:+<serverTls $attributes/>}$rest</applicationRequestRouting>
</webFarm></webFarms></configuration>
END
}
begin() { # a new proxy with secure.xml and traces of its own
	rm -rf traces
	start_proxy --config secure.xml --workers 1
}
ask() { badge --http "$http" "$@" >answer 2>&1; }
tls_of() { events "$(trace_of "$1")" UPSTREAM_TLS | tail -n 1; } # PATH
secured() { # PATH STATUS FAULT-CODE REGEX: the last request failed so, and its trace says why
	got "${2%.*}" && refused "$1" "$2" "$4" && like "$(tls_of "$1")" 'Result="failed"' &&
		like "$(events "$(trace_of "$1")" MODULE_SET_RESPONSE_ERROR_STATUS)" "ErrorCode=\"[^\"]*$3"
}
tls_farm() { # NAME OPTIONS...
	name=$1
	shift
	start_farm "$name" --verbose --tls-cert pki/server-chain.pem --tls-key pki/server.key "$@"
}

stop web1
tls_farm tls1 || bail "no farm"
tls1=$farm_address
secure_config 'caFile="pki/root.pem"' '' "$tls1"
begin || bail "no proxy"
head -c 3000000 /dev/urandom >upload
ok "a server is reached over TLS" ask /one
ok "its answer comes back" got 200
ok "a kept connection is used again" ask --repeat 2 /kept
ok "both were answered" got 200 200
ok "after a server closed, there is a next connection" ask '/last?last=1' /resumed
ok "a large body goes up and is hashed there" ask --data upload --body /up
ok "whole" like "$(cat answer)" "$(sum <upload)"
ok "a large body comes down" ask --body '/down?size=20000000'
ok "whole" is "$(head -c -1 answer | wc -c | tr -d ' ')" 20000000
ok "chunks come down" ask --body '/chunks?size=3000000&chunked=1'
ok "whole" is "$(head -c -1 answer | wc -c | tr -d ' ')" 3000000
ok "a body that ends with the connection" ask --body '/eof?size=100000&eof=1'
ok "whole" is "$(head -c -1 answer | wc -c | tr -d ' ')" 100000
ask '/cut?size=100000&truncate=50000'
kill -HUP "$(pid_of proxy)"
ok "the configuration is read again" wait_log 'loaded again'
ok "and servers are reached over TLS still" ask /reloaded
stop_proxy
ok "the trace says what was agreed on" like "$(tls_of /one)" \
	'ServerName="127.0.0.1", Protocol="TLS1.3".*Alpn="http/1.1", Resumed="no", Subject="C=ZZ, O=Farm Test, CN=farm.test".*Verify="full", ClientCertificate="not asked for", Result="ok"'
ok "a kept connection has no handshake" is "$(events "$(trace_of /kept 2)" UPSTREAM_TLS)" ''
ok "it is a kept one" like "$(events "$(trace_of /kept 2)" UPSTREAM_CONNECT_END)" 'Reused="yes"'
ok "the next one resumes the session" like "$(tls_of /resumed)" \
	'Resumed="yes", Subject="C=ZZ, O=Farm Test, CN=farm.test"'
ok "so does the server" like "$(cat logs/tls1)" 'GET /resumed 200 TLS1.3 resumed=yes'
ok "an answer that breaks off is told" like "$(events "$(trace_of /cut)" SET_RESPONSE_ERROR_DESCRIPTION)" \
	'closed the connection in the middle of its response, after 50000 body bytes'
ok "after a reload sessions begin anew" like "$(tls_of /reloaded)" 'Resumed="no".*Result="ok"'

tls_farm tls2 --tls-priority NORMAL:-VERS-TLS1.3 || bail "no farm"
secure_config 'caFile="pki/root.pem" serverName="farm.test"' '' "$farm_address"
begin || bail "no proxy"
ok "a server of TLS 1.2, by another name" ask '/first?last=1' /second
ok "both were answered" got 200 200
ok "the server was asked for that name" like "$(cat logs/tls2)" 'GET /first\?last=1 200 TLS1.2 resumed=no name=farm.test'
ok "and its session was resumed" like "$(cat logs/tls2)" 'GET /second 200 TLS1.2 resumed=yes'
stop_proxy
stop tls2

# ---- servers that are not believed ----

wrong() { # TITLE TLS-ATTRIBUTES ADDRESS FAULT-CODE REGEX
	secure_config "$2" '<protocol connectTimeout="1s"/>' "$3"
	begin || bail "no proxy"
	ask /wrong
	stop_proxy
	ok "$1" secured /wrong 502.3 "$4" "$5"
}
cat >late.tmpl <<END
dn = "CN=farm.test,O=Farm Test,C=ZZ"
activation_date = "2020-01-01 00:00:00 UTC"
expiration_date = "2021-01-01 00:00:00 UTC"
ip_address = "127.0.0.1"
tls_www_server
END
certtool --generate-certificate --no-text --load-privkey pki/server.key --template late.tmpl --outfile late.pem \
	--load-ca-certificate pki/issuing.pem --load-ca-privkey pki/issuing.key 2>logs/certtool || bail "no certificate"
cat pki/issuing.pem >>late.pem
wrong "a server of another name" 'caFile="pki/root.pem" serverName="www.other.test"' "$tls1" 2147954438 \
	"for another name: $tls1: its certificate is not for www.other.test but for DNS:farm.test"
wrong "a server of another CA" 'caFile="pki/other-root.pem"' "$tls1" 2147954445 \
	'is not trusted: .*CN=farm.test, issued by .*Issuing CA, leads to no CA of serverTls/@caFile'
start_farm late --tls-cert late.pem --tls-key pki/server.key || bail "no farm"
wrong "a server whose certificate has expired" 'caFile="pki/root.pem"' "$farm_address" 2147954437 \
	'is not valid now: .*CN=farm.test, is valid from 2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z'
secure_config 'verify="none"' '' "$farm_address"
begin || bail "no proxy"
ok "verify=none believes even that one" ask /any
ok "the request is served" got 200
ok "the operator is warned" like "$(cat logs/proxy)" '@verify: warning: whoever answers at a server'
stop_proxy
stop late
secure_config 'caFile="pki/root.pem" verify="chain" serverName="www.other.test"' '' "$tls1"
begin || bail "no proxy"
ok "verify=chain takes any name" ask /chain
ok "the request is served" got 200
stop_proxy

start_farm plain1 || bail "no farm"
plain=$farm_address
wrong "a server that speaks plain HTTP" 'caFile="pki/root.pem"' "$plain" 2147954575 \
	'the server does not speak TLS; its first bytes: HTTP/1.1 400 Bad'
start_farm mute --tls-cert pki/server-chain.pem --tls-key pki/server.key || bail "no farm"
mute=$farm_address
kill -STOP "$(pid_of mute)"
wrong "a server that says nothing to the ClientHello" 'caFile="pki/root.pem"' "$mute" 2147954402 \
	'the TLS handshake was not over within 1 s'
kill -CONT "$(pid_of mute)"
stop mute
secure_config '' '' "$tls1"
begin || bail "no proxy"
ask /plain
stop_proxy
ok "plain HTTP to a server of TLS is told as that" refused /plain 502.3 \
	'speaks TLS, and the web farm has no serverTls'

# ---- servers that demand a certificate ----

for version in 1.2 1.3; do
	tls_farm "strict$version" --tls-client-ca pki/root.pem --tls-priority "NORMAL:-VERS-ALL:+VERS-TLS$version" ||
		bail "no farm"
	eval "strict${version#1.}=$farm_address"
	secure_config 'caFile="pki/root.pem"' '' "$farm_address"
	begin || bail "no proxy"
	ask /demands
	stop_proxy
	ok "a server that demands a certificate in TLS $version" secured /demands 502.3 2147954444 \
		'wants a certificate of the proxy: .*serverTls/@certificate is not set'
	ok "the trace says that it was asked for" like "$(tls_of /demands)" 'ClientCertificate="none"'
	secure_config 'caFile="pki/root.pem" certificate="pki/software-chain.pem" key="pki/software.key"' '' "$farm_address"
	begin || bail "no proxy"
	ok "it gets one" ask '/given?last=1' /again
	ok "and serves" got 200 200
	ok "it saw whose" like "$(cat "logs/strict$version")" "GET /given\?last=1 200 TLS$version resumed=no .*client=.*Carol"
	stop_proxy
	ok "the trace, too" like "$(tls_of /given)" 'ClientCertificate="[^"]*Carol'
	secure_config 'caFile="pki/root.pem" certificate="pki/other-chain.pem" key="pki/other.key"' '' "$farm_address"
	begin || bail "no proxy"
	ask /refuses
	stop_proxy
	ok "one that it does not accept" secured /refuses 502.3 2147954444 \
		'wants a certificate of the proxy: .*it does not accept the certificate of serverTls/@certificate'
done

tls_farm hasty --tls-client-ca pki/root.pem --tls-priority NORMAL:-VERS-ALL:+VERS-TLS1.3 --tls-hasty || bail "no farm"
wrong "a server whose alert is lost" 'caFile="pki/root.pem"' "$farm_address" 2147954444 \
	'wants a certificate of the proxy: .*serverTls/@certificate is not set'

cat pki/root.pem pki/issuing.pem >cas.pem
tls_farm strict --tls-client-ca cas.pem || bail "no farm"
secure_config 'caFile="pki/root.pem" certificate="pkcs11:token=badge;object=badge;type=cert"
	key="pkcs11:token=badge;object=badge;type=private" pinSource="tokens/pin"' '' "$farm_address"
begin || bail "no proxy"
ok "the proxy's certificate may be on a token" ask '/card?last=1' /card2
ok "the server believes it" got 200 200
ok "it saw whose" like "$(cat logs/strict)" 'GET /card\?last=1 200 TLS1.3 resumed=no .*client=.*Alice'
ok "the next connection needs no signature" like "$(cat logs/strict)" 'GET /card2 200 TLS1.3 resumed=yes'
stop_proxy

# ---- the next server, and health ----

secure_config 'caFile="pki/root.pem"' '' "$plain" "$tls1"
begin || bail "no proxy"
ok "a server whose TLS fails is passed over" ask /a /b
ok "both requests were served" got 200 200
stop_proxy
ok "the trace says why" like "$(events "$(trace_of /a)" UPSTREAM_RETRY)$(events "$(trace_of /b)" UPSTREAM_RETRY)" \
	'Reason="the server does not speak TLS'
secure_config 'caFile="pki/root.pem"' '<healthCheck url="https://farm.test/health" interval="1s"/>' "$plain" "$tls1"
begin || bail "no proxy"
ok "health is asked over TLS: who does not speak it is unhealthy" \
	wait_log 'unhealthy: no TLS for the URL test: TLS with the farm server failed'
ok "who does, is asked for the page" sh -c \
	"timeout 20 tail -n +1 -f logs/tls1 | grep -qm 1 'GET /health 200 TLS1.3'"
ok "and again, with the session of before" sh -c \
	"timeout 20 tail -n +1 -f logs/tls1 | grep -qm 1 'GET /health 200 TLS1.3 resumed=yes'"
stop_proxy
stop plain1

# ---- Unix sockets ----

socket_config() { # ADDRESS TLS REST
	cat >secure.xml <<END
<configuration><pkcs11 tokenLookup="false"/><sites><site name="one" id="1"><bindings>
<binding protocol="http" address="127.0.0.1" port="0"/></bindings>$all</site></sites>
<webFarms><webFarm name="web"><server address="$1"/>
<applicationRequestRouting>$2<protocol preserveHostHeader="false"/>$3</applicationRequestRouting>
</webFarm></webFarms></configuration>
END
}
start_farm local --verbose --listen unix:app.sock || bail "no farm"
socket_config unix:app.sock '' '<healthCheck url="/health" interval="1s"/>'
begin || bail "no proxy"
ok "a server behind a Unix socket is asked" ask --repeat 2 /unix
ok "its answer comes back, twice" got 200 200
ok "it is asked as localhost" is "$(got_header Host <answer | sort -u)" localhost
ok "its health is asked there, too" sh -c "timeout 20 tail -n +1 -f logs/local | grep -qm 1 'GET /health 200'"
kill -HUP "$(pid_of proxy)"
ok "after a reload" wait_log 'loaded again'
ok "it is asked still" ask --body /unix-again
stop_proxy
ok "the trace names the socket" like "$(events "$(trace_of /unix)" UPSTREAM_CONNECT_END)" \
	"Server=\"unix:app.sock\", Address=\"unix:$tmp/app.sock\", Reused=\"no\""
ok "a kept connection is used again" like "$(events "$(trace_of /unix 2)" UPSTREAM_CONNECT_END)" 'Reused="yes"'
stop local
socket_config unix:nobody.sock '' ''
begin || bail "no proxy"
ask /nobody
stop_proxy
ok "a socket that is not there is told" refused /nobody 502.3 \
	"could not connect to the farm server: unix:$tmp/nobody.sock: No such file or directory"
start_farm local --verbose --listen unix:app.sock --tls-cert pki/server-chain.pem --tls-key pki/server.key || bail "no farm"
socket_config unix:app.sock '<serverTls caFile="pki/root.pem" serverName="farm.test"/>' ''
begin || bail "no proxy"
ok "TLS over a Unix socket" ask /unix-tls
ok "its answer comes back" got 200
stop_proxy
stop local
socket_config unix:app.sock '<serverTls caFile="pki/root.pem"/>' ''
ok "TLS needs a name to expect there" sh -c \
	"'$top_builddir/frebproxy' --check --config secure.xml 2>&1 | grep -q 'a socket has no name to expect'"

# ---- IPv6 ----

if start_farm six --verbose --listen '[::1]:0' 2>unseen; then
	six=${farm_address##*:}
	for address in ::1 '[::1]'; do
		secure_config '' '' "$address:$six"
		sed -i 's/address="127.0.0.1" port="0"/address="::1" port="0"/' secure.xml
		begin || bail "no proxy"
		ok "an IPv6 server ($address) behind an IPv6 binding" ask --repeat 2 /six
		ok "its answers come back" got 200 200
		ok "it hears of an IPv6 client" like "$(got_header X-Forwarded-For <answer)" '^\[::1\]:[0-9]+$'
		stop_proxy
		ok "the trace has its address" like "$(events "$(trace_of /six)" UPSTREAM_CONNECT_END)" \
			"Server=\"\[::1\]:$six\", Address=\"\[::1\]:$six\""
	done
	secure_config '' '' "::1:$six"
	sed -i 's/address="127.0.0.1" port="0"/address="::" port="0"/' secure.xml
	begin || bail "no proxy"
	http=127.0.0.1:${http##*:}
	ok "an IPv4 client of an IPv6 binding" ask /four
	ok "is an IPv4 client to the server" like "$(got_header X-Forwarded-For <answer)" '^127.0.0.1:[0-9]+$'
	stop_proxy
	stop six
else
	rm -f pids/six
	skip "IPv6 servers and bindings" "this machine has no ::1"
fi

# ---- names ----

built fixtures/resolve.so
names() { printf '%s\n' "$@" >hosts.new && mv hosts.new hosts; }
begin_named() { # a proxy whose names are those in the file hosts
	rm -rf traces proxy.ready
	start proxy env "LD_PRELOAD=$top_builddir/fixtures/resolve.so" "FAKE_HOSTS=$tmp/hosts" \
		"ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS:-}" \
		"$top_builddir/frebproxy" --ready-file "$tmp/proxy.ready" --state-dir "$tmp/state" \
		--trace-dir "$tmp/traces" --workers 1 --config secure.xml
	wait_ready proxy "$tmp/proxy.ready" || return 1
	http=$(sed -n 's/^http //p' proxy.ready)
}
named_config() { # PORT NAME...
	port=$1
	shift
	cat >secure.xml <<END
<configuration><pkcs11 tokenLookup="false"/><sites><site name="one" id="1"><bindings>
<binding protocol="http" address="127.0.0.1" port="0"/></bindings>$all</site></sites>
<webFarms><webFarm name="web" resolveInterval="1s">
$(for at; do echo "<server address=\"$at\"><applicationRequestRouting httpPort=\"$port\"/></server>"; done)
<applicationRequestRouting><healthCheck url="/health" interval="1s"/></applicationRequestRouting>
</webFarm></webFarms></configuration>
END
}
start_farm first --verbose || bail "no farm"
port=${farm_address##*:}
start_farm second --verbose --listen "127.0.0.2:$port" || bail "no farm"
named_config "$port" app.test
names 'app.test ::1 127.0.0.1'
begin_named || bail "no proxy"
ok "a server with a name is asked" ask '/one?last=1' /two
ok "at the second of its addresses" got 200 200
ok "health is asked there, too" sh -c "timeout 20 tail -n +1 -f logs/first | grep -qm 1 'GET /health 200'"
names 'app.test 127.0.0.2'
ok "its address changes" wait_log "server app.test:$port is at 127.0.0.2:$port, was at"
ok "the next request goes there, although a connection was kept" ask /moved
ok "it was served" got 200
ok "by the other one" sh -c "grep -q 'GET /moved 200' logs/second"
names 'other.test 127.0.0.1'
ok "the name is not found any more" wait_log 'the name is not found any more .*it stays at its last addresses'
kill -HUP "$(pid_of proxy)"
ok "a reload" wait_log 'loaded again'
ok "changes nothing in that" ask /still
ok "it was served" got 200
names 'app.test 127.0.0.2 127.0.0.1'
ok "the name comes back" wait_log 'the name is found again'
stop_proxy
ok "the trace has the address that failed, and the one that did not" is \
	"$(events "$(trace_of /one)" UPSTREAM_CONNECT_START | sed 's/.*Address="\([^"]*\)".*/\1/' | xargs)" \
	"[::1]:$port 127.0.0.1:$port"
ok "and why it is another" like "$(events "$(trace_of /one)" UPSTREAM_RETRY)" \
	"Server=\"app.test:$port\", Attempt=\"1\", Reason=\"Connection refused\", NextServer=\"app.test:$port\""
ok "what has answered is tried first from then on" is \
	"$(events "$(trace_of /two)" UPSTREAM_CONNECT_START | sed 's/.*Address="\([^"]*\)".*/\1/' | xargs)" "127.0.0.1:$port"

named_config "$port" late.test
names 'app.test 127.0.0.1' 'late.test'
begin_named || bail "no proxy"
ask /early
names 'late.test 127.0.0.1'
ok "a name that is found late makes its server healthy" wait_log \
	'server late.test:[0-9]+ is healthy again: its name is found'
ok "which is asked then" ask /late
ok "it was served" got 200
stop_proxy
ok "before that it was unavailable, with a cause" refused /early 502.4 \
	"late.test:$port: Available, unhealthy: its name is not found: Temporary failure in name resolution"
ok "the trace says so of each server" like "$(events "$(trace_of /early)" ROUTE_SERVER_CONSIDERED)" \
	'Server="late.test:[0-9]+", State="Available", Health="Unhealthy".*its name is not found'

named_config "$port" gone.test app.test
names 'app.test 127.0.0.1'
begin_named || bail "no proxy"
ok "a server whose name is not found is passed over" ask /a /b
ok "both requests were served" got 200 200
stop_proxy
ok "--check warns of a name that is not found, and no more" sh -c \
	"env LD_PRELOAD='$top_builddir/fixtures/resolve.so' FAKE_HOSTS=hosts \
	ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 '$top_builddir/frebproxy' --check --config secure.xml 2>&1 |
	grep -q 'warning: web farm web: no address is found now for gone.test: Name or service not known'"

# hole.py ADDRESS PORT READY: listens, and its queue is full: who connects hears nothing.
cat >hole.py <<'P'
import signal, socket, sys
place = (sys.argv[1], int(sys.argv[2]))
door = socket.socket()
door.bind(place)
door.listen(0)
queue = [socket.socket() for n in range(4)]
for c in queue:
    c.setblocking(False)
    c.connect_ex(place)
queue[0].setblocking(True)	# returns when it is in
queue[0].connect_ex(place)
with open(sys.argv[3], "w") as ready:
    ready.write("full")
signal.pause()
P
start hole python3 hole.py 127.0.0.3 "$port" hole.ready
wait_ready hole hole.ready || bail "no hole"
named_config "$port" half.test
sed -i 's|url="/health" interval="1s"|url="/half" interval="1s" timeout="2s"|' secure.xml
names 'half.test 127.0.0.3 127.0.0.1'
begin_named || bail "no proxy"
ok "an address that says nothing leaves time for the health test of the next" sh -c \
	"timeout 20 tail -n +1 -f logs/first | grep -qm 1 'GET /half 200'"
stop_proxy
ok "the server was never unhealthy" unlike "$(cat logs/proxy)" 'unhealthy'
finish
