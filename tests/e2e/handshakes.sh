#!/bin/sh
# SPDX-License-Identifier: MIT
# handshakes.sh - each way a handshake ends, with OpenSSL, GnuTLS and bare bytes as the
# client: what SECURITY_HANDSHAKE_END says is the true reason.  A row of the table is
#	RESULT | REGEX of the reason | client
# empty is a handshake that is well and carries no certificate; cannot says why this client
# cannot end so.  Below, each client is tried in each way, with TLS 1.2 and 1.3.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge fixtures/tokens/p11double.so
need certtool openssl gnutls-cli curl python3 softhsm2-util p11tool
make_badges
here=$top_srcdir/tests/e2e
cd "$tmp" || exit 99
python3 "$here/wrongkey.py" pki/badge.key pki/software.key >wrong.key || bail "no wrong key"
start_farm web1 || bail "no farm"

# ---- clients; each runs once and may fail ----

get='GET / HTTP/1.1\r\nHost: farm.test\r\nConnection: close\r\n\r\n'
openssl_client() { # ARGUMENTS...
	printf "$get" | openssl s_client -connect "$https" -servername farm.test -ign_eof "$@"
}
gnutls_client() { # PRIORITY ARGUMENTS...
	priority=$1
	shift
	printf "$get" | gnutls-cli --priority "$priority" --port "${https##*:}" "$@" "${https%:*}"
}
curl_client() { curl --silent --show-error --noproxy '*' "$@" "https://$https/"; }
curl_12() { curl_client --insecure --tls-max 1.2 "$@"; }
curl_13() { curl_client --insecure --tlsv1.3 "$@"; }
curl_plainly() { curl --silent --noproxy '*' "http://$https/"; }
# What is typed before STARTTLS goes out as it is.
gnutls_plainly() { printf "$get" | timeout 20 gnutls-cli --starttls --port "${https##*:}" "${https%:*}"; }
by_badge() { badge "$@" "$https" /; }
bytes() { python3 "$here/stall.py" "$https" leave hex "$@"; } # HEX...: then it leaves
silent() { python3 "$here/stall.py" "$https" stay hex "$@"; } # HEX...: then it says no more
# 1.2 or 1.3: a person before the choice of a certificate
undecided() { python3 "$here/stall.py" "$https" stay "$1"; }
leaves() { python3 "$here/stall.py" "$https" leave "$1"; }
text() { bytes "$(printf "$1" | od -An -v -tx1 | tr -d ' \n')"; }

# ---- the proxy ----

config=
up() { # ARGUMENTS...; $config is a file instead
	rm -rf traces
	mkdir -p traces/W3SVC1
	if [ -n "$config" ]; then
		start_proxy --config "$config" --workers 1
		return
	fi
	start_proxy --listen 127.0.0.1:0 --farm "$farm_address" --trace all --workers 1 \
		--cert pki/server-chain.pem --key pki/server.key --client-ca pki/root.pem "$@"
}
down() {
	stop_proxy && "$top_builddir/frebview" --check traces/W3SVC1/fr*.xml >check.out && return
	grep -v ': ok,' check.out
	return 1
}

gnutls_12=NORMAL:-VERS-ALL:+VERS-TLS1.2
gnutls_13=NORMAL:-VERS-ALL:+VERS-TLS1.3
alice='--cert pki/badge-chain.pem --key pki/badge.key'

# ---- one row: a proxy of its own, so that its first trace is this row's ----

ends() { # RESULT REGEX CLIENT...
	result=$1 regex=$2
	shift 2
	up || return 1
	"$@" >client.out 2>&1
	# A proxy that is told to stop reads no more of a handshake.
	"$top_builddir/farm" --wait-file traces/W3SVC1/fr000001.xml --pid "$(pid_of proxy)" --seconds 20
	down || return 1
	event=SECURITY_HANDSHAKE_END
	[ "$result" != empty ] || event=SECURITY_CERTIFICATE_RECEIVED result=ok
	"$top_builddir/frebview" --tsv traces/W3SVC1/fr000001.xml >all
	grep SECURITY_HANDSHAKE_END all >end
	like "$(cat end)" "Result=\"?$result\"?" && like "$(grep "$event" all)" "$regex" && return
	cat client.out
	return 1
}
table() {
	while IFS='|' read -r result regex client; do
		case $result in '' | '#'*) continue ;; esac
		result=$(echo $result)
		regex=$(printf '%s' "$regex" | sed 's/^[ 	]*//; s/[ 	]*$//')
		client=$(printf '%s' "$client" | sed 's/^[ 	]*//')
		if [ "$result" = cannot ]; then
			skip "$client" "$regex"
			continue
		fi
		# shellcheck disable=SC2086 # a client is words
		eval "set -- $client"
		ok "$result: $(printf '%s' "$client" | tr -d '\\')" ends "$result" "$regex" "$@"
	done
}

