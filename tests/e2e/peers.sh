#!/bin/sh
# SPDX-License-Identifier: MIT
# peers.sh - who stands before the proxy and behind it: load balancers that
# speak the PROXY protocol; servers by name, by Unix socket and over TLS.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge
need certtool python3
"$top_srcdir/fixtures/pki/make.sh" "$tmp/pki" || bail "the test PKI could not be made"
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
finish
