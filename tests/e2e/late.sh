#!/bin/sh
# SPDX-License-Identifier: MIT
# late.sh - lateCertificate: a certificate that is asked for when a path is requested, of
# OpenSSL, curl and NSS; bodies that are kept meanwhile; clients that cannot be asked, refuse,
# do not answer or sign wrongly.  What each trace says of it.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge
need openssl curl python3 softhsm2-util certtool
make_badges
make_server_token
cd "$tmp" || exit 99
start_farm web1 || bail "no farm"

configure() { # ATTRIBUTES of limits, BYTES that are kept
	cat >frebproxy.xml <<X
<configuration><clientCertificates caFile="pki/root.pem" intermediatesFile="pki/issuing.pem"/>
<pkcs11 tokenLookup="false"/>
<sites><site name="late" id="1" lateCertificate="allow"><bindings>
<binding protocol="https" address="127.0.0.1" port="0" certificate="pki/server-chain.pem" key="pki/server.key"/>
</bindings><access sslFlags="Ssl"/><limits $1/>
<location path="/badge"><access sslFlags="Ssl, SslNegotiateCert, SslRequireCert"/></location>
<location path="/badge/small"><access sslFlags="Ssl, SslNegotiateCert, SslRequireCert"/>
<system.webServer><serverRuntime uploadReadAheadSize="1000"/></system.webServer></location>
<location path="/maybe"><access sslFlags="Ssl, SslNegotiateCert"/></location>
<system.webServer><serverRuntime uploadReadAheadSize="${2:-49152}"/></system.webServer>
<tracing><traceFailedRequests><add path="*"><failureDefinitions statusCodes="200-599"/></add></traceFailedRequests></tracing>
</site></sites>
<webFarms><webFarm name="one"><server address="127.0.0.1">
<applicationRequestRouting httpPort="${farm_address##*:}"/></server></webFarm></webFarms>
</configuration>
X
}
up() { rm -rf traces; start_proxy --config frebproxy.xml --workers 1; }
down() {
	stop_proxy && "$top_builddir/frebview" --check traces/W3SVC1/fr*.xml >check.out && return
	grep -v ': ok,' check.out
	return 1
}
told() { # EVENT [N]: its data in the n-th trace
	"$top_builddir/frebview" --tsv "traces/W3SVC1/fr00000${2:-1}.xml" |
		awk -F '\t' -v name="$1" '$3 == name { print $4 }'
}

# ---- clients: what they are told stands in out ----

