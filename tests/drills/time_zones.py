"""The server's own zone means nothing: in UTC, Shanghai and New York, a minute before and after midnight, over the year's end and a make-up workday,
due dates and mails are the same; on both databases."""
import datetime
import hashlib
import re

from harness import Bankside, CannotRun, FakeTime, Postgres, drill, prospect
from smtp_server import Smtp

ZONES = ["UTC", "Asia/Shanghai", "America/New_York"]
# When somebody was met, and by when to follow up: three days on, in the branch's zone.
MET = [("2026-12-28T23:59:00+08:00", "2026-12-31"), ("2026-12-29T00:01:00+08:00", "2027-01-01"), ("2026-12-31T23:59:00+08:00", "2027-01-03"),
       ("2027-01-01T00:01:00+08:00", "2027-01-04"), ("2026-12-31T11:00:00-05:00", "2027-01-04"), ("2027-01-06T15:59:00Z", "2027-01-09")]
# New Year's Day is free; Saturday the 9th is worked in place of Monday the 11th.
CALENDAR = "date,is_workday,name\n2026-01-01,0,New Year\n2027-01-01,0,New Year\n2027-01-09,1,make-up\n2027-01-11,0,a free Monday\n"
FIRST, LAST = datetime.date(2026, 12, 30), datetime.date(2027, 1, 13)
CLOCKS = ["00:01", "08:29", "08:31", "16:30", "23:59"]
NO_WORK = {"2027-01-01", "2027-01-02", "2027-01-03", "2027-01-10", "2027-01-11"}


def body(report):
    found = {}
    try:
        servers = [None, Postgres("timezone=America/New_York")]
    except CannotRun as reason:
        report.cannot_run(reason, "on PostgreSQL: ")
        servers = [None]
    for server in servers:
        for zone in ZONES:
            found[f"{'PostgreSQL' if server else 'SQLite'}, {zone}"] = one(report, server, zone)
            Bankside.end_all()
    (name, wanted), *others = found.items()
    report.say(f"{len(wanted)} mails each")
    for other, got in others:
        differ = [pair for pair in zip(wanted, got) if pair[0] != pair[1]][:1]
        report.check(f"{other}: the same mails as {name}", got == wanted, differ or ("" if got == wanted else f"{len(got)} mails"))


def one(report, server, zone):
    smtp = Smtp()
    app = Bankside(postgres=server, TZ=zone, BANKSIDE_SMTP_URL=smtp.url()).furnish()
    path = app.home + "/year.csv"
    with open(path, "w") as file:
        file.write(CALENDAR)
    # Days around today were said outright; this drill says its own.
    app.rows("DELETE FROM calendar_days")
    app.command("import", "calendar", path)
    clock = FakeTime(app.home)
    app.env |= clock.env
    clock.set("2027-01-07T09:00:00+08:00")
    app.start("--no-jobs")
    due = []
    for n, (met_at, _) in enumerate(MET):
        path, entry = prospect(met_at=met_at, name=f"赵{n}", mobile=f"1390000000{n}")
        status, answer, _ = app.client("broker1").call("POST", path, entry)
        due.append(answer["follow_up"]["due_on"] if status == 201 else (status, answer))
    where = f"{'PostgreSQL' if server else 'SQLite'}, {zone}"
    report.check(f"{where}: due dates", due == [day for _, day in MET], due)
    app.stop()
    day = FIRST
    while day <= LAST:
        for moment in CLOCKS:
            app.remind(f"{day}T{moment}:00+08:00")
        day += datetime.timedelta(days=1)
    free = sorted({mail.date for mail in smtp.taken} & NO_WORK)
    report.check(f"{where}: no mail on a day without work, some on the make-up day", not free and smtp.dated("2027-01-09"), free)
    smtp.stop()
    app.sound(report)
    return sorted((mail.to, mail.kind, mail.date, content(mail)) for mail in smtp.taken)


def content(mail):
    """The mail without what is its own by design: addresses, ids, boundaries, the moment of sending."""
    import email
    import email.policy
    message = email.message_from_bytes(mail.raw, policy=email.policy.default)
    text = message["Subject"] + message.get_body(("plain",)).get_content()
    return hashlib.sha256(re.sub(r"http://\S+", "LINK", text).encode()).hexdigest()[:12]


drill("the server's own time zone", body)
