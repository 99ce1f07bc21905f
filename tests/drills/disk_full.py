"""The disk runs full and is freed: writes get 507 or 503, reads and sign-in go on, and it recovers without a restart."""
import os
import subprocess
import tempfile
import time

from harness import Bankside, CannotRun, PASSPHRASE, check_in, drill


def body(report):
    disk = tempfile.mkdtemp(prefix="bankside-disk-")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], capture_output=True).returncode:
        os.rmdir(disk)
        raise CannotRun("a small file system cannot be mounted (needs root)")
    try:
        on_small_disk(report, disk)
    finally:
        Bankside.end_all()
        subprocess.run(["umount", "-l", disk], check=False)
        os.rmdir(disk)


def on_small_disk(report, disk):
    app = Bankside()
    app.database = os.path.join(disk, "bankside.db")
    app.env["BANKSIDE_DATABASE_URL"] = f"sqlite://{app.database}"
    app.furnish()
    app.start()
    outlet = app.open_outlet()
    broker = app.client("broker1")
    stored = [check_in(outlet, n) for n in range(5)]
    report.check("writes before", all(broker.call("POST", *entry)[0] == 201 for entry in stored))
    ballast = fill(disk)
    refused = None
    for n in range(2000):
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
    signed_in = app.client().call("POST", "/api/v1/sessions", {"login": "manager", "password": PASSPHRASE})[0]
    report.check("sign-in goes on", signed_in == 201, signed_in)
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
