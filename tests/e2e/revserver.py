#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A CA's web server on loopback: revserver.py FOLDER READY-FILE

GET /NAME serves FOLDER/NAME.  POST /ocsp/NAME answers by `openssl ocsp` with
FOLDER/index.txt, signed with FOLDER/NAME.pem; /stale/ocsp/NAME as it would
have done in 2020.  Below /hold/ it first writes
FOLDER/held and waits until somebody writes to the FIFO FOLDER/release; below
/never/ it keeps silent.  Each request is a line in FOLDER/requests.
"""
import http.server
import os
import re
import subprocess
import sys
import threading

folder, ready = sys.argv[1], sys.argv[2]
lock = threading.Lock()


def parts(data):
    """The elements of DER: (whole, content) each."""
    while data:
        head, n = 2, data[1]
        if n & 0x80:
            head, n = 2 + (n & 0x7f), int.from_bytes(data[2:2 + (n & 0x7f)], "big")
        yield data[:head + n], data[head:head + n]
        data = data[head + n:]


def element(tag, content):
    n = len(content)
    size = n.to_bytes((n.bit_length() + 7) // 8 or 1, "big")
    return bytes([tag]) + (size if n < 0x80 else bytes([0x80 | len(size)]) + size) + content


def aged(answer, key):
    """The same answer with all its times in 2020, signed anew."""
    (_, whole), = parts(answer)
    (status, _), (_, wrapped) = parts(whole)
    (_, typed), = parts(wrapped)
    (oid, _), (_, basic) = parts(typed)
    (_, basic), = parts(basic)
    (data, _), (algorithm, _), _, *certificates = parts(basic)
    data = re.sub(rb"\x18\x0f20\d\d", b"\x18\x0f2020", data)
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=data,
                               stdout=subprocess.PIPE, check=True).stdout
    basic = element(0x30, data + algorithm + element(0x03, b"\0" + signature) +
                    b"".join(whole for whole, _ in certificates))
    return element(0x30, status + element(0xa0, element(0x30, oid + element(0x04, basic))))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def path_inside(self):
        with lock, open(os.path.join(folder, "requests"), "a") as log:
            log.write(f"{self.command} {self.path}\n")
        if self.path.startswith("/never/"):
            self.rfile.read()
        if self.path.startswith("/hold/"):
            with open(os.path.join(folder, "held"), "w") as held:
                held.write("held\n")
            with open(os.path.join(folder, "release")) as release:
                release.read()
            return self.path[len("/hold/"):]
        return self.path[1:]

    def answer(self, body):
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        try:
            self.wfile.write(body or b"")
        except BrokenPipeError:  # the proxy's time was over
            self.close_connection = True

    def do_GET(self):
        try:
            with open(os.path.join(folder, os.path.basename(self.path_inside())), "rb") as file:
                self.answer(file.read())
        except FileNotFoundError:
            self.answer(None)

    def do_POST(self):
        question = self.rfile.read(int(self.headers["Content-Length"]))
        path = self.path_inside()
        name = os.path.join(folder, os.path.basename(path))
        if not path.split("/")[-2:-1] == ["ocsp"]:
            self.answer(None)
            return
        done = subprocess.run(
            ["openssl", "ocsp", "-index", os.path.join(folder, "index.txt"), "-CA",
             os.path.join(folder, "issuing.pem"), "-rsigner", name + ".pem", "-rkey", name + ".key",
             "-reqin", "/dev/stdin", "-respout", "/dev/stdout", "-ndays", "1"],
            input=question, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        body = done.stdout
        if path.startswith("stale/"):
            body = aged(body, name + ".key")
        self.answer(body or b"<html>no answer</html>")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
with open(ready + ".tmp", "w") as file:
    file.write(f"{server.server_address[1]}\n")
os.rename(ready + ".tmp", ready)
server.serve_forever()
