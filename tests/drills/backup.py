"""A backup taken under load and restored elsewhere: all that was acknowledged before it is there, and no mail leaves until `mail resume`."""
import hashlib
import os
import shutil
import time

from harness import Bankside, drill
from smtp_server import RECEIVERS, Smtp, arrange, at, workdays
from writers import Writers


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def body(report):
    app = Bankside().furnish(brokers=4)
    app.start("--no-jobs")
    arranged = arrange(app)
    writers = Writers(app, app.open_outlet(), brokers=4, threads=8).start()
    time.sleep(2)
    before = dict(writers.acknowledged)
    saved = os.path.join(app.home, "saved.backup")
    app.command("backup", saved)
    report.say(f"{len(before)} acknowledged before the backup began, {len(writers.acknowledged)} when it was done")
    first = digest_of(saved)
    again = app.command("backup", saved, ok=False)
    report.check("a second backup does not overwrite", again.returncode == 1 and digest_of(saved) == first, f"exit {again.returncode}: {again.stderr.strip()[-120:]}")
    writers.stop()
    app.stop()

    smtp = Smtp()
    copy = Bankside(BANKSIDE_SMTP_URL=smtp.url())
    shutil.copytree(os.path.join(app.home, "var"), os.path.join(copy.home, "var"))
    done = copy.command("restore", saved)
    report.check("restore exits 0", done.returncode == 0)
    full = copy.command("restore", saved, ok=False)
    report.check("restore into a place that is not empty is refused", full.returncode == 1, f"exit {full.returncode}: {full.stderr.strip()[-120:]}")
    copy.sound(report)
    copy.start("--no-jobs")
    writers.acknowledged = before
    writers.tried |= set(arranged)
    writers.verify(copy, report)
    copy.stop()

    day, later = workdays(2)
    held = copy.remind(at(day, "09:00"))
    report.check("a restored copy sends nothing", not smtp.taken and held["sent"] == 0, held)
    copy.command("mail", "resume")
    copy.remind(at(later, "09:00"))
    report.check("after `mail resume` mails go out", set(RECEIVERS) <= {mail.to for mail in smtp.dated(later)}, [mail.to for mail in smtp.dated(later)])
    smtp.stop()


drill("backup under load, restored elsewhere", body)
