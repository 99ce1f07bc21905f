"""What must stop the start: another key, no key, a damaged, lost, foreign or newer database. Nothing is begun anew in place of lost data."""
import os
import shutil
import sqlite3
import subprocess

from harness import Bankside, CannotRun, Postgres, binary, drill, new_key


def refuses(report, app, what, command="serve"):
    """The command ends by itself with 1 and one clear line on standard error."""
    try:
        done = subprocess.run([binary(), command], cwd=app.home, env=app.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    except subprocess.TimeoutExpired:
        report.check(f"{what}: `{command}` refuses", False, "it went on running")
        return
    lines = done.stderr.strip().splitlines()
    report.check(f"{what}: `{command}` exits 1 with a clear line", done.returncode == 1 and lines and "panicked" not in done.stderr, f"exit {done.returncode}: {lines[-1][:160] if lines else ''}")


def copy_of(app):
    other = Bankside()
    shutil.rmtree(other.home)
    shutil.copytree(app.home, other.home)
    return other


def overwrite(path, offset, data):
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(data)


def change(path, *statements):
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def body(report):
    app = Bankside().furnish()
    app.start()
    app.open_outlet()
    app.stop()

    other = copy_of(app)
    other.env["BANKSIDE_SECRET_KEY"] = new_key()
    refuses(report, other, "another key")

    other = copy_of(app)
    shutil.rmtree(os.path.join(other.home, "var"))
    refuses(report, other, "no key any more")
    report.check("no key any more: none is made", not os.path.exists(os.path.join(other.home, "var", "secret.key")))

    other = copy_of(app)
    os.remove(other.database)
    refuses(report, other, "a lost database")
    report.check("a lost database: none is begun", not os.path.exists(other.database))

    other = copy_of(app)
    open(other.database, "w").close()
    refuses(report, other, "an emptied database")

    other = copy_of(app)
    overwrite(other.database, 0, os.urandom(4096))
    refuses(report, other, "a damaged header")

    other = copy_of(app)
    change(other.database, "PRAGMA application_id = 305419896")
    refuses(report, other, "another program's database")

    other = copy_of(app)
    change(other.database, "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231235959')")
    refuses(report, other, "a newer database")

    other = copy_of(app)
    pages = os.path.getsize(other.database) // 4096
    for page in range(pages // 3, pages, 7):
        overwrite(other.database, page * 4096 + 8, b"\xff" * 512)
    refuses(report, other, "pages damaged in the middle", "check")

    other = Bankside(BANKSIDE_DATABASE_URL="mysql://127.0.0.1/bankside")
    refuses(report, other, "an unknown kind of database")

    app.start()
    report.check("the untouched one still starts", True)
    app.stop()
    app.sound(report)
    on_postgres(report)


def on_postgres(report):
    try:
        server = Postgres()
    except CannotRun as reason:
        report.cannot_run(reason, "on PostgreSQL: ")
        return
    app = Bankside(postgres=server).furnish()
    other = app.beside(BANKSIDE_SECRET_KEY=new_key())
    refuses(report, other, "PostgreSQL, another key")
    app.rows("INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231235959')")
    refuses(report, app, "PostgreSQL, a newer database")
    app.rows("DELETE FROM __diesel_schema_migrations WHERE version = '99991231235959'")
    foreign = Bankside(postgres=server)
    foreign.rows("CREATE TABLE invoices (id integer)")
    refuses(report, foreign, "PostgreSQL, another program's database")
    report.check("PostgreSQL, another program's database: left as it was", foreign.rows("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'") == [("1",)])
    refuses(report, Bankside(postgres=server, database="nothing_here"), "PostgreSQL, no such database")
    app.start()
    report.check("PostgreSQL: the untouched one still starts", True)
    app.stop()
    app.sound(report)


drill("what must not be started", body)
