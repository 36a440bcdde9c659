# SPDX-License-Identifier: MIT
# look.sh - what the end-to-end tests look at: the file answer that a client
# left, and the traces below traces/.  Sourced after tests/tap.sh, in $tmp.
tools=${FREB_TOOLS:-$top_srcdir/../shared/tools}
frebview=$top_builddir/frebview
frebdiff=$top_builddir/frebdiff
here=$top_srcdir/tests/e2e

# ---- answers ----

talk() { python3 "$here/talk.py" "${1:-$http}" >answer; } # [ADDRESS], requests on standard input

request() { # "METHOD TARGET" FIELD...: one HTTP/1.1 head
	printf '%s HTTP/1.1\r\nHost: farm.test\r\n' "$1"
	shift
	for field; do printf '%s\r\n' "$field"; done
	printf '\r\n'
}

old_request() { # TARGET FIELD...: the same in HTTP/1.0
	printf 'GET %s HTTP/1.0\r\n' "$1"
	shift
	for field; do printf '%s\r\n' "$field"; done
	printf '\r\n'
}

got() { # STATUS...: the final ones in the answer
	is "$(sed -n 's|^HTTP/1\.1 \([2-9][0-9][0-9]\) .*|\1|p' answer | xargs)" "$*" && return
	cat answer
	return 1
}

has() { like "$(tr -d '\r' <answer)" "$1"; } # REGEX: a line of the answer
hasnt() { unlike "$(tr -d '\r' <answer)" "$1"; }

# targets: what the farm was asked for, in the order of the answers
targets() { grep -o '"target":"[^"]*"' answer | cut -d '"' -f 4 | xargs; }

# activity NAME: keeps the id that the error page gives, for trace_of_activity
activity() {
	sed -n 's|^<p>Activity ID: \({[0-9A-F-]\{36\}}\)</p>.*|\1|p' answer >"$1.id"
	like "$(cat "$1.id")" .
}

# subject SERVER-NAME: of the certificate that it gets
subject() {
	openssl s_client -connect "$https" -servername "$1" </dev/null 2>/dev/null |
		openssl x509 -noout -subject -nameopt RFC2253
}

sum() { sha256sum | cut -d ' ' -f 1; }

# ---- traces ----

trace_of() { # PATH [NTH]: the file of its NTH request
	grep -El "url=\"https?://[^/\"]*$1[\"?]" traces/W3SVC*/fr*.xml | sed -n "${2:-1}p"
}

trace_of_activity() { grep -lF "activityId=\"$(cat "$1.id")\"" traces/W3SVC*/fr*.xml; } # NAME

root() { # FILE ATTRIBUTE
	sed -n "s/^\(<failedRequest\| *\) $2=\"\([^\"]*\)\".*/\2/p" "$1" | head -n 1
}

events() { # FILE EVENT: the details of each
	"$frebview" --tsv "$1" | awk -F '\t' -v name="$2" '$3 == name { print $4 }'
}

refused() { # PATH STATUS REGEX-OF-THE-DESCRIPTION
	file=$(trace_of "$1") && is "$(root "$file" statusCode)" "$2" &&
		like "$(events "$file" SET_RESPONSE_ERROR_DESCRIPTION)" "$3"
}

checked() { # FILE...: well-formed, by two independent programs where both are there
	[ -f "$1" ] || { echo "no traces"; return 1; }
	"$frebview" --check "$@" >check.out || { grep -v ': ok,' check.out; return 1; }
	[ ! -f "$tools/freb-grammar" ] || python3 "$tools/freb-grammar" --paired "$@"
}

same_view() { # FILE...: frebview shows what the oracle of the Compact View shows
	python3 -c '
import runpy, sys
tool, files = sys.argv[1], sys.argv[2:]
for name in files:
    sys.argv = [tool, name]
    with open(name + ".tsv", "w") as sys.stdout:
        try:
            runpy.run_path(tool, run_name="__main__")
        except SystemExit as end:
            if end.code:
                sys.exit(name)' "$tools/freb-compact" "$@" || return 1
	for file; do
		"$frebview" --tsv "$file" | diff "$file.tsv" - || { echo "$file"; return 1; }
		rm "$file.tsv"
	done
}

wait_log() { # REGEX [COUNT]: until the proxy's log has it so often
	timeout 20 tail -n +1 --pid="$(pid_of proxy)" -f logs/proxy | grep -Em "${2:-1}" "$1" >unseen
}
