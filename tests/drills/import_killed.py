"""An import of prospects is killed at any moment: all of its rows come in or none, each once, whether a server goes on with it or finishes it at its start."""
import os
import random
import subprocess
import time

from harness import binary, drill_on_both


def write_file(app, nth, rows):
    path = os.path.join(app.home, f"prospects{nth}.csv")
    with open(path, "w") as file:
        file.write("name,mobile,met_at,broker,consent_given_at,consent_purpose\n")
        for row in range(rows):
            file.write(f"P{nth}-{row},1{38 + nth % 50}{row:08d},2026-0{row % 9 + 1}-{row % 28 + 1:02d} 10:00,broker1,2026-01-01,service\n")
    return path


def count(app, nth):
    """Rows of a file, people among them, and follow-ups."""
    here = f"name LIKE 'P{nth}-%'"
    [(rows, people)] = app.rows(f"SELECT COUNT(*), COUNT(DISTINCT name) FROM prospects WHERE {here}")
    [(due,)] = app.rows(f"SELECT COUNT(*) FROM follow_ups WHERE prospect_id IN (SELECT id FROM prospects WHERE {here})")
    return int(rows), int(people), int(due)


def on_its_way(app):
    return int(app.rows("SELECT COUNT(*) FROM prospect_imports WHERE decided_at IS NOT NULL")[0][0])


def body(report, new):
    times, rows = int(os.environ.get("DRILL_KILLS", "12")), int(os.environ.get("DRILL_ROWS", "3000"))
    app = new().furnish()
    app.start()
    began = time.monotonic()
    app.command("import", "prospects", write_file(app, 0, rows), timeout=300)
    whole = time.monotonic() - began
    report.check("undisturbed it comes in whole", count(app, 0) == (rows, rows, rows), count(app, 0))
    none, all_of_it, cut = 0, 0, 0
    for nth in range(1, times + 1):
        path = write_file(app, nth, rows)
        command = subprocess.Popen([binary(), "import", "prospects", path], cwd=app.home, env=app.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0.1, 1.0) * whole)
        command.kill()
        command.wait()
        cut += on_its_way(app)
        if nth % 2:
            # The server dies too: the next one finishes before it serves.
            app.kill()
            app.start(within=120)
            report.check("a server that serves has brought everything in", on_its_way(app) == 0)
        until = time.monotonic() + 120
        while on_its_way(app) and time.monotonic() < until:
            time.sleep(0.2)
        there = count(app, nth)
        none, all_of_it = none + (there[0] == 0), all_of_it + (there[0] == rows)
        report.check("all of a file or nothing, each row once", there in ((0, 0, 0), (rows, rows, rows)), there)
        app.command("import", "prospects", path, timeout=300)
        report.check("brought again it is whole", count(app, nth) == (rows, rows, rows), count(app, nth))
    report.say(f"killed {times} times: {none} files came to nothing, {all_of_it} came in whole, {cut} of them after they were cut short")
    code, _ = app.stop()
    report.check("the server ends gracefully", code == 0)
    app.sound(report)


drill_on_both("an import is killed", body)
