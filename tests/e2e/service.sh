#!/bin/sh
# SPDX-License-Identifier: MIT
# The proxy as a service: what a service manager is told, and the unit of systemd.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy farm
need python3
cd "$tmp" || exit 99

# The manager: a line per message, in the file told.  Ends when the proxy stops.
cat >manager.py <<'P'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("\0" + sys.argv[1][1:] if sys.argv[1][0] == "@" else sys.argv[1])
open("manager.ready", "w").write("yes\n")
with open("told", "w") as told:
    while True:
        for line in s.recv(4096).decode().split("\n"):
            name, value = line.split("=", 1)
            print(name if name == "MONOTONIC_USEC" and value.isdigit() else line, file=told, flush=True)
            if name == "STOPPING":
                sys.exit(0)
P

# tells SOCKET: start, reload with a good file and with a bad one, stop
tells() {
	NOTIFY_SOCKET=$1
	rm -f manager.ready told
	start manager python3 manager.py "$1"
	wait_ready manager manager.ready || return 1
	export NOTIFY_SOCKET
	good
	start_proxy --config frebproxy.xml --workers 1 || return 1
	kill -HUP "$(pid_of proxy)"
	wait_log 'loaded again' || return 1
	echo '<configuration><nonsense/></configuration>' >frebproxy.xml
	kill -HUP "$(pid_of proxy)"
	wait_log 'the old one stays' || return 1
	unset NOTIFY_SOCKET
	stop_proxy && timeout 20 tail -n +1 -f told | grep -qm 1 STOPPING && tr '\n' ' ' <told
}
wait_log() { timeout 20 tail -n +1 -f logs/proxy | grep -qm 1 "$1"; }
good() {
	cat >frebproxy.xml <<X
<configuration>
	<sites><site name="shop"><bindings><binding protocol="http" address="127.0.0.1" port="0"/></bindings></site></sites>
	<webFarms><webFarm name="farm"><server address="127.0.0.1">
		<applicationRequestRouting httpPort="${farm_address##*:}"/>
	</server></webFarm></webFarms>
</configuration>
X
}
start_farm web1 || bail "the farm server did not start"
all='READY=1 RELOADING=1 MONOTONIC_USEC READY=1 RELOADING=1 MONOTONIC_USEC READY=1 STOPPING=1 '
ok "a manager hears of start, reloads and stop" is "$(tells "$tmp/notify")" "$all"
ok "... also at a name without a file" is "$(tells "@${tmp##*/}")" "$all"
NOTIFY_SOCKET=$tmp/nobody
export NOTIFY_SOCKET
good
ok "a manager that is gone is no trouble" start_proxy --config frebproxy.xml --workers 1
ok "that proxy ends well" stop_proxy
unset NOTIFY_SOCKET

# systemd's own reading of the unit; the programs need not be installed for it.
unit_is_right() {
	sed "s|^\(Exec[A-Za-z]*=\)[^ ]*/frebproxy |\1$top_builddir/frebproxy |" \
		"$top_builddir/core/frebproxy.service" >frebproxy.service
	grep -q "ExecStart=$top_builddir/frebproxy" frebproxy.service || return 1
	systemd-analyze verify --man=no "$tmp/frebproxy.service" >verified 2>&1
	! grep -E 'frebproxy\.service:' verified
}
if command -v systemd-analyze >/dev/null; then
	ok "systemd finds nothing wrong in the unit" unit_is_right
else
	skip "systemd finds nothing wrong in the unit" "no systemd-analyze"
fi
finish
