#!/bin/sh
# SPDX-License-Identifier: MIT
# badges.sh - requests with badges, through curl, gnutls-cli and badge: who gets
# in, what the farm is told of them, and that a PIN is seen by nobody.  Each
# request has a path of its own; by it its trace is found when the proxy is done.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge
need softhsm2-util p11tool certtool openssl python3
make_badges
. "$top_srcdir/tests/e2e/look.sh"
cd "$tmp" || exit 99

# A PIN that no hash and no port contains by chance.
pin=tulip-90817-meadow
echo "$pin" >pin
echo wrong-61529-guess >wrong-pin
printf '\003' >interrupt # the key that cancels
GNUTLS_SO_PIN=87654321 GNUTLS_PIN=$pin p11tool --batch --provider "$module" --so-login \
	--initialize-pin pkcs11:token=badge >setup.log 2>&1 || bail "the PIN could not be set"
GNUTLS_PIN=$pin p11tool --batch --provider "$module" --login --write --load-privkey pki/server.key \
	--label server --id 0c pkcs11:token=badge >setup.log 2>&1 || bail "no server key on the token"

# ---- clients ----

# type_pin FILE... -- COMMAND...: runs it on a terminal and types a FILE's
# content at each question for a PIN.  What others can see of the process while
# it runs goes to the file seen.
cat >type_pin.py <<'END'
import os, pty, re, sys
at = sys.argv.index("--")
typed, command = sys.argv[1:at], sys.argv[at + 1:]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
said = new = b""
while True:
    try:
        part = os.read(fd, 4096)
    except OSError:
        break
    if not part:
        break
    said, new = said + part, new + part
    for what in "cmdline", "environ":
        try:
            facts = open("/proc/%d/%s" % (pid, what), "rb").read()
        except OSError: # it has ended
            continue
        with open("seen", "ab") as seen:
            seen.write(facts + b"\n")
    if typed and re.search(rb'PIN of token "[^"]*": $', new):
        os.write(fd, open(typed.pop(0), "rb").read())
        new = b""
