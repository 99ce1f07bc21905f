"""Reports over everything, and one that will not end, while writes go on: the log stays bounded, writes stay quick."""
import csv
import datetime
import os
import sqlite3
import threading
import time

from harness import drill_on_both, now
from writers import Writers

MET = int(os.environ.get("DRILL_ROWS", "8000"))
SECONDS = float(os.environ.get("DRILL_SECONDS", "30"))
# What `journal_size_limit` leaves of the log, and some for what is under way; while a reader keeps its snapshot as much more as is written meanwhile.
WAL_AT_MOST = 96 << 20
A_WRITE_AT_MOST = 128 << 10
P99_AT_MOST = 0.25


def body(report, new):
    app = new().furnish(brokers=4)
    app.start()
    outlet = app.open_outlet()
    path = os.path.join(app.home, "prospects.csv")
    with open(path, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["name", "met_at", "broker", "source", "preferred_channel"])
        for n in range(MET):
            met = datetime.datetime.fromisoformat(now(days=-1 - n % 300))
            rows.writerow([f"赵{n}", met.isoformat(timespec="seconds"), f"broker{n % 4 + 1}", "on_site", "call"])
    began = time.monotonic()
    app.command("import", "prospects", path, timeout=600)
    report.say(f"{MET} prospects taken in within {time.monotonic() - began:.1f} s")
    quiet = Writers(app, outlet, brokers=4, threads=4, pause=0.05).start()
    time.sleep(5)
    quiet.stop()
    writers = Writers(app, outlet, brokers=4, threads=4, pause=0.05).start()
    reports, held = run_reports(app, report)
    after = None if app.postgres else shrunk(app.database + "-wal")
    writers.stop()
    report.say(f"p99 of writes {quiet.p99() * 1000:.0f} ms alone, {writers.p99() * 1000:.0f} ms beside {reports}")
    report.check(f"{len(writers.seconds)} writes beside them: p99 under {P99_AT_MOST * 1000:.0f} ms", writers.p99() < P99_AT_MOST, f"{writers.p99() * 1000:.0f} ms")
    if not app.postgres:
        most = WAL_AT_MOST + A_WRITE_AT_MOST * len(writers.seconds)
        report.check(f"the log holds no more than what is written while one reads, {A_WRITE_AT_MOST >> 10} KB a write", held < most, f"{held / 2**20:.1f} MB")
        report.check(f"and is cut back under {WAL_AT_MOST >> 20} MB by the next writes", after < WAL_AT_MOST, f"{after / 2**20:.1f} MB")
    writers.tried |= quiet.tried | {row["id"] for login in ("broker1", "broker2", "broker3", "broker4") for row in app.client(login).all("/api/v1/prospects")}
    writers.verify(app, report)
    app.stop()
    app.sound(report)


def run_reports(app, report):
    until = time.monotonic() + SECONDS
    done, failed, lock = {}, [], threading.Lock()

    def again(name, what):
        while time.monotonic() < until:
            try:
                what()
            except Exception as error:  # told in the end, whatever it was
                failed.append(f"{name}: {error}")
                return
            with lock:
                done[name] = done.get(name, 0) + 1

    def backup():
        path = os.path.join(app.home, f"{time.monotonic()}.backup")
        app.command("backup", path)
        os.remove(path)

    work = [("lists of everything", lambda: app.client("manager").all("/api/v1/prospects")), ("checks", lambda: app.command("check"))]
    if not app.postgres:
        work.append(("backups", backup))
    threads = [threading.Thread(target=again, args=one) for one in work]
    for thread in threads:
        thread.start()
    release = read_on(app)
    held = 0
    while any(thread.is_alive() for thread in threads):
        if not app.postgres:
            held = max(held, os.path.getsize(app.database + "-wal"))
        time.sleep(0.2)
    release()
    report.check("every report was made", not failed, failed[:2] or "")
    return ", ".join(f"{count} {name}" for name, count in done.items()) + " and one reader that did not end", held


def shrunk(log):
    """The log's size once writes have gone on a while."""
    until = time.monotonic() + 20
    while os.path.getsize(log) >= WAL_AT_MOST and time.monotonic() < until:
        time.sleep(0.2)
    return os.path.getsize(log)


def read_on(app):
    """A reader that keeps its snapshot until it is let go."""
    if app.postgres:
        return app.postgres.holder(app.database, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT COUNT(*) FROM prospects").kill
    reader = sqlite3.connect(app.database, isolation_level=None, check_same_thread=False)
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM prospects").fetchall()
    return reader.close


drill_on_both("reports while writes go on", body)
