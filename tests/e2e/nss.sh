#!/bin/sh
# SPDX-License-Identifier: MIT
# nss.sh - NSS (the library of Firefox) as the client: each way a handshake ends,
# and a badge whose key NSS asks a token for, by PIN.  The rows are
#	RESULT | REGEX of the reason | arguments of tstclnt
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm
need certtool openssl softhsm2-util
for tool in tstclnt certutil pk12util modutil; do
	command -v $tool >/dev/null || skip_all "no $tool (libnss3-tools)"
done
make_badges
cd "$tmp" || exit 99
start_farm web1 || bail "no farm"
printf 'GET / HTTP/1.1\r\nHost: farm.test\r\nConnection: close\r\n\r\n' >request

# A person's certificate store: the CA that is believed, Alice's certificate, her card.
store() {
	mkdir store && certutil -N -d sql:store --empty-password &&
		certutil -A -d sql:store -n root -t C,, -i pki/root.pem &&
		openssl pkcs12 -export -in pki/software-chain.pem -inkey pki/software.key \
			-name carol -out carol.p12 -passout pass: &&
		pk12util -i carol.p12 -d sql:store -W '' -K '' &&
		modutil -dbdir sql:store -add card -libfile "$module" -force
}
store >logs/store 2>&1 || bail "the store could not be made"
nss() { # ARGUMENTS...
	timeout 30 tstclnt -h "${https%:*}" -p "${https##*:}" -a farm.test -A request "$@"
}

up() {
	rm -rf traces
	start_proxy --listen 127.0.0.1:0 --farm "$farm_address" --trace all --workers 1 \
		--cert pki/server-chain.pem --key pki/server.key --client-ca pki/root.pem \
		--intermediates pki/issuing.pem --pkcs11-module "$module"
}
down() { stop_proxy && "$top_builddir/frebview" --check traces/W3SVC1/fr*.xml >check.out; }
said() { # EVENT: its data in the first trace
	"$top_builddir/frebview" --tsv traces/W3SVC1/fr000001.xml |
		awk -F '\t' -v name="$1" '$3 == name { print $4 }'
}
ends() { # RESULT REGEX ARGUMENTS...
	result=$1 regex=$2
	shift 2
	up || return 1
	nss "$@" >client.out 2>&1
	down || return 1
	said SECURITY_HANDSHAKE_END >end
	like "$(cat end)" "Result=\"$result\"" && like "$(cat end)" "$regex" && return
	cat client.out
	return 1
}

while IFS='|' read -r result regex arguments; do
	regex=$(printf '%s' "$regex" | sed 's/^[ 	]*//; s/[ 	]*$//')
	# shellcheck disable=SC2086 # words
	ok "$result:$arguments" ends $result "$regex" $arguments
done <<'END'
ok     | ErrorCode="0" | -d sql:store -n carol -V tls1.3:tls1.3
ok     | ErrorCode="0" | -d sql:store -n carol -V tls1.2:tls1.2
ok     | ErrorCode="0" | -D -o -V tls1.3:tls1.3
ok     | ErrorCode="0" | -D -o -V tls1.2:tls1.2
failed | no common TLS version: the client offers TLS 1\.1; TLS 1\.2 and TLS 1\.3 are | -D -o -V tls1.1:tls1.1
failed | no cipher suite of the client fits the EC.ECDSA key .*ECDHE_RSA | -D -o -V tls1.2:tls1.2 -c :C02F
failed | no common signature algorithm: the key .* is EC.ECDSA, the client offers rsa | -D -o -V tls1.3:tls1.3 -J rsa_pss_rsae_sha256
failed | no common signature algorithm: the key .* is EC.ECDSA, the client offers rsa | -D -o -V tls1.2:tls1.2 -J rsa_pss_rsae_sha256
failed | alert .*: the client does not accept the proxy's own certificate | -D -V tls1.3:tls1.3
failed | alert .*: the client does not accept the proxy's own certificate | -D -V tls1.2:tls1.2
END

by_card() { # VERSION
	up || return 1
	nss -d sql:store -n badge:badge -W tokens/pin -V "$1:$1" >client.out 2>&1
	down || return 1
	like "$(cat client.out)" '^HTTP/1\.1 200' && like "$(said AUTH_TOKEN_IDENTITY_END)" 'alice@farm\.test' &&
		like "$(said SECURITY_CERTIFICATE_VERIFIED)" 'Valid="yes"' && return
	cat client.out
	return 1
}
ok "TLS 1.3: a badge's key signs, by PIN" by_card tls1.3
ok "TLS 1.2: a badge's key signs, by PIN" by_card tls1.2
finish
