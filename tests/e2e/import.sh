#!/bin/sh
# SPDX-License-Identifier: MIT
# import.sh - frebproxy --import: an applicationHost.config of IIS becomes a frebproxy.xml that
# --check accepts and that works; what was not understood is told; hostile input gets one message.
# With FREB_RECORD=1 the expected files below fixtures/import are written anew.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy farm
need python3 openssl
frebproxy=$top_builddir/frebproxy
fixture=$top_srcdir/fixtures/import
. "$top_srcdir/tests/e2e/look.sh"
cd "$tmp" || exit 99
cp "$fixture/applicationHost.config" . || exit 99
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=roots' \
	-keyout key.pem -out roots.pem 2>logs/openssl || bail 'no certificate could be made'

import() { # ARGUMENT...: keeps out and err
	"$frebproxy" --import "$@" >out 2>err
}
bare() { sed '/^<!--/,/^-->/d' "$1"; } # FILE without the comment

# ---- the whole ----

expected() { # FILE NAME
	[ -z "${FREB_RECORD:-}" ] || cp "$1" "$fixture/$2"
	diff "$fixture/$2" "$1"
}
golden() {
	import applicationHost.config --client-ca roots.pem && cp out frebproxy.xml && cp err notes &&
		expected out expected.xml
}
accepted() {
	"$frebproxy" --check -f frebproxy.xml >check.out 2>&1 || { cat check.out; return 1; }
	like "$(cat check.out)" '^configuration ok: 4 sites, 6 bindings, 3 web farms with 6 servers'
}
again() {
	import applicationHost.config --client-ca roots.pem && cmp out frebproxy.xml &&
		import frebproxy.xml && bare frebproxy.xml >first && bare out | cmp first -
}
secrets() {
	grep -oE '\[enc:[^"]*|sessionKey="[^"]*' applicationHost.config | cut -c 14-30 >secrets
	is "$(wc -l <secrets)" 4 && ! grep -hFf secrets frebproxy.xml notes
}
strict() { # a rule that is not understood never makes a path open
	sed 's/SslRequireCert, SslMapCert/SslRequireCert, SslSmartCard/' applicationHost.config >strict.config
	import strict.config && like "$(cat err)" 'access/@sslFlags "API/admin": a word of it is not known' &&
		is "$(grep -A 1 'path="/admin"' out | xargs)" \
			'<location path=/admin> <access sslFlags=Ssl, SslNegotiateCert, SslRequireCert/>'
}
ok 'a configuration with two web farms is imported' golden
ok 'what was not understood is told with its place and what to do' expected notes expected.notes
ok 'frebproxy --check accepts the result' accepted
ok 'the same comes again, also out of the result itself' again
ok 'nothing that was encrypted, and no key, is repeated' secrets
ok 'flags that are not known make the strictest rule' strict

# ---- encodings ----

encoded() { # NAME PYTHON-CODEC MARK
	mkdir "$1" && python3 -c '
import sys
text = open("applicationHost.config", encoding="utf-8").read().replace("\n", "\r\n")
text = text.replace("UTF-8", "utf-16" if "16" in sys.argv[1] else "UTF-8")
open(sys.argv[3], "wb").write(bytes.fromhex(sys.argv[2]) + text.encode(sys.argv[1]))' \
		"$2" "$3" "$1/applicationHost.config" && (cd "$1" && cp ../roots.pem . &&
		import applicationHost.config --client-ca roots.pem && cmp out ../frebproxy.xml &&
		cmp err ../notes)
}
ok 'UTF-16 as Windows writes it' encoded utf16 utf-16-le fffe
ok 'UTF-16, the other byte first' encoded utf16be utf-16-be feff
ok 'UTF-8 with a byte order mark' encoded utf8 utf-8 efbbbf

# ---- hostile input ----

refuses() { # FILE REGEX
	rm -f new.xml
	import "$1" --output new.xml
	is $? 2 && like "$(cat err)" "$2" && is "$(ls new.xml* 2>/dev/null)" '' && is "$(cat out)" ''
}
refused_text() { # TEXT REGEX
	printf "$1" >hostile.config
	refuses hostile.config "$2"
}
large() {
	head -c 70000000 /dev/zero | tr '\0' ' ' >large.config
	refuses large.config 'large\.config: the file is too large; allowed: 67108864 bytes'
	status=$?
	rm -f large.config
	return $status
}
deep() {
	python3 -c 'print("<configuration>" + "<a>" * 100000)' >deep.config
	refuses deep.config 'deep\.config:1: the XML is not well-formed'
}
ok 'entities of its own are refused' refused_text \
	'<!DOCTYPE c [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><configuration>&b;</configuration>' \
	'hostile\.config:1: a document type is not allowed'
