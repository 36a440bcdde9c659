# SPDX-License-Identifier: MIT
# battery.py: the messages of fixtures/corpus/http, and a second reader of HTTP/1.1 that
# shares nothing with the proxy's: what it cannot read in one way only, it refuses.
import glob, os, re

ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}
SMALL = 1 << 20  # longer bodies are begun, not sent


class Message:
    """One file: facts, the bytes, and where the byte stands that offends."""

    def __init__(self, path):
        self.name = "/".join(path[:-4].split(os.sep)[-2:])
        with open(path, "rb") as f:
            facts, text = f.read().split(b"\n---\n", 1)
        self.facts = dict(line.split(": ", 1) if ": " in line else (line.rstrip(":"), "")
                          for line in facts.decode("latin-1").split("\n"))
        self.rule = self.facts["rule"]
        self.mark = None
        self.bytes = b""
        self.unescape(text.replace(b"\n", b"").decode("latin-1"))

    def data(self):
        """The body that a chunked message is."""
        whole, self.bytes = self.bytes, b""
        self.unescape(self.facts.get("data", ""))
        body, self.bytes = self.bytes, whole
        return body

    def unescape(self, text):
        at = 0
        while at < len(text):
            c = text[at]
            at += 1
            if c != "\\":
                self.bytes += c.encode("latin-1")
                continue
            c = text[at]
            at += 1
            if c == "x":
                self.bytes += bytes([int(text[at:at + 2], 16)])
                at += 2
            elif c == "^":
                self.mark = len(self.bytes)
            elif c == "*":
                count, rest = re.match(r"(\d+)\(([^)]*)\)", text[at:]).groups()
                at += len(count) + len(rest) + 2
                for _ in range(int(count)):
                    self.unescape(rest)
            else:
                self.bytes += ESCAPES[c]


def messages(top, folder):
    paths = sorted(glob.glob(os.path.join(top, "fixtures/corpus/http", folder, "*.msg")))
    return [Message(p) for p in paths]


def rules(top):
    """symbol -> (status, text), from the table the proxy is built with."""
    with open(os.path.join(top, "core/http/head.def")) as f:
        rows = re.findall(r'^HEAD_RULE\((\w+),\s*(\d+), "(.*)"\)$', f.read(), re.M)
    return {name: (int(status), text.replace('\\"', '"')) for name, status, text in rows}


def coded(body):
    """The body in the chunked coding, in two pieces where there is enough of it."""
    half = len(body) // 2
    pieces = [p for p in (body[:half], body[half:]) if p]
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


def body_for(head):
    """What to send behind an accepted head, and the body that it is."""
    if re.search(rb"(?im)^transfer-encoding:", head):
        return coded(b"0123456789ab"), b"0123456789ab"
    length = re.search(rb"(?im)^content-length:[ \t]*(\d+)", head)
    size = int(length[1]) if length else 0
    body = (b"0123456789abcdef" * (size // 16 + 1))[:size] if size <= SMALL else b"begun"
    return body, body


class Unreadable(Exception):
    pass


FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[\x21-\x7e\x80-\xff]"
                   rb"(?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[ \t]*\Z")
REQUEST = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP/1\.([01])\Z")
STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9][0-9]) ([\t\x20-\x7e\x80-\xff]*)\Z")


class Reader:
    """Reads messages one after another; .methods are those of the requests answered."""

    def __init__(self, methods=None):
        self.data = b""
        self.methods = methods  # None: requests are read
        self.done = []          # (line, fields, body)
        self.head = None        # of the message that is being read
        self.until_close = False
        self.total = 0
        self.starts = []        # where each message begins

    def feed(self, data):
        self.data += data
        self.total += len(data)
        before = len(self.done)
        while self.step():
            pass
        return self.done[before:]

    def end(self):
        """The peer closed.  True: nothing was left half-read."""
        if self.head and self.until_close:
            self.finish(self.data)
            self.data = b""
        return self.head is None and not self.data

    def finish(self, body):
        self.done.append((*self.head, body))
        self.head = None
        self.until_close = False

    def step(self):
        if self.head is None and not self.read_head():
            return False
        return self.read_body()

    def read_head(self):
        text, end, rest = self.data.partition(b"\r\n\r\n")
        if not end:
            return False
        first, *lines = text.split(b"\r\n")
        line = (REQUEST if self.methods is None else STATUS).match(first)
        fields = [FIELD.match(each) for each in lines]
        if not line or not all(fields):
            raise Unreadable(text)
        self.starts.append(self.total - len(self.data))
        self.head = (line.groups(), [f.groups() for f in fields])
        self.data = rest
        return True

    def framing(self):
        """"none", "close", "chunked" or a length."""
        line, fields = self.head
        lengths = [v for n, v in fields if n.lower() == b"content-length"]
        codings = [v for n, v in fields if n.lower() == b"transfer-encoding"]
        if len(lengths) + len(codings) > 1 or codings not in ([], [b"chunked"]):
            raise Unreadable("framing: %r %r" % (lengths, codings))
        if lengths and not re.match(rb"(0|[1-9][0-9]*)\Z", lengths[0]):
            raise Unreadable("length: %r" % lengths)
        if self.methods is not None:
            status = int(line[1])
            method = self.methods[0] if self.methods else b"GET"
            if status >= 200 and self.methods:
                self.methods.pop(0)
            if status < 200 or status in (204, 304) or method == b"HEAD":
                return "none"
        if codings:
            return "chunked"
        if lengths:
            return int(lengths[0])
        return "none" if self.methods is None else "close"

    def read_body(self):
        how = self.framing()
        if how == "close":
            self.until_close = True
            return False
        if how == "none":
            self.finish(b"")
            return True
        if how == "chunked":
            return self.read_chunks()
        if len(self.data) < how:
            return False
        body, self.data = self.data[:how], self.data[how:]
        self.finish(body)
        return True

    def read_chunks(self):
        at, body = 0, b""
        while True:
            end = self.data.find(b"\r\n", at)
            if end < 0:
                return False
            if not re.match(rb"[0-9a-f]{1,8}\Z", self.data[at:end]):
                raise Unreadable("chunk size: %r" % self.data[at:end])
            size, at = int(self.data[at:end], 16), end + 2
            if size == 0:
                break
            if len(self.data) < at + size + 2:
                return False
            if self.data[at + size:at + size + 2] != b"\r\n":
                raise Unreadable("behind a chunk: %r" % self.data[at + size:at + size + 2])
            body += self.data[at:at + size]
            at += size + 2
        return self.read_trailers(at, body)

    def read_trailers(self, at, body):
        while True:
            end = self.data.find(b"\r\n", at)
            if end < 0:
                return False
            line, at = self.data[at:end], end + 2
            if not line:
                break
            if not FIELD.match(line):
                raise Unreadable("trailer: %r" % line)
        self.data = self.data[at:]
        self.finish(body)
        return True
