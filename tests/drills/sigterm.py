"""SIGTERM and SIGINT under load: requests in flight are finished, exit 0 within 10 s, nothing acknowledged is lost."""
import signal
import time

from harness import drill_on_both
from writers import Writers


def body(report, new):
    for sig in (signal.SIGTERM, signal.SIGINT):
        app = new().furnish(brokers=4)
        app.start()
        writers = Writers(app, app.open_outlet(), brokers=4, threads=16).start()
        time.sleep(2)
        code, seconds = app.stop(sig)
        report.check(f"{sig.name}: exit 0 within 10 s", code == 0 and seconds <= 10, f"exit {code} after {seconds:.1f} s")
        writers.stopped.set()
        app.start()
        writers.stop()
        writers.verify(app, report)
        app.stop()
        app.sound(report)


drill_on_both("a graceful stop under load", body)