ok 'no file is fetched' refused_text \
	'<!DOCTYPE c SYSTEM "file:///etc/passwd"><configuration/>' 'a document type is not allowed'
ok 'half a character of UTF-16' refused_text '\377\376<\000c' 'begins as UTF-16 does, but is not'
ok 'a lone half of a pair' refused_text '\377\376\000\330<\000' 'begins as UTF-16 does, but is not'
ok 'no XML' refused_text 'Windows Registry Editor' 'the XML is not well-formed'
ok 'an empty file' refused_text '' 'the XML is not well-formed|there is no XML'
ok 'another root' refused_text '<web/>' 'the root element is not configuration; allowed: an application'
ok 'no web farm' refused_text '<configuration><sites/></configuration>' 'there is no web farm with a server'
ok 'a file that is too large' large
ok 'elements without end' deep
ok 'a file that is not there' refuses nowhere.config 'nowhere\.config: No such file'
ok 'a folder' refuses "$tmp" 'Is a directory'

# ---- the output ----

output() {
	import applicationHost.config --client-ca roots.pem --output made.xml &&
		cmp made.xml frebproxy.xml && is "$(cat out)" '' &&
		import applicationHost.config --client-ca roots.pem --output made.xml
}
kept() { # what somebody has worked on
	echo '<!-- mine -->' >>made.xml && cp made.xml mine.xml
	import applicationHost.config --client-ca roots.pem --output made.xml
	is $? 2 && like "$(cat err)" 'made\.xml: it is there already and differs' && cmp made.xml mine.xml
}
flags() {
	import applicationHost.config --farm 127.0.0.1:1
	is $? 2 && like "$(cat err)" '^--farm: not together with --import' || return 1
	"$frebproxy" --output x --farm 127.0.0.1:1 2>err
	is $? 2 && like "$(cat err)" '^--output: it goes with --import'
}
ok 'a file is written whole, and the same file again is fine' output
ok 'a file that differs is left alone' kept
ok 'other flags have no business there' flags

# ---- what rules mean ----

# The rules stand before ARR's own rule for farm a, in the file rules.config.
rules_config() { # GLOBAL-RULES RULES LOCATIONS
	cat >rules.config <<-END
		<configuration><system.applicationHost><sites><site name="one" id="1"><bindings>
		<binding protocol="http" bindingInformation="127.0.0.1:0:"/>
		</bindings></site></sites></system.applicationHost><system.webServer><rewrite>
		<rules>$2<rule name="ARR_a_loadbalance" patternSyntax="Wildcard" stopProcessing="true">
		<match url="*"/><action type="Rewrite" url="http://a/{R:0}"/></rule></rules>
		<globalRules>$1</globalRules></rewrite></system.webServer>$3<webFarms>
		<webFarm name="a"><server address="${a%:*}"><applicationRequestRouting
		httpPort="${a#*:}"/></server></webFarm><webFarm name="b"><server address="${b%:*}">
		<applicationRequestRouting httpPort="${b#*:}"/></server></webFarm></webFarms>
		</configuration>
	END
}
condition() { printf '<add input="{%s}" pattern="%s" %s/>' "$1" "$2" "${3:-}"; } # INPUT PATTERN [MORE]
to_b='type="Rewrite" url="http://b/{R:0}"' to_b_group='type="Rewrite" url="http://b/{R:1}"'
stops='stopProcessing="true"'
rule() { # CONDITIONS [URL [ACTION [ATTRIBUTES]]]
	printf '<rule name="r" %s><match url="%s"/>%s<action %s/></rule>' "${4-$stops}" "${2:-(.*)}" \
		"${1:+<conditions>$1</conditions>}" "${3:-$to_b}"
}
# The farm of the site, and before it the rules called r without their names.
routes() {
	sed -n 's|^ *<rule name="r" \(.*\)/>$|\1|p; s|^ *<site .* webFarm="\([^"]*\)".*|\1|p' out |
		paste -sd ' '
}
becomes() { # GLOBAL-RULES ROUTES [NOTE]: without a note nothing may be said of rules
	rules_config "$1" '' ''
	import rules.config && is "$(routes)" "$2" && cp out rules.xml &&
		"$frebproxy" --check -f rules.xml >check.out 2>&1 || { cat check.out; return 1; }
	[ -n "${3:-}" ] || { unlike "$(cat err)" 'ules/rule'; return; }
	like "$(cat err)" "ules/rule$3"
}
a=127.0.0.1:1 b=127.0.0.1:2
left='/conditions/add "r": a condition that routing rules do not have, so its rule was left out'
aborts='type="AbortRequest"'

