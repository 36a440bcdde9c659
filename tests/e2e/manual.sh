#!/bin/sh
# SPDX-License-Identifier: MIT
# manual.sh - runs the examples of the manuals, in the order frebdiff(1),
# frebview(1), frebrules(5), frebproxy(8), in one folder, with a real proxy and
# a real farm.  A comment of the page before a block says what becomes of it:
#	.\" file: NAME	 it is saved under that name
#	.\" run: STATUS	 its lines after "$ " are run, and the last exits so
#	.\" job: STATUS	 its line "script:" is run as in CI
#	.\" farm: OPTION the server is started anew with that option
# The examples of frebproxy(8) are run with --check.  Then bash completion: it
# must offer every option that the programs tell about.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy frebview frebdiff farm
need curl certtool openssl
"$top_srcdir/fixtures/pki/make.sh" "$tmp/pki" >"$tmp/logs/pki" 2>&1 || bail "the test PKI could not be made"
PATH=$top_builddir:$PATH
export PATH
mkdir "$tmp/run" "$tmp/blocks"
cd "$tmp/run" || exit 99
cp "$tmp/pki/root.pem" "$tmp/pki/issuing.pem" "$tmp/pki/badge.key" "$tmp/pki/server.key" .
cp "$tmp/pki/badge-chain.pem" badge.pem
cp "$tmp/pki/server-chain.pem" server.pem
cp root.pem ca.pem

# blocks PAGE: each marked block to $tmp/blocks/NN.KIND with its argument on the first line
blocks() {
	rm -f "$tmp/blocks"/*
	awk -v dir="$tmp/blocks" '
		/^\.\\" (file|run|job|farm): / {
			kind = substr($2, 1, length($2) - 1)
			name = sprintf("%s/%03d.%s", dir, ++n, kind)
			sub(/^[^:]*: /, "")
			print > name
			if (kind == "farm") { close(name); name = "" }
			next
		}
		/^\.(Bd|nf)/ { inside = name != ""; next }
		/^\.(Ed|fi)/ { if (inside) close(name); inside = 0; name = ""; next }
		inside {
			gsub(/\\e/, "\001"); gsub(/\\-/, "-"); gsub(/\\&/, ""); gsub("\001", "\\")
			print > name
		}' "$1"
}

fresh_farm() { # OPTIONS...
	[ ! -f "$tmp/pids/web" ] || stop web
	start_farm web "$@" && FARM=$farm_address && export FARM
}
commands() { sed -n '2,$s/^ *\$ //p' "$1"; }
run_block() { # FILE STATUS
	commands "$1" >"$tmp/script"
	sh -e "$tmp/script" >"$tmp/last" 2>&1
	status=$?
	[ $status = "$2" ] && return
	echo "exit $status, wanted $2"
	cat "$tmp/script" "$tmp/last"
	cat run*/log out/log 2>/dev/null
	return 1
}
run_job() { # FILE STATUS
	CI=true sh -c "$(sed -n 's/^ *script: //p' "$1")" >"$tmp/last" 2>&1
	status=$?
	[ $status = "$2" ] && return
	echo "exit $status, wanted $2"
	cat "$tmp/last"
	return 1
}