table <<'END'
# what works
ok     | ErrorCode="0" | openssl_client -tls1_3 -CAfile pki/root.pem -cert pki/badge-chain.pem -key pki/badge.key
ok     | ErrorCode="0" | openssl_client -tls1_2 -CAfile pki/root.pem -cert pki/badge-chain.pem -key pki/badge.key
ok     | ErrorCode="0" | curl_13 --cert pki/badge-chain.pem --key pki/badge.key
ok     | ErrorCode="0" | curl_12 --cert pki/badge-chain.pem --key pki/badge.key
ok     | ErrorCode="0" | gnutls_client $gnutls_13 --insecure --x509certfile pki/badge-chain.pem --x509keyfile pki/badge.key
ok     | ErrorCode="0" | gnutls_client $gnutls_12 --insecure --x509certfile pki/badge-chain.pem --x509keyfile pki/badge.key
ok     | ErrorCode="0" | by_badge $alice --tls 1.3
ok     | ErrorCode="0" | by_badge $alice --tls 1.2
# no common version
failed | no common TLS version: the client offers TLS 1\.1; TLS 1\.2 and TLS 1\.3 are | openssl_client -tls1_1 -cipher ALL:@SECLEVEL=0
failed | no common TLS version: the client offers TLS 1\.1; TLS 1\.2 and TLS 1\.3 are | curl_client --insecure --tlsv1.0 --tls-max 1.1 --ciphers ALL:@SECLEVEL=0
failed | no common TLS version: the client offers TLS 1\.1; TLS 1\.2 and TLS 1\.3 are | gnutls_client NORMAL:-VERS-ALL:+VERS-TLS1.1 --insecure
failed | no common TLS version: the client offers TLS 1\.1; TLS 1\.2 and TLS 1\.3 are | by_badge --priority NORMAL:-VERS-ALL:+VERS-TLS1.1
# no common suite
failed | no common cipher suite: the client offers TLS_AES_128_CCM_8_SHA256 | openssl_client -tls1_3 -ciphersuites TLS_AES_128_CCM_8_SHA256
failed | no common cipher suite: the client offers TLS_AES_128_CCM_8_SHA256 | curl_13 --tls13-ciphers TLS_AES_128_CCM_8_SHA256
failed | no common cipher suite: the client offers TLS_AES_128_CCM_8_SHA256 | gnutls_client $gnutls_13:-CIPHER-ALL:+AES-128-CCM-8 --insecure
failed | no common cipher suite: the client offers TLS_AES_128_CCM_8_SHA256 | by_badge --priority $gnutls_13:-CIPHER-ALL:+AES-128-CCM-8
failed | no common cipher suite: the client offers .*PSK                    | openssl_client -tls1_2 -cipher PSK-AES128-GCM-SHA256 -psk 00
failed | no cipher suite of the client fits the EC.ECDSA key .*ECDHE_RSA    | openssl_client -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256
failed | no cipher suite of the client fits the EC.ECDSA key .*ECDHE_RSA    | curl_12 --ciphers ECDHE-RSA-AES128-GCM-SHA256
failed | no cipher suite of the client fits the EC.ECDSA key .*ECDHE_RSA    | gnutls_client $gnutls_12:-KX-ALL:+ECDHE-RSA --insecure
failed | no cipher suite of the client fits the EC.ECDSA key .*ECDHE_RSA    | by_badge --priority $gnutls_12:-KX-ALL:+ECDHE-RSA
# no common signature
failed | no common signature algorithm: the key .* is EC.ECDSA, the client offers rsa | openssl_client -tls1_3 -sigalgs RSA-PSS+SHA256
failed | no common signature algorithm: the key .* is EC.ECDSA, the client offers rsa | openssl_client -tls1_2 -sigalgs RSA+SHA256
failed | no common signature algorithm: the key .* is EC.ECDSA, the client offers rsa | gnutls_client NORMAL:-SIGN-ALL:+SIGN-RSA-PSS-RSAE-SHA256 --insecure
# no common group
cannot | OpenSSL has no group for TLS 1.3 that is refused here             | openssl_client -tls1_3, no common group
cannot | OpenSSL has no group for TLS 1.3 that is refused here             | curl_13, no common group
failed | no common group: the client offers secp224r1                      | gnutls_client $gnutls_13:-GROUP-ALL:+GROUP-SECP224R1 --insecure
failed | no common group: the client offers secp224r1                      | by_badge --priority $gnutls_13:-GROUP-ALL:+GROUP-SECP224R1
failed | no common group: the client offers brainpoolP256r1                | openssl_client -tls1_2 -groups brainpoolP256r1 -cipher ECDHE-ECDSA-AES128-GCM-SHA256
failed | no common group: the client offers brainpoolP256r1                | curl_12 --curves brainpoolP256r1 --ciphers ECDHE-ECDSA-AES128-GCM-SHA256
failed | no common group: the client offers secp224r1                      | gnutls_client $gnutls_12:-GROUP-ALL:+GROUP-SECP224R1 --insecure
failed | no common group: the client offers secp224r1                      | by_badge --priority $gnutls_12:-GROUP-ALL:+GROUP-SECP224R1
# the client does not believe the proxy's certificate
failed | unencrypted alert CA is unknown: the client does not accept the proxy's own | openssl_client -tls1_3 -verify_return_error -CAfile pki/other-root.pem
failed | unencrypted alert CA is unknown: the client does not accept the proxy's own | curl_client --tlsv1.3 --cacert pki/other-root.pem
failed | alert Certificate is bad: the client does not accept the proxy's own        | gnutls_client $gnutls_13 --x509cafile pki/other-root.pem
failed | alert Certificate is bad: the client does not accept the proxy's own        | by_badge --tls 1.3 --ca pki/other-root.pem
failed | alert CA is unknown: the client does not accept the proxy's own             | openssl_client -tls1_2 -verify_return_error -CAfile pki/other-root.pem
failed | alert CA is unknown: the client does not accept the proxy's own             | curl_client --tls-max 1.2 --cacert pki/other-root.pem
failed | alert Certificate is bad: the client does not accept the proxy's own        | gnutls_client $gnutls_12 --x509cafile pki/other-root.pem
failed | alert Certificate is bad: the client does not accept the proxy's own        | by_badge --tls 1.2 --ca pki/other-root.pem
# an empty certificate
empty  | Count="0".*no certificate was sent | openssl_client -tls1_3
empty  | Count="0".*no certificate was sent | curl_13
empty  | Count="0".*no certificate was sent | gnutls_client $gnutls_13 --insecure
empty  | Count="0".*no certificate was sent | by_badge --tls 1.3 --no-cert
empty  | Count="0".*no certificate was sent | openssl_client -tls1_2
empty  | Count="0".*no certificate was sent | curl_12
empty  | Count="0".*no certificate was sent | gnutls_client $gnutls_12 --insecure
empty  | Count="0".*no certificate was sent | by_badge --tls 1.2 --no-cert
# a wrong signature
failed | the client's signature does not fit its certificate | openssl_client -tls1_3 -cert pki/badge-chain.pem -key wrong.key
failed | the client's signature does not fit its certificate | curl_13 --cert pki/badge-chain.pem --key wrong.key
failed | the client's signature does not fit its certificate | gnutls_client $gnutls_13 --insecure --x509certfile pki/badge-chain.pem --x509keyfile wrong.key
failed | the client's signature does not fit its certificate | by_badge --cert pki/badge-chain.pem --key pki/software.key --tls 1.3
failed | the client's signature does not fit its certificate | openssl_client -tls1_2 -cert pki/badge-chain.pem -key wrong.key
failed | the client's signature does not fit its certificate | curl_12 --cert pki/badge-chain.pem --key wrong.key
failed | the client's signature does not fit its certificate | gnutls_client $gnutls_12 --insecure --x509certfile pki/badge-chain.pem --x509keyfile wrong.key
failed | the client's signature does not fit its certificate | by_badge --cert pki/badge-chain.pem --key pki/software.key --tls 1.2
# a person who leaves at the choice; stall.py is the OpenSSL of python
closed | left while a certificate was to be chosen or a PIN                | leaves 1.3
closed | left while a certificate was to be chosen or a PIN                | leaves 1.2
cannot | it has its certificate and its PIN before it connects             | curl, leaving at the choice
cannot | it has its certificate and its PIN before it connects             | gnutls-cli, leaving at the choice
closed | left while a certificate was to be chosen or a PIN                | by_badge --tls 1.3 --module $module --uri pkcs11:token=badge\;object=badge --cancel-pin close
failed | alert User canceled: the user cancelled the choice                | by_badge --tls 1.3 --module $module --uri pkcs11:token=badge\;object=badge --cancel-pin alert
closed | left while a certificate was to be chosen or a PIN                | by_badge --tls 1.2 --module $module --uri pkcs11:token=badge\;object=badge --cancel-pin close
failed | alert User canceled: the user cancelled the choice                | by_badge --tls 1.2 --module $module --uri pkcs11:token=badge\;object=badge --cancel-pin alert
# plain HTTP
cannot  | s_client speaks TLS only                                          | openssl, plain HTTP
not-tls | plain HTTP was sent to a TLS port; first bytes: GET               | curl_plainly
not-tls | plain HTTP was sent to a TLS port; first bytes: GET               | gnutls_plainly
not-tls | plain HTTP was sent to a TLS port; first bytes: GET               | by_badge --http
# no TLS at all
closed  | before its ClientHello                              | bytes ''
closed  | before its ClientHello was complete                 | bytes 16030100c8010000
closed  | left while a certificate was to be chosen or a PIN  | leaves 1.3
closed  | left while a certificate was to be chosen or a PIN  | leaves 1.2
not-tls | plain HTTP was sent to a TLS port                   | text 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
not-tls | SSH was sent to a TLS port; first bytes: SSH-2\.0   | text 'SSH-2.0-OpenSSH_9.2\r\n'
not-tls | HTTP/2 without TLS                                  | text 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
not-tls | PROXY protocol header \(version 1\)                 | text 'PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n'
not-tls | PROXY protocol header \(version 2\)                 | bytes 0d0a0d0a000d0a515549540a2111000c
not-tls | an SSL 2 hello                                      | bytes 802e0103010015000000100000
not-tls | began with encrypted TLS data                       | bytes 1703030010000000
not-tls | the first bytes are no TLS record: hello            | text 'hello\r\n'
failed  | TLS  | bytes 160301ffff01000000
END

