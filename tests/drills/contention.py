"""32 clients read and then write the same few records: stale ones get 412, nobody hears of a lock, nothing is a 5xx."""
import collections
import os
import threading
import time

from harness import check_in, drill_on_both


def body(report, new):
    seconds = float(os.environ.get("DRILL_SECONDS", "60"))
    app = new().furnish(brokers=4)
    app.start()
    outlet = app.open_outlet()
    app.client("coordinator")
    for n in range(4):
        app.client(f"broker{n + 1}")
    until = time.monotonic() + seconds
    seen, lock, applied = collections.Counter(), threading.Lock(), []

    def one(n):
        coordinator, broker = app.client("coordinator"), app.client(f"broker{n % 4 + 1}")
        while time.monotonic() < until:
            _, _, headers = coordinator.call("GET", f"/api/v1/outlets/{outlet}")
            radius = 100 + n
            change = coordinator.call("PATCH", f"/api/v1/outlets/{outlet}", {"radius_m": radius}, headers={"If-Match": headers.get("etag", "")})
            write = broker.call("POST", *check_in(outlet, n))
            with lock:
                seen[("change", change[0])] += 1
                seen[("check-in", write[0])] += 1
                if change[0] == 200:
                    applied.append(change[1])

    threads = [threading.Thread(target=one, args=(n,)) for n in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report.say(", ".join(f"{what} {status}: {count}" for (what, status), count in sorted(seen.items())))
    report.check("changes are 200 or 412", {status for what, status in seen if what == "change"} <= {200, 412})
    report.check("every check-in is 201", {status for what, status in seen if what == "check-in"} == {201})
    report.check("some change was applied", len(applied) > 0)
    report.check("the log speaks of no lock", "database is locked" not in app.said())
    app.stop()
    app.sound(report)


drill_on_both("32 clients that read and then write", body)
