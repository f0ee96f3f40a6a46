"""The line about a long read: on a terminal, after a second, gone at the end; never in a pipe. progress.py WEEG SAN FILE FILE...:
of the first file, which is CSV, all of it; of the others that the line has the share that was read."""
import os
import pty
import re
import signal
import subprocess
import sys
import time

weeg, san, path, *others = sys.argv[1:]
question = ["~ answer", "-w", "w", "-f", "csv", "--threads", "1"]


def say(ok, name):
    print(("ok " if ok else "not ok ") + name)


def run(program, file, stdin, terminal):
    """What the program writes to standard output and to standard error."""
    reader, writer = pty.openpty() if terminal else os.pipe()
    child = subprocess.Popen([program, "proportion", file] + question, stdin=stdin, stdout=subprocess.PIPE, stderr=writer)
    os.close(writer)
    return child, reader


def finish(child, reader):
    out = child.stdout.read().decode()
    said = b""
    while True:
        try:
            more = os.read(reader, 65536)
        except OSError:  # the other end of a terminal is closed
            break
        if not more:
            break
        said += more
    os.close(reader)
    return out if child.wait() == 0 else None, said.decode()


def positions(process, path):
    """Where a process, or one that it started, is in a file."""
    with open("/proc/%d/task/%d/children" % (process, process)) as children:
        processes = [process] + [int(child) for child in children.read().split()]
    for folder in ("/proc/%d/" % id for id in processes):
        for fd in os.listdir(folder + "fd"):
            if os.readlink(folder + "fd/" + fd) == os.path.realpath(path):
                with open(folder + "fdinfo/" + fd) as info:
                    yield int(info.readline().split()[1])


def wait_until_it_reads(child, path):
    """Until half of the file is read, where the system tells; else for a moment. (4 MB of a CSV file are before the clock.)"""
    half = os.path.getsize(path) / 2
    if not os.path.exists("/proc/%d/task/%d/children" % (child.pid, child.pid)):
        return time.sleep(0.1)
    while child.poll() is None:
        try:
            if any(at > half for at in positions(child.pid, path)):
                return
        except OSError:
            pass  # closed meanwhile


def slowly(terminal):
    """The file through a pipe that rests for more than a second."""
    child, reader = run(weeg, "-", subprocess.PIPE, terminal)
    with open(path, "rb") as file:
        rows = file.read()
    child.stdin.write(rows)
    child.stdin.flush()
    time.sleep(1.2)
    child.stdin.write(rows[rows.index(b"\n") + 1 :])
    child.stdin.close()
    return finish(child, reader)


plain, silent = slowly(False)
seen, said = slowly(True)
say(plain is not None and plain == seen, "the answer is the same with a terminal")
say(silent == "", "nothing is said in a pipe")
say("million rows read" in said, "a terminal is told of the rows")
say(said.rstrip("\r").endswith(" " * 79), "and the line is gone at the end")
for file in [path] + others:
    child, reader = run(san, file, subprocess.DEVNULL, True)
    wait_until_it_reads(child, file)
    child.send_signal(signal.SIGSTOP)
    time.sleep(1.1)
    child.send_signal(signal.SIGCONT)
    _, said = finish(child, reader)
    say(re.search(r"\[#+[.]*\] +[1-9][0-9]?%  ", said) is not None, "of " + file + ", the share that was read")
quick, said = finish(*run(weeg, path, subprocess.DEVNULL, True))
say(quick is not None and said == "", "nothing is said of a quick read")
