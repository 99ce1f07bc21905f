"""What every drill needs: one installation in a folder of its own, a client of its API, and an honest count at the end.

The program is used as anyone would use it: by its commands, its API and its files. `BANKSIDE_BIN` names the binary.
"""
import base64
import datetime
import glob
import http.client
import json
import os
import pwd
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

    def cannot_run(self, reason, where=""):
        """Not counted, but for whoever has installed what it takes (`DRILL_MUST_RUN`): to them it is a failure."""
        if os.environ.get("DRILL_MUST_RUN"):
            self.check(f"{where}it can run here", False, reason)
        else:
            print(f"{where}cannot run here, not counted: {reason}", flush=True)

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
        report.cannot_run(reason)
    except Exception as error:  # whatever went wrong, the drill has not passed
        traceback.print_exc(file=sys.stdout)
        report.check("the drill runs to its end", False, f"{type(error).__name__}: {error}")
    finally:
        Bankside.end_all()
        Postgres.end_all()
    report.close()


def drill_on_both(title, body):
    """Runs `body(report, new)` over SQLite and over PostgreSQL; `new(**env)` makes an installation on the database at hand."""

    def both(report):
        report.say("on SQLite")
        body(report, Bankside)
        Bankside.end_all()
        try:
            server = Postgres()
        except CannotRun as reason:
            report.cannot_run(reason, "on PostgreSQL: ")
            return
        report.say(f"on PostgreSQL {server.version}")
        body(report, lambda **env: Bankside(postgres=server, **env))

    drill(title, both)


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