# page FILE: runs what it says
page() {
	blocks "$top_srcdir/$1"
	name=$(basename "$1")
	for block in "$tmp/blocks"/*; do
		[ -f "$block" ] || bail "$name has no example to run"
		argument=$(head -n 1 "$block")
		case $block in
		*.file) sed 1d "$block" >"$argument" ;;
		*.farm) fresh_farm "$argument" || bail 'no farm' ;;
		*.run) ok "$name: $(commands "$block" | head -n 1)" run_block "$block" "$argument" ;;
		*.job) ok "$name: the job" run_job "$block" "$argument" ;;
		esac
	done
}

fresh_farm || bail 'the farm did not start'
page viewer/frebdiff.1
ok 'the golden traces were recorded: one for each request' is "$(ls expected | wc -l)" 3
ok 'the job leaves a page for the browser' grep -q '^<!DOCTYPE html>' out/traces.html
ok '... and the differences' grep -q '^frebdiff: equal: ' out/changes.txt
export FREB_LOG_DIR=$tmp/run/run3
cp run3/W3SVC1/fr000001.xml fr000412.xml
page viewer/frebview.1
unset FREB_LOG_DIR
fresh_farm || bail 'the farm did not start again'
rm -r expected run1 run2 run3
{
	sh farm-run run1 && mkdir expected && frebdiff --update --create --match request expected run1 &&
		sh farm-run run2
} >"$tmp/last" 2>&1 || bail 'the run could not be repeated'
page viewer/frebrules.5

# ---- frebproxy(8) ----

proxy_examples() { # each as one line; files of other machines become ours
	awk '/^\.Sh EXAMPLES/ { on = 1 } /^\.Sh SEE/ { on = 0 }
		on && /^\.Dl frebproxy --farm/ { sub(/^\.Dl /, ""); print; next }
		on && /^frebproxy/ { block = 1 }
		on && block { gsub(/\\e$/, ""); printf "%s", $0 }
		on && /^\.Ed/ && block { print ""; block = 0 }' "$top_srcdir/core/frebproxy.8" |
		sed "s/\.Ed\$//; s|/etc/frebproxy/pin|pin|; s|'pkcs11:[^']*'|server.key|"
}
echo 4321 >pin
proxy_examples >examples
ok 'frebproxy(8) has examples' test -s examples
while read -r line; do
	ok "frebproxy.8: $line" sh -c "$line --check --state-dir state"
done <examples

# ---- bash completion ----

# complete PROGRAM WORD...: what bash would offer for the last word
offers() {
	bash -c '. "$1/viewer/completion/$2"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
		_$1; printf "%s\n" "${COMPREPLY[@]}"' bash "$top_builddir" "$@"
}
all_options() {
	for program in frebview frebdiff frebproxy; do
		offers $program -- >"$tmp/offered"
		$program --help >"$tmp/help"
		sed -nE 's/^ +(-[A-Za-z],? +)?(--[a-z0-9-]+).*/\2/p' "$tmp/help" >"$tmp/told"
		[ "$(wc -l <"$tmp/told")" -gt 15 ] || return 1
		while read -r option; do
			grep -qx -e "$option" "$tmp/offered" || {
				echo "$program: $option is not offered"
				return 1
			}
		done <"$tmp/told"
		while read -r option; do
			grep -qF -e "$option" "$tmp/help" || {
				echo "$program does not know $option"
				return 1
			}
		done <"$tmp/offered"
	done
}
offered() { # WANTED PROGRAM WORD...
	wanted=$1
	shift
	is "$(offers "$@" | xargs)" "$wanted"
}
words_are_taken() { # what completes --color and --theme is what the program knows
	for word in $(offers frebview --color ''); do
		frebview --compact --color "$word" run1/W3SVC1/fr000001.xml >"$tmp/last" || return 1
	done
	for word in $(offers frebview --theme ''); do
		frebview --compact --theme "$word" run1/W3SVC1/fr000001.xml >"$tmp/last" || return 1
	done
	for word in $(offers frebdiff --match ''); do
		frebdiff --match "$word" --same-ok run1/W3SVC1 run1/W3SVC1 >"$tmp/last" || return 1
	done
}
if command -v bash >/dev/null; then
	ok 'bash completion offers every option, and none that is not there' all_options
	ok '... the one that is meant' offered --identity frebview --id
	ok '... words for an option' offered 'always auto' frebview --color a
	ok '... also behind =' offered never frebview --color = n
	ok '... that the program takes' words_are_taken
	ok '... alternatives' offered 'ignore accept require' frebproxy --client-cert ''
	ok '... words of --ctl' offered 'drain' frebproxy --ctl default d
	ok '... its socket' offered default frebproxy --ctl def
	ok '... fields of a filter' offered 'why warnings' frebview --filter w
	ok '... files' offered server.pem frebview server.p
	ok '... folders for --trace-dir' offered run1 frebproxy --trace-dir run1
	ok '... files for --html=' offered server.pem frebview --html = server.p
	ok '... and traces after --html' offered server.pem frebview --html server.p
else
	skip 'bash completion' 'bash is not installed'
fi
finish