# ---- each phase has its time ----

cat >short.xml <<END
<configuration><clientCertificates caFile="pki/root.pem"/>
<sites><site name="short" id="1"><bindings>
<binding protocol="https" address="127.0.0.1" port="0" certificate="pki/server-chain.pem" key="pki/server.key"/>
</bindings><access sslFlags="Ssl, SslNegotiateCert"/>
<limits handshakeTimeout="1s" personTimeout="1s"/>
<tracing><traceFailedRequests><add path="*"><failureDefinitions statusCodes="200-599"/></add></traceFailedRequests></tracing>
</site></sites>
<webFarms><webFarm name="one"><server address="127.0.0.1">
<applicationRequestRouting httpPort="${farm_address##*:}"/></server></webFarm></webFarms>
</configuration>
END
config=short.xml
table <<'END'
timeout | the client sent nothing within 1 s                            | silent
timeout | ClientHello was not complete within 1 s                       | silent 16030100c8010000
timeout | no certificate or answer came within 1 s \(personTimeout\): the person did not | undecided 1.3
timeout | no certificate or answer came within 1 s \(personTimeout\): the person did not | undecided 1.2
END
config=

# ---- times: what a person takes, and what our own signature costs ----

at_least() { # NUMBER LIMIT
	[ "${1:-0}" -ge "$2" ] && return
	printf 'got %s, at least %s is wanted\n' "$1" "$2"
	return 1
}
value() { # EVENT REGEX-OF-ITS-DATA NAME: a number in the first trace
	"$top_builddir/frebview" --tsv traces/W3SVC1/fr000001.xml |
		awk -F '\t' -v name="$1" -v data="$2" '$3 == name && $4 ~ data { print $4 }' |
		sed "s/.*$3=\"\([0-9]*\)\".*/\1/"
}
thinks() { # VERSION: the trace says at least what the client measured
	up || return 1
	thought=$(python3 "$here/stall.py" "$https" 300 "$1") || return 1
	down && at_least "$thought" 300
}
first_in() { # NAME: the first message of the client after our flight
	value SECURITY_HANDSHAKE_MESSAGE 'Direction="in".*Message="CERTIFICATE"' "$1"
}
for version in 1.3 1.2; do
	ok "TLS $version: a person thinks before the answer" thinks $version
	ok 'CERTIFICATE_RECEIVED tells the wait' at_least \
		"$(value SECURITY_CERTIFICATE_RECEIVED Count WaitedMs)" "$thought"
	ok 'the message waited, too' at_least "$(first_in WaitedUs)" "$((thought * 1000))"
	ok 'and so long the handshake took' at_least "$(first_in ElapsedUs)" "$((thought * 1000))"