ok 'a header that is not there cannot be asked for' \
	becomes "$(rule "$(condition HTTP_X '^$')")" a "$left"
ok 'nor one that is empty, as a wildcard' \
	becomes "$(rule "$(condition HTTP_X '')" '*' '' 'patternSyntax="Wildcard"')" a "$left"
for every in '.*' '(.*)' '^.*$' '^(.*)$'; do
	ok "a condition that always holds asks nothing: $every" \
		becomes "$(rule "$(condition HTTP_X "$every")$(condition REMOTE_ADDR "$every")")" b
done
ok 'the same as a wildcard' becomes "$(rule "$(condition HTTP_X '*')" '*' '' \
	'patternSyntax="Wildcard" stopProcessing="true"')" b
ok 'what always holds makes a rule that never does, negated' \
	becomes "$(rule "$(condition HTTP_X '.*' 'negate="true"')")" a '/conditions/add "r": it never holds'
any() { printf '%s' "$1" | sed 's/<conditions>/<conditions logicalGrouping="MatchAny">/'; } # RULES
ok 'one of several that always holds is enough' \
	becomes "$(any "$(rule "$(condition HTTP_HOST '^x$')$(condition HTTP_X '.*')")")" b
ok 'one of several that never holds counts for nothing' \
	becomes "$(any "$(rule "$(condition HTTP_HOST '^x$')$(condition HTTP_X '.*' 'negate="true"')")")" \
	'a host="x" webFarm="b"'
ok 'another negated condition is no rule' \
	becomes "$(rule "$(condition HTTP_X '^a$' 'negate="true"')")" a "$left"
ok 'headers ignore case, as IIS does' \
	becomes "$(rule "$(condition HTTP_X_STAGE '^blue$')")" \
	'a header="x-stage" headerValue="blue" ignoreHeaderCase="true" webFarm="b"'
ok 'unless it is told not to' \
	becomes "$(rule "$(condition HTTP_X_STAGE '^blue$' 'ignoreCase="false"')")" \
	'a header="x-stage" headerValue="blue" webFarm="b"'
ok 'a variable that only looks like a header' becomes "$(rule "$(condition HTTP_URL '^/a$')")" a "$left"
ok 'two variables at once' becomes "$(rule "$(condition 'HTTP_X}-{HTTP_Y' '^a$')")" a "$left"
ok 'methods ignore case' becomes "$(rule "$(condition REQUEST_METHOD '^(get|Head)$')")" \
	'a method="GET,HEAD" webFarm="b"'
ok 'a method that is none' becomes "$(rule "$(condition REQUEST_METHOD '^(GET|)$')")" a "$left"
ok 'a host with a port' becomes "$(rule "$(condition HTTP_HOST '^intranet:8080$')")" a \
	'/conditions/add "r": IIS compares the host with its port'
port() { # PORT NOTES: a host without a port, where requests have one
	rules_config "$(rule "$(condition HTTP_HOST '^x$')")" '' '' && sed -i "s/:0:/:$1:/" rules.config &&
		import rules.config && is "$(routes)" 'a host="x" webFarm="b"' || return 1
	is "$(grep -c 'IIS compares {HTTP_HOST} with the port' err)" "$2"
}
ok 'a host without a port, where requests have one' port 8080 1
ok 'and where they have none' port 80 0
ok 'https by its exact words' becomes "$(rule "$(condition HTTPS '^OFF$')")" b
ok 'https, negated' becomes "$(rule "$(condition HTTPS '^on$' 'negate="true"')")" b
ok 'a secure port' becomes "$(rule "$(condition SERVER_PORT_SECURE '0')")" b
for both in 'on|off' 'o' '^on|^off' '1'; do
	ok "https in other words: $both" becomes "$(rule "$(condition HTTPS "$both")")" a "$left"
done

api=$(condition URL '^/api/.*$')
ok 'a path of a condition keeps the path' becomes "$(rule "$api")" 'a path="/api/*" webFarm="b"'
ok 'also by the group of match' becomes "$(rule "$api" '' "$to_b_group")" \
	'a path="/api/*" webFarm="b"'
ok 'but not by a group that is not there' \
	becomes "$(rule "$api" '.*' "$to_b_group")" a '/action/@url "r": its path'
