"""Two servers with their jobs on one database, and a clock that is set back and forward while they run: every mail due once, none twice, none lost."""
import time

from harness import FakeTime, drill_on_both
from smtp_server import RECEIVERS, Smtp, arrange, at, workdays

# A pass every half minute, and a look at the outbox every two seconds.
A_PASS = 36


def body(report, new):
    smtp = Smtp()
    app = new(BANKSIDE_SMTP_URL=smtp.url()).furnish()
    app.start("--no-jobs")
    arrange(app)
    app.stop()
    clock = FakeTime(app.home)
    first, second = workdays(2)
    for one in (app, other := app.beside(BANKSIDE_SMTP_URL=smtp.url(), **clock.env)):
        one.env |= clock.env
    clock.set(at(first, "08:20"))
    app.start()
    other.start()
    time.sleep(3)
    report.check("08:20: nothing yet", not smtp.taken, len(smtp.taken))

    def go(label, moment, digests, nudges):
        """Sets the clock and waits for a pass of both; says what has come by then, in all."""
        clock.set(moment)
        time.sleep(A_PASS)
        found = [(day, kind, sorted(mail.to for mail in smtp.dated(day) if mail.kind == kind)) for day in (first, second) for kind in ("digest", "nudge")]
        wanted = [(day, "digest", RECEIVERS if day in digests else []) for day in (first, second)] + [(day, "nudge", RECEIVERS[:1] if day in nudges else []) for day in (first, second)]
        ok = sorted(found, key=str) == sorted(wanted, key=str)
        report.check(label, ok, "" if ok else [(str(day), kind, to) for day, kind, to in found])

    go("08:31: each has the digest", at(first, "08:31"), [first], [])
    go("set back to 08:00: nothing more", at(first, "08:00"), [first], [])
    go("forward to 16:30: the nudge", at(first, "16:30"), [first], [first])
    go("set back to 09:00: nothing more", at(first, "09:00"), [first], [first])
    go("forward to the next workday: its digests", at(second, "09:00"), [first, second], [first])
    go("set back by a day: nothing more", at(first, "16:45"), [first, second], [first])
    other.kill()
    go("one server killed, forward again: nothing more", at(second, "10:00"), [first, second], [first])
    ids = [mail.message_id for mail in smtp.taken]
    report.check("no Message-ID twice", len(ids) == len(set(ids)))
    app.stop()
    smtp.stop()
    for name in clock.env:
        app.env.pop(name)
    app.sound(report)


drill_on_both("two servers and a clock that is set", body)