done

# The proxy's own key on a token that takes 300 ms for a signature.
P11DOUBLE_MODULE=$module
export P11DOUBLE_MODULE
sh "$top_srcdir/fixtures/tokens/server.sh" own pki "$module" || bail "no token for the server"
slow_token() { # VERSION
	rm -rf traces
	SOFTHSM2_CONF=$tmp/own/softhsm2.conf P11DOUBLE_SIGN_MS=300 start_proxy --listen 127.0.0.1:0 \
		--farm "$farm_address" --trace all --workers 1 --cert pki/server-chain.pem --client-ca pki/root.pem \
		--key 'pkcs11:token=server;object=server;type=private' --pin-source own/pin \
		--pkcs11-module "$top_builddir/fixtures/tokens/p11double.so" --token-lookup off || return 1
	by_badge --tls "$1" $alice >client.out 2>&1
	down || return 1
	rm -f traces/W3SVC1/fr000001.xml # of the start
	mv traces/W3SVC1/fr000002.xml traces/W3SVC1/fr000001.xml
}
for version in 1.3 1.2; do
	[ $version = 1.3 ] && message='CERTIFICATE VERIFY' || message='SERVER KEY EXCHANGE'
	ok "TLS $version: our token takes 300 ms to sign" slow_token $version
	ok 'SERVER_IDENTITY tells that' at_least "$(value SECURITY_SERVER_IDENTITY Subject SignUs)" 300000
	ok "$message waited for it" at_least \
		"$(value SECURITY_HANDSHAKE_MESSAGE "Direction=\"out\".*$message" WaitedUs)" 300000
	ok 'and comes so late' at_least \
		"$(value SECURITY_HANDSHAKE_MESSAGE "Direction=\"out\".*$message" ElapsedUs)" 300000
