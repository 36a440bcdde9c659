# SPDX-License-Identifier: MIT
# twice_check.py TOP RECORD TRACES FINDINGS [NODE]: what twice_send.py recorded, held against
# the battery, the traces and two other readers: battery.py's and, with NODE, llhttp.
# One file below FINDINGS for each check; an empty one means that nothing is wrong.
import glob, json, os, re, subprocess, sys
import xml.etree.ElementTree as ET
sys.path.insert(0, os.path.dirname(__file__))
from battery import Reader, Unreadable, messages, rules

METHODS = (b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE")
EVENTS = "{http://schemas.microsoft.com/win/2004/08/events/event}"
OWN = {b"connection", b"content-length", b"transfer-encoding"}  # written anew by the proxy
HOP = OWN | {b"te", b"trailer", b"upgrade", b"keep-alive", b"proxy-connection",
             b"proxy-authenticate", b"proxy-authorization", b"http2-settings"}


class Trace:
    def __init__(self, path):
        self.root = ET.parse(path).getroot()
        self.id = self.root.get("activityId")
        self.log_id = self.root.get("{urn:frebproxy:trace:1}logId")

    def events(self, name):
        for event in self.root.iter(EVENTS + "Event"):
            if event.findtext("./%sRenderingInfo/%sOpcode" % (EVENTS, EVENTS)) == name:
                yield {d.get("Name"): d.text or "" for d in event.iter(EVENTS + "Data")}

    def reason(self):
        return " ".join(e["ErrorDescription"] for e in self.events("SET_RESPONSE_ERROR_DESCRIPTION"))


class Case:
    def __init__(self, told, message):
        self.kind, self.name = told["kind"], told["name"]
        self.sent, self.answer, self.got, self.body = (
            bytes.fromhex(told[k]) for k in ("request", "answer", "got", "body"))
        self.method = told["method"].encode()
        self.message = message
        self.wire = message.facts.get("wire", "")
        self.chunked = "chunked/" in self.name
        self.ok = self.wire in ("200", "204", "304") or (message.rule == "OK" and not self.wire)
        self.whole = message.facts.get("left") != "more" and self.wire != "gone"


class Farm:
    """What reached the farm: whole requests by their log id, and what was left unfinished."""

    def __init__(self, connections, check):
        self.connections = [bytes.fromhex(c) for c in connections]
        self.readers = []
        self.whole = {}
        self.begun = set()
        for data in self.connections:
            reader = Reader()
            self.readers.append(reader)
            try:
                for request in reader.feed(data):
                    self.whole.setdefault(log_id(request[1]), []).append(request)
            except Unreadable as why:
                check.wrong("farm", "a connection", why, data[-500:])
            if reader.head:
                self.begun.add(log_id(reader.head[1]))
            elif reader.data:
                check.wrong("farm", "a connection", "ends with", reader.data[:300])


def log_id(fields):
    ids = [v.decode() for n, v in fields if n.lower() == b"x-arr-log-id"]
    return ids[0] if len(ids) == 1 else "%d ids" % len(ids)


class Check:
    def __init__(self, folder, *names):
        self.files = {n: open(os.path.join(folder, n), "w") for n in names}

    def wrong(self, check, case, *why):
        name = case if isinstance(case, str) else case.name
        print("%s: %s" % (name, " ".join(str(w) for w in why)), file=self.files[check])


def read(data, methods=None):
    """What battery.py reads: whole messages, and whether anything is left."""
    reader = Reader(methods)
    done = reader.feed(data)
    return done, reader.end(), reader.done


def trace_of(case, traces):
    """By the id on the error page, or by the one that the farm got and gave back."""
    page = re.search(rb"Activity ID: (\{[0-9A-F-]{36}\})", case.got)
    sent = re.search(rb"(?m)^X-Got: ([0-9a-f-]{36})\r$", case.got)
    return traces.get((page or sent)[1].decode()) if page or sent else None


def hostile_request(case, table, traces, farm, check):
    status, reason = table[case.message.rule]
    answers, whole, _ = read(case.got, [])
    trace = trace_of(case, traces)
    if case.wire == "gone" or case.wire[:1] == "4":
        wanted = [] if case.wire == "gone" else [case.wire.encode()]
        if [a[0][1] for a in answers] != wanted:
            check.wrong("status", case, "got", answers, "wanted", wanted)
        return
    if [a[0][1] for a in answers] != [b"%d" % status] or not whole:
        check.wrong("status", case, "got", answers[:2], "wanted", status)
    elif (b"Connection", b"close") not in answers[0][1]:
        check.wrong("status", case, "the connection stays")
    place = "chunked request body: %s, at byte %d of it" if case.chunked else \
        "%s, at byte %d of the request head"
    wanted = place % (reason, case.message.mark)
    if not trace or wanted not in trace.reason():
        check.wrong("trace", case, "wanted", wanted, "got", trace and trace.reason())
    elif trace.log_id in farm.whole or (trace.log_id in farm.begun and not case.chunked):
        # A chunked body may go wrong behind a good head, which is with the farm by then.
        check.wrong("farm", case, "reached the farm")


def target_of(case):
    """Path and query as a server behind us must get them."""
    target = case.sent.split(b"\r\n", 2)[0 if case.sent[:2] != b"\r\n" else 1].split(b" ")[1]
    absolute = re.match(rb"(?i)https?://[^/?]*(.*)", target)
    if absolute:
        target = absolute[1] or (b"*" if case.sent.startswith(b"OPTIONS ") else b"/")
    return target


def fields_of(case, trace, framed):
    """What the trace says was sent: the client's fields, those taken out, those set."""
    text = case.sent.lstrip(b"\r\n").partition(b"\r\n\r\n")[0]
    sent = [line.partition(b":")[::2] for line in text.split(b"\r\n")[1:]]
    sets = [(e["HeaderName"].encode(), e["HeaderValue"].encode())
            for e in trace.events("GENERAL_SET_REQUEST_HEADER")]
    out = {n.lower() for n, _ in sets} | OWN
    out |= {e["HeaderName"].lower().encode() for e in trace.events("SECURITY_HEADER_STRIPPED")}
    host = [f for f in sets if f[0] == b"Host"]
    rest = [f for f in sets if f[1] and f[0] not in (b"Host", b"Connection")]
    kept = [(n, v.strip(b" \t")) for n, v in sent if n.lower() not in out]
    return host + kept + rest + framed


def accepted_request(case, traces, farm, check):
    trace = trace_of(case, traces)
    if not case.whole:
        if case.got:
            check.wrong("accepted", case, "is not whole, but was answered")
        return
    if not trace:
        check.wrong("accepted", case, "has no trace; the answer was", case.got[:300])
        return
    done = farm.whole.pop(trace.log_id, [])
    if len(done) != 1:
        check.wrong("accepted", case, len(done), "requests at the farm")
        return
    line, fields, body = done[0]
    method = case.sent.lstrip(b"\r\n").split(b" ")[0]
    framed = [f for f in fields if f[0] in (b"Content-Length", b"Transfer-Encoding")]
    version = re.search(rb" HTTP/1\.([01])\r", case.sent)[1]
    if line != (method, target_of(case), version):
        check.wrong("accepted", case, "is", line, "wanted", method, target_of(case))
    if body != case.body:
        check.wrong("accepted", case, "body", body[:80], "wanted", case.body[:80])
    if fields != fields_of(case, trace, framed):
        check.wrong("accepted", case, "fields", fields, "wanted", fields_of(case, trace, framed))


def hostile_response(case, table, traces, check):
    _, reason = table[case.message.rule]
    answers, whole, _ = read(case.got, [case.method])
    if case.chunked:  # the head was good; what follows must not look complete
        if any(a[0][1] != b"502" for a in answers) or (not answers and whole):
            check.wrong("refused", case, "looks complete:", case.got[-200:])
        trace = traces.get("/" + case.name.removeprefix("answer-"))
        wanted = "chunked response body: %s, at byte %d of it" % (reason, case.message.mark)
    else:
        trace = trace_of(case, traces)
        wanted = "%s, at byte %s of its response head" % (reason, case.message.mark)
        final = [a[0][1] for a in answers if a[0][1][:1] != b"1"]
        if final != [b"502"] or not whole:
            check.wrong("refused", case, "got", answers, "wanted one 502")
    if case.wire == "502":
        wanted = ""
    if not trace or wanted not in trace.reason():
        check.wrong("refused-trace", case, "wanted", wanted, "got", trace and trace.reason())


def accepted_response(case, check):
    done, whole, everything = read(case.got, [case.method])
    source = Reader([case.method])
    head, _, rest = case.answer.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    if not case.whole:
        if whole or done:
            check.wrong("passed", case, "looks complete")
        return
    if not whole or not everything:
        check.wrong("passed", case, "is not complete:", case.got[:300])
        return
    code, reason = re.match(rb"HTTP/1.[01] (\d+) ?(.*)", status).groups()
    line, fields, body = everything[0]
    if line[1] != code or line[2] != reason:
        check.wrong("passed", case, "is", line, "wanted", code, reason)
    if everything[-1][2] != case.body:
        check.wrong("passed", case, "body", everything[-1][2][:80], "wanted", case.body[:80])
    sent = [(n, v.strip(b" \t")) for n, v in (each.partition(b":")[::2] for each in lines)]
    named = {n.strip().lower() for k, v in sent if k.lower() == b"connection"
             for n in v.split(b",")}
    wanted = [f for f in sent if f[0].lower() not in HOP | named]
    wanted += [] if code[:1] == b"1" else [(b"X-Powered-By", b"ARR/3.0")]
    left = [f for f in fields if f[0].lower() not in OWN]
    if left != wanted:
        check.wrong("passed", case, "fields", left, "wanted", wanted)


def nobody_else(cases, farm, check):
    """What is left at the farm was sent to get the answers of the battery."""
    asked = {b"/" + c.name.removeprefix("answer-").encode() for c in cases if c.kind != "request"}
    for requests in farm.whole.values():
        for request in requests:
            if request[0][1] not in asked:
                check.wrong("farm", "nobody's request", request)


def for_llhttp(reader, data, strange):
    """The stream, with POST for the methods we sent and llhttp does not know."""
    starts = reader.starts + [len(data)]
    parts = [data[:starts[0]]]
    for at, end in zip(starts, starts[1:]):
        method, rest = data[at:end].split(b" ", 1)
        parts.append((b"POST" if method in strange else method) + b" " + rest)
    return b"".join(parts)


def ask_llhttp(node, farm, cases):
    """llhttp's reading of every byte that left the proxy, stream by stream."""
    script = os.path.join(os.path.dirname(__file__), "second.js")
    strange = {c.sent.lstrip(b"\r\n").split(b" ")[0] for c in cases if c.ok} - set(METHODS)
    streams = [{"kind": "request", "data": for_llhttp(r, d, strange).hex()}
               for r, d in zip(farm.readers, farm.connections)]
    streams += [{"kind": "response", "method": c.method.decode(), "data": c.got.hex()}
                for c in cases]
    out = subprocess.run([node, script], input=json.dumps(streams).encode(), check=True,
                         stdout=subprocess.PIPE).stdout
    return json.loads(out)


def text(data):
    return data.decode("latin-1")


def same(ours, theirs):
    line, fields, body = ours
    if line[0] in (b"0", b"1"):
        start = [text(line[1]), text(line[2])]
    else:
        start = [text(line[0] if line[0] in METHODS else b"POST"), text(line[1])]
    return start == theirs["start"] and body.hex() == theirs["body"] and \
        [[text(n), text(v)] for n, v in fields] == theirs["fields"]


def compare(name, check, which, ours, theirs):
    """ours: the Reader; theirs: messages, with an error at the end if there was one."""
    error = [m for m in theirs if "error" in m]
    if error or len(ours.done) != len(theirs) or not all(map(same, ours.done, theirs)):
        check.wrong(which, name, "is", theirs, "for llhttp, for us", ours.done)


def compare_llhttp(node, farm, cases, check):
    found = ask_llhttp(node, farm, cases)
    for i, reader in enumerate(farm.readers):
        compare("connection %d" % i, check, "llhttp", reader, found[i])
    for case, theirs in zip(cases, found[len(farm.readers):]):
        reader = Reader([case.method])
        reader.feed(case.got)
        reader.end()
        compare(case.name, check, "llhttp-response", reader, theirs)


def main(top, record, folder, findings, node=""):
    os.makedirs(findings, exist_ok=True)
    with open(record) as f:
        recorded = json.load(f)
    by_name = {m.name: m for part in ("request", "response", "chunked")
               for m in messages(top, part)}
    cases = [Case(c, by_name[c["name"].removeprefix("answer-")]) for c in recorded["cases"]]
    traces = {}
    for path in glob.glob(os.path.join(folder, "fr*.xml")):
        trace = Trace(path)
        url = trace.root.get("url").split("/", 3)[-1]
        traces.update({trace.id: trace, trace.log_id: trace})
        if trace.root.get("verb") == "GET":  # answers that broke off have no page to name it
            traces["/" + url] = trace
    check = Check(findings, "status", "trace", "farm", "accepted", "refused", "refused-trace",
                  "passed", "llhttp", "llhttp-response", "unreadable")
    farm = Farm(recorded["connections"], check)
    table = rules(top)
    table["OK"] = (200, "")
    if node:
        compare_llhttp(node, farm, cases, check)
    for case in cases:
        try:
            if case.kind == "request":
                accepted_request(case, traces, farm, check) if case.ok else \
                    hostile_request(case, table, traces, farm, check)
            else:
                accepted_response(case, check) if case.ok else \
                    hostile_response(case, table, traces, check)
        except Unreadable as why:
            check.wrong("unreadable", case, why)
    nobody_else(cases, farm, check)
    for kind in ("request", "response"):
        mine = [c for c in cases if c.kind == kind]
        print(sum(not c.ok for c in mine), sum(c.ok for c in mine))


main(*sys.argv[1:])
