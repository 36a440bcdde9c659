#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh - the proxy beside its peers: server CPU per unit of work on one core,
# and the ratios we hold ourselves to.  Needs the benchmark kit: FREB_BENCH, or
# ../shared/bench beside the source.  ROUNDS (3), SECONDS_EACH (3).
# Runs of a round follow each other, so that a slow minute hits all alike; the
# table shows medians.  Machines are noisy: nothing here fails a test.
set -eu
kit=${FREB_BENCH:-$top_srcdir/../shared/bench}
rounds=${ROUNDS:-3}
seconds=${SECONDS_EACH:-3}
if [ ! -x "$kit/run.sh" ]; then
	echo "bench: no benchmark kit at $kit; set FREB_BENCH to its folder"
	exit 0
fi
for peer in nginx haproxy taskset; do
	PATH=$PATH:/usr/sbin:/sbin command -v $peer >/dev/null || {
		echo "bench: $peer is missing (packages nginx-light, haproxy, util-linux)"
		exit 0
	}
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$kit" "$work/kit"
BENCH_TMP=$work/run
FREBPROXY=$top_builddir/frebproxy
export BENCH_TMP FREBPROXY
mkdir "$BENCH_TMP"
one() { # name, options of the kit
	name=$1
	shift
	line=$("$work/kit/run.sh" -d "$seconds" -w 0.7 "$@" </dev/null 2>>"$work/err") || line=
	[ -n "$line" ] || { echo "bench: failed: $*"; tail -n 3 "$work/err"; return 0; }
	printf '%s\t%s\n' "$name" "$line" >>"$work/results"
}
round=0
while [ $((round += 1)) -le "$rounds" ]; do
	echo "round $round of $rounds"
	for peer in frebproxy nginx; do
		one "hs $peer" $peer hs
		one "bulk $peer" $peer bulk
		one "idle $peer" $peer idle
		one "diag $peer" -l diag $peer ka64
	done
	for peer in frebproxy haproxy; do
		one "ka64 $peer" $peer ka64
	done
done
python3 - "$work/results" <<'P'
import json, statistics, sys
seen = {}
for line in open(sys.argv[1]):
    name, text = line.rstrip("\n").split("\t", 1)
    d = json.loads(text)
    unit = d["idle"]["pss_kb_per_conn"] if "idle" in d else d.get("pss_kb_per_conn")
    seen.setdefault(name, []).append(unit if name.startswith("idle") else d["srv"]["us_per_req"])
rows = [("full mutual handshake, P-256, TLS 1.3", "hs", "nginx", 0.75, "us"),
        ("keep-alive 1 KiB, tracing off", "ka64", "haproxy", 1.10, "us"),
        ("keep-alive 1 KiB, every request traced (nginx: debug log)", "diag", "nginx", 1.00, "us"),
        ("1 MiB response", "bulk", "nginx", 1.10, "us")]
med = lambda n: statistics.median([v for v in seen.get(n, []) if v] or [float("nan")])
print(f"{'server CPU per unit':58} {'frebproxy':>10} {'peer':>18} {'ratio':>6} {'aim':>5}")
for text, key, peer, aim, unit in rows:
    a, b = med(f"{key} frebproxy"), med(f"{key} {peer}")
    print(f"{text:58} {a:7.1f} {unit} {b:7.1f} {unit} {peer:>7} {a / b:6.2f} {aim:5.2f}")
print(f"{'idle connection':58} {med('idle frebproxy'):6.1f} KiB {med('idle nginx'):6.1f} KiB {'nginx':>6} {'':>6} 20 KiB")
P
