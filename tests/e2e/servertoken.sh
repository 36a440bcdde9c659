#!/bin/sh
# SPDX-License-Identifier: MIT
# servertoken.sh - the proxy's own key is on a token: other connections are
# served while a card signs, a token may be pulled out and put back, and its PIN
# is used with care (SoftHSM behind the test double fixtures/tokens/p11double.c).
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview frebdiff farm badge fixtures/tokens/p11double.so
need softhsm2-util certtool p11tool python3 openssl
make_badges
make_server_token
start_farm web1 || bail "the farm server did not start"
double=$top_builddir/fixtures/tokens/p11double.so
P11DOUBLE_MODULE=$module
P11DOUBLE_GATE=$tmp/gate
P11DOUBLE_REMOVED=$tmp/removed
P11DOUBLE_TRIES=$tmp/tries
export P11DOUBLE_MODULE P11DOUBLE_GATE P11DOUBLE_REMOVED P11DOUBLE_TRIES
echo 3 >"$tmp/tries"
cd "$tmp" || exit 99
. "$top_srcdir/tests/e2e/look.sh"

# start_with_token ARGUMENTS...: one worker, its key on the double
start_with_token() {
	start_proxy --listen 127.0.0.1:0 --farm "$farm_address" --trace all --max-log-files 200 \
		--workers 1 --cert "$tmp/pki/server-chain.pem" --key "$server_key" \
		--pin-source "$tmp/tokens/pin-server" --pkcs11-module "$double" "$@"
}

get_in() { badge "$@" "$https" /portal/; }

# ---- a slow card stalls nobody ----

start_with_token || bail "the proxy did not start"
gate() { python3 "$top_srcdir/tests/e2e/gate.py" "$https" "$tmp/pki/root.pem" "$tmp/gate" 50; }
ok "while a signature waits, another connection gets 50 answers" \
	is "$(gate)" "$(printf 'fast 200\nslow 200')"
for version in 1.2 1.3; do
	ok "a client with TLS $version gets in" get_in --tls $version
done
ok "many at once get in" sh -c 'for i in 1 2 3 4 5 6 7 8; do
	"$@" >/dev/null & pids="${pids:-} $!"; done; for p in $pids; do wait $p || exit; done' sh \
	"$top_builddir/badge" --ca "$tmp/pki/root.pem" --sni farm.test "$https" /portal/
ok "the proxy ends well" stop_proxy
ok "the trace names the token and the time of its signature" \
	like "$(cat "$traces"/fr*.xml)" '<Data Name="KeyStore">pkcs11</Data>'

# ---- the proxy's own certificate at a server: the server goes while the card signs ----

web1=$farm_address
cat pki/root.pem pki/issuing.pem >cas.pem
start_farm strict --tls-cert pki/server-chain.pem --tls-key pki/server.key --tls-client-ca cas.pem || bail "no farm"
cat >cut.xml <<END
<configuration><pkcs11 tokenLookup="false"><module path="$double"/></pkcs11><control socket="ctl"/>
<sites><site name="one" id="1"><bindings><binding protocol="http" address="127.0.0.1" port="0"/></bindings></site></sites>
<webFarms><webFarm name="web"><server address="127.0.0.1">
<applicationRequestRouting httpPort="${farm_address##*:}" httpsPort="${farm_address##*:}"/></server>
<applicationRequestRouting><serverTls caFile="pki/root.pem" certificate="pkcs11:token=badge;object=badge;type=cert"
key="pkcs11:token=badge;object=badge;type=private" pinSource="tokens/pin"/></applicationRequestRouting>
</webFarm></webFarms></configuration>
END
cut_while_it_signs() {
	mkfifo gate && start cut "$top_builddir/badge" --http "$http" /
	# The gate opens when the signature waits there.
	timeout 30 sh -c 'exec 9>gate && "$1" --ctl ctl unavailable-now "$2" && rm gate' sh \
		"$top_builddir/frebproxy" "$farm_address" || return 1
	wait "$(pid_of cut)"
	rm pids/cut
	like "$(cat logs/cut)" 'made unavailable while it served the request'
}
start_proxy --config cut.xml --workers 1 || bail "no proxy with a certificate of its own"
ok "the request whose signature waits is cut as well" cut_while_it_signs
ok "that proxy ends well" stop_proxy
stop strict
farm_address=$web1

# ---- pulled out and put back ----

