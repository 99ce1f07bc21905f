"""A month is planned for a large branch, put into a draft and published, while its people look at Today and check in: nobody waits for it."""
import csv
import datetime
import http.client
import os
import threading
import time

from harness import drill_on_both, new_id
from writers import Writers

SIZE = int(os.environ.get("DRILL_SIZE", "300"))
SECONDS = int(os.environ.get("DRILL_SECONDS", "20"))
# As often as it is otherwise; below that a client of our own is what is measured.
TIMES, AT_LEAST = 2.0, 0.010
# So long a check-in may wait while a month comes into a draft, or is published.
WAIT_AT_MOST = 1.0
PEOPLE = ("broker1", "broker2", "broker3", "broker4")


class Lookers:
    """People who open Today now and then, on a connection each that stays open."""

    def __init__(self, app):
        self.seconds, self.odd = [], []
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(app.port, app.client(login).token)) for login in PEOPLE]
        for thread in self.threads:
            thread.start()

    def _run(self, port, token):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while not self.stopped.is_set():
            began = time.monotonic()
            connection.request("GET", "/", headers={"Cookie": f"bankside={token}"})
            answer = connection.getresponse()
            answer.read()
            self.seconds.append(time.monotonic() - began)
            if answer.status != 200:
                self.odd.append(answer.status)
            time.sleep(0.01)
        connection.close()

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join(60)
        return self

    def at(self, share):
        return sorted(self.seconds)[int(len(self.seconds) * share)]

    def said(self):
        return f"p50 {self.at(0.5) * 1000:.1f} ms, p99 {self.at(0.99) * 1000:.1f} ms of {len(self.seconds)}"


def furnish(app):
    """A branch of the size, by the files that people have."""
    for kind, head, row in [
        ("brokers", ["login", "name", "certificate_no"], lambda n: [f"planned{n}", f"Planned {n}", f"C{n:05}"]),
        ("outlets", ["code", "name", "bank", "phase", "lat", "lon"],
         lambda n: [f"P{n:03}", f"Planned sub-branch {n}", "Drill Bank", "established", 34.1 + n // 20 * 0.02, 108.8 + n % 20 * 0.02]),
    ]:
        path = os.path.join(app.home, f"{kind}.csv")
        with open(path, "w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(head)
            rows.writerows(row(n) for n in range(SIZE))
        app.command("import", kind, path)


def body(report, new):
    app = new().furnish(brokers=len(PEOPLE))
    furnish(app)
    app.start()
    outlet = app.open_outlet()
    coordinator = app.client("coordinator")
    for login in PEOPLE:
        app.client(login)
    month = datetime.date.today() + datetime.timedelta(days=7)
    asked = {"id": new_id(), "from": str(month), "to": str(month + datetime.timedelta(days=30)), "seconds": SECONDS}
    path = f"/api/v1/rota-plans/{asked['id']}"
    before = look(app, SECONDS / 2)
    status, answer, _ = coordinator.call("POST", "/api/v1/rota-plans", asked)
    report.check("the plan is begun", status == 201, "" if status == 201 else answer)
    # The first second goes into reading the branch.
    time.sleep(1)
    meanwhile = look(app, SECONDS - 4)
    report.check("it is planned all the while", coordinator.call("GET", path)[1]["state"] == "running")
    writers = Writers(app, outlet, brokers=len(PEOPLE), threads=4, pause=0.02).start()
    run = wait(coordinator, path)
    report.check("the plan is in a draft", run["state"] == "done" and run["draft_id"] is not None, run.get("problem") or "")
    drafted = longest(writers)
    version = coordinator.call("GET", f"/api/v1/rota-drafts/{run['draft_id']}")[1]["version"]
    began = time.monotonic()
    status, published, _ = coordinator.call("POST", f"/api/v1/rota-drafts/{run['draft_id']}/publication", {"version": version}, timeout=120)
    took = time.monotonic() - began
    report.check("it is published", status == 200, "" if status == 200 else published)
    told = longest(writers)
    writers.stop()
    # Alone again, as before: what the writers cost is no part of it.
    after = look(app, SECONDS / 2)
    alone = max(before.at(0.99), after.at(0.99))
    report.say(f"Today alone: {before.said()}, and {after.said()} afterwards; while it is planned: {meanwhile.said()}")
    report.check(f"p99 of Today is at most {TIMES:g} times what it is otherwise", meanwhile.at(0.99) <= max(TIMES * alone, AT_LEAST),
                 f"{meanwhile.at(0.99) / alone:.2f} times")
    report.check("Today is always there", not (before.odd or meanwhile.odd or after.odd))
    report.say(f"{published.get('added')} shifts published in {took:.2f} s; a write waited {drafted:.2f} s at most for the draft, {told:.2f} s for the publication")
    report.check(f"no write waits longer than {WAIT_AT_MOST:g} s", max(drafted, told) <= WAIT_AT_MOST)
    writers.verify(app, report)
    app.stop()
    app.sound(report)


def look(app, seconds):
    lookers = Lookers(app)
    time.sleep(seconds)
    return lookers.stop()


def longest(writers):
    """The longest wait since it was asked last."""
    time.sleep(1)
    with writers.lock:
        waits, writers.seconds = writers.seconds, []
    return max(waits)


def wait(client, path):
    until = time.monotonic() + SECONDS + 60
    while time.monotonic() < until:
        run = client.call("GET", path)[1]
        if run["state"] != "running" and (run["draft_id"] or run.get("problem")):
            return run
        time.sleep(0.1)
    raise RuntimeError("the plan does not end")


drill_on_both("a month is planned while others work", body)
