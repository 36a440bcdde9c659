# SPDX-License-Identifier: MIT
# gate.py ADDRESS CA GATE COUNT: one client is connected; another begins its
# handshake, and while its signature waits at the FIFO GATE (p11double), the
# first asks COUNT times.  Prints in which order things were finished.
import os, signal, socket, ssl, sys, threading
address, ca, gate, count = sys.argv[1:]
host, port = address.rsplit(":", 1)
context = ssl.create_default_context(cafile=ca)
signal.alarm(60)	# nobody waits for ever at the gate

def connect():
    return context.wrap_socket(socket.create_connection((host, int(port)), 30), server_hostname="farm.test")

def ask(c):
    c.sendall(b"GET /portal/ HTTP/1.1\r\nHost: farm.test\r\n\r\n")
    got = b""
    while b"\r\n\r\n" not in got or len(got.split(b"\r\n\r\n", 1)[1]) < length:
        got += c.recv(65536)
        if b"\r\n\r\n" in got:
            length = int(got.lower().split(b"content-length:")[1].split()[0])
    return got.split()[1].decode()

def late():
    print("slow", ask(connect()), flush=True)

first = connect()
os.mkfifo(gate)
second = threading.Thread(target=late)
second.start()
held = open(gate, "w")	# returns when the signature waits there
answers = {ask(first) for _ in range(int(count))}
print("fast", *answers, flush=True)
os.unlink(gate)
held.close()
second.join()
