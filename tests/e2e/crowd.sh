#!/bin/sh
# SPDX-License-Identifier: MIT
# crowd.sh - more clients than process/@maxConnections: those at the door wait, lose
# nothing and are served when others go; by default the descriptors set the number.
. "${top_srcdir:?}/tests/tap.sh"
built frebproxy farm
need python3
cd "$tmp" || exit 99

# crowd.py ADDRESS INSIDE ALL LOG: opens INSIDE connections and is answered on each, then
# ALL in total, whose requests are answered only when, one by one, the earlier ones go.
# Each that waits is known to wait: the proxy's log says so before one goes.
cat >crowd.py <<'P'
import socket, subprocess, sys
host, port = sys.argv[1].rsplit(":", 1)
inside, total, log = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
def ask():
    c = socket.create_connection((host, int(port)), 20)
    c.sendall(b"GET /?size=2 HTTP/1.1\r\nHost: farm.test\r\n\r\n")
    return c
def answered(c):
    got = b""
    while b"\r\n\r\n" not in got or len(got.split(b"\r\n\r\n", 1)[1]) < 2:
        part = c.recv(65536)
        if not part:
            sys.exit("closed: " + got.decode())
        got += part
    assert got.startswith(b"HTTP/1.1 200"), got
crowd = [ask() for n in range(inside)]
for c in crowd:
    answered(c)
waiting = [ask() for n in range(total - inside)]
subprocess.run("tail -n +1 -f %s | grep -qm 1 'new ones wait'" % log, shell=True, timeout=20, check=True)
for c in waiting:
    c.setblocking(False)
    try:
        sys.exit("answered too early: %r" % c.recv(100))
    except BlockingIOError:
        c.setblocking(True)
        c.settimeout(20)
while waiting:
    crowd.pop(0).close()
    crowd.append(waiting.pop(0))
    answered(crowd[-1])
P
serve() { # ATTRIBUTES of process
	cat >frebproxy.xml <<X
<configuration>
	<process $1/>
	<sites><site name="shop"><bindings><binding protocol="http" address="127.0.0.1" port="0"/></bindings></site></sites>
	<webFarms><webFarm name="farm"><server address="127.0.0.1">
		<applicationRequestRouting httpPort="${farm_address##*:}"/>
	</server></webFarm></webFarms>
</configuration>
X
	start_proxy --config frebproxy.xml --workers 1
}
start_farm web1 || bail "the farm server did not start"
serve 'maxConnections="3"' || bail "no proxy"
ok "those who come when it is full wait, and are served in turn" python3 crowd.py "$http" 3 9 logs/proxy
ok "that is told once" is "$(grep -c 'new ones wait' logs/proxy)" 1
ok "the proxy ends well" stop_proxy
few_descriptors() (
	ulimit -n 64
	serve '' && python3 crowd.py "$http" 13 20 logs/proxy && stop_proxy
)
ok "without a number, the descriptors that are left set it" few_descriptors
ok "none was missed" unlike "$(cat logs/proxy)" 'Too many open files'

# starved.py ADDRESS N: N connections at once, a request on each; prints the statuses met.
cat >starved.py <<'P'
import socket, sys
host, port = sys.argv[1].rsplit(":", 1)
crowd = [socket.create_connection((host, int(port)), 20) for n in range(int(sys.argv[2]))]
for c in crowd:
    c.sendall(b"GET /?size=2 HTTP/1.1\r\nHost: farm.test\r\nConnection: close\r\n\r\n")
met = set()
for c in crowd:
    met.add(c.recv(65536)[9:12].decode())
    c.close()
print(*sorted(met))
P
starved() ( # more clients than descriptors: none are left for servers
	ulimit -n 64
	serve 'maxConnections="1000"' && python3 starved.py "$http" 50 >met && stop_proxy
)
ok "without descriptors for servers, requests are answered" starved
ok "... by the server or by 503, never by 502: no server is to blame" like "$(cat met)" '^(200|503|200 503)$'
finish