ok 'nor below another path' \
	becomes "$(rule "$api" '' 'type="Rewrite" url="http://b/x/{R:1}"')" a '/action/@url "r": its path'
ok 'its case is that of the condition' \
	becomes "$(rule "$(condition URL '^/api/.*$' 'ignoreCase="false"')")" \
	'a path="/api/*" ignoreCase="false" webFarm="b"'
for decoded in '^my docs' '^a%20b' '^caf&#233;' '^a\s'; do
	ok "a path that is sent in another way: $decoded" \
		becomes "$(rule '' "$decoded")" a '/match/@url "r": paths are compared as sent'
done
ok 'the same in a condition' becomes "$(rule "$(condition URL '^/my docs/.*$')")" a \
	'/conditions/add "r": paths are compared as sent'
ok 'a regular expression of another kind' becomes "$(rule '' '^a[^]')" a '/match/@url "r": the regular'

ok 'what is refused goes to no rule behind it' \
	becomes "$(rule '' '^hidden' "$aborts" '')" \
	'a path="^/hidden" patternSyntax="ECMAScript" webFarm="not passed on by IIS"' \
	'/action/@type "r": what IIS refuses'
ok 'nor what IIS answers itself' \
	becomes "$(rule '' '^local/' 'type="None"')" \
	'a path="^/local/" patternSyntax="ECMAScript" webFarm="not passed on by IIS"' \
	'/action/@type "r": what IIS refuses or answers itself'
ok 'nor what it rewrites to a page of its own' \
	becomes "$(rule '' '^local/' 'type="Rewrite" url="/down.htm"')" \
	'a path="^/local/" patternSyntax="ECMAScript" webFarm="not passed on by IIS"' \
	'/action/@type "r": what IIS refuses or answers itself'

site_has() { # RULES-OF-THE-SITE ROUTES [NOTE]: after server-level rules, one of them global
	rules_config "$(rule '' '^global' '')" "$(rule '' '^server' "$aborts")" \
		"<location path='one'><system.webServer><rewrite><rules>$1</rules></rewrite></system.webServer></location>"
	import rules.config && is "$(routes)" "$2" && like "$(cat err)" "${3:-.}"
}
own=$(rule '' '^own')
global='path="^/global" patternSyntax="ECMAScript" webFarm="b" rewrite="{R:0}"'
server='path="^/server" patternSyntax="ECMAScript" webFarm="not passed on by IIS"'
own_too='path="^/own" patternSyntax="ECMAScript" webFarm="b" rewrite="{R:0}"'
ok 'a site inherits rules, and global ones come first' site_has "$own" "a $global $server"
ok 'a site that clears them has its own and the global ones' \
	site_has "<clear/>$own" "not passed on by IIS $global $own_too" \
	'rewrite/rules/clear "one": inherited rules do not hold'
ok 'a site that removes one has the others' \
	site_has "<remove name='R'/>$own" "a $global" \
	'rewrite/rules/remove "R": an inherited rule of that name does not hold'
ok 'what stands before it goes too' site_has "$own<clear/>" "not passed on by IIS $global"

meant() { # the same by traffic
	start_farm a && a=$farm_address && start_farm b && b=$farm_address || return 1
	rules_config "$(rule '' '^hidden' "$aborts" '')$(rule "$api" '' "$to_b_group")$(
		rule "$(condition HTTP_X_STAGE '^blue$')")" '' ''
	import rules.config && cp out rules.xml && start_proxy --config rules.xml || return 1
	{
		request 'GET /api/foo'
		request 'GET /x' 'X-Stage: BLUE'
		request 'GET /y'
		request 'GET /hidden' 'Connection: close'
	} | talk
	got 200 200 200 502 && is "$(targets)" '/api/foo /x /y' &&
		is "$(grep -o '"server":"[^"]*"' answer | xargs)" 'server:b server:b server:a' && stop_proxy
}
ok 'requests go where IIS sends them' meant

# ---- what a site adds to what it inherits ----

