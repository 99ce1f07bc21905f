"""A migration killed at one system call after the other: whole or back, and the next start brings it to its end with nothing lost."""
import glob
import os
import re
import shutil
import sqlite3
import subprocess

from harness import Bankside, CannotRun, binary, drill_on_both

POINTS = int(os.environ.get("DRILL_POINTS", "24"))
MIGRATIONS = os.path.join(os.path.dirname(__file__), "..", "..", "migrations")
# By these calls the program changes the file, or speaks to the server.
CALLS = {"sqlite": ["pwrite64", "fsync", "fdatasync", "ftruncate", "unlink"], "postgres": ["sendto", "recvfrom"]}


def body(report, new):
    if not shutil.which("strace"):
        raise CannotRun("strace is not installed")
    app = new()
    kind = "postgres" if app.postgres else "sqlite"
    folders = sorted(glob.glob(os.path.join(MIGRATIONS, kind, "*")))
    if not folders:
        raise CannotRun("the migrations are not at hand")
    app.command("migrate")
    whole = schema(app)
    known = {row[0] for row in app.rows("SELECT version FROM __diesel_schema_migrations")}
    folders = [folder for folder in folders if version_of(folder) in known]
    report.check("the program has just these migrations", len(known) == len(folders), f"{len(known)}")
    steps = boundaries(app, new, kind, folders)
    report.check("the files make what the program makes", steps[-1] == whole, f"{len(folders)} migrations")
    # From nothing, and from the first version with data in it.
    for name, start in (("from nothing", 0), ("from the second version", 2)):
        kills(report, new, kind, folders, name, start, steps)


def boundaries(app, new, kind, folders):
    """The schema after each migration."""
    other, found = new(), [None]
    os.makedirs(os.path.dirname(other.database), exist_ok=True) if kind == "sqlite" else None
    begin(other, kind)
    for folder in folders:
        apply(other, kind, folder)
        found.append(schema(other))
    return found


def begin(app, kind):
    run(app, kind, "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)")


def version_of(folder):
    return re.sub(r"[^0-9]", "", os.path.basename(folder).split("_")[0])


def apply(app, kind, folder):
    with open(os.path.join(folder, "up.sql"), encoding="utf-8") as file:
        text = file.read()
    run(app, kind, f"{text}\n;INSERT INTO __diesel_schema_migrations (version) VALUES ('{version_of(folder)}')")


def run(app, kind, text):
    if kind == "postgres":
        app.postgres.rows(app.database, text)
        return
    connection = sqlite3.connect(app.database)
    connection.executescript(text)
    connection.commit()
    connection.close()


def schema(app):
    """All that a schema consists of, as one comparable thing."""
    if app.postgres:
        columns = app.rows("SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2")
        indexes = app.rows("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
        checks = app.rows("SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2")
        triggers = app.rows("SELECT event_object_table, trigger_name FROM information_schema.triggers ORDER BY 1, 2")
        return str((columns, indexes, checks, triggers))
    rows = app.sqlite("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND name NOT LIKE '__diesel%' ORDER BY 1, 2")
    return str([(a, b, c, re.sub(r"\s+", " ", d or "")) for a, b, c, d in rows])


def versions(app):
    try:
        return len(app.rows("SELECT version FROM __diesel_schema_migrations"))
    except (RuntimeError, sqlite3.OperationalError):
        return 0


def arranged(new, kind, folders, start):
    app = new()
    if start == 0:
        return app
    os.makedirs(os.path.dirname(app.database), exist_ok=True) if kind == "sqlite" else None
    begin(app, kind)
    for folder in folders[:start]:
        apply(app, kind, folder)
    blob = "x'{}'" if kind == "sqlite" else "'\\x{}'"
    rows = (f"({blob.format(f'{n:032x}')}, 'B{n}', 'Branch {n}', 'Asia/Shanghai', '2026-01-01 00:00:00')" for n in range(200))
    run(app, kind, "INSERT INTO branches (id, code, name, time_zone, created_at) VALUES " + ", ".join(rows))
    return app


def calls_of(app, names):
    """How often each call is made when nothing is killed."""
    trace = os.path.join(app.home, "trace")
    app.command("migrate", wrap=("strace", "-f", "-e", "trace=" + ",".join(names), "-e", "signal=none", "-o", trace))
    with open(trace, errors="replace") as file:
        lines = file.read().splitlines()
    return {name: sum(f" {name}(" in line for line in lines) for name in names}


def kills(report, new, kind, folders, name, start, steps):
    counts = calls_of(arranged(new, kind, folders, start), CALLS[kind])
    points = [(call, 1 + (count - 1) * n // max(1, POINTS - 1)) for call, count in counts.items() if count for n in range(min(POINTS, count))]
    killed, torn, unfinished, lost, seen = 0, [], [], [], set()
    for call, when in sorted(set(points)):
        app = arranged(new, kind, folders, start)
        done = subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={when}", binary(), "migrate"],
                              cwd=app.home, env=app.env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        killed += done.returncode != 0
        if kind == "sqlite" and not os.path.exists(app.database):
            at = 0
        else:
            at = versions(app)
        seen.add(at)
        if at and schema(app) != steps[at]:
            torn.append((call, when, at))
        again = app.command("migrate", ok=False)
        if again.returncode or schema(app) != steps[-1]:
            unfinished.append((call, when, again.stderr.strip()[-160:]))
        if start and app.rows("SELECT COUNT(*) FROM branches") not in ([(200,)], [("200",)]):
            lost.append((call, when))
        if kind == "sqlite" and app.sqlite("PRAGMA integrity_check") != [("ok",)]:
            torn.append((call, when, "integrity"))
        shutil.rmtree(app.home, ignore_errors=True)
        if app.postgres:
            app.postgres.rows("postgres", f"DROP DATABASE {app.database} WITH (FORCE)")
    report.say(f"{name}: killed {killed} times at {', '.join(f'{count} {call}' for call, count in counts.items() if count)}; left after migration {sorted(seen)}")
    report.check(f"{name}: it was killed", killed > 0)
    report.check(f"{name}: each time whole or back", not torn, torn[:3] or "")
    report.check(f"{name}: the next start ends it", not unfinished, unfinished[:3] or "")
    report.check(f"{name}: nothing is lost", not lost, lost[:3] or "")


drill_on_both("a migration killed in the middle", body)