sys.stdout.buffer.write(said.replace(b"\r\n", b"\n"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END

# badge_typed FILE... -- ARGUMENTS...
badge_typed() {
	typed=
	while [ "$1" != -- ]; do
		typed="$typed $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # names of files, without blanks
	python3 type_pin.py $typed -- "$top_builddir/badge" --ca pki/root.pem --sni farm.test \
		--module "$module" --uri 'pkcs11:token=badge;object=badge' "$@" >answer 2>&1
}

by_badge() {
	badge --module "$module" --uri 'pkcs11:token=badge;object=badge' --pin-file pin "$@" >answer 2>&1
}

by_curl() { # ARGUMENTS... PATH
	for word; do path=$word; done
	curl -sS --cacert pki/root.pem -w '\nHTTP/1.1 %{http_code} by curl\n' "$@" \
		--url "https://$https$path" >answer 2>&1
}

# curl shows its arguments to anybody who looks: this PIN stands in a file.
curl_with_badge() { # ARGUMENTS... PATH
	cat >curlrc <<END
cert = "pkcs11:token=badge;object=badge;type=cert"
key = "pkcs11:token=badge;object=badge;type=private;pin-value=$pin"
END
	PKCS11_MODULE_PATH=$module by_curl --engine pkcs11 --cert-type ENG --key-type ENG -K curlrc "$@"
}

gnutls_with_badge() { # TLS-VERSION PATH
	printf 'GET %s HTTP/1.1\r\nHost: farm.test\r\nConnection: close\r\n\r\n' "$2" |
		GNUTLS_PIN=$pin gnutls-cli --logfile gnutls.log --provider "$module" \
			--priority "NORMAL:-VERS-ALL:+VERS-TLS$1" --x509cafile pki/root.pem \
			--sni-hostname farm.test --verify-hostname farm.test \
			--x509certfile 'pkcs11:token=badge;object=badge;type=cert' \
			--x509keyfile 'pkcs11:token=badge;object=badge;type=private' \
			-p "${https##*:}" 127.0.0.1 >answer 2>&1
}

# ---- what they got ----

# What a server may take for the certificate: NAME VALUE, as the farm got it.
certificate_fields() {
	grep '^{"server":' answer | python3 -c '
import json, sys
for line in sys.stdin:
    for name, value in json.loads(line)["headers"]:
        if name.lower().replace("_", "-") == "x-arr-clientcert":
            print(name, value)'
}

# In each answer the farm tells of one certificate, and of this one, bit by bit.
farm_saw() { # CERTIFICATE.pem [ANSWERS]
	certificate_fields >fields
	openssl x509 -in "$1" -outform DER -out wanted.der || return 1
	is "$(wc -l <fields)" "${2:-1}" || { cat answer; return 1; }
	while read -r name field; do
		is "$name" X-ARR-ClientCert || return 1
		printf %s "$field" | base64 -d | cmp - wanted.der || return 1
	done <fields
}

farm_saw_none() { like "$(cat answer)" '^\{"server":' && is "$(certificate_fields)" ''; }

# ---- two clients with files, two with tokens ----

start_farm web1 || bail "no farm"
start_proxy --listen 127.0.0.1:0 --trace all --max-log-files 200 --farm "$farm_address" \
	--cert pki/server-chain.pem --key pki/server.key --client-ca pki/root.pem \
	--intermediates pki/issuing.pem --crl pki/crl.pem --pkcs11-module "$module" || bail "no proxy"

curl_reason=
command -v curl >/dev/null || curl_reason='curl is not installed'
engine_reason=$curl_reason
[ -n "$engine_reason" ] || curl --version | grep -q OpenSSL || engine_reason='this curl does not use OpenSSL'
[ -n "$engine_reason" ] || openssl engine pkcs11 >/dev/null 2>&1 || engine_reason='there is no PKCS#11 engine'
gnutls_reason=
command -v gnutls-cli >/dev/null || gnutls_reason='gnutls-cli is not installed'

# unless REASON TITLE COMMAND...
unless() {
	reason=$1
	shift
	[ -z "$reason" ] || { skip "$1" "$reason"; return; }
	ok "$@"
}

curl_file() { # TLS-VERSION
	by_curl --tlsv"$1" --tls-max "$1" --cert pki/software-chain.pem --key pki/software.key \
		"/$1/curl-file"
	got 200 && farm_saw pki/software.pem
}

curl_token() {
	curl_with_badge --tlsv"$1" --tls-max "$1" "/$1/curl-token"
	got 200 && farm_saw tokens/badge.pem
}

gnutls_token() {
	gnutls_with_badge "$1" "/$1/gnutls-token"
	got 200 && farm_saw tokens/badge.pem
}

badge_file() {
	badge --tls "$1" --cert pki/software-chain.pem --key pki/software.key "$https" \
		"/$1/badge-file" >answer 2>&1
	got 200 && farm_saw pki/software.pem
}

typed_once() {
	badge_typed pin -- --tls "$1" "$https" "/$1/badge-typed"
	is $? 0 && got 200 && farm_saw tokens/badge.pem
}

typed_wrong_first() {
	badge_typed wrong-pin pin -- --tls "$1" "$https" "/$1/second-try"
	is $? 0 && got 200 && like "$(cat answer)" '^badge: wrong PIN$' && farm_saw tokens/badge.pem
}

for version in 1.3 1.2; do
	unless "$curl_reason" "curl with a certificate file, TLS $version" curl_file $version
	unless "$engine_reason" "curl with a badge, TLS $version" curl_token $version
	unless "$gnutls_reason" "gnutls-cli with a badge, TLS $version" gnutls_token $version
	ok "badge with a certificate file, TLS $version" badge_file $version
	ok "badge with a PIN typed on a terminal, TLS $version" typed_once $version
	ok "badge with a PIN typed right the second time, TLS $version" typed_wrong_first $version
done

# ---- PINs that are wrong or not given ----

wrong_pin() {
	badge --module "$module" --uri 'pkcs11:token=badge;object=badge' --pin-file wrong-pin --tls "$1" \
		"$https" "/$1/wrong" >answer 2>&1
	is $? 8 && got && like "$(cat answer)" '^badge: wrong PIN \(tries made: 1\)$'
}

typed_wrong() {
	badge_typed wrong-pin wrong-pin wrong-pin -- --tls "$1" "$https" "/$1/wrong"
	is $? 8 && got && like "$(cat answer)" '^badge: wrong PIN \(tries made: 3\)$'
}

typed_interrupt() {
	badge_typed interrupt -- --tls "$1" "$https" "/$1/cancelled"
	is $? 8 && got && like "$(cat answer)" '^badge: the PIN was cancelled'
}

cancelled_none() {
	by_badge --cancel-pin none --tls "$1" "$https" "/$1/without"
	is $? 4 && got 403
}

good_again() {
	by_badge --tls "$1" "$https" "/$1/again"
	is $? 0 && got 200 && farm_saw tokens/badge.pem
}

for version in 1.3 1.2; do
	ok "a wrong PIN is tried once and gets no answer, TLS $version" wrong_pin $version
	ok "three wrong PINs typed are the end, TLS $version" typed_wrong $version
	ok "a PIN question that is interrupted gets no answer, TLS $version" typed_interrupt $version
	ok "a cancelled PIN without a certificate gets 403, TLS $version" cancelled_none $version
	ok "the badge is still good afterwards, TLS $version" good_again $version
done

# ---- resumption ----

resumed() {
	by_badge --resume --info "$https" /resumed
	is $? 0 && got 200 200 && is "$(sed -n 's/^badge: .* resumed: //p' answer | xargs)" 'no yes' &&
		farm_saw tokens/badge.pem 2
}

no_ticket() { # ARGUMENTS...: refused, and refused in full the second time
	badge --resume --info "$@" >answer 2>&1
	got 403 403 && is "$(sed -n 's/^badge: .* resumed: //p' answer | xargs)" 'no no'
}

ok 'a resumed session needs no signature and tells the farm the same badge' resumed
ok 'no ticket without a badge' no_ticket --no-cert "$https" /no-ticket/none
ok 'no ticket for a badge that was revoked' no_ticket --module "$module" \
	--uri 'pkcs11:token=badge2;object=revoked' --pin-file tokens/pin2 "$https" /no-ticket/revoked
ok 'no ticket for a certificate of another authority' no_ticket --cert pki/other-chain.pem \
	--key pki/other.key "$https" /no-ticket/other
ok 'no ticket for an expired certificate' no_ticket --cert pki/expired-chain.pem \
	--key pki/expired.key "$https" /no-ticket/expired

# openssl counts the tickets that come before anything is asked.
tickets() { # STATUS TICKETS ARGUMENTS...
	wanted=$1 count=$2
	shift 2
	printf 'GET /tickets/%s HTTP/1.1\r\nHost: farm.test\r\nConnection: close\r\n\r\n' "$wanted" |
		openssl s_client -connect "$https" -servername farm.test -CAfile pki/root.pem -tls1_3 \
			-ign_eof -msg "$@" >answer 2>&1
	got "$wanted" && is "$(grep -c '<<< TLS 1.3, Handshake .* NewSessionTicket' answer)" "$count"
}

ok 'one ticket goes out for a badge that is accepted' tickets 200 1 -cert pki/software.pem -key pki/software.key
ok 'and none for one that is refused' tickets 403 0 -cert pki/revoked.pem -key pki/revoked.key

# ---- forged certificates ----

forged() { # BADGE-ARGUMENTS...: with every spelling that a server might take for ours
	badge "$@" --header 'X-ARR-ClientCert: Zm9yZ2Vk' --header 'X-Arr-ClientCert: Zm9yZ2Vk' \
		--header 'x-arr-clientcert: Zm9yZ2Vk' --header 'X_ARR_CLIENTCERT: Zm9yZ2Vk' \
		--header 'x_arr_clientcert: Zm9yZ2Vk' --header 'X-ARR_ClientCert: Zm9yZ2Vk' \
		--header 'X-ARR-ClientCert: ' >answer 2>&1
	got 200 && unlike "$(cat answer)" Zm9yZ2Vk
}

forged_with_badge() {
	forged --module "$module" --uri 'pkcs11:token=badge;object=badge' --pin-file pin "$https" /forged/badge &&
		farm_saw tokens/badge.pem
}

forged_away() { # the real one must not be taken for a field of this hop
	by_badge --header 'Connection: X-ARR-ClientCert' "$https" /forged/away
	got 400
}

ok 'a forged certificate does not stand beside the real one' forged_with_badge
ok 'Connection cannot take the certificate away' forged_away
grep -az . "/proc/$(pid_of proxy)/cmdline" "/proc/$(pid_of proxy)/environ" >>seen
ok 'the proxy stops when it is told to' stop_proxy

# ---- what the traces say of all this ----

says_version() { # the protocol of every request is that of its path
	for file in traces/W3SVC1/fr*.xml; do
		version=$(sed -n 's|^<failedRequest url="https://[^/]*/\(1\.[23]\)/.*|\1|p' "$file")
		[ -z "$version" ] || like "$(events "$file" SECURITY_SESSION)" "^Protocol=\"TLS$version\"" || return 1
	done
}

says_token() { # PATH: the badge was found on the token, and its key lies there
	trace=$(trace_of "$1")
	like "$(events "$trace" AUTH_TOKEN_FOUND)" 'TokenLabel="badge".* LoginRequired="yes", PinInitialized="yes"' &&
		like "$(events "$trace" AUTH_TOKEN_IDENTITY_END)" 'Identity="alice@farm.test".* Fresh="yes"'
}

says_resumed() {
	trace=$(trace_of /resumed 2)
	like "$(events "$trace" SECURITY_SESSION)" 'Resumed="yes", SecondsSinceSignature="[0-9]+"' &&
		like "$(events "$trace" AUTH_TOKEN_IDENTITY_END)" 'Fresh="no", SecondsSinceSignature="[0-9]+"' &&
		is "$(events "$trace" SECURITY_CERTIFICATE_VERIFIED)" ''
}

says_failed() {
	grep -L '<Opcode>GENERAL_REQUEST_START</Opcode>' traces/W3SVC1/fr*.xml >failed
	is "$(wc -l <failed)" 6 || return 1
	while read -r file; do
		like "$(events "$file" SECURITY_HANDSHAKE_END)" '^Result="(failed|closed)", ErrorCode="[1-9-]' &&
			like "$(events "$file" SECURITY_ALERT)" '^Direction="in", .* Alert="user_canceled|USER CANCELED' ||
			return 1
	done <failed
}

says_cancelled() { # TLS-VERSION
	like "$(events "$(trace_of "/$1/without")" SECURITY_CERTIFICATE_RECEIVED)" \
		'^Count="0", Bytes="[0-9]*", WaitedMs="[0-9]+", Note=".*cancelled'
}

says_stripped() {
	is "$(events "$(trace_of /forged/badge)" SECURITY_HEADER_STRIPPED | grep -ci '^HeaderName="x.arr.clientcert"')" 7
}

ok 'each trace tells the TLS version that was used' says_version
ok 'the trace of a typed PIN names the token and the person' says_token /1.3/badge-typed
ok 'the trace of a resumed session says so, and since when there was no signature' says_resumed
ok 'each handshake that a PIN ended left a trace with the alert' says_failed
ok 'a certificate that did not come is explained, TLS 1.3' says_cancelled 1.3
ok 'a certificate that did not come is explained, TLS 1.2' says_cancelled 1.2
ok 'each forged field is in the trace' says_stripped
ok 'all traces are well-formed' checked traces/W3SVC1/fr*.xml
mv traces traces-1

# ---- a site that accepts, a plain binding, the server key on a token ----

ok 'the server key may lie on a token' start_proxy --listen 127.0.0.1:0 --listen-http 127.0.0.1:0 \
	--trace all --max-log-files 200 --farm "$farm_address" --client-cert accept --client-ca pki/root.pem \
	--cert pki/server-chain.pem --key 'pkcs11:token=badge;object=server;type=private' --pin-source pin \
	--intermediates pki/issuing.pem --pkcs11-module "$module"

forged_tls() { forged --no-cert "$https" /forged/tls && farm_saw_none; }
forged_http() { forged --http "$http" /forged/http && farm_saw_none; }
forged_refused() { # a certificate that is sent must be good
	badge --cert pki/expired-chain.pem --key pki/expired.key "$https" /expired >answer 2>&1
	got 403
}
key_on_token() {
	by_badge "$https" /server-key
	got 200 && farm_saw tokens/badge.pem
}
says_key_store() {
	like "$(events "$(trace_of /server-key)" SECURITY_SERVER_IDENTITY)" \
		'KeyStore="pkcs11", TokenUri="pkcs11:[^"?]*token=badge[^"?]*"'
}

ok 'a badge gets in at a server whose key lies on a token' key_on_token
ok 'without a badge a forged certificate does not reach the farm' forged_tls
ok 'over plain HTTP a forged certificate does not reach the farm' forged_http
ok 'where certificates are accepted an expired one is refused' forged_refused
grep -az . "/proc/$(pid_of proxy)/cmdline" "/proc/$(pid_of proxy)/environ" >>seen
ok 'it stops, too' stop_proxy
ok 'the trace names the token of the server key' says_key_store
# The trace of the start has no connection.
# shellcheck disable=SC2046 # file names without blanks
ok 'these traces are well-formed' checked $(grep -L 'url="frebproxy://start"' traces/W3SVC1/fr*.xml)
mv logs/proxy logs/proxy-token

start_wrong_pin() {
	! "$top_builddir/frebproxy" --listen 127.0.0.1:0 --farm "$farm_address" --trace-dir traces \
		--state-dir state --cert pki/server-chain.pem --pin-source wrong-pin --pkcs11-module "$module" \
		--key 'pkcs11:token=badge;object=server;type=private' >logs/wrong-pin 2>&1 </dev/null &&
		like "$(cat logs/wrong-pin)" 'PIN'
}
ok 'with a wrong PIN for the server key the proxy does not start, and says why' start_wrong_pin

# ---- nobody saw a PIN ----

no_pin() {
	set -- traces-1 traces logs state seen
	grep -raFl -e "$pin" pin >found || return 1 # grep finds it where it stands
	for secret in "$pin" "$(cat wrong-pin)" 8765432; do
		grep -raFl -e "$secret" "$@" && return 1
	done
	like "$(tr '\0' ' ' <seen)" 'frebproxy .*' && like "$(tr '\0' ' ' <seen)" 'badge .*--tls'
}
ok 'no PIN is in a trace, a log, a command line or an environment' no_pin
finish
