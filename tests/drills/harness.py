"""What every drill needs: one installation in a folder of its own, a client of its API, and an honest count at the end.

The program is used as anyone would use it: by its commands, its API and its files. `BANKSIDE_BIN` names the binary.
"""
import base64
import datetime
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
import uuid

PASSPHRASE = "seven herons over the weir"
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))
OUTLET = {"code": "D1", "name": "Drill sub-branch", "bank": "Drill Bank", "tier": "sub_branch", "phase": "established",
          "lat": 34.2583, "lon": 108.9466}


class Report:
    """Says each check as it is made; `close` ends the drill with the plain closing line."""

    def __init__(self, title):
        self.passed = self.failed = 0
        self.began = time.monotonic()
        print(f"== {title}", flush=True)

    def check(self, what, ok, detail=""):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
        print(f"{'ok    ' if ok else 'FAILED'} {what}{f': {detail}' if detail != '' else ''}", flush=True)
        return bool(ok)

    def say(self, text):
        print(f"       {text}", flush=True)

    def close(self):
        print(f"{time.monotonic() - self.began:.1f} s\n{self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(1 if self.failed else 0)


def drill(title, body):
    """Runs `body(report)`; an exception in it is a failure, said with its place."""
    report = Report(title)
    try:
        body(report)
    except CannotRun as reason:
        print(f"cannot run here, not counted: {reason}")
    except Exception as error:  # whatever went wrong, the drill has not passed
        traceback.print_exc(file=sys.stdout)
        report.check("the drill runs to its end", False, f"{type(error).__name__}: {error}")
    finally:
        Bankside.end_all()
    report.close()


class CannotRun(Exception):
    """The machine lacks what the drill needs."""


def binary():
    path = os.path.abspath(os.environ.get("BANKSIDE_BIN", "target/release/bankside"))
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"no program at {path}; set BANKSIDE_BIN")
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def new_id():
    return str(uuid.uuid4())


def new_key():
    return base64.b64encode(secrets.token_bytes(32)).decode()


def now(days=0.0, seconds=0.0):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days, seconds=seconds)
    return moment.isoformat(timespec="milliseconds")


