"""Another process holds SQLite's write lock for 30 s: writes are refused with 503 and Retry-After within 10 s, reads go on."""
import sqlite3
import threading
import time

from harness import PASSPHRASE, Client, check_in, drill_on_both

HELD = 30


def hold(app):
    """Keeps everybody else from writing; gives what lets go."""
    if app.postgres:
        # Lets read, lets nobody write: a lock that somebody's maintenance may take.
        holder = app.postgres.holder(app.database, "LOCK TABLE checkins IN SHARE MODE")
        return holder.kill
    holder = sqlite3.connect(app.database, isolation_level=None, timeout=10, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")

    def release():
        holder.execute("ROLLBACK")
        holder.close()

    return release


def body(report, new):
    app = new().furnish()
    app.start()
    outlet = app.open_outlet()
    broker = app.client("broker1")
    report.check("a write before", broker.call("POST", *check_in(outlet))[0] == 201)
    release = hold(app)
    until = time.monotonic() + HELD
    writes, reads, sign_ins = [], [], []

    def note(into, method, path, body=None):
        began = time.monotonic()
        status, _, headers = broker.call(method, path, body, timeout=40)
        into.append((status, headers.get("retry-after"), time.monotonic() - began))

    def write():
        while time.monotonic() < until - 10:
            note(writes, "POST", *check_in(outlet))

    def read():
        while time.monotonic() < until - 0.5:
            note(reads, "GET", "/api/v1/outlets")
            time.sleep(0.1)

    def sign_in():
        time.sleep(1)
        for _ in range(3):
            began = time.monotonic()
            status, answer, _ = app.client().call("POST", "/api/v1/sessions", {"login": "manager", "password": PASSPHRASE}, timeout=40)
            sign_ins.append((status, time.monotonic() - began, answer.get("token")))

    threads = [threading.Thread(target=sign_in)] + [threading.Thread(target=write) for _ in range(4)] + [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(max(0, until - time.monotonic()))
    release()
    report.say(f"{len(writes)} writes and {len(reads)} reads while the lock was held for {HELD} s")
    slowest = max(seconds for *_, seconds in writes)
    report.check("each write was answered 503", all(status == 503 for status, *_ in writes), sorted({status for status, *_ in writes}))
    report.check("with Retry-After", all(after for _, after, _ in writes))
    report.check("within 10 s", slowest <= 10, f"slowest {slowest:.1f} s")
    report.check("each read was answered 200", all(status == 200 for status, *_ in reads), sorted({status for status, *_ in reads}))
    slow_read = max(seconds for *_, seconds in reads)
    report.check("within 1 s", slow_read <= 1, f"slowest {slow_read:.2f} s")
    slow = max(seconds for _, seconds, _ in sign_ins)
    report.check("signing in goes on", [status for status, *_ in sign_ins] == [201] * 3 and slow <= 10, f"slowest {slow:.1f} s")
    time.sleep(2)
    known = [Client(app.port, token).call("GET", "/api/v1/me")[0] for *_, token in sign_ins]
    report.check("those sessions stand", known == [200] * 3, known)
    report.check("a write after", broker.call("POST", *check_in(outlet))[0] == 201)
    app.stop()
    app.sound(report)


drill_on_both("a write lock held by another process", body)