with="-cert pki/badge-chain.pem -key pki/badge.key"
get() { # PATH... on one connection, the last one closes it
	while [ $# -gt 1 ]; do
		printf 'GET %s?size=3 HTTP/1.1\r\nHost: farm.test\r\n\r\n' "$1"
		shift
	done
	printf 'GET %s?size=3 HTTP/1.1\r\nHost: farm.test\r\nConnection: close\r\n\r\n' "$1"
}
post() { # BYTES [PATH]
	printf 'POST %s HTTP/1.1\r\nHost: farm.test\r\nContent-Length: %s\r\nConnection: close\r\n\r\n' "${2:-/badge/x}" "$1"
	head -c "$1" /dev/zero | tr '\0' x
}
openssl_says() { # ARGUMENTS...: of s_client; its input is sent
	timeout 30 openssl s_client -quiet -connect "$https" -servername farm.test -ign_eof "$@" >out 2>err
}
statuses() { is "$(grep -ao 'HTTP/1\.1 [2-9][0-9]*' out | cut -d' ' -f2 | tr '\n' ' ')" "$* "; }
curl_says() { # ARGUMENTS...
	curl --silent --insecure --noproxy '*' --resolve "farm.test:${https##*:}:127.0.0.1" \
		--write-out '%{http_code}' --output answer "$@" "https://farm.test:${https##*:}/badge/x" >code
}

# runs STATUSES COMMAND...: a proxy of its own for each
runs() {
	wanted=$1
	shift
	up || return 1
	"$@"
	down || return 1
	# shellcheck disable=SC2086 # words
	statuses $wanted && return
	cat out err
	return 1
}
s13() { get "$@" | openssl_says -tls1_3 -enable_pha $with; }
s12() { get "$@" | openssl_says -tls1_2 $with; }
none13() { get "$@" | openssl_says -tls1_3 -enable_pha; }
none12() { get "$@" | openssl_says -tls1_2; }
shy() { get "$@" | openssl_says -tls1_3 $with; }

# ---- who can be asked ----

configure ''
ok 'TLS 1.3: post-handshake authentication' runs 200 s13 /badge/x
ok '... the handshake asked for nothing' unlike "$(told SECURITY_CERTIFICATE_REQUESTED | head -n 1)" 'Mode="ignore"'
ok '... the trace says how the certificate came' like "$(told SECURITY_LATE_CERTIFICATE)" \
	'Location="/badge", Protocol="TLS1.3", .*Method="post-handshake authentication"'
ok '... and whose it is' like "$(told AUTH_TOKEN_IDENTITY_END)" 'alice@farm\.test.*Fresh="yes"'
ok 'TLS 1.2: renegotiation' runs 200 s12 /badge/x
ok '... the trace says how' like "$(told SECURITY_LATE_CERTIFICATE)" 'Protocol="TLS1.2", .*Method="renegotiation"'
ok 'TLS 1.3: other paths need none' runs '200 200' s13 /free /badge/x
ok '... and are anonymous' like "$(told AUTH_REQUEST_AUTH_TYPE)" 'Anonymous'
ok 'TLS 1.3: later requests of the connection have it' runs '200 200 200' s13 /badge/x /badge/y /free
ok '... and say where it came from' like "$(told SECURITY_LATE_CERTIFICATE 2)" \
	'Method="earlier", .*it came with request 1 of this connection'
ok 'TLS 1.2: requests that come instead of the answer wait' runs '200 200 200' s12 /badge/x /badge/y /free
ok 'TLS 1.3: a client that shows none' runs 403 none13 /badge/x
ok '... 403.7, and what was asked for' like "$(told SECURITY_CERTIFICATE_RECEIVED)" 'Count="0".*Farm Test Root'
ok 'TLS 1.2: a client that shows none' runs 403 none12 /badge/x
ok 'where it is only accepted, none will do' runs '200 200' none13 /maybe /maybe
ok '... and who showed none is not asked again' is "$(told SECURITY_LATE_CERTIFICATE 2)" ''
ok 'where it is only accepted, a badge is taken' runs 200 s13 /maybe
ok '... and names its holder' like "$(told AUTH_SUCCEEDED)" 'alice@farm\.test'
ok 'TLS 1.3 without post-handshake authentication' runs 403 shy /badge/x
ok '... the trace names path, version, what is missing and what helps' like "$(told SECURITY_LATE_CERTIFICATE)" \
	'Location="/badge", Protocol="TLS1.3", .*PostHandshakeAuth="no", Method="none".*a host name of their own'
ok '... so does the summary alone' like "$("$top_builddir/frebview" --summary traces/W3SVC1/fr000001.xml)" \
	'does not offer post-handshake authentication'

ok 'such a client keeps its connection where none is required' runs '200 200 200' shy /free /maybe /free
ok '... and where one is' runs '200 403 200' shy /free /badge/x /free

# ---- bodies ----

posts() { post "$@" | openssl_says -tls1_3 -enable_pha $with; }
posts12() { post "$1" | openssl_says -tls1_2 $with; }
whole() { # SHA-256 of what the farm got, of N bytes x
	like "$(cat out)" "$(head -c "$1" /dev/zero | tr '\0' x | sha256sum | cut -d' ' -f1)"
}
for n in 1 49152; do
	ok "a body of $n bytes is kept and passed on" runs 200 posts $n
	ok '... byte by byte' whole $n
done
ok 'TLS 1.2: a body is kept' runs 200 posts12 49152
ok '... byte by byte' whole 49152
ok 'a body of one byte more is 413' runs 413 posts 49153
ok '... with length, limit and what helps' like "$(told SECURITY_LATE_CERTIFICATE)" \
	'ContentLength="49153", BodyBuffered="0", BodyLimit="49152", Expect="".*Expect: 100-continue'
chunked() { # BYTES in chunks of 1000
	{
		printf 'POST /badge/x HTTP/1.1\r\nHost: farm.test\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n'
		n=$1
		while [ "$n" -gt 0 ]; do
			printf '3e8\r\n%1000s\r\n' ''
			n=$((n - 1000))
		done
		printf '0\r\n\r\n'
	} | openssl_says -tls1_3 -enable_pha $with
}
ok 'a chunked body is kept' runs 200 chunked 40000
ok '... byte by byte' like "$(cat out)" "$(printf '%40000s' '' | sha256sum | cut -d' ' -f1)"
ok 'a chunked body that is too long is 413' runs 413 chunked 60000
ok '... and how far it came' like "$(told SECURITY_LATE_CERTIFICATE)" 'ContentLength="chunked", BodyBuffered="49000"'
ok 'a location has a limit of its own: as long as it says' runs 200 posts 1000 /badge/small
ok '... byte by byte' whole 1000
ok 'one byte more is 413' runs 413 posts 1001 /badge/small
ok '... with the limit and the rule of the location' like "$(told SECURITY_LATE_CERTIFICATE)" \
	'Location="/badge/small".*ContentLength="1001", BodyBuffered="0", BodyLimit="1000"'
configure 'maxAllowedContentLength="3000"'
ok 'one that is longer than the site allows is 413' runs 413 chunked 5000
ok '... for that reason' like "$(told SET_RESPONSE_ERROR_DESCRIPTION)" \
	'the body is larger than 3000 bytes \(maxAllowedContentLength\)'
ok '... and no other' like "$(told SECURITY_LATE_CERTIFICATE)" 'Note="the body is larger than maxAllowedContentLength"'
configure ''
head -c 49152 /dev/urandom >random
uploads() { # VERSION HEADER
	up || return 1
	curl_says --tlsv1.2 --tls-max "$1" --cert pki/badge-chain.pem --key pki/badge.key \
		-H 'Expect:' -H "$2" --data-binary @random
	down && is "$(cat code)" 200 && like "$(cat answer)" "$(sha256sum <random | cut -d' ' -f1)"
}
for version in 1.2 1.3; do
	ok "curl, TLS $version: random bytes, as many as are kept, arrive as they were" uploads $version 'X-A: 1'
	ok "curl, TLS $version: the same in chunks" uploads $version 'Transfer-Encoding: chunked'
done
head -c 200000 /dev/urandom >large
expects() {
	up || return 1
	curl_says --tlsv1.2 --tls-max "$1" --cert pki/badge-chain.pem --key pki/badge.key \
		-H 'Expect: 100-continue' --expect100-timeout 30 --data-binary @large
	down && is "$(cat code)" 200 && like "$(cat answer)" "$(sha256sum <large | cut -d' ' -f1)"
}
ok 'TLS 1.3: a client that waits for 100 is asked before it sends a large body' expects 1.3
ok 'TLS 1.2: the same' expects 1.2
ok '... nothing was kept' like "$(told SECURITY_LATE_CERTIFICATE)" 'ContentLength="200000", BodyBuffered="0", .*Expect="100-continue"'

# The body begins with a record that holds the head of a chunk alone: the answer of the client's
# TLS comes behind it, at once.
cat >split.py <<'P'
# split.py ADDRESS VERSION
import socket, ssl, sys
host, port = sys.argv[1].rsplit(":", 1)
c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
c.minimum_version = c.maximum_version = getattr(ssl.TLSVersion, sys.argv[2])
if sys.argv[2] == "TLSv1_3":
    c.post_handshake_auth = True
c.load_cert_chain("pki/badge-chain.pem", "pki/badge.key")
raw = socket.create_connection((host, int(port)), 20)
came, out = ssl.MemoryBIO(), ssl.MemoryBIO()
tls = c.wrap_bio(came, out, server_hostname="farm.test")
def say():
    if out.pending:
        raw.sendall(out.read())
def hear():
    came.write(raw.recv(65536) or sys.exit("the proxy closed the connection"))
def do(call, *args):
    while True:
        try:
            done = call(*args)
            say()
            return done
        except ssl.SSLWantReadError:
            say()
            hear()
do(tls.do_handshake)
do(tls.write, b"POST /badge/x HTTP/1.1\r\nHost: farm.test\r\nTransfer-Encoding: chunked\r\n"
   b"Expect: 100-continue\r\nConnection: close\r\n\r\n")
hear() # a certificate is asked for, or a renegotiation
tls.write(b"5\r\n")
size = out.pending
while out.pending == size:
    try:
        tls.read(1)
    except ssl.SSLWantReadError:
        if out.pending == size:
            hear()
say()
do(tls.write, b"hello\r\n0\r\n\r\n")
answer = b""
while b" 200 " not in answer:
    answer += do(tls.read, 65536) or sys.exit("no answer")
print(answer.decode("latin1"))
P
splits() { timeout 30 python3 split.py "$https" "$@" >out 2>err; }
for version in TLSv1_3 TLSv1_2; do
	ok "$version: the head of a chunk alone, and then the answer" runs 200 splits $version
done

# ---- who does not answer, or wrongly ----

configure 'personTimeout="1s"'
cat >mute.py <<'P'
# mute.py ADDRESS VERSION [N [FIFO]]: asks for a path that wants a badge, N times more at once, and
# never answers the request for it: its TLS is left alone once the requests are sent.
import socket, ssl, sys
host, port = sys.argv[1].rsplit(":", 1)
c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
c.minimum_version = c.maximum_version = getattr(ssl.TLSVersion, sys.argv[2])
if sys.argv[2] == "TLSv1_3":
    c.post_handshake_auth = True
s = c.wrap_socket(socket.create_connection((host, int(port)), 20), server_hostname="farm.test")
for n in range(int(sys.argv[3]) + 1 if len(sys.argv) > 3 else 1):
    try:
        s.sendall(b"GET /badge/x?%d HTTP/1.1\r\nHost: farm.test\r\n\r\n" % n)
    except OSError:
        break
raw = socket.socket(fileno=s.detach())
raw.settimeout(20)
if len(sys.argv) > 4: # tells that the proxy waits for us
    raw.recv(1)
    open(sys.argv[4], "w").write("asked")
try:
    while raw.recv(65536):
        pass
except ConnectionResetError:
    pass
P
mute() {
	up || return 1
	python3 mute.py "$https" "$@" >out 2>&1
	down
}
ok 'TLS 1.3: nobody answers' mute TLSv1_3
ok '... 403.7, and who was waited for' like "$(told SECURITY_HANDSHAKE_END)" \
	'Result="timeout".*no certificate or answer came within 1 s .*the person did not'
ok 'TLS 1.2: nobody answers' mute TLSv1_2
ok '... and what was waited for' like "$(told SECURITY_HANDSHAKE_END)" \
	'Result="timeout".*did not answer the request to renegotiate within 1 s'
configure ''
mkfifo asked
meanwhile() { # VERSION: somebody is asked and thinks, another one is served, the first one goes
	up || return 1
	python3 mute.py "$https" "$1" 0 "$tmp/asked" & person=$!
	word=$(timeout 30 cat asked)
	is "$word" asked || return 1
	get /free /free | openssl_says -tls1_3
	kill $person
	wait $person
	down && statuses 200 200
}
for version in TLSv1_3 TLSv1_2; do
	ok "$version: others are served while a person thinks" meanwhile $version
	ok '... who then goes: no answer, and the trace says that the client left' like \
		"$(for n in 1 2 3; do told SECURITY_HANDSHAKE_END $n; done)" 'Result="closed"'
done

# ---- what a client may not do in TLS ----

disturbs() { # EXIT OPTIONS PATH...: the port is known once the proxy is there
	exit=$1 options=$2
	shift 2
	up || return 1
	# shellcheck disable=SC2086 # words
	timeout 60 "$top_builddir/badge" --ca pki/root.pem --sni farm.test --no-cert $options \
		"$https" "$@" >out 2>err
	code=$?
	down && is $code "$exit" && return
	cat err
	return 1
}
ok 'TLS 1.3: a few key updates are fine' disturbs 0 '--tls 1.3 --key-updates 3' /free
ok 'TLS 1.3: a flood of key updates is cut off' disturbs 7 '--tls 1.3 --key-updates 1000' /free
ok '... which the trace says' like "$(told CONNECTION_UNUSED)" 'more TLS messages after the handshake.*requests before: 0'
ok '... and the alert' like "$(told SECURITY_ALERT)" 'Direction="out", AlertLevel="(2|fatal)", Alert="(10|unexpected_message)"'
ok 'TLS 1.2: a renegotiation between requests is refused' disturbs 6 '--tls 1.2 --renegotiate 2' /free /free
ok '... which a trace of its own says' like "$(told CONNECTION_UNUSED 2)" \
	'began a renegotiation, which only the proxy may.*requests before: 1'
refuses() { get /badge/x | openssl_says -tls1_2 -no_renegotiation $with; }
ok 'TLS 1.2: a client that refuses to renegotiate' runs 403 refuses
ok '... which the trace says' like "$(told SECURITY_HANDSHAKE_END)" 'Result="failed".*the client refuses to renegotiate'
other() { get /badge/x | openssl_says -tls1_3 -enable_pha -cert pki/other-chain.pem -key pki/other.key; }
ok 'a certificate of another CA is judged as ever' runs 403 other
ok '... 403.16' like "$(told SECURITY_ACCESS_END)" 'HttpStatus="403", HttpSubStatus="16"'
for version in TLSv1_3 TLSv1_2; do
	ok "$version: requests without end instead of an answer are not kept" mute $version 2000
	ok '... and the trace says so' like "$(told SET_RESPONSE_ERROR_DESCRIPTION)" 'too many further requests'
done

# ---- the proxy's own key is on a token: a renegotiation signs with it, on its thread ----

sed "s|key=\"pki/server.key\"|key=\"$server_key\" pinSource=\"tokens/pin-server\"|
	s|<pkcs11 .*|<pkcs11 tokenLookup=\"false\"><module path=\"$module\"/></pkcs11>|" frebproxy.xml >token.xml
mv token.xml frebproxy.xml
ok 'a key on a token, TLS 1.2: renegotiation' runs 200 s12 /badge/x
ok '... and its signature is told of' like "$(told SECURITY_SERVER_IDENTITY 2 | sed -n 2p)" 'KeyStore="pkcs11"'
ok 'a key on a token, TLS 1.3: post-handshake authentication' runs 200 s13 /badge/x
configure ''

# ---- NSS ----

if command -v tstclnt >/dev/null && command -v pk12util >/dev/null; then
	get /badge/x >request
	mkdir store && certutil -N -d sql:store --empty-password &&
		openssl pkcs12 -export -in pki/badge-chain.pem -inkey pki/badge.key -name alice \
			-out alice.p12 -passout pass: && pk12util -i alice.p12 -d sql:store -W '' -K '' >/dev/null
	nss() {
		timeout 30 tstclnt -h "${https%:*}" -p "${https##*:}" -a farm.test -A request -o \
			-d sql:store -n alice "$@" >out 2>err
	}
	ok 'NSS, TLS 1.3: post-handshake authentication' runs 200 nss -E -V tls1.3:tls1.3
	ok 'NSS, TLS 1.2: renegotiation' runs 200 nss -V tls1.2:tls1.2
else
	skip 'NSS, TLS 1.3: post-handshake authentication' 'no tstclnt (libnss3-tools)'
	skip 'NSS, TLS 1.2: renegotiation' 'no tstclnt (libnss3-tools)'
fi
finish