done
unset P11DOUBLE_MODULE

# ---- a client that shows none: what it was asked for ----

told() { # EVENT REGEX: in the first trace
	for trace in traces/W3SVC1/fr*.xml; do
		like "$("$top_builddir/frebview" --tsv "$trace" |
			awk -F '\t' -v name="$1" '$3 == name { print $4 }')" "$2"
		return
	done
}
shows_none() { # VERSION
	up || return 1
	by_badge --cancel-choice --tls "$1" >client.out 2>&1
	down
}
for version in 1.3 1.2; do
	ok "TLS $version: a client shows no certificate" shows_none $version
	ok 'its trace names the CAs it was asked for' told SECURITY_CERTIFICATE_REQUESTED \
		'CaNameCount="1", CaNameBytes="[1-9][0-9]*", CaNames="[^"]*Farm Test Root'
	ok 'and says what an empty answer means' told SECURITY_CERTIFICATE_RECEIVED \
		'Count="0".*the client has none issued by one of the CA names'
done

# ---- the handshake is complete, and no request comes ----

traces_are() { # COUNT
	is "$(ls traces/W3SVC1 2>/dev/null | grep -c '^fr.*xml')" "$1"
}
trace_is_there() { # the proxy has seen how the connection ended
	"$top_builddir/farm" --wait-file traces/W3SVC1/fr000001.xml --seconds 20
}
leaves_unused() { # VERSION REGEX ARGUMENTS...: the one trace says so
	version=$1 regex=$2
	shift 2
	up || return 1
	by_badge --tls "$version" "$@" >client.out 2>&1 || return 1
	trace_is_there && down && traces_are 1 && told SECURITY_HANDSHAKE_END 'Result="ok"' && told CONNECTION_UNUSED "$regex"
}
silently() { # ARGUMENTS...: no trace
	up || return 1
	by_badge "$@" >client.out 2>&1 || return 1
	stop_proxy && traces_are 0
}
for version in 1.3 1.2; do
	ok "TLS $version: asked for a certificate, shows none, closes" leaves_unused $version \
		'showed none, and closed the connection before any request: its person may have cancelled' --no-cert --leave close
	ok "TLS $version: asked, shows none, resets" leaves_unused $version \
		'showed none, and (closed|reset) the connection' --no-cert --leave reset
	ok "TLS $version: asked, shows one that is not let in, closes" leaves_unused $version \
		'showed one that is not let in, and closed' --cert pki/other-chain.pem --key pki/other.key --leave close
	# shellcheck disable=SC2086 # words
	ok "TLS $version: an alert after the handshake" leaves_unused $version \
		'ended the connection with the alert Unknown certificate after the handshake' $alice --leave alert
	ok 'and the trace has the alert' told SECURITY_ALERT 'Direction="in".*Alert="certificate_unknown'
	# shellcheck disable=SC2086 # words
	ok "TLS $version: a badge that only opens a connection in advance leaves none" silently --tls $version $alice --leave close
