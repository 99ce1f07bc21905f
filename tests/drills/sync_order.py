"""The write-ahead log is synced before the 2xx leaves: seen in the order of the system calls."""
import os
import re
import shutil

from harness import Bankside, CannotRun, check_in, drill

WRITES = 20


def read_trace(path):
    """The calls that matter, in the order in which they were finished: 'write', 'sync' (both of the log) and 'answer'."""
    events, waiting = [], {}
    with open(path, errors="replace") as trace:
        for line in trace:
            pid, _, call = line.partition(" ")
            call = call.strip()
            resumed = re.match(r"<\.\.\. (\w+) resumed>", call)
            if resumed:
                events.append(waiting.pop((pid, resumed[1]), None))
                continue
            name = call.partition("(")[0]
            kind = None
            if re.match(r"(pwrite64|write|pwritev)\(\d+<[^>]*-wal", call):
                kind = "write"
            elif re.match(r"(fsync|fdatasync)\(\d+<[^>]*-wal", call):
                kind = "sync"
            elif "HTTP/1.1 201" in call:
                kind = "answer"
            if call.endswith("<unfinished ...>") and kind == "sync":
                waiting[(pid, name)] = kind
            elif kind:
                events.append(kind)
    return [event for event in events if event]


def body(report):
    if not shutil.which("strace"):
        raise CannotRun("strace is not installed")
    app = Bankside().furnish()
    app.start()
    outlet = app.open_outlet()
    client = app.client("broker1")
    app.stop()
    trace = os.path.join(app.home, "trace")
    calls = "trace=pwrite64,pwritev,write,writev,sendto,sendmsg,fsync,fdatasync"
    app.start("--no-jobs", wrap=("strace", "-f", "-y", "-s", "64", "-e", calls, "-e", "signal=none", "-o", trace))
    answered = sum(client.call("POST", *check_in(outlet, n))[0] == 201 for n in range(WRITES))
    app.kill()
    report.check("the writes were answered 201", answered == WRITES, f"{answered} of {WRITES}")
    events = read_trace(trace)
    answers = unsynced = silent = 0
    pending = synced = False
    for event in events:
        if event == "write":
            pending, synced = True, False
        elif event == "sync":
            pending, synced = False, True
        else:
            answers += 1
            unsynced += pending
            silent += not synced
            synced = False
    report.say(f"{events.count('write')} writes to the log, {events.count('sync')} syncs of it, {answers} answers")
    report.check("every answer was seen", answers == WRITES, f"{answers} of {WRITES}")
    report.check("no answer left while the log was unsynced", unsynced == 0, f"{unsynced} did")
    report.check("every answer had a sync of its own before it", silent == 0, f"{silent} had none")


drill("the log is synced before the answer", body)