trace_dir=$tmp/pulled
start_with_token || bail "the proxy did not start"
ok "with the token in its reader, clients get in" get_in
touch removed
refused() { ! get_in; }
ok "without it a new client is refused" refused
ok "the log says what is missing" wait_log 'server key pkcs11:token=server.*: the token is not there'
rm removed
ok "the log says when it is back" wait_log 'server key pkcs11:token=server.*: the token can be used again'
ok "new clients get in, without a restart" get_in
ok "each is told once" is "$(grep -c 'is not there\|be used again' logs/proxy)" 2
ok "the proxy ends well" stop_proxy
ok "the trace of the refused handshake names the reason" like "$(cat "$traces"/fr*.xml)" \
	"ErrorText\">the proxy&apos;s own key is not available, its token cannot sign: pkcs11:token=server"

# ---- RSA, whose key reads instead of signing in the oldest key exchange ----

{ cat "$top_srcdir/fixtures/pki/server.tmpl" && echo encryption_key; } >rsa.tmpl
certtool --generate-privkey --key-type rsa --bits 2048 --no-text --outfile rsa.key 2>logs/rsa
certtool --generate-certificate --hash SHA256 --no-text --load-privkey rsa.key \
	--load-ca-certificate pki/issuing.pem --load-ca-privkey pki/issuing.key \
	--template rsa.tmpl 2>>logs/rsa | cat - pki/issuing.pem >rsa.pem
GNUTLS_PIN=Kalmar-7 p11tool --batch --provider "$module" --login --write --label rsa --id 0d \
	--load-privkey rsa.key pkcs11:token=server >>logs/rsa 2>&1 </dev/null
start_with_token --cert rsa.pem --key 'pkcs11:token=server;object=rsa;type=private' || bail "no RSA"
rsa() { # ARGUMENTS...: of openssl
	printf 'GET /portal/ HTTP/1.1\r\nHost: farm.test\r\nConnection: close\r\n\r\n' |
		timeout 30 openssl s_client -quiet -CAfile pki/root.pem -servername farm.test "$@" \
			-connect "$https" >answer 2>>logs/rsa
	like "$(cat answer)" '^HTTP/1.1 200'
}
ok "with the RSA key exchange of TLS 1.2" rsa -tls1_2 -cipher AES128-GCM-SHA256
ok "with a signature in TLS 1.2" rsa -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256
ok "with a signature in TLS 1.3" rsa -tls1_3
ok "the proxy with the RSA key ends well" stop_proxy

# ---- where the PIN comes from ----

# once ARGUMENTS...: starts, listens, ends
once() { start_with_token --pin-source "$@" && stop_proxy && echo 3 >tries; }
fails() { # REGEX ARGUMENTS...: the start fails with that line
	wanted=$1
	shift
	! start_with_token "$@" >/dev/null || { stop_proxy; return 1; }
	stop proxy
	like "$(cat logs/proxy)" "$wanted"
}
tries() { is "$(cat tries)" "$1"; }
from_descriptor() { once fd:7 7<tokens/pin-server; }
ok "a PIN from a descriptor" from_descriptor
CREDENTIALS_DIRECTORY=$tmp/tokens
export CREDENTIALS_DIRECTORY
ok "a PIN from a credential" once credential:pin-server
unset CREDENTIALS_DIRECTORY
ok "a credential without systemd" fails 'CREDENTIALS_DIRECTORY is not set' --pin-source credential:pin-server
ok "a PIN from file: in the URI" start_proxy --listen 127.0.0.1:0 --farm "$farm_address" --trace off \
	--cert pki/server-chain.pem --key "$server_key?pin-source=file:$tmp/tokens/pin-server" \
	--pkcs11-module "$double"
ok "that proxy ends well" stop_proxy
at_terminal() { # ANSWER
	python3 "$top_srcdir/tests/e2e/prompt.py" "PIN of token \"server\": =$1" 'listening on=^C' -- \
		"$top_builddir/frebproxy" --listen 127.0.0.1:0 \
		--farm "$farm_address" --trace off --cert pki/server-chain.pem --key "$server_key" \
		--pkcs11-module "$double" --pin-source prompt >screen 2>&1
}
ok "a PIN typed at the terminal" at_terminal Kalmar-7
ok "it is asked for by the token's name, once" is "$(grep -c 'PIN of token "server"' screen)" 1
ok "it is not on the screen" unlike "$(cat screen)" Kalmar
ok "nobody to ask" fails 'there is no terminal to ask at' --pin-source prompt

# ---- S21: the token does not open ----

ok "a wrong PIN" fails 'token "server", serial [0-9a-f]+: the PIN was wrong; it is not tried again \(PIN from file, given 1 time; before: all tries, after: few tries; GnuTLS -303' \
	--pin-source tokens/pin
