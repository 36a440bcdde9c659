#!/bin/sh
# SPDX-License-Identifier: MIT
# hang.sh - a token that hangs for ever: handshakes that need it fail with the
# reason, everything else goes on, and the proxy can be reloaded and stopped
# (SoftHSM behind the test double fixtures/tokens/p11double.c).
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge fixtures/tokens/p11double.so
need softhsm2-util certtool p11tool python3 openssl
make_badges
make_server_token
start_farm web1 || bail "the farm server did not start"
double=$top_builddir/fixtures/tokens/p11double.so
P11DOUBLE_MODULE=$module
P11DOUBLE_HANG=$tmp/hang
export P11DOUBLE_MODULE P11DOUBLE_HANG
cd "$tmp" || exit 99
. "$top_srcdir/tests/e2e/look.sh"

hangs() { mkfifo hang; }
answers() { # all that hang go on
	exec 9>hang
	rm hang
	exec 9>&-
}

# ---- beside a binding whose key is on the token, one whose key is in a file ----
mkdir ca
start ca python3 "$top_srcdir/tests/e2e/revserver.py" ca ca.ready
wait_ready ca ca.ready || bail "the CA's server did not start"
certtool --generate-crl --load-ca-certificate pki/issuing.pem --load-ca-privkey pki/issuing.key \
	--template "$top_srcdir/fixtures/pki/crl.tmpl" --outder --outfile ca/new.crl >make.log 2>&1
{ grep -v '^crl_dist' "$top_srcdir/fixtures/pki/software.tmpl"
	echo "crl_dist_points = \"http://127.0.0.1:$(cat ca.ready)/new.crl\""; } >fetched.tmpl
certtool --generate-privkey --key-type ecdsa --curve secp256r1 --no-text --outfile fetched.key 2>make.log
certtool --generate-certificate --hash SHA256 --no-text --load-privkey fetched.key \
	--load-ca-certificate pki/issuing.pem --load-ca-privkey pki/issuing.key \
	--template fetched.tmpl 2>>make.log | cat - pki/issuing.pem >fetched.pem

config() { # TIMEOUT TOKEN-LOOKUP
	cat >frebproxy.xml <<-XML
	<configuration>
	  <process workers="1"/>
	  <pkcs11 tokenLookup="$2" timeout="$1"><module path="$double"/></pkcs11>
	  <clientCertificates caFile="pki/root.pem" intermediatesFile="pki/issuing.pem"
	    crlFile="pki/root-crl.pem" revocation="hard" fetchCrl="true"/>
	  <sites>
	    <site name="portal" id="1" webFarm="portal">
	      <bindings>
	        <binding protocol="https" bindingInformation="127.0.0.1:0:" certificate="pki/server-chain.pem"
	          key="$server_key" pinSource="tokens/pin-server"/>
	        <binding protocol="https" bindingInformation="127.0.0.2:0:" certificate="pki/server-chain.pem"
	          key="pki/server.key"/>
	      </bindings>
	      <access sslFlags="Ssl, SslNegotiateCert, SslRequireCert"/>
	      <traceFailedRequestsLogging enabled="true" maxLogFiles="200"/>
	      <tracing><traceFailedRequests><add path="*"><failureDefinitions statusCodes="200-599"/></add></traceFailedRequests></tracing>
	    </site>
	  </sites>
	  <webFarms><webFarm name="portal"><server address="127.0.0.1">
	    <applicationRequestRouting httpPort="${farm_address##*:}"/></server></webFarm></webFarms>
	</configuration>
	XML
}

by_token() { badge --cert fetched.pem --key fetched.key "$https" /portal/; }
by_file() { badge --cert fetched.pem --key fetched.key "$file_key" /portal/; }
# shellcheck disable=SC2046 # words
checked_handshakes() { checked $(grep -lE 'url="https' "$traces"/fr*.xml); }
is_refused() { ! by_token >/dev/null 2>&1; }

config 3s false
ok "the proxy starts" start_proxy --config frebproxy.xml
file_key=$(sed -n 's/^https //p' proxy.ready | grep -F 127.0.0.2)
ok "a client gets in by the key on the token" by_token
hangs
rm -r state/crl-cache
ok "while the token hangs, who needs it is refused" is_refused
ok "so is the next" is_refused
ok "the log says so" wait_log 'server key pkcs11:token=server.*: new connections cannot be served: pkcs11[^ ]*: the token does not answer \(busy since [0-9]+ s\)'
ok "another key serves, and asks a CA's server" by_file
ok "eight at once are refused, too" sh -c 'for i in 1 2 3 4 5 6 7 8; do
	"$@" >/dev/null 2>&1 & pids="${pids:-} $!"; done; for p in $pids; do wait $p && exit 1; done; :' sh \
	"$top_builddir/badge" --ca pki/root.pem --sni farm.test "$https" /portal/
