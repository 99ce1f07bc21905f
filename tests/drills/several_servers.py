"""Three servers on one PostgreSQL, one of them killed again and again under keyed writes whose clients go on to the next: each exactly once,
one mail a person from jobs that run everywhere, one chain of seals."""
import os
import random
import time

from harness import Bankside, CannotRun, Postgres, drill
from writers import Writers


def body(report):
    times = int(os.environ.get("DRILL_KILLS", "20"))
    app = Bankside(postgres=Postgres()).furnish(brokers=4)
    app.start()
    others = [app.beside(), app.beside()]
    for other in others:
        other.start()
    writers = Writers(app, app.open_outlet(), brokers=4, threads=12, others=others, pause=0.01).start()
    slowest, victims = 0.0, [app, *others]
    for n in range(times):
        time.sleep(random.uniform(0.3, 1.0))
        victim = victims[n % 3]
        victim.kill()
        time.sleep(0.3)
        slowest = max(slowest, victim.start())
    time.sleep(1)
    writers.stop()
    report.say(f"killed one of three {times} times")
    report.check("ready again within 5 s each time", slowest <= 5, f"slowest {slowest:.2f} s")
    writers.verify(app, report)
    served = {server.port: server.client("broker1").call("GET", "/api/v1/me")[0] for server in victims}
    report.check("a session of one is known to all", set(served.values()) == {200}, served)
    time.sleep(1.5)
    (seals, entries, last, sealed), = app.rows("SELECT (SELECT COUNT(*) FROM audit_seals), (SELECT COUNT(*) FROM audit_entries), (SELECT MAX(position) FROM audit_seals), (SELECT COUNT(DISTINCT entry_seq) FROM audit_seals)")
    report.check("every entry is sealed, once, in one row of positions", seals == entries == last == sealed, f"{entries} entries, {seals} seals, position {last}")
    for server in victims:
        code, seconds = server.stop()
        report.check("stops with exit code 0", code == 0, f"{code} after {seconds:.1f} s")
    app.sound(report)
    for other in others:
        done = other.command("check", ok=False)
        report.check("the head of the chain that another server keeps is in it", done.returncode == 0, done.stderr.strip()[-200:] if done.returncode else "")


drill("several servers on one PostgreSQL", body)
