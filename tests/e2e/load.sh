#!/bin/sh
# SPDX-License-Identifier: MIT
# load.sh - ten thousand requests with certificates over 64 kept-alive
# connections, every one traced: no error, as many traces, each of them whole,
# and memory that does not grow.  One site per half, as a site keeps less than
# ten thousand traces.  SANITIZERS set: a tenth of it, and memory is not judged.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview farm badge
need certtool python3
"$top_srcdir/fixtures/pki/make.sh" "$tmp/pki" || bail "the test PKI could not be made"
. "$top_srcdir/tests/e2e/look.sh"
cd "$tmp" || exit 99
half=5000
[ -z "${SANITIZERS:-}" ] || half=500

start_farm web1 || bail "no farm"
web1=$farm_address
start_farm web2 || bail "no farm"
site() { # NAME ID
	cat <<END
<site name="$1" id="$2"><bindings><binding protocol="https" bindingInformation="127.0.0.1:0:$1"
	certificate="pki/server-chain.pem" key="pki/server.key"/></bindings>
<access sslFlags="Ssl, SslNegotiateCert, SslRequireCert"/>
<traceFailedRequestsLogging maxLogFiles="10000"/>
<tracing><traceFailedRequests><add path="*"><failureDefinitions statusCodes="100-999"/></add>
</traceFailedRequests></tracing></site>
END
}
cat >frebproxy.xml <<END
<configuration>
<clientCertificates caFile="pki/root.pem" intermediatesFile="pki/issuing.pem" crlFile="pki/crl.pem"/>
<pkcs11 tokenLookup="false"/>
<sites>$(site warm.test 1)$(site first.test 2)$(site second.test 3)$(site third.test 4)</sites>
<webFarms><webFarm name="farm">
<server address="127.0.0.1"><applicationRequestRouting httpPort="${web1##*:}"/></server>
<server address="127.0.0.1"><applicationRequestRouting httpPort="${farm_address##*:}"/></server>
</webFarm></webFarms>
</configuration>
END
start_proxy --config frebproxy.xml || bail "no proxy"

load() { # SITE: half of the requests
	badge --no-verify --sni "$1" --cert pki/software-chain.pem --key pki/software.key --load 64 \
		--repeat "$half" "$https" "/$1" >answer 2>&1
	is $? 0 && like "$(cat answer)" "^requests $half answered $half bad 0 connections 64 "
}
# All traces of the load are written when there is one more than there were requests.
all_written() { # SITE ID
	badge --no-verify --sni "$1" --cert pki/software-chain.pem --key pki/software.key "$https" /last >answer 2>&1
	got 200 && wait_ready proxy "$(printf 'traces/W3SVC%u/fr%06u.xml' "$2" $((half + 1)))"
}
resident() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$(pid_of proxy)/status"; }
# What lay in the queue of traces leaves its mark on the size, and how much that
# was depends on the machine's other work.  What leaks grows on with a third half.
no_growth() { # BEFORE AFTER, in kB
	at_most "$2" $(($1 * 12 / 10)) && return
	load third.test && all_written third.test 4 && at_most "$(resident)" $(($2 * 12 / 10))
}

ok "$half requests to warm up" load warm.test
ok 'and their traces' all_written warm.test 1
rm -r traces/W3SVC1
ok "$half requests over 64 connections without an error" load first.test
ok 'all of them are traced' all_written first.test 2
before=$(resident)
ok "$half more" load second.test
ok 'all of them are traced, too' all_written second.test 3
after=$(resident)
echo "# VmRSS $before kB after the first half, $after kB after the second"
if [ -n "${SANITIZERS:-}" ]; then
	skip 'memory does not grow' 'sanitizers keep what was freed'
else
	ok 'memory does not grow' no_growth "$before" "$after"
fi
ok 'the proxy ends as it should' stop_proxy

traced() { find traces/W3SVC2 traces/W3SVC3 "$@"; }
counted() { # the proxy's own count, and that of the folders
	like "$(cat logs/proxy)" 'traces written [0-9]+, failed 0, dropped 0$' &&
		is "$(traced -name 'fr*.xml' | wc -l)" $((2 * half + 2)) &&
		is "$(traced -type f ! -name 'fr*.xml')" ''
}
whole() { # two programs at once, each with as many files as a command line takes
	traced -name 'fr*.xml' | xargs -n 500 -P 2 sh -c '"$0" --check "$@" >check.$$ && exit
		grep -v ": ok," check.$$
		exit 1' "$frebview" && is "$(cat check.* | grep -c ': ok,')" $((2 * half + 2))
}
different() { # each has its activity
	is "$(traced -name 'fr*.xml' -exec grep -hm 1 '^ *activityId="' {} + | sort -u | wc -l)" $((2 * half + 2))
}
grammar() { # every twentieth
	traced -name 'fr*[02468]0.xml' | xargs python3 "$tools/freb-grammar" --paired
}
ok 'not one trace is missing or too many' counted
ok 'each is well-formed' whole
ok 'each has an activity of its own' different
if [ -f "$tools/freb-grammar" ]; then
	ok 'an independent grammar agrees' grammar
else
	skip 'an independent grammar agrees' 'freb-grammar is not here'
fi
finish