kill -HUP "$(pid_of proxy)"
ok "a reload that needs the token fails" wait_log 'server certificate or its key cannot be used: pkcs11[^ ]*: the token does not answer \(busy since [0-9]+ s\)'
ok "and changes nothing" wait_log 'the configuration was not loaded; the old one stays'
ok "the other key serves on" by_file
answers
ok "once it answers, that is told" wait_log 'server key pkcs11:token=server.*: the token can be used again'
ok "clients get in by it again" by_token
ok "each is told once" is "$(grep -c 'cannot be served\|be used again' logs/proxy)" 2
hangs
ok "when it hangs again, who needs it is refused" is_refused
ok "the proxy can be stopped all the same" stop_proxy
ok "it says what it left behind" like "$(cat logs/proxy)" 'a token does not answer: ending without it'
ok "the trace of the refused handshake names the reason" like "$(cat "$traces"/fr*.xml)" \
	'ErrorText">the proxy&apos;s own key is not available, its token does not answer: pkcs11:token=server[^<]*: busy since [0-9]+ s<'
ok "its traces are whole" checked_handshakes

# ---- it hangs at the start ----
config 1s false
starts() { start_proxy --config frebproxy.xml; }
no_start() { ! starts && ! stop proxy; }
ok "with a token that hangs the proxy does not start" no_start
ok "and says why" like "$(cat logs/proxy)" 'error: .*PKCS#11 module.* answer|the token does not answer'
rm hang

# ---- tokens in view ----
config 1s true
sed -i "s|key=\"pkcs11[^\"]*\" pinSource=\"[^\"]*\"|key=\"pki/server.key\"|" frebproxy.xml
hangs
ok "with tokens in view that hang it starts" starts
ok "and says what it does not know" wait_log 'the tokens in view do not answer: nothing is known of them yet'
found() { # REGEX: what the newest trace says of the tokens in view
	last=$(find "$traces" -name 'fr*.xml' | sort | tail -n 1)
	[ -n "$last" ] && events "$last" AUTH_TOKEN_LOOKUP >lookup && like "$(cat lookup)" "$1"
}
in_view() { badge --module "$module" --uri 'pkcs11:token=badge;object=badge' --pin-file tokens/pin "$https" /portal/; }
until_found() { # REGEX: each time is a handshake, so nobody sleeps
	tries=0
	until in_view >unseen 2>&1; found "$1" >unseen; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || { cat lookup; return 1; }
	done
}
ok "clients get in" by_token
ok "the trace tells that nothing is known" until_found 'Found="no", ErrorCode="48"'
answers
ok "once they answer, what is on them is known" until_found 'Found="yes", ErrorCode="0"'
ok "and it can be stopped" stop_proxy

# ---- tokens put in and pulled out ----
P11DOUBLE_REMOVED=$tmp/removed
export P11DOUBLE_REMOVED
config 30s true
sed -i -e "s|key=\"pkcs11[^\"]*\" pinSource=\"[^\"]*\"|key=\"pki/server.key\"|" \
	-e 's|caFile|crlFile="pki/crl.pem" &|; s|crlFile="pki/root-crl.pem"||' frebproxy.xml
touch removed
trace_dir=$tmp/readers
ok "without a token in its reader it starts" starts
ok "a badge is not found" until_found 'Found="no"'
rm removed
ok "once it is put in, it is, without a restart" until_found 'Found="yes"'
touch removed
ok "and once it is pulled out, not any more" until_found 'Found="no"'
ok "that proxy ends well" stop_proxy
rm removed
mkfifo events
P11DOUBLE_EVENTS=$tmp/events
export P11DOUBLE_EVENTS
ok "with a module that tells of events by itself it starts" starts
echo >events	# returns when the module waits for one
ok "a badge is found there, too" until_found 'Found="yes"'
ok "it can be stopped while the module waits" stop_proxy
ok "and has nothing to complain of" unlike "$(cat logs/proxy)" 'warning|error'

# ---- another module hangs, which GnuTLS asks for each token ----
unset P11DOUBLE_EVENTS
cp "$module" second.so
config 1s false
sed -i "s|<module path=\"[^\"]*\"/>|&<module path=\"$tmp/second.so\"/>|" frebproxy.xml
touch removed
trace_dir=$tmp/two
ok "with the token in another module the proxy starts" starts
ok "a client gets in by its key" by_token
hangs
ok "while the module without it hangs, the log says that it cannot be looked at" \
	wait_log 'server key pkcs11:token=server.*: the token cannot be looked at \(since [0-9]+ s\)'
ok "clients get in by it" by_token
kill -HUP "$(pid_of proxy)"
ok "a reload does not make its keys" wait_log 'the configuration was not loaded; the old one stays'
ok "but those of before serve on" by_token
ok "nothing else is said of it" unlike "$(cat logs/proxy)" 'cannot be served'
answers
ok "that proxy ends well" stop_proxy
finish
