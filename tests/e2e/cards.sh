#!/bin/sh
# SPDX-License-Identifier: MIT
# cards.sh - a person, a card and the proxy: the choice among certificates, the
# PIN typed at a terminal, and all the ways a card can refuse (SoftHSM behind the
# test double fixtures/tokens/p11double.c).
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy farm badge fixtures/tokens/p11double.so
need softhsm2-util certtool p11tool openssl python3
make_badges
start_farm web1 || bail "the farm server did not start"
start_proxy --listen 127.0.0.1:0 --farm "$farm_address" --trace all --max-log-files 200 \
	--cert "$tmp/pki/server-chain.pem" --key "$tmp/pki/server.key" \
	--client-ca "$tmp/pki/root.pem" --intermediates "$tmp/pki/issuing.pem" \
	--pkcs11-module "$module" || bail "the proxy did not start"
double=$top_builddir/fixtures/tokens/p11double.so
good='pkcs11:token=badge;object=badge'

# typed PROMPT=ANSWER... -- ARGUMENTS...: badge with a person at a terminal of their
# own, who waits for each prompt and types the answer; prints what the screen showed.
typed() {
	told=0
	for word; do
		shift
		if [ "$word" = -- ] && [ "$told" = 0 ]; then
			told=1
			set -- "$@" -- "$top_builddir/badge" --ca "$tmp/pki/root.pem" --sni farm.test
		else
			set -- "$@" "$word"
		fi
	done
	python3 "$top_srcdir/tests/e2e/prompt.py" "$@" "$https" /portal/
}
card() { badge --module "$module" "$@" "$https" /portal/; }

# gets_in COMMAND...: answered by the farm, which got the good badge's certificate, once.
openssl x509 -in "$tmp/tokens/badge.pem" -outform DER -out "$tmp/wanted.der"
gets_in() {
	"$@" >"$tmp/answer" 2>&1
	got_header X-ARR-ClientCert <"$tmp/answer" >"$tmp/header"
	is "$(wc -l <"$tmp/header")" 1 && base64 -d "$tmp/header" >"$tmp/got.der" &&
		cmp "$tmp/wanted.der" "$tmp/got.der" && return
	cat "$tmp/answer"
	return 1
}

# refused EXIT TEXT COMMAND...: exit status of badge, and what it or the proxy said
refused() {
	wanted=$1 text=$2
	shift 2
	"$@" >"$tmp/answer" 2>&1
	is $? "$wanted" && like "$(cat "$tmp/answer")" "$text" && return
	cat "$tmp/answer"
	return 1
}

# ---- the person at the terminal ----

ok "a PIN typed gets in" gets_in typed 'PIN of token "badge": =4321' -- --module "$module" --uri "$good"
ok "the PIN is not on the screen" unlike "$(cat "$tmp/answer")" 4321
ok "of three certificates one is chosen" gets_in \
	typed 'send none: =1' 'PIN of token "badge": =4321' -- --module "$module"
ok "the choice shows subject, issuer, end and token" like "$(tr -d '\r\n' <"$tmp/answer")" \
	'1  CN=Alice Badge,.*issued by CN=Farm Test Issuing CA.*until 2050-12-31, on token "badge"'
ok "a wrong PIN may be typed again" gets_in \
	typed 'PIN of token "badge": =1111' 'PIN of token "badge": =4321' -- --module "$module" --uri "$good"
ok "after three wrong ones it ends" refused 8 'wrong PIN \(tries made: 3\)' \
	typed 'badge": =1111' 'badge": =2222' 'badge": =3333' -- --module "$module" --uri "$good"
ok "an empty PIN cancels" refused 8 'PIN was cancelled' typed 'badge": =' -- --module "$module" --uri "$good"
ok "an empty choice sends none" refused 4 '403\.7' typed 'send none: =' -- --module "$module"

# ---- scripts ----

ok "a PIN from a file gets in" gets_in card --uri "$good" --pin-file "$tmp/tokens/pin"
pin_from_descriptor() { card --uri "$good" --pin-fd 5 5<"$tmp/tokens/pin"; }
ok "a PIN from a descriptor gets in" gets_in pin_from_descriptor
ok "several certificates and nobody to ask" refused 8 'name one with --uri' setsid "$top_builddir/badge" \
	--ca "$tmp/pki/root.pem" --sni farm.test --module "$module" "$https" /portal/
ok "a cancelled choice sends none" refused 4 '403\.7' card --cancel-choice
for how in close alert; do
	ok "a cancelled PIN: $how" refused 8 'PIN was cancelled' card --uri "$good" --cancel-pin $how
done
ok "a cancelled PIN: none" refused 4 '403\.7' card --uri "$good" --cancel-pin none

# ---- how a card can refuse ----

P11DOUBLE_MODULE=$module
P11DOUBLE_TRIES=$tmp/tries
export P11DOUBLE_MODULE P11DOUBLE_TRIES
strange() { # PIN-FILE ARGUMENTS...: the card is the double
	pin=$1
	shift
	badge --module "$double" --uri "$good" --pin-file "$pin" "$@" "$https" /portal/
}
tries() { is "$(cat "$tmp/tries")" "$1"; }
echo 3 >"$tmp/tries"
ok "a wrong PIN from a file is tried once" refused 8 'wrong PIN' strange "$tmp/tokens/pin2"
ok "it cost one try" tries 2
echo 1 >"$tmp/tries"
ok "the last try is not spent without asking" refused 8 'last PIN try was left alone' strange "$tmp/tokens/pin2"
ok "nor against a person's will" refused 8 'last PIN try was left alone' \
	typed 'Go on (yes/no)? =no' -- --module "$double" --uri "$good"
ok "it is still there" tries 1
ok "wanted and right, it gets in" gets_in \
	typed 'Go on (yes/no)? =yes' 'badge": =4321' -- --module "$double" --uri "$good"
ok "and brings all tries back" tries 3
echo 1 >"$tmp/tries"
ok "wanted and wrong, it locks the card" refused 8 'PIN is locked' strange "$tmp/tokens/pin2" --last-try
ok "a locked card says so, whatever the PIN" refused 8 'PIN is locked' strange "$tmp/tokens/pin"
echo 3 >"$tmp/tries"
slow() { P11DOUBLE_SIGN_MS=300 strange "$tmp/tokens/pin"; }
ok "a slow card gets in" gets_in slow
strict() { P11DOUBLE_ALWAYS_AUTH=1 strange "$tmp/tokens/pin"; }
ok "a key that wants the PIN for each signature gets in" gets_in strict
pulled() { P11DOUBLE_REMOVED=$tmp/tries strange "$tmp/tokens/pin"; }
ok "a card that is not in the reader" refused 8 'no such certificate' pulled

ok "the proxy ends well" stop_proxy

start_proxy --listen 127.0.0.1:0 --farm "$farm_address" --trace off --token-lookup off \
	--cert "$tmp/pki/server-chain.pem" --key "$tmp/pki/server.key" --client-ca "$tmp/pki/other-root.pem" ||
	bail "the proxy did not start"
ok "no certificate fits a server that names other CAs" refused 4 '403\.7' card --pin-file "$tmp/tokens/pin"
finish
