"""The PostgreSQL server is killed and started again under keyed writes: 503 meanwhile, everything acknowledged is there, no restart of ours."""
import os
import time

from harness import Bankside, Postgres, drill
from writers import Writers


def body(report):
    times = int(os.environ.get("DRILL_KILLS", "3"))
    server = Postgres("fsync=on")
    app = Bankside(postgres=server).furnish(brokers=4)
    app.start()
    writers = Writers(app, app.open_outlet(), brokers=4, threads=8, pause=0.01).start()
    during, slowest = set(), 0.0
    for _ in range(times):
        time.sleep(2)
        server.kill()
        for path in ("/readyz", "/healthz", "/api/v1/outlets"):
            began = time.monotonic()
            during.add((path, app.client("broker1").call("GET", path, timeout=30)[0]))
            slowest = max(slowest, time.monotonic() - began)
        server.start()
        began, ready = time.monotonic(), None
        while ready != 200 and time.monotonic() - began < 30:
            ready = app.client().call("GET", "/readyz")[0]
            time.sleep(0.1)
        report.check("ready again without a restart", ready == 200, f"after {time.monotonic() - began:.1f} s")
    time.sleep(2)
    writers.stop()
    report.check("alive, but not ready, and 503 meanwhile", during == {("/readyz", 503), ("/healthz", 200), ("/api/v1/outlets", 503)}, sorted(during))
    report.check("answered within 10 s meanwhile", slowest <= 10, f"slowest {slowest:.1f} s")
    writers.verify(app, report)
    app.stop()
    app.sound(report)


drill("the database server is killed and comes back", body)