all='<add verb="TRACE" allowed="false"/><add verb="PUT" allowed="false"/>'
methods() { # VERBS-OF-THE-SITE WANTED [NOTE]: beside those of all sites
	printf '<location path="one"><system.webServer>%s%s</system.webServer></location>' \
		'<webSocket enabled="false"/><security><requestFiltering>' \
		"<verbs $1</verbs></requestFiltering></security>" >site
	rules_config '' '' "$(cat site)"
	sed -i "s|<rewrite>|<security><requestFiltering><verbs allowUnlisted=\"false\">$all</verbs></requestFiltering></security>&|
		s|<sites>|<webLimits minBytesPerSecond=\"500\" dynamicIdleThreshold=\"1\"/>&|" rules.config
	import rules.config && cp out rules.xml && "$frebproxy" --check -f rules.xml || return 1
	is "$(sed -n '/<site /,$p' out | grep -E '<verbs|<add verb' | tr -d '\n/' | sed 's/  *</</g')" "$2" &&
		like "$(cat err)" "${3:-.}"
}
ok 'methods of all sites hold beside those of a site' methods '><add verb="PUT" allowed="true"/>' \
	'<verbs allowUnlisted="false"><add verb="PUT" allowed="true"><add verb="TRACE" allowed="false">'
ok 'unless it takes one back' methods '><remove verb="TRACE"/>' \
	'<verbs allowUnlisted="false"><add verb="PUT" allowed="false">' 'verbs/remove "one": the list was'
ok 'or all of them' methods 'allowUnlisted="true"><clear/>' '<verbs allowUnlisted="true">' \
	'verbs/clear "one": the list was written without'
limits() {
	like "$(cat out)" '<webLimits minBytesPerSecond="500"/>' && like "$(cat out)" '<webSocket enabled="false"/>' &&
		import rules.xml && bare rules.xml >first && bare out | cmp first -
}
ok 'limits of all sites stay, and a site without WebSockets; also when they come again' limits

# ---- many sites, and one that works ----

many() {
	python3 -c '
print("<configuration><system.applicationHost><sites>")
for i in range(1, 3001):
    print(f"""<site name="s{i}" id="{i}"><application path="/"/><bindings>
<binding protocol="http" bindingInformation="*:80:s{i}.example"/>
<binding protocol="https" bindingInformation="*:443:s{i}.example"/></bindings></site>""")
print("""</sites></system.applicationHost><system.webServer><rewrite><globalRules>
<rule name="all" patternSyntax="Wildcard" stopProcessing="true"><match url="*"/>
<action type="Rewrite" url="http://f/{R:0}"/></rule></globalRules></rewrite></system.webServer>""")
for i in range(1, 3001):
    print(f"""<location path="s{i}/a"><system.webServer><security>
<access sslFlags="Ssl"/></security></system.webServer></location>""")
print("""<webFarms><webFarm name="f"><server address="127.0.0.1"/></webFarm></webFarms>
</configuration>""")' >many.config
	import many.config && is "$(grep -c '<site ' out)" 3000 && is "$(grep -c '<location ' out)" 3000 &&
		is "$(grep -c ': the certificate is with http.sys' err)" 3000 &&
		like "$(cat err)" 'sites: 3000 sites, more than the [0-9]+ of one frebproxy'
}
works() {
	start_farm web1 && first=$farm_address && start_farm web2 || return 1
	cat >small.config <<-END
		<configuration><system.applicationHost><sites><site name="one" id="1"><bindings>
		<binding protocol="http" bindingInformation="127.0.0.1:0:"/></bindings></site></sites>
		</system.applicationHost><system.webServer><rewrite><globalRules>
		<rule name="moved" stopProcessing="true"><match url="^old/(.*)\$"/>
		<action type="Rewrite" url="http://second/new/{R:1}"/></rule>
		<rule name="hidden" stopProcessing="true"><match url="^hidden"/>
		<action type="AbortRequest"/></rule>
		<rule name="ARR_first_loadbalance" patternSyntax="Wildcard" stopProcessing="true">
		<match url="*"/><action type="Rewrite" url="http://first/{R:0}"/></rule>
		</globalRules></rewrite></system.webServer><webFarms>
		<webFarm name="first"><server address="${first%:*}">
		<applicationRequestRouting httpPort="${first#*:}"/></server></webFarm>
		<webFarm name="second"><server address="${farm_address%:*}">
		<applicationRequestRouting httpPort="${farm_address#*:}"/></server></webFarm>
		</webFarms></configuration>
	END
	import small.config && cp out small.xml && start_proxy --config small.xml || return 1
	{ request 'GET /old/a?b=c'; request 'GET /x'; request 'GET /hidden/x' 'Connection: close'; } | talk
	got 200 200 502 && is "$(targets)" '/new/a?b=c /x' &&
		is "$(grep -o '"server":"[^"]*"' answer | xargs)" 'server:web2 server:web1'
}
ok 'thousands of sites are imported' many
ok 'what is imported works: rules lead to the farms, paths are rewritten' works
finish