ok "costs one try" tries 2
shared() { # KEY PIN-FILE: three sites and the farm have that key
	pin=${2:+pinSource=\"$2\"}
	for i in 1 2 3; do
		echo "<site name=\"s$i\" id=\"$i\"><bindings><binding protocol=\"https\" address=\"127.0.0.$i\"
			port=\"0\" certificate=\"pki/server-chain.pem\" key=\"$1\" $pin/></bindings></site>"
	done >sites
	cat >shared.xml <<-END
	<configuration><pkcs11 tokenLookup="false"><module path="$double"/></pkcs11>
	<clientCertificates caFile="pki/root.pem"/><sites>$(cat sites)</sites>
	<webFarms><webFarm name="one"><applicationRequestRouting><serverTls caFile="pki/root.pem"
	certificate="pki/server-chain.pem" key="$1" $pin/></applicationRequestRouting>
	<server address="127.0.0.1"><applicationRequestRouting httpPort="${farm_address##*:}"/></server>
	</webFarm></webFarms></configuration>
	END
}
no_start() {
	! start_proxy --config shared.xml >/dev/null || { stop_proxy; return 1; }
	stop proxy
	is "$(grep -c 'the PIN was wrong; it is not tried again (PIN from file, given 1 time' logs/proxy)" 1
}
echo 3 >tries
shared "$server_key" tokens/pin
ok "sites and farms that share it do not start" no_start
ok "and cost one try, too" tries 2
shared pki/server.key
ok "with a key in a file they do" start_proxy --config shared.xml
cp tokens/pin shared-pin
shared "$server_key" shared-pin
echo 3 >tries
kill -HUP "$(pid_of proxy)"
ok "with the wrong PIN HUP keeps the old keys" wait_log 'the configuration was not loaded'
ok "which costs one try" tries 2
echo 3 >tries
cp tokens/pin-server shared-pin
kill -HUP "$(pid_of proxy)"
ok "once it is the right one HUP loads it" wait_log 'loaded again'
ok "that proxy ends well" stop_proxy
echo 1 >tries
ok "a token at its final try is left alone" fails 'one PIN try left and is left alone.*given 0 times; before: final try'
ok "the try is still there" tries 1
ok "it may be allowed" start_with_token --allow-final-try
ok "the right PIN brings all tries back" tries 3
ok "that proxy ends well too" stop_proxy
echo 0 >tries
ok "a locked token says so" fails 'the token is locked: its PIN was wrong too often .*GnuTLS -313'
echo 3 >tries
touch removed
ok "an absent token says so" fails 'cannot be used: (pkcs11[^ ]*: )?the token is not there .*GnuTLS -323'
rm removed
ok "another key than the certificate's" fails 'no such key on the token' --key 'pkcs11:token=server;object=none'
ok "every start has its trace" like "$(cat "$traces"/fr*.xml | tr -d '\n')" \
	'url="frebproxy://start".*SERVER_TOKEN_LOGIN.*Data Name="Result">the token is locked'
# ---- tokens in view, one with its PIN ----

# with_registry PIN-FILE: the proxy sees the token badge through the double and has a PIN for it
with_registry() {
	sed -e "s|<pkcs11 .*|<pkcs11><module path=\"$double\"/><token uri=\"pkcs11:token=badge\" pinSource=\"$1\"/></pkcs11>|" \
		-e "s|@PKI@|pki|g; s|@PORT1@|${farm_address##*:}|g" \
		"$top_srcdir/fixtures/cases/27-s14-needs-token/frebproxy.xml" >registry.xml
	trace_dir=$tmp/$2 start_proxy --config registry.xml --workers 1
}
from_card() {
	badge --module "$module" --uri 'pkcs11:token=badge;object=badge' --pin-file tokens/pin "$https" /portal/
}
ok "a registry may have a PIN" with_registry tokens/pin seen-keys
ok "the badge gets in" from_card
ok "the proxy with the registry ends well" stop_proxy
ok "the trace tells what the token says of the key" like "$(cat "$traces"/fr*.xml | tr -d '\n')" \
	'"KeySensitive">yes<.*"KeyNeverExtractable">yes<.*"KeyAlwaysAuthenticate">no<'
ok "a registry with a wrong PIN starts too" with_registry tokens/pin2 seen-wrong
ok "says so" wait_log 'token=badge: its private keys are not looked at: the PIN was wrong; it is not tried again'
ok "loses one try" tries 2
ok "lets the badge in" from_card
ok "and ends well" stop_proxy
ok "the trace tells nothing of the key" like "$(cat "$traces"/fr*.xml | tr -d '\n')" '"KeySensitive"><'
echo 3 >tries

ok "no PIN is in a trace or a log" sh -c '! grep -rqE "Kalmar-7|87654321" "$@"' sh traces pulled logs
finish
