# SPDX-License-Identifier: MIT
# prompt.py PROMPT=ANSWER... -- COMMAND...: runs COMMAND at a terminal of its own, with a
# person who waits for each prompt and types the answer; the answer ^C is the signal TERM.
# Prints what the screen showed; exits as COMMAND did.
import os, pty, select, signal, sys

split = sys.argv.index("--")
script = [a.split("=", 1) for a in sys.argv[1:split]]
command = sys.argv[split + 1:]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
seen, start = b"", 0
while True:
    if script and script[0][0].encode() in seen[start:]:
        start = len(seen)
        answer = script.pop(0)[1]
        if answer == "^C":
            os.kill(pid, signal.SIGTERM)
        else:
            os.write(fd, answer.encode() + b"\n")
    if not select.select([fd], [], [], 30)[0]:
        os.kill(pid, signal.SIGKILL)
        sys.exit("nothing happened for 30 seconds; the screen:\n" + seen.decode())
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    seen += data
print(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