done
crowd() { # of one address
	up || return 1
	for n in 1 2 3; do
		by_badge --no-cert --leave close
	done >client.out 2>&1
	by_badge --no-cert --from 127.0.0.2 --leave close >>client.out 2>&1
	down && traces_are 2
}
ok 'of those who leave without a request, one a minute is told for each address' crowd
config=short.xml
sed -i 's/<limits /<limits connectionTimeout="1s" /' short.xml
ok 'asked, shows none, is silent' leaves_unused 1.3 'showed none, and was silent until the connection was closed' \
	--no-cert --leave wait
config=

# ---- a key that signs too often: the hint says why nothing was resumed ----

last_hint() {
	ls traces/W3SVC1/fr*.xml | tail -n 1 | xargs "$top_builddir/frebview" --tsv |
		awk -F '\t' '$3 == "SECURITY_HANDSHAKE_HINT" { print $4 }'
}
often() { # COUNT REGEX ARGUMENTS...: connections one after the other
	count=$1 regex=$2
	shift 2
	up "$@" || return 1
	while [ "$count" -gt 0 ]; do
		by_badge --cert pki/software-chain.pem --key pki/software.key --tls 1.3 >client.out 2>&1
		count=$((count - 1))
	done
	down && like "$(last_hint)" "$regex"
}
ok 'six connections of a browser are no reason to warn' often 6 '^$'
ok 'of the seventh is told that tickets are off' often 7 'FullHandshakes="7".*' --tickets off
ok 'and why' like "$(last_hint)" 'session tickets are off here'
resumes() { # six signatures on twelve connections
	up && for n in 1 2 3 4 5 6; do
		by_badge --cert pki/software-chain.pem --key pki/software.key --tls 1.3 --resume
	done >client.out 2>&1
	down && is "$(ls traces/W3SVC1 | grep -c '^fr.*xml')" 12 &&
		is "$(grep -l 'SECURITY_HANDSHAKE_HINT' traces/W3SVC1/fr*.xml)" ''
}
ok 'a session that is resumed does not count' resumes

finish
