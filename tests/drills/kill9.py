"""kill -9 again and again under keyed writes with retrying clients: each acknowledged one exactly once, ready again within 5 s."""
import os
import random
import time

from harness import drill_on_both
from writers import Writers


def body(report, new):
    times = int(os.environ.get("DRILL_KILLS", "50"))
    app = new().furnish(brokers=4)
    app.start()
    writers = Writers(app, app.open_outlet(), brokers=4, threads=12).start()
    slowest = 0.0
    for _ in range(times):
        time.sleep(random.uniform(0.2, 1.0))
        app.kill()
        slowest = max(slowest, app.start())
    time.sleep(0.5)
    writers.stop()
    report.say(f"killed {times} times")
    report.check("ready again within 5 s each time", slowest <= 5, f"slowest {slowest:.2f} s")
    writers.verify(app, report)
    code, seconds = app.stop()
    report.check("stops with exit code 0", code == 0, f"{code} after {seconds:.1f} s")
    app.sound(report)


drill_on_both("kill -9 under load", body)