class Postgres:
    """A PostgreSQL of the drill's own: a free port of the loopback, a folder of its own; it will not run as root."""

    _all = []

    def __init__(self, *options):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: float(path.split("/")[4]))
        if not found:
            raise CannotRun("PostgreSQL is not installed")
        self.bin = os.path.dirname(found[-1])
        self.version = found[-1].split("/")[4]
        self.home = tempfile.mkdtemp(prefix="bankside-pg-")
        self.port, self.process, self.options = free_port(), None, options
        self.user = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.home, user.pw_uid, user.pw_gid)
            self.user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        Postgres._all.append(self)
        self._run("initdb", "-D", self.path("data"), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")
        self.start()

    @classmethod
    def end_all(cls):
        for one in cls._all:
            one.kill()
            if not os.environ.get("DRILL_KEEP"):
                shutil.rmtree(one.home, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.home, name)

    def _run(self, tool, *args):
        done = subprocess.run([os.path.join(self.bin, tool), *args], cwd=self.home, capture_output=True, text=True, timeout=120, **self.user)
        if done.returncode:
            raise RuntimeError(f"{tool}: {done.stderr.strip()[-300:]}")
        return done.stdout

    def start(self):
        log = open(self.path("log"), "ab")
        # Where a drill kills only programs of ours nothing needs to reach the disk; one that kills this server asks for fsync.
        settings = ("fsync=off", "listen_addresses=127.0.0.1", "max_connections=200", "shared_buffers=64MB", *self.options)
        command = [os.path.join(self.bin, "postgres"), "-D", self.path("data"), "-p", str(self.port), "-k", self.home]
        for setting in settings:
            command += ["-c", setting]
        self.process = subprocess.Popen(command, cwd=self.home, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **self.user)
        for _ in range(300):
            ready = subprocess.run([os.path.join(self.bin, "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False)
            if ready.returncode == 0:
                return self
            time.sleep(0.1)
        raise RuntimeError("PostgreSQL did not start")

    def kill(self):
        """As a power cut to the server's process; its children notice and end too."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
            time.sleep(0.3)
        self.process = None

    def url(self, database):
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def new_database(self, more=""):
        name = f"drill_{secrets.token_hex(4)}"
        self.rows("postgres", f"CREATE DATABASE {name} {more}")
        return name

    def rows(self, database, statement):
        """One statement; the rows as lists of texts."""
        out = self._run("psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database, "-c", statement)
        return [tuple(line.split("\x1f")) for line in out.splitlines()]

    def holder(self, database, statement):
        """A session that runs the statement and then holds what it took until it is killed."""
        command = [os.path.join(self.bin, "psql"), "-X", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database]
        session = subprocess.Popen(command, cwd=self.home, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True, **self.user)
        session.stdin.write(f"BEGIN;\n{statement};\n")
        session.stdin.flush()
        time.sleep(0.5)
        return session

    def sound(self, database, report):
        """Heaps and indexes agree (amcheck)."""
        done = subprocess.run([os.path.join(self.bin, "pg_amcheck"), "--install-missing", "--heapallindexed", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database],
                              cwd=self.home, capture_output=True, text=True, timeout=300, **self.user)
        report.check("pg_amcheck finds nothing", done.returncode == 0, (done.stdout + done.stderr).strip()[-300:])


class Bankside:
    """One installation: a folder with a database and `var/`, and at most one server."""

    _all = []

    def __init__(self, home=None, postgres=None, database=None, **env):
        self.home = home or tempfile.mkdtemp(prefix="bankside-drill-")
        self.port = free_port()
        self.postgres = postgres
        # The file of an SQLite database, or the name of one on the server.
        self.database = database or (postgres.new_database() if postgres else os.path.join(self.home, "data", "bankside.db"))
        url = postgres.url(self.database) if postgres else f"sqlite://{self.database}"
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("BANKSIDE_")}
        self.env |= {"TZ": "UTC", "BANKSIDE_LISTEN": f"127.0.0.1:{self.port}", "BANKSIDE_BASE_URL": f"http://127.0.0.1:{self.port}",
                     "BANKSIDE_DATABASE_URL": url, "BANKSIDE_MAIL_FROM": "bankside@example.com"} | env
        self.process = None
        self.tokens = {}
        Bankside._all.append(self)

    @classmethod
    def end_all(cls):
        for one in cls._all:
            one.kill()
            if not os.environ.get("DRILL_KEEP"):
                shutil.rmtree(one.home, ignore_errors=True)
        cls._all.clear()

    def beside(self, **env):
        """Another server on the same database, with the same key; its own folder, port and `var/`."""
        other = Bankside(postgres=self.postgres, database=self.database, **env)
        for folder, _, names in os.walk(os.path.join(self.home, "var")):
            for name in names:
                if name == "secret.key":
                    os.makedirs(os.path.join(other.home, "var"), exist_ok=True)
                    shutil.copy2(os.path.join(folder, name), os.path.join(other.home, "var", name))
        other.tokens = self.tokens
        return other

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

    def rows(self, statement):
        """One statement on the database itself, whichever it is; texts on PostgreSQL, values on SQLite."""
        return self.postgres.rows(self.database, statement) if self.postgres else self.sqlite(statement)

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
        if self.postgres:
            self.postgres.sound(self.database, report)
        else:
            report.check("integrity_check", self.sqlite("PRAGMA integrity_check") == [("ok",)])
            report.check("foreign_key_check", self.sqlite("PRAGMA foreign_key_check") == [])
        done = self.command("check", ok=False)
        report.check("bankside check exits 0", done.returncode == 0, (done.stderr or done.stdout).strip()[-300:] if done.returncode else "")


class FakeTime:
    """A clock that a drill sets: what runs with `env` believes in it (libfaketime), also while it runs. Pauses stay real."""

    def __init__(self, home):
        found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        if not found:
            raise CannotRun("libfaketime is not installed")
        self.path = os.path.join(home, "clock")
        self.env = {"LD_PRELOAD": found[0], "FAKETIME_TIMESTAMP_FILE": self.path, "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1"}
        self.set(now())

    def set(self, moment):
        """RFC 3339; the clock goes on from there."""
        ahead = datetime.datetime.fromisoformat(moment) - datetime.datetime.now(datetime.timezone.utc)
        with open(self.path + ".new", "w") as file:
            file.write(f"{ahead.total_seconds():+.3f}\n")
        os.replace(self.path + ".new", self.path)


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
