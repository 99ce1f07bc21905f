"""The disk runs full and is freed: writes get 507 or 503, reads and sign-in go on, and it recovers without a restart."""
import os
import subprocess
import tempfile
import time

from harness import Bankside, CannotRun, PASSPHRASE, Postgres, check_in, drill


def body(report):
    try:
        on_each(report, None)
        server = Postgres()
    except CannotRun as reason:
        report.cannot_run(reason)
        return
    on_each(report, server)


def on_each(report, server):
    disk = tempfile.mkdtemp(prefix="bankside-disk-")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m" if server else "size=24m", "tmpfs", disk], capture_output=True).returncode:
        os.rmdir(disk)
        raise CannotRun("a small file system cannot be mounted (needs root)")
    try:
        on_small_disk(report, disk, server)
    finally:
        Bankside.end_all()
        if server:
            server.kill()
        subprocess.run(["umount", "-l", disk], check=False)
        os.rmdir(disk)


def installation(disk, server):
    if not server:
        app = Bankside(database=os.path.join(disk, "bankside.db"))
        return app
    # The tables are on the small disk; the server's own files are not, since it stops itself where its log does not fit any more.
    folder = os.path.join(disk, "tables")
    os.mkdir(folder)
    os.chmod(disk, 0o755)
    if server.user:
        os.chown(folder, server.user["user"], server.user["group"])
    server.rows("postgres", f"CREATE TABLESPACE small LOCATION '{folder}'")
    return Bankside(postgres=server, database=server.new_database("TABLESPACE small"))


def on_small_disk(report, disk, server):
    report.say(f"on PostgreSQL {server.version}" if server else "on SQLite")
    app = installation(disk, server)
    app.furnish()
    app.start()
    outlet = app.open_outlet()
    broker = app.client("broker1")
    stored = [check_in(outlet, n) for n in range(5)]
    report.check("writes before", all(broker.call("POST", *entry)[0] == 201 for entry in stored))
    ballast = fill(disk)
    refused = None
    for n in range(5000):
        entry = check_in(outlet, n)
        status, answer, headers = broker.call("POST", *entry)
        if status == 201:
            stored.append(entry)
            continue
        refused = (status, headers.get("retry-after"), answer)
        fill(disk, "more")
        break
    report.check("a write is refused with 507 or 503", refused and refused[0] in (503, 507), refused)
    report.check("reads go on", all(broker.call("GET", path)[0] == 200 for path in ("/api/v1/outlets", "/api/v1/checkins", "/api/v1/me")))
    wrong = [app.client().call("POST", "/api/v1/sessions", {"login": "coordinator", "password": "not this one"})[0] for _ in range(11)]
    report.check("guesses are slowed down", wrong == [401] * 10 + [429], wrong)
    signed_in = app.client().call("POST", "/api/v1/sessions", {"login": "manager", "password": PASSPHRASE})
    report.check("sign-in goes on", signed_in[0] == 201, signed_in[0])
    app.tokens["manager"] = signed_in[1].get("token")
    report.check("and that session reads", app.client("manager").call("GET", "/api/v1/prospects")[0] == 200)
    os.remove(ballast)
    if os.path.exists(os.path.join(disk, "more")):
        os.remove(os.path.join(disk, "more"))
    entry, status = check_in(outlet, 7), None
    for _ in range(60):
        status = broker.call("POST", *entry)[0]
        if status in (200, 201):
            break
        time.sleep(0.5)
    stored.append(entry)
    report.check("writes again without a restart", status in (200, 201), status)
    replayed = [broker.call("POST", *entry)[0] for entry in stored]
    report.check("all that was acknowledged is there", all(status == 200 for status in replayed), f"{replayed.count(200)} of {len(stored)}")
    time.sleep(2)
    report.check("the session of the outage goes on", app.client("manager").call("GET", "/api/v1/me")[0] == 200)
    guess = app.client().call("POST", "/api/v1/sessions", {"login": "coordinator", "password": PASSPHRASE})[0]
    report.check("guesses of the outage still count", guess == 429, guess)
    app.stop()
    app.start()
    report.check("also after a restart", app.client("manager").call("GET", "/api/v1/me")[0] == 200)
    app.stop()
    app.sound(report)


def fill(disk, name="ballast"):
    path = os.path.join(disk, name)
    with open(path, "wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return path


drill("the disk runs full", body)
