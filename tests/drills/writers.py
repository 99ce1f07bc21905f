"""Clients that keep writing with ids of their own, and the proof afterwards that what was acknowledged is what is stored."""
import http.client
import threading
import time

from harness import Client, check_in, prospect


class Writers:
    """Threads that write with client-made ids and send again until they are answered, as a phone does."""

    def __init__(self, app, outlet_id, brokers, threads, others=(), pause=0.0):
        """`others`: more servers on the same database; a client that is not answered by one goes on to the next."""
        self.servers = [app, *others]
        self.pause = pause
        self.seconds = []  # how long each acknowledged one took, without what was tried before
        self.stopped = threading.Event()
        self.lock = threading.Lock()
        self.acknowledged = {}  # id > (login, path, body, answer)
        self.tried = set()
        self.broken = 0
        self.odd = []
        self.threads = []
        for n in range(threads):
            login = f"broker{n % brokers + 1}"
            self.threads.append(threading.Thread(target=self._run, args=(app.client(login).token, login, outlet_id, n), daemon=True))

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join(60)

    def _run(self, token, login, outlet_id, n):
        turn = n
        clients = [Client(server.port, token) for server in self.servers]
        while not self.stopped.is_set():
            turn += 1
            path, body = check_in(outlet_id, turn) if turn % 3 else prospect()
            with self.lock:
                self.tried.add(body["id"])
            self._until_answered(clients, turn, login, path, body)
            time.sleep(self.pause)

    def _until_answered(self, clients, turn, login, path, body):
        while True:
            client = clients[turn % len(clients)]
            turn += 1
            began = time.monotonic()
            try:
                status, answer, _ = client.call("POST", path, body, timeout=20)
            except (OSError, http.client.HTTPException):
                with self.lock:
                    self.broken += 1
                status = None
            if status in (200, 201):
                with self.lock:
                    self.acknowledged[body["id"]] = (login, path, body, answer)
                    self.seconds.append(time.monotonic() - began)
                return
            if status not in (None, 429, 503):
                with self.lock:
                    self.odd.append((status, path, answer))
                return
            if self.stopped.is_set():
                return
            time.sleep(0.05)

    def p99(self):
        return sorted(self.seconds)[int(len(self.seconds) * 0.99)] if self.seconds else float("inf")

    def verify(self, app, report):
        """Each acknowledged record is there exactly once, and its replay gives the first answer again."""
        lost, changed = [], []
        for key, (login, path, body, first) in list(self.acknowledged.items()):
            status, again, _ = app.client(login).call("POST", path, body)
            if status != 200:
                lost.append((key, status))
            elif again != first:
                changed.append((key, first, again))
        logins = sorted({entry[0] for entry in self.acknowledged.values()})
        stored = [item["id"] for login in logins for path in ("/api/v1/checkins", "/api/v1/prospects") for item in app.client(login).all(path)]
        missing = set(self.acknowledged) - set(stored)
        report.say(f"{len(self.acknowledged)} acknowledged of {len(self.tried)} tried, {self.broken} broken connections, {len(stored)} stored")
        report.check("something was acknowledged", len(self.acknowledged) > 0)
        report.check("no answer but 2xx, 429 and 503", not self.odd, self.odd[:2] or "")
        report.check("each acknowledged one is replayed with 200", not lost, lost[:3] or "")
        report.check("each replay gives the first answer", not changed, changed[:1] or "")
        report.check("each acknowledged one is in the list", not missing, f"{len(missing)} missing" if missing else "")
        report.check("none is there twice", len(stored) == len(set(stored)))
        report.check("nothing is there that nobody sent", not set(stored) - self.tried)
