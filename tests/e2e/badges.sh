#!/bin/sh
# SPDX-License-Identifier: MIT
# badges.sh - requests with badges, through curl, gnutls-cli and badge: who gets
# in, what the farm is told of them, and that a PIN is seen by nobody.  Every
# request has a path of its own; by it its trace is found at the end.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge
need softhsm2-util p11tool certtool openssl python3
make_badges
tools=${FREB_TOOLS:-$top_srcdir/../shared/tools}
cd "$tmp" || exit 99

# A PIN that no hash and no port contains by chance.
pin=tulip-90817-meadow
echo "$pin" >pin
echo wrong-61529-guess >wrong-pin
: >^C # a line with no PIN, only the key that interrupts
printf '\003' >^C
GNUTLS_SO_PIN=87654321 GNUTLS_PIN=$pin p11tool --batch --provider "$module" --so-login \
	--initialize-pin pkcs11:token=badge >set-pin 2>&1 || bail "the PIN could not be set"
GNUTLS_PIN=$pin p11tool --batch --provider "$module" --login --write --load-privkey pki/server.key \
	--label server --id 0c pkcs11:token=badge >set-key 2>&1 || bail "the server key could not be stored"

# ---- clients ----

# type_pin FILE... -- COMMAND...: runs it on a terminal and types a FILE's
# content at each question for a PIN; what others can see of the process then
# goes to the file seen.
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
    said, new = said + part, new + part
    if typed and re.search(rb'PIN of token "[^"]*": $', new):
        os.write(fd, open(typed.pop(0), "rb").read())
        new = b""
    if part:
        with open("seen", "ab") as seen:
            for what in "cmdline", "environ":
                seen.write(open("/proc/%d/%s" % (pid, what), "rb").read())
sys.stdout.buffer.write(said.replace(b"\r\n", b"\n"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
type_pin() { python3 type_pin.py "$@" >answer 2>&1; }

by_badge() { badge --module "$module" --uri 'pkcs11:token=badge;object=badge' "$@"; }
with_pin() { by_badge --pin-file pin "$@" >answer 2>&1; }
by_curl() { curl -sS --cacert pki/root.pem -w '\n%{http_code}\n' "$@" >answer 2>&1; }

# curl hands its arguments to anybody who looks: the PIN stands in a file.
curl_with_badge() { # ARGUMENTS...
	cat >curlrc <<END
cert = "pkcs11:token=badge;object=badge;type=cert"
key = "pkcs11:token=badge;object=badge;type=private;pin-value=$pin"
END
	PKCS11_MODULE_PATH=$module by_curl --engine pkcs11 --cert-type ENG --key-type ENG -K curlrc "$@"
}

gnutls_with_badge() { # PRIORITY PATH
	printf 'GET %s HTTP/1.1\r\nHost: farm.test\r\nConnection: close\r\n\r\n' "$2" |
		GNUTLS_PIN=$pin gnutls-cli --logfile gnutls.log --provider "$module" --priority "$1" \
			--x509cafile pki/root.pem --sni-hostname farm.test --verify-hostname farm.test \
			--x509certfile 'pkcs11:token=badge;object=badge;type=cert' \
			--x509keyfile 'pkcs11:token=badge;object=badge;type=private' \
			-p "${https##*:}" 127.0.0.1 >answer 2>&1
}

# ---- what they got ----

got() { # STATUS...: final statuses in the answer, of badge, gnutls-cli, or the one of curl
	is "$(sed -n -e 's|^HTTP/1\.1 \([2-9][0-9][0-9]\) .*|\1|p' -e '/^[2-5][0-9][0-9]$/p' answer |
		tr '\n' ' ')" "$* " || { cat answer; return 1; }
}

# The fields that a server might take for X-ARR-ClientCert, as NAME VALUE.
certificate_fields() {
	grep '^{"server":' answer | tail -n 1 | python3 -c '
import json, sys
for name, value in json.load(sys.stdin)["headers"]:
    if name.lower().replace("_", "-") == "x-arr-clientcert":
        print(name, value)'
}

# The farm was told of exactly one certificate, and of exactly this one.
farm_saw() { # CERTIFICATE.pem
	certificate_fields >fields
	is "$(cut -d ' ' -f 1 fields)" X-ARR-ClientCert || { cat answer; return 1; }
	openssl x509 -in "$1" -outform DER -out wanted.der || return 1
	cut -d ' ' -f 2 fields | base64 -d | cmp - wanted.der
}

farm_saw_none() {
	like "$(cat answer)" '^\{"server":' && is "$(certificate_fields)" ''
}

all() { # COMMAND...: with "and" between them
	while [ $# -gt 0 ]; do
		command=
		while [ $# -gt 0 ] && [ "$1" != and ]; do
			command="$command '$1'"
			shift
		done
		[ $# = 0 ] || shift
		eval "$command" || return 1
	done
}

# ---- traces ----

trace_of() { # PATH [NTH]: the file of its NTH request
	grep -l "^<failedRequest url=\"[^\"]*:[0-9]*$1\"" traces/W3SVC1/fr*.xml | sed -n "${2:-1}p"
}

value() { # FILE EVENT NAME: of Data in the first such event
	sed "s/^/$2 /" <<END | python3 -c '
import sys
import xml.etree.ElementTree as ET
e = "{http://schemas.microsoft.com/win/2004/08/events/event}"
event, path, name = sys.stdin.readline().rstrip("\n").split(" ", 2)
path, name = path, name
for ev in ET.parse(path).getroot().findall(e + "Event"):
    if ev.find(e + "RenderingInfo/" + e + "Opcode").text == event:
        for d in ev.find(e + "EventData"):
            if d.get("Name") == name:
                print(d.text or "")
                sys.exit()'
$1 $3
END
}
