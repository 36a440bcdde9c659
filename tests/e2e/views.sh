#!/bin/sh
# SPDX-License-Identifier: MIT
# The terminal interface without a terminal: each folder of fixtures/views is
# played at four sizes, and every screen it saves must be the expected one.
# A missing expectation is written and fails; FREB_RECORD=1 writes all anew.
# Then: the C locale, and random keys over damaged traces.
set -u
: "${top_srcdir:?run by make check}" "${top_builddir:?run by make check}"
views=$top_srcdir/fixtures/views
frebview=$top_builddir/frebview
work=$(mktemp -d "${TMPDIR:-/tmp}/views.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
unset FREB_LOG_DIR NO_COLOR ESCDELAY XDG_CONFIG_HOME
TZ=UTC LC_ALL=C.UTF-8
export TZ LC_ALL
number=0

ok() { number=$((number + 1)); echo "ok $number - $1"; }
not_ok() { number=$((number + 1)); echo "not ok $number - $1"; }
check() { if [ "$1" -eq 0 ]; then ok "$2"; else not_ok "$2"; fi; }

# compare FOLDER SIZE: the saved screens against the expected ones.
compare() {
	bad=0
	for saved in "$work/out"/*; do
		[ -f "$saved" ] || continue
		want=$1/expected.${saved##*/}.$2
		if [ -n "${FREB_RECORD-}" ]; then
			cp "$saved" "$want"
		elif [ ! -f "$want" ]; then
			cp "$saved" "$want" 2>/dev/null
			echo "# written, look at it: $want"
			bad=1
		elif ! diff -u "$want" "$saved" >"$work/diff"; then
			sed 's/^/# /' "$work/diff"
			bad=1
		fi
	done
	for want in "$1"/expected.*."$2"; do
		name=${want##*/expected.}
		if [ -f "$want" ] && [ ! -f "$work/out/${name%.*}" ]; then
			echo "# no longer saved: $want"
			bad=1
		fi
	done
	return $bad
}

play() {	# FOLDER SIZE
	rm -rf "$work/out"
	mkdir -p "$work/out/W3SVC1" || return 1
	cp "$views"/traces/fr*.xml "$work/out/W3SVC1" && chmod u+w "$work/out/W3SVC1"/* || return 1
	operand=W3SVC1/$(cat "$1/operand")
	# One option a line; the words become the arguments.
	IFS='
'
	set -f
	# shellcheck disable=SC2046 # one word a line
	set -- "$1" "$2" $(cat "$1/options" 2>/dev/null)
	set +f
	unset IFS
	folder=$1
	size=$2
	shift 2
	[ ! -f "$folder/config" ] || set -- --config "$folder/config" "$@"
	(cd "$work/out" && "$frebview" --script "$folder/keys" --size "$size" "$@" "${operand%/.}") \
		>"$work/stdout" 2>&1 || {
		sed 's/^/# /' "$work/stdout"
		return 1
	}
	rm -rf "$work/out/W3SVC1"
	compare "$folder" "$size"
}

for folder in "$views"/[0-9]*; do
	for size in 100x30 80x24 60x15 40x10; do
		play "$folder" "$size"
		check $? "${folder##*/} at $size"
	done
done

# Outside UTF-8 nothing but ASCII is on the screen.
printf 'save a\nkey Enter G 3\nsave b\nkey 7 g\nsave c\n' >"$work/keys"
mkdir -p "$work/ascii"
(cd "$work/ascii" && LC_ALL=C "$frebview" --script "$work/keys" --size 100x30 "$views/traces")
check $? "the C locale is served"
cat "$work/ascii"/* | LC_ALL=C tr -d '\n\040-\176' >"$work/rest"
[ -s "$work/ascii/a" ] && [ ! -s "$work/rest" ]
check $? "in the C locale every byte of a screen is ASCII"
(cd "$work/ascii" && "$frebview" --ascii --script "$work/keys" --size 100x30 "$views/traces")
cat "$work/ascii"/* | LC_ALL=C tr -d '\n\040-\176' >"$work/rest"
[ ! -s "$work/rest" ]
check $? "with --ascii too"

# Hostile text shows as text: no control character gets through.
(cd "$work/ascii" && "$frebview" --script "$work/keys" --size 100x30 "$views/traces/fr000004.xml")
cat "$work/ascii"/* | LC_ALL=C tr -cd '\001-\011\013-\037\177' >"$work/rest"
[ ! -s "$work/rest" ]
check $? "no control character of a trace reaches the screen"

# Colours: a plane of their own; NO_COLOR and --color=never leave none.
printf 'key Enter e\nstyles colours\n' >"$work/keys"
for how in "auto yes" "never no" "always yes"; do
	(cd "$work/ascii" && "$frebview" --color="${how% *}" --script "$work/keys" --size 80x24 \
		"$views/traces/fr000003.xml")
	grep -q '[RGYBMC]' "$work/ascii/colours"
	found=$?
	[ "${how#* }" = yes ] && [ $found -eq 0 ] || { [ "${how#* }" = no ] && [ $found -ne 0 ]; }
	check $? "--color=${how% *}: colours ${how#* }"
done
(cd "$work/ascii" && NO_COLOR=1 "$frebview" --script "$work/keys" --size 80x24 \
	"$views/traces/fr000003.xml")
! grep -q '[RGYBMC]' "$work/ascii/colours"
check $? "NO_COLOR leaves no colour"

# What is exported: as many events as are shown, and never over a file that is there.
cat >"$work/keys" <<'END'
key e x x
type out.xml
key Enter x j
type out.json
key Enter x v
type out.tsv
key Enter x t
type out.txt
key Enter x h
type out.html
key Enter x t
type out.txt
key Enter
save refused
key m x x
type one.xml
key Enter
END
mkdir -p "$work/export"
(cd "$work/export" && "$frebview" --script "$work/keys" --size 100x30 "$views/traces/fr000003.xml")
grep -q 'exists already' "$work/export/refused"
check $? "an export never writes over a file"
lines() { [ "$(wc -l <"$work/export/$1")" -eq "$2" ]; }
lines out.json 50 && lines out.tsv 50 && lines out.txt 50 &&
	[ "$(grep -o 'id="e[0-9]*"' "$work/export/out.html" | wc -l)" -eq 50 ]
check $? "text, TSV, JSON and HTML hold every event shown"
"$frebview" --tsv "$work/export/out.xml" >"$work/stdout" &&
	"$frebview" --tsv "$views/traces/fr000003.xml" | cmp - "$work/stdout"
check $? "exported XML is the same trace again"
"$frebview" --tsv "$work/export/one.xml" | grep -c MODULE_SET_RESPONSE_ERROR_STATUS >"$work/stdout"
[ "$(cat "$work/stdout")" -eq 1 ] && [ "$("$frebview" --tsv "$work/export/one.xml" | wc -l)" -le 2 ]
check $? "with a mark only what is marked is exported"
! grep -qE 'src=|href="[^#]|url\(|@import' "$work/export/out.html" &&
	grep -q "default-src 'none'" "$work/export/out.html"
check $? "the HTML page refers to nothing outside"

# --yank-to: what was copied last, of any size, and never over a trace.
printf 'key e y v\nkey y j\nsave yanked\n' >"$work/keys"
(cd "$work/export" && "$frebview" --yank-to clip --script "$work/keys" --size 100x30 \
	"$views/traces/fr000003.xml") && [ "$(wc -l <"$work/export/clip")" -eq 1 ] &&
	grep -q '^{"kind":"event",.*"op":"MODULE_SET_RESPONSE_ERROR_STATUS"' "$work/export/clip" &&
	grep -q 'copied [0-9]* bytes to clip' "$work/export/yanked"
check $? "--yank-to keeps what was copied last in a file"
cp "$views/traces/fr000002.xml" "$work/export/kept.xml"
(cd "$work/export" && "$frebview" --yank-to kept.xml --script "$work/keys" --size 100x30 \
	"$views/traces/fr000003.xml") && cmp -s "$views/traces/fr000002.xml" "$work/export/kept.xml" &&
	grep -q 'not overwritten' "$work/export/yanked"
check $? "... never in place of a trace"

# The configuration: every mistake is told with its line, and nothing starts.
cat >"$work/config" <<'END'
bind next-problem n
bind nothing-such n
bind down Ctrl-Nonsense
unbind F9
style error red
theme mine like nobody
theme mine
style error mauve
style nothing red
set gap soon
set mouse maybe
set theme theirs
paint it black
END
"$frebview" --config "$work/config" --script "$work/keys" "$views/traces" 2>"$work/stderr"
[ $? -eq 2 ] && sed "s|^frebview: $work/config:||; s/:.*//" "$work/stderr" | tr '\n' ' ' >"$work/lines" &&
	[ "$(cat "$work/lines")" = "1 2 3 4 5 6 8 9 10 11 12 13 " ] &&
	grep -q ":1: key n is that of search-next already; 'unbind n' first" "$work/stderr"
check $? "every mistake of a configuration is told with file and line"
[ "$(cat "$work/lines")" = "1 2 3 4 5 6 8 9 10 11 12 13 " ] || sed 's/^/# /' "$work/stderr"
printf 'unbind q Q\n' >"$work/config"
"$frebview" --config "$work/config" --script "$work/keys" "$views/traces" 2>"$work/stderr"
[ $? -eq 2 ] && grep -q 'no key leaves frebview' "$work/stderr"
check $? "a configuration cannot lock its user in"
mkdir -p "$work/home/frebview"
printf 'theme mine like mono\nstyle title green\n' >"$work/home/frebview/config"
printf 'styles styles\n' >"$work/keys"
(cd "$work/ascii" && XDG_CONFIG_HOME=$work/home "$frebview" --theme mine --script "$work/keys" \
	--size 80x24 "$views/traces") && head -n 1 "$work/ascii/styles" | grep -q '^G*GGG' &&
	! grep -q '[RYBMC]' "$work/ascii/styles"
check $? "the user's own file is found, and its themes are"
"$frebview" --config "$work/none" --script "$work/keys" "$views/traces" 2>"$work/stderr"
[ $? -eq 2 ] && grep -q 'No such file' "$work/stderr"
check $? "a configuration that is named must be there"
printf 'key j\n' >"$work/keys"
"$frebview" --script "$work/keys" --filter 'level<=' "$views/traces" 2>"$work/stderr"
[ $? -eq 2 ] && [ "$(wc -l <"$work/stderr")" -eq 1 ] && grep -q '^frebview: --filter: level<=: ' "$work/stderr"
check $? "a wrong filter is told before anything is shown"

# An expectation, and only one, is replaced by what was found: as frebdiff --update does it.
mkdir "$work/golden"
"$top_builddir/frebdiff" --normalize "$views/traces/fr000001.xml" >"$work/golden/fr000001.xml"
"$top_builddir/frebdiff" --normalize "$views/traces/fr000003.xml" >"$work/wanted"
cp "$views/traces/fr000003.xml" "$work/golden/fr000003.xml"
cp "$work/golden/fr000001.xml" "$work/before"
# The normalised one has an earlier time: it is the last of the list.
printf 'key G m k d a\nsave asked\nkey n\n' >"$work/keys"
(cd "$work/ascii" && env -u CI "$frebview" --script "$work/keys" --size 80x24 "$work/golden") &&
	grep -q 'replace the expectation A by B:  y yes  n no' "$work/ascii/asked" &&
	cmp -s "$work/before" "$work/golden/fr000001.xml"
check $? "an expectation is replaced only after a yes"
printf 'key G m k d a\nsave asked\n' >"$work/keys"
(cd "$work/ascii" && CI=true "$frebview" --script "$work/keys" --size 80x24 "$work/golden") &&
	grep -q 'CI is set' "$work/ascii/asked" && cmp -s "$work/before" "$work/golden/fr000001.xml"
check $? "... and never in CI"
printf 'key G m k d a y\nsave done\n' >"$work/keys"
(cd "$work/ascii" && env -u CI "$frebview" --script "$work/keys" --size 80x24 "$work/golden") &&
	cmp -s "$work/wanted" "$work/golden/fr000001.xml" && grep -q 'equal: 50 events' "$work/ascii/done"
check $? "... and then it is what frebdiff --update would write"

# A broken script is told with its line.
printf 'key j\nkey Nonsense\n' >"$work/keys"
"$frebview" --script "$work/keys" --size 80x24 "$views/traces" 2>"$work/stderr"
[ $? -eq 2 ] && grep -q 'keys:2: unknown key' "$work/stderr"
check $? "a script with an unknown key is refused with file and line"

# Without cursor movement there is no interface; the message names what works.
if command -v script >/dev/null 2>&1; then
	TERM=dumb script -qec "$frebview $views/traces" /dev/null </dev/null >"$work/stdout" 2>&1
	grep -q 'dumb.*--compact' "$work/stdout"
	check $? "TERM=dumb is refused and the text modes are named"
fi

# Random keys over damaged traces: nothing crashes, and every run ends by itself.
random_keys() {	# SEED
	awk -v seed="$1" 'BEGIN {
		srand(seed)
		n = split("j k Down Up PgDn PgUp Space b Ctrl-D Ctrl-U g G Home End h l Left Right" \
			" Enter q ] [ ? 1 2 3 4 5 6 7 Tab BackTab \\ | z Z Ctrl-W r v p e E w W s S *" \
			" t T / n N & = ! Ctrl-F m u U M y O F F2 F5 Ctrl-L Esc : BackSpace Del a x . ( 8" \
			" Enter Esc 2 3 e", key, " ")
		for (i = 0; i < 400; i++) {
			if (rand() < 0.03)
				printf "size %dx%d\n", 1 + rand() * 130, 1 + rand() * 45
			k = key[1 + int(rand() * n)]
			# q would often end the run: one in twenty is enough.
			if (k == "q" && rand() > 0.05)
				k = "Esc"
			print "key " k
		}
	}'
}
mkdir -p "$work/damaged"
i=0
for trace in "$views"/traces/fr*.xml; do
	size=$(wc -c <"$trace")
	for part in 3 5 9; do
		i=$((i + 1))
		head -c $((size * part / 10)) "$trace" | LC_ALL=C tr "$part" '\001' \
			>"$work/damaged/fr00000$i.xml"
	done
done
: >"$work/damaged/fr000098.xml"
head -c 3000 "$views/traces/fr000001.xml" >"$work/damaged/fr000099.xml"
seed=${FREB_SEED:-1}
last=$((seed + ${FREB_FUZZ_RUNS:-6}))
while [ "$seed" -lt "$last" ]; do
	random_keys "$seed" >"$work/keys"
	(cd "$work" && timeout 120 "$frebview" --script keys --size 80x24 damaged) >"$work/stdout" 2>&1
	result=$?
	[ $result -eq 0 ] || sed 's/^/# /' "$work/stdout"
	check $result "random keys over damaged traces, seed $seed"
	seed=$((seed + 1))
done
echo "1..$number"
