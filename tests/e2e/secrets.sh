#!/bin/sh
# SPDX-License-Identifier: MIT
# secrets.sh - where a PIN may not be found: traces, logs, the command line, the
# environment and the memory of the proxy, whose own key is on a token, while
# people with badges come and go.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy farm badge
need softhsm2-util certtool p11tool python3
make_badges
make_server_token
start_farm web1 || bail "the farm server did not start"
pins='Kalmar-7 87654321'	# of the server's token: the user's, the officer's
cd "$tmp" || exit 99
start_proxy --listen 127.0.0.1:0 --farm "$farm_address" --trace all --max-log-files 200 \
	--cert pki/server-chain.pem --key "$server_key" --pin-source tokens/pin-server \
	--client-ca pki/root.pem --intermediates pki/issuing.pem --pkcs11-module "$module" ||
	bail "the proxy did not start"
proxy=/proc/$(pid_of proxy)

for version in 1.2 1.3; do
	ok "a badge gets in with TLS $version" badge --tls $version --module "$module" \
		--uri 'pkcs11:token=badge;object=badge' --pin-file tokens/pin "$https" /portal/
done
# hides FILE...: none of the PINs is in them; they are there and can be read
hides() {
	for file; do
		[ -r "$file" ] || { echo "$file cannot be read"; return 1; }
		for pin in $pins; do
			! grep -aq -e "$pin" "$file" || { echo "$file has a PIN"; return 1; }
		done
	done
}
ok "no PIN is on the command line" hides "$proxy/cmdline"
ok "no PIN is in the environment" hides "$proxy/environ"
in_memory() {
	[ -z "${SANITIZERS:-}" ] || return 4
	python3 "$top_srcdir/tests/e2e/memory.py" "$(pid_of proxy)" "$@"
}
seen=$(in_memory frebproxy)
case $? in
0)
	ok "the proxy's memory can be searched" like "$seen" '^frebproxy '
	# shellcheck disable=SC2086 # words
	ok "no PIN is left in it" is "$(in_memory $pins)" ''
	;;
3) skip "no PIN is left in the memory" "not even its owner may look into it" ;;
4) skip "no PIN is left in the memory" "a sanitizer's shadow memory is terabytes, and keeps what was freed" ;;
*) ok "the proxy's memory can be searched" false ;;
esac
ok "a crash leaves no core dump" like "$(grep 'core file size' "$proxy/limits")" ' 0 +0 +bytes'
ok "what is below /proc belongs to root" is "$(stat -c %u "$proxy/mem")" 0
ok "the proxy ends well" stop_proxy
ok "no PIN is in a trace" hides "$traces"/fr*.xml
ok "no PIN is in a log" hides logs/proxy logs/web1
for uri in "$server_key?pin-value=Kalmar-7" "pkcs11:token=server;pin-value=Kalmar-7"; do
	refused() { ! "$top_builddir/frebproxy" --check --listen 127.0.0.1:0 --farm "$farm_address" \
		--cert pki/server-chain.pem --key "$uri" >logs/refused 2>&1; }
	ok "a PIN in a URI is refused" refused
	ok "with the reason" like "$(cat logs/refused)" 'a PIN in the URI \(pin-value\) is refused'
	ok "and is not repeated" hides logs/refused
done
finish
