#!/bin/sh
# SPDX-License-Identifier: MIT
# autogen.sh                    makes ./configure
# autogen.sh [--no-deps] TARGET...   the whole way on a fresh machine: installs the
#     missing Debian packages (names them first), makes configure, configures in
#     build/, builds, then runs the make targets (demo, check, ...).
set -eu
cd "$(dirname "$0")"

PACKAGES="autoconf automake make gcc libc6-dev pkg-config
libgnutls28-dev libtasn1-6-dev libev-dev libxml2-dev libp11-kit-dev
libncurses-dev libpcre2-dev libjansson-dev libcmocka-dev libvterm-dev
softhsm2 gnutls-bin openssl curl libengine-pkcs11-openssl libnss3-tools
python3 nodejs procps util-linux git xz-utils universal-ctags man-db"

deps=yes
case ${1-} in
--no-deps) deps=no; shift ;;
-h | --help) sed -n '3,7s/^# //p' "$0"; exit 0 ;;
esac

install_missing() {
	command -v dpkg-query >/dev/null || {
		echo "autogen.sh: not a Debian system; install the equivalents of:" $PACKAGES >&2
		return 0
	}
	missing=
	for p in $PACKAGES; do
		dpkg-query -W -f '${Status}\n' "$p" 2>/dev/null | grep -q '^install ok installed' ||
			missing="$missing $p"
	done
	[ -n "$missing" ] || return 0
	echo "autogen.sh: installing:$missing"
	sudo=
	[ "$(id -u)" = 0 ] || sudo=sudo
	$sudo apt-get update -qq
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

make_configure() {
	[ -x configure ] && [ configure -nt configure.ac ] && [ -f Makefile.in ] && [ Makefile.in -nt Makefile.am ] &&
		return 0
	mkdir -p build-aux
	autoreconf --install --force
}

if [ $# = 0 ]; then
	make_configure
	exit 0
fi
[ $deps = no ] || install_missing
make_configure
mkdir -p build
[ -f build/config.status ] && [ build/config.status -nt configure ] ||
	(cd build && ../configure --quiet ${CONFIGURE_FLAGS-})
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
make -C build -s -j"$jobs" all
for target; do
	case $target in
	check) make -C build -s -j"$jobs" check VERBOSE=1 ;;
	*) make -C build -s "$target" ;;
	esac
done