class Bankside:
    """One installation: a folder with a database and `var/`, and at most one server."""

    _all = []

    def __init__(self, home=None, **env):
        self.home = home or tempfile.mkdtemp(prefix="bankside-drill-")
        self.port = free_port()
        self.database = os.path.join(self.home, "data", "bankside.db")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("BANKSIDE_")}
        self.env |= {"TZ": "UTC", "BANKSIDE_LISTEN": f"127.0.0.1:{self.port}", "BANKSIDE_BASE_URL": f"http://127.0.0.1:{self.port}",
                     "BANKSIDE_DATABASE_URL": f"sqlite://{self.database}", "BANKSIDE_MAIL_FROM": "bankside@example.com"} | env
        self.process = None
        self.tokens = {}
        Bankside._all.append(self)

    @classmethod
    def end_all(cls):
        for one in cls._all:
            one.kill()
            if not os.environ.get("DRILL_KEEP"):
                shutil.rmtree(one.home, ignore_errors=True)

    # The commands and the process.

    def command(self, *args, stdin=None, ok=True, timeout=120, wrap=()):
        done = subprocess.run([*wrap, binary(), *args], cwd=self.home, env=self.env, input=stdin, capture_output=True, text=True, timeout=timeout)
        if ok and done.returncode:
            raise RuntimeError(f"bankside {' '.join(args)}: exit {done.returncode}: {done.stderr.strip()[-400:]}")
        return done

    def remind(self, at, timeout=120):
        return json.loads(self.command("remind", "--at", at, timeout=timeout).stdout.strip().splitlines()[-1])

    def launch(self, *args, wrap=(), before=None):
        """Starts the server and returns at once."""
        self.log = open(os.path.join(self.home, "server.log"), "ab")
        self.process = subprocess.Popen([*wrap, binary(), "serve", *args], cwd=self.home, env=self.env, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log, preexec_fn=before, start_new_session=True)
        return self

    def start(self, *args, within=30.0, **how):
        """Starts the server and returns the seconds until it was ready."""
        self.launch(*args, **how)
        began = time.monotonic()
        while time.monotonic() - began < within:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended at its start with {self.process.returncode}: {self.said()[-400:]}")
            try:
                if self.client().call("GET", "/readyz", timeout=2)[0] == 200:
                    return time.monotonic() - began
            except OSError:
                pass
            time.sleep(0.02)
        raise RuntimeError(f"not ready within {within} s: {self.said()[-400:]}")

    def kill(self):
        if self.process and self.process.poll() is None:
            # The whole group: under strace the server is a child of the process started here.
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None

    def stop(self, sig=signal.SIGTERM, within=15.0):
        """Ends the server gracefully: (exit code or None when it had to be killed, seconds)."""
        began = time.monotonic()
        self.process.send_signal(sig)
        try:
            code = self.process.wait(within)
        except subprocess.TimeoutExpired:
            code = None
            self.kill()
        self.process = None
        return code, time.monotonic() - began

    def said(self):
        with open(os.path.join(self.home, "server.log"), errors="replace") as log:
            return log.read()

    # People and places.

    def furnish(self, brokers=1):
        """A branch with its people, a calendar for this year and the next, and (once served) one outlet: see `open_outlet`."""
        self.command("branch", "add", "--code", "XA", "--name", "Drill branch")
        for login, role in [(f"broker{n}", "broker") for n in range(1, brokers + 1)] + [("coordinator", "coordinator"), ("manager", "manager")]:
            self.user(login, role, "--branch", "XA")
        self.user("admin", "admin")
        path = os.path.join(self.home, "calendar.csv")
        first = datetime.date.today().replace(month=1, day=1)
        with open(path, "w") as file:
            file.write("date,is_workday,name\n")
            # A year counts as known once a holiday is listed; the days around today are said outright, so no real holiday matters.
            file.write(f"{first.year}-01-01,0,New Year\n{first.year + 1}-01-01,0,New Year\n")
            for offset in range(-30, 31):
                day = datetime.date.today() + datetime.timedelta(days=offset)
                if (day.month, day.day) != (1, 1):
                    file.write(f"{day},{int(day.weekday() < 5)},\n")
        self.command("import", "calendar", path)
        return self

    def user(self, login, role, *more):
        self.command("user", "add", "--login", login, "--name", f"Name of {login}", "--role", role, "--email", f"{login}@example.com", *more, stdin=PASSPHRASE + "\n")

    def client(self, login=None):
        if login and login not in self.tokens:
            status, answer, _ = Client(self.port).call("POST", "/api/v1/sessions", {"login": login, "password": PASSPHRASE})
            if status != 201:
                raise RuntimeError(f"sign-in of {login}: {status} {answer}")
            self.tokens[login] = answer["token"]
        return Client(self.port, self.tokens.get(login))

    def open_outlet(self):
        status, answer, _ = self.client("coordinator").call("POST", "/api/v1/outlets", {"id": new_id(), **OUTLET})
        if status != 201:
            raise RuntimeError(f"the outlet: {status} {answer}")
        return answer["id"]

    def sqlite(self, statement):
        """One statement on the file itself; only while the server is stopped, or to read."""
        connection = sqlite3.connect(self.database, timeout=10)
        try:
            rows = connection.execute(statement).fetchall()
            connection.commit()
            return rows
        finally:
            connection.close()

    def sound(self, report):
        """After a fault: the file, the references and the program's own check. The server must be stopped."""
        report.check("integrity_check", self.sqlite("PRAGMA integrity_check") == [("ok",)])
        report.check("foreign_key_check", self.sqlite("PRAGMA foreign_key_check") == [])
        done = self.command("check", ok=False)
        report.check("bankside check exits 0", done.returncode == 0, (done.stderr or done.stdout).strip()[-300:] if done.returncode else "")


class Client:
    """Calls over HTTP, a connection each. A broken connection is an OSError or an HTTPException."""

    def __init__(self, port, token=None):
        self.port, self.token = port, token

    def call(self, method, path, body=None, timeout=30, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            send = {"Accept": "application/json", "Connection": "close"} | (headers or {})
            if self.token:
                send["Authorization"] = f"Bearer {self.token}"
            if body is not None:
                send["Content-Type"] = "application/json"
            connection.request(method, path, None if body is None else json.dumps(body), send)
            answer = connection.getresponse()
            text = answer.read()
            parsed = json.loads(text) if "json" in (answer.getheader("Content-Type") or "") and text else text.decode(errors="replace")
            return answer.status, parsed, {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()

    def all(self, path):
        """Every item of a list, page after page."""
        items, cursor = [], None
        while True:
            joint = "&" if "?" in path else "?"
            status, page, _ = self.call("GET", f"{path}{joint}limit=500" + (f"&cursor={cursor}" if cursor else ""))
            if status != 200:
                raise RuntimeError(f"GET {path}: {status} {page}")
            items += page["items"]
            cursor = page.get("next_cursor")
            if not cursor:
                return items


def check_in(outlet_id, nth=0):
    return "/api/v1/checkins", {"id": new_id(), "outlet_id": outlet_id, "kind": "in", "at": now(), "accuracy_m": 12.5,
                                "lat": OUTLET["lat"] + nth % 100 * 1e-6, "lon": OUTLET["lon"]}


def prospect(met_at=None, name=None, mobile=None):
    met_at = met_at or now()
    mobile = mobile or f"139{secrets.randbelow(10**8):08d}"
    return "/api/v1/prospects", {"id": new_id(), "name": name or "赵钱孙", "met_at": met_at, "source": "on_site", "preferred_channel": "sms",
                                 "mobile": mobile, "consent": {"given_at": met_at, "purpose": "follow-up after meeting"}}
