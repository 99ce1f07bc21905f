"""The mail server is down, refuses, hangs and cuts; passes run at once and are killed: each due mail arrives once."""
import os
import subprocess
import time

from harness import binary, drill_on_both
from smtp_server import RECEIVERS, Smtp, arrange, at, workdays

# how the server behaves, for how many tries, whether a mail may come a second time (with the same Message-ID)
FAULTS = [("greet421", 99, False), ("rcpt451", 99, False), ("data451", 99, False), ("auth535", 99, False), ("cut_in_data", 1, False), ("cut", 1, True), ("hang", 1, True)]
PATIENCE = float(os.environ.get("DRILL_PATIENCE", "360"))


def body(report, new):
    smtp = Smtp()
    app = new(BANKSIDE_SMTP_URL=smtp.url()).furnish()
    app.start("--no-jobs")
    arrange(app)
    app.stop()
    days = iter(workdays(len(FAULTS) + 4))
    for how, times, twice in FAULTS:
        fault(report, app, smtp, next(days), how, times, twice)
    refused_for_good(report, app, smtp, next(days))
    at_once(report, app, smtp, next(days))
    killed(report, app, smtp, next(days))
    smtp.stop()
    down_all_day(report, app, smtp.port, next(days))
    app.sound(report)


def fault(report, app, smtp, day, how, times, twice):
    app.env["BANKSIDE_SMTP_URL"] = smtp.url("bankside:secret@" if how == "auth535" else "")
    smtp.behave(how, times)
    began = time.monotonic()
    first = app.remind(at(day, "09:00"), timeout=240)
    report.say(f"{how}: the first pass took {time.monotonic() - began:.1f} s and said {first}")
    smtp.behave("ok")
    deliver(report, how, app, smtp, day, RECEIVERS, twice)


def deliver(report, how, app, smtp, day, wanted, twice, patience=20.0):
    """Runs passes until everyone has the day's digest, then one more that must bring nothing."""
    until = time.monotonic() + patience
    while {mail.to for mail in smtp.dated(day)} < set(wanted) and time.monotonic() < until:
        app.remind(at(day, "09:30"))
        time.sleep(1)
    app.remind(at(day, "10:00"))
    got = smtp.dated(day)
    by_person = {to: [mail for mail in got if mail.to == to] for to in wanted}
    report.check(f"{how}: everyone has the digest", all(by_person.values()), {to: len(mails) for to, mails in by_person.items()})
    again = sum(len(mails) - 1 for mails in by_person.values() if mails)
    report.check(f"{how}: {'at most one came twice' if twice else 'nobody has it twice'}", again <= int(twice), f"{again} too many")
    report.check(f"{how}: one person, one Message-ID", all(len({mail.message_id for mail in mails}) <= 1 for mails in by_person.values()))


def refused_for_good(report, app, smtp, day):
    smtp.behave("rcpt550", 1)
    first = app.remind(at(day, "09:00"))
    smtp.behave("ok")
    app.remind(at(day, "09:30"))
    report.check("550: counted as failed", first["failed"] >= 1, first)
    report.check("550: that one is not tried again, the others have theirs", len(smtp.dated(day)) == len(RECEIVERS) - 1, [mail.to for mail in smtp.dated(day)])


def at_once(report, app, smtp, day):
    command = [binary(), "remind", "--at", at(day, "09:00")]
    running = [subprocess.Popen(command, cwd=app.home, env=app.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    ends = [(*process.communicate(timeout=120), process.returncode) for process in running]
    report.check("four passes at once: each exits 0", all(code == 0 for *_, code in ends), [err.strip()[-100:] for _, err, code in ends if code] or "")
    deliver(report, "four passes at once", app, smtp, day, RECEIVERS, twice=False)


def killed(report, app, smtp, day):
    smtp.behave("slow")
    process = subprocess.Popen([binary(), "remind", "--at", at(day, "09:00")], cwd=app.home, env=app.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(600):
        if smtp.dated(day) or process.poll() is not None:
            break
        time.sleep(0.02)
    process.kill()
    process.wait()
    report.check("killed in the middle of a batch: some had gone, not all", 0 < len(smtp.dated(day)) < len(RECEIVERS), len(smtp.dated(day)))
    smtp.behave("ok")
    deliver(report, "killed in the middle", app, smtp, day, RECEIVERS, twice=True, patience=PATIENCE)


def down_all_day(report, app, port, day):
    for hour in range(9, 20):
        app.remind(at(day, f"{hour:02}:00"))
    smtp = Smtp(port)
    app.remind(at(day, "19:30"))
    app.remind(at(day, "19:45"))
    digests = sorted(mail.to for mail in smtp.dated(day) if mail.kind == "digest")
    nudges = [mail.to for mail in smtp.dated(day) if mail.kind == "nudge"]
    report.check("server down all day: then each digest once", digests == sorted(RECEIVERS), digests)
    report.check("server down all day: no nudge twice", len(nudges) == len(set(nudges)), nudges)
    smtp.stop()


drill_on_both("a mail server in trouble", body)
