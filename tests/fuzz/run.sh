#!/bin/sh
# SPDX-License-Identifier: MIT
# make fuzz: builds the fuzz targets with clang's libFuzzer and the sanitizers,
# and lets each run for a while over its corpus.  What it finds new stays in the
# build folder; an input that broke a target is named and kept there.
#
# usage: run.sh [SECONDS [TARGET...]]     60 seconds each; head chunk response hello offer proxy fetch revocation policy names attest config import freb
set -eu
: "${top_srcdir:?}" "${top_builddir:?}"
seconds=${1:-${FUZZ_SECONDS:-60}}
test $# -gt 0 && shift
targets=${*:-head chunk response hello offer proxy fetch revocation policy names attest config import freb}
clang=${CLANG:-clang}
build=$top_builddir/fuzz-build

if ! command -v "$clang" >/dev/null; then
	echo "fuzz: $clang is not there: install clang, or name one in CLANG" >&2
	exit 77
fi
mkdir -p "$build"
cd "$build"
cat >probe.c <<-'END'
	int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size);
	int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size)
	{
		return data == 0 && size > 0;
	}
END
if ! "$clang" -fsanitize=fuzzer probe.c -o probe 2>probe.log; then
	echo "fuzz: $clang has no libFuzzer: install libclang-rt-dev" >&2
	exit 77
fi
flags='-g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined'
test -f Makefile || "$top_srcdir/configure" --quiet CC="$clang" CFLAGS="$flags" \
	CPPFLAGS='-U_FORTIFY_SOURCE' OUR_CPPFLAGS=
make -s Makefile >automake.log 2>&1 # if need be now, so that its chatter is not taken for libraries
failed=0
for name in $targets; do
	test -f "$top_srcdir/tests/fuzz/${name}_fuzzer.c" || continue
	# The target's own object and the libraries; libFuzzer brings main().
	make -s -j2 "tests/fuzz/${name}_fuzzer.o" libviewer.a libcore.a libtrace.a libfreb.a
	libs=$(printf 'include Makefile\nprint-libs:\n\t@echo $(ALL_LIBS)\n' |
		make -s --no-print-directory -f - print-libs)
	# shellcheck disable=SC2086 # a list of libraries
	"$clang" -fsanitize=fuzzer,address,undefined "tests/fuzz/${name}_fuzzer.o" $libs -pthread \
		-o "run-$name"
	mkdir -p "found/$name" "crash/$name"
	echo "fuzz: $name for $seconds s"
	"./run-$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=65536 \
		-print_final_stats=1 -artifact_prefix="crash/$name/" \
		"found/$name" "$top_srcdir/fixtures/corpus/$name" >"$name.log" 2>&1 || {
		failed=1
		tail -n 40 "$name.log" >&2
		echo "fuzz: $name broke; the input is in $build/crash/$name" >&2
	}
	grep -E 'stat::number_of_executed_units|stat::new_units_added' "$name.log" || true
done
exit $failed
