# SPDX-License-Identifier: MIT
# twice_send.py TOP READY GO DONE RECORD: listens as the farm server and writes its address
# to READY; reads the proxy's address from the pipe GO; sends the battery through it, one
# message a connection; writes DONE, waits for GO again, which says that the proxy has ended,
# and keeps every byte of both sides in RECORD (JSON) for twice_check.py.
import json, os, re, socket, sys, threading
sys.path.insert(0, os.path.dirname(__file__))
from battery import Reader, Unreadable, body_for, coded, messages

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: farm.test\r\n\r\n"
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Case:
    def __init__(self, kind, name, message, request, answer=PLAIN, **more):
        self.kind, self.name, self.message = kind, name, message
        self.request, self.answer, self.more = request, answer, more
        self.got = b""


class Farm:
    """Keeps each connection's bytes, and answers as the present case says."""

    def __init__(self):
        self.case = None
        self.connections = []
        self.threads = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            peer, _ = self.listener.accept()
            record = bytearray()
            self.connections.append(record)
            thread = threading.Thread(target=self.serve, args=(peer, record), daemon=True)
            self.threads.append(thread)
            thread.start()

    def serve(self, peer, record):
        reader = Reader()
        with peer:
            try:
                while data := peer.recv(65536):
                    record += data
                    for request in reader.feed(data):
                        self.answer(peer, request)
            except (Unreadable, OSError):
                return  # twice_check.py reads the same bytes again, and tells

    def answer(self, peer, request):
        case = self.case
        if case.kind == "request":  # the answer says which request it is for
            ids = [v for n, v in request[1] if n.lower() == b"x-arr-log-id"]
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Got: %s\r\n\r\n%s" %
                         (b", ".join(ids), b"" if request[0][0] == b"HEAD" else b"ok"))
        else:
            peer.sendall(case.answer)
            peer.shutdown(socket.SHUT_WR)


def request_case(m):
    wire = m.facts.get("wire", "")
    if m.rule == "OK" or wire == "200":
        body, plain = body_for(m.bytes)
        return Case("request", m.name, m, m.bytes + body, body=plain, leave=True)
    leave = wire == "gone"
    return Case("request", m.name, m, m.bytes + (b"" if leave else SMUGGLED), leave=leave)


def chunk_case(m):
    head = b"POST /%s HTTP/1.1\r\nHost: farm.test\r\nTransfer-Encoding: chunked\r\n\r\n"
    ok = m.rule == "OK"
    return Case("request", m.name, m, head % m.name.encode() + m.bytes + (b"" if ok else SMUGGLED),
                body=m.data(), leave=ok)


def response_case(m, answer=None, chunked_body=None):
    method = m.facts.get("method", "GET")
    ask = "%s /%s HTTP/1.1\r\nHost: farm.test\r\n\r\n" % (method, m.name)
    body, plain = b"", b""
    framed = re.search(rb"(?im)^(transfer-encoding|content-length):", m.bytes)
    bodiless = method == "HEAD" or re.match(rb"HTTP/1.. (204|304)", m.bytes)
    if m.bytes.startswith(b"HTTP/1.1 1"):  # the final one follows
        body, plain = PLAIN, b"ok"
    elif m.mark is not None and not framed and not bodiless:
        plain = m.bytes[m.mark:]  # bytes behind the head are body until the end
    elif m.rule == "OK" and not bodiless:
        body, plain = body_for(m.bytes) if framed else (b"until the end",) * 2
    if answer is None:
        answer = m.bytes + body
    else:
        plain = chunked_body
    return Case("response", "answer-" + m.name, m, ask.encode(), answer,
                body=plain, method=method, leave=True)


def chunked_response_case(m):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return response_case(m, head + m.bytes, m.data())


def talk(address, case):
    with socket.create_connection(address, 20) as c:
        try:
            c.sendall(case.request)
            if case.more["leave"]:
                c.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before all was sent
        try:
            while part := c.recv(65536):
                case.got += part
        except ConnectionResetError:
            pass


def told(case):
    return {"kind": case.kind, "name": case.name, "request": case.request.hex(),
            "answer": case.answer.hex(), "got": case.got.hex(),
            "body": case.more.get("body", b"").hex(), "method": case.more.get("method", "GET")}


def main(top, ready, go, done, record):
    farm = Farm()
    with open(ready + ".new", "w") as f:
        f.write("127.0.0.1:%d\n" % farm.listener.getsockname()[1])
    os.rename(ready + ".new", ready)
    with open(go) as f:
        host, _, port = f.read().strip().rpartition(":")
    chunked = messages(top, "chunked")
    cases = [request_case(m) for m in messages(top, "request") if m.facts.get("limits") is None]
    cases += [chunk_case(m) for m in chunked]
    cases += [response_case(m) for m in messages(top, "response")]
    cases += [chunked_response_case(m) for m in chunked]
    for case in cases:
        farm.case = case
        talk((host, int(port)), case)
    with open(done, "w") as f:
        f.write("done\n")
    with open(go) as f:  # once the proxy has ended, so have its connections
        f.read()
    for thread in farm.threads:
        thread.join(20)
    with open(record, "w") as f:
        json.dump({"cases": [told(c) for c in cases],
                   "connections": [c.hex() for c in farm.connections]}, f)


main(*sys.argv[1:])
