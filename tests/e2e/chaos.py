# SPDX-License-Identifier: MIT
# chaos.py FARM SEED COUNT: runs COUNT farm servers and obeys a word at a time on
# standard input, with one on standard output when it is done:
#	begin	from now on stop, kill and restart servers at random
#	calm	no longer; all of them run again, on their ports
#	empty	kill them all
# The first line on standard output has their addresses.
import os, random, select, signal, subprocess, sys, tempfile, time
farm, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
dice = random.Random(seed)
folder = tempfile.mkdtemp(dir=".")
done = {"stop": 0, "kill": 0, "swap": 0}

class Server:
    def __init__(self, number):
        self.name, self.address, self.process, self.stopped = "web%d" % number, "127.0.77.%d:0" % number, None, False
        self.start()

    def start(self):
        ready = os.path.join(folder, self.name)
        if os.path.exists(ready):
            os.unlink(ready)
        self.process = subprocess.Popen([farm, "--name", self.name, "--listen", self.address, "--ready-file", ready],
                                        stdin=subprocess.DEVNULL)
        subprocess.run([farm, "--wait-file", ready, "--pid", str(self.process.pid)], check=True)
        self.address = open(ready).read().strip()

    def signal(self, number):
        self.process.send_signal(number)
        self.stopped = number == signal.SIGSTOP

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def revive(self):
        if self.process is None:
            self.start()
        elif self.stopped:
            self.signal(signal.SIGCONT)

def harm():
    s = dice.choice(servers)
    if s.process is None or s.stopped:
        s.revive()
        return
    what = dice.choice(["stop", "kill", "swap", "swap"])
    done[what] += 1
    if what == "stop":
        s.signal(signal.SIGSTOP)
    else:
        s.kill()
    if what == "swap":
        s.start()

def say(word):
    print(word, flush=True)

servers = [Server(n + 1) for n in range(count)]
say(" ".join(s.address for s in servers))
wild = False
try:
    while True:
        if not select.select([sys.stdin], [], [], dice.uniform(0.02, 0.4) if wild else None)[0]:
            harm()
            continue
        word = sys.stdin.readline().strip()
        if not word:
            break
        wild = word == "begin"
        for s in servers:
            if word == "calm":
                s.revive()
            elif word == "empty" and s.process:
                s.kill()
        say(word + (" %(stop)d stopped, %(kill)d killed, %(swap)d replaced" % done if word == "calm" else ""))
finally:
    for s in servers:
        if s.process:
            s.kill()
