#!/bin/sh
# SPDX-License-Identifier: MIT
# servertoken.sh - the proxy's own key is on a token: other connections are
# served while a card signs (SoftHSM behind the test double
# fixtures/tokens/p11double.c).
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy farm badge fixtures/tokens/p11double.so
need softhsm2-util certtool p11tool python3
make_badges
make_server_token
start_farm web1 || bail "the farm server did not start"
double=$top_builddir/fixtures/tokens/p11double.so
P11DOUBLE_MODULE=$module
P11DOUBLE_GATE=$tmp/gate
export P11DOUBLE_MODULE P11DOUBLE_GATE

# start_with_token ARGUMENTS...: one worker, its key on the double
start_with_token() {
	start_proxy --listen 127.0.0.1:0 --farm "$farm_address" --trace all --max-log-files 200 \
		--workers 1 --cert "$tmp/pki/server-chain.pem" --key "$server_key" \
		--pin-source "$tmp/tokens/pin-server" --pkcs11-module "$double" "$@"
}

# ---- a slow card stalls nobody ----

start_with_token || bail "the proxy did not start"
gate() { python3 "$top_srcdir/tests/e2e/gate.py" "$https" "$tmp/pki/root.pem" "$tmp/gate" 50; }
ok "while a signature waits, another connection gets 50 answers" \
	is "$(gate)" "$(printf 'fast 200\nslow 200')"
for version in 1.2 1.3; do
	ok "a client with TLS $version gets in" badge --tls $version "$https" /portal/
done
ok "many at once get in" sh -c 'for i in 1 2 3 4 5 6 7 8; do
	"$@" >/dev/null & pids="${pids:-} $!"; done; for p in $pids; do wait $p || exit; done' sh \
	"$top_builddir/badge" --ca "$tmp/pki/root.pem" --sni farm.test "$https" /portal/
ok "the proxy ends well" stop_proxy
ok "the trace names the token and the time of its signature" \
	like "$(cat "$traces"/fr*.xml)" '<Data Name="KeyStore">pkcs11</Data>'
ok "the PIN is in no trace and no log" sh -c '! grep -rq Kalmar-7 "$@"' sh "$traces" "$tmp/logs/proxy"
finish
