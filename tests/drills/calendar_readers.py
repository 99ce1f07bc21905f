"""Calendar feeds read by programs that nobody here wrote: Python's icalendar, and Debian's vdirsyncer and khal where they are installed.

The Python that runs this must have icalendar; without vdirsyncer and khal that part says so and does not count.
"""
import datetime
import http.client
import os
import re
import shutil
import subprocess
import urllib.parse

from harness import SHANGHAI, Bankside, CannotRun, drill, new_id


def form(app, login, path, fields=None):
    """A page as a browser gets it; with `fields` a posted form, the session's token from the page itself."""
    headers = {"Cookie": f"bankside={app.client(login).token}", "Accept-Language": "en", "Connection": "close"}
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=30)
    try:
        if fields is None:
            connection.request("GET", path, None, headers)
        else:
            token = re.search(r'name="csrf" value="([^"]+)"', form(app, login, path)[1]).group(1)
            body = urllib.parse.urlencode({"csrf": token} | fields)
            connection.request("POST", path, body, headers | {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def new_link(app, login, path):
    status, page = form(app, login, path, {"id": new_id()})
    found = re.search(r"http://[^\s\"<]+/calendars/feeds/[\w-]+\.ics", page)
    if status != 200 or not found:
        raise RuntimeError(f"a link at {path}: {status}")
    return found.group(0)


def fetch(url):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def workdays(count):
    days = (datetime.date.today() + datetime.timedelta(days=n) for n in range(1, 30))
    return [day for day in days if day.weekday() < 5][:count]


def arrange(app):
    """Three shifts of a broker at one outlet; the last is taken back again."""
    outlet = app.open_outlet()
    desk = app.client("coordinator")
    broker = app.client("broker1").call("GET", "/api/v1/me")[1]["id"]
    kept = []
    for day in workdays(3):
        status, shift, _ = desk.call("POST", "/api/v1/shifts", {"id": new_id(), "outlet_id": outlet, "broker_id": broker, "date": str(day)})
        if status != 201:
            raise RuntimeError(f"a shift: {status} {shift}")
        kept.append(shift)
    return outlet, kept


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def by_icalendar(report, text, shifts, gone):
    import icalendar

    calendar = icalendar.Calendar.from_ical(text)
    events = {str(event["UID"]): event for event in calendar.walk("VEVENT")}
    report.check("icalendar reads it without an error", all(not part.errors for part in calendar.walk()))
    stand = {uid: event for uid, event in events.items() if event["STATUS"] == "CONFIRMED"}
    wanted = {f"{shift['id']}@bankside": shift for shift in shifts}
    report.check("it holds the shifts that the API lists", set(stand) == set(wanted), f"{len(stand)} of {len(wanted)}")
    same = [stand[uid].decoded("DTSTART") == instant(shift["starts_at"]) and stand[uid].decoded("DTEND") == instant(shift["ends_at"]) for uid, shift in wanted.items() if uid in stand]
    report.check("at the same instants, with a zone", same and all(same))
    cancelled = {uid: event for uid, event in events.items() if event["STATUS"] == "CANCELLED"}
    report.check("and the one taken back as cancelled", set(cancelled) == {f"{shift['id']}@bankside" for shift in gone}, sorted(cancelled))
    report.check("with a higher SEQUENCE", all(event["SEQUENCE"] > 0 for event in cancelled.values()))
    again = icalendar.Calendar.from_ical(calendar.to_ical())
    report.check("written and read again it is the same", len(list(again.walk("VEVENT"))) == len(events))


def run(*command, home):
    env = os.environ | {"HOME": home, "XDG_CONFIG_HOME": f"{home}/.config", "XDG_DATA_HOME": f"{home}/.local/share", "XDG_CACHE_HOME": f"{home}/.cache",
                        "TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8"}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


def desktop(app):
    """A home with vdirsyncer reading the feed into a folder that khal shows."""
    home = os.path.join(app.home, "desktop")
    os.makedirs(f"{home}/.config/khal")
    with open(f"{home}/.config/khal/config", "w") as file:
        file.write("[calendars]\n[[shifts]]\npath = {home}/vdir/shifts/\ntype = calendar\nreadonly = True\n[locale]\nlocal_timezone = Asia/Shanghai\n"
                   "default_timezone = Asia/Shanghai\ntimeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\n"
                   "longdatetimeformat = %Y-%m-%d %H:%M\n".replace("{home}", home))
    return home


def vdirsyncer_config(home, url):
    path = f"{home}/vdirsyncer"
    with open(path, "w") as file:
        file.write(f'[general]\nstatus_path = "{home}/status/"\n[pair shifts]\na = "there"\nb = "here"\ncollections = null\nconflict_resolution = "a wins"\n'
                   f'[storage there]\ntype = "http"\nurl = "{url}"\n[storage here]\ntype = "filesystem"\npath = "{home}/vdir/shifts/"\nfileext = ".ics"\n')
    os.makedirs(f"{home}/vdir/shifts")
    return path


COMPLAINTS = re.compile(r"warning|error|invalid|skipp|fail|traceback", re.IGNORECASE)


def quiet(done):
    return done.returncode == 0 and not COMPLAINTS.search(done.stdout + done.stderr)


def files(home):
    folder = f"{home}/vdir/shifts"
    return {name: open(f"{folder}/{name}", "rb").read() for name in os.listdir(folder)}


def by_desktop(report, app, url, shifts, take_back):
    home = desktop(app)
    config = vdirsyncer_config(home, url)
    for step in ("discover", "sync"):
        done = run("vdirsyncer", "-c", config, step, home=home)
        report.check(f"vdirsyncer {step} without complaint", quiet(done), (done.stdout + done.stderr).strip()[-300:] if not quiet(done) else "")
    first = files(home)
    report.check("a file a shift", len(first) == len(shifts), len(first))
    listed = run("khal", "list", "--format", "{start-time} {end-time} {title}", str(datetime.date.today()), "30d", home=home)
    report.check("khal reads them without complaint", quiet(listed), (listed.stdout + listed.stderr).strip()[-300:] if not quiet(listed) else "")
    hours = [instant(shift["starts_at"]).astimezone(SHANGHAI).strftime("%H:%M") for shift in shifts]
    report.check("khal shows each at its local hour", all(f"{hour} " in listed.stdout for hour in hours) and listed.stdout.count("Drill sub-branch") == len(shifts), listed.stdout)
    run("vdirsyncer", "-c", config, "sync", home=home)
    report.check("a second sync changes nothing", files(home) == first)
    take_back()
    done = run("vdirsyncer", "-c", config, "sync", home=home)
    report.check("vdirsyncer takes the cancellation without complaint", quiet(done), (done.stdout + done.stderr).strip()[-300:] if not quiet(done) else "")
    now = files(home)
    changed = [name for name in now if now[name] != first.get(name)]
    report.check("the cancelled one alone is another file's content", len(now) == len(first) and len(changed) == 1 and b"STATUS:CANCELLED" in now[changed[0]], changed)
    listed = run("khal", "list", str(datetime.date.today()), "30d", home=home)
    report.check("khal still reads them without complaint", quiet(listed), (listed.stdout + listed.stderr).strip()[-300:] if not quiet(listed) else "")


def body(report):
    try:
        import icalendar  # noqa: F401
    except ImportError as missing:
        raise CannotRun("icalendar is not installed") from missing
    app = Bankside().furnish()
    app.start("--no-jobs")
    outlet, shifts = arrange(app)
    desk = app.client("coordinator")
    own = new_link(app, "broker1", "/account/calendar")
    outlets = new_link(app, "coordinator", f"/outlets/{outlet}/calendar")

    def take_back():
        status, answer, _ = desk.call("DELETE", f"/api/v1/shifts/{shifts[-1]['id']}")
        report.check("a shift is taken back", status == 204, f"{status} {answer}" if status != 204 else "")

    there = {name: shutil.which(name) for name in ("vdirsyncer", "khal")}
    if all(there.values()):
        by_desktop(report, app, own, shifts, take_back)
    else:
        report.say("vdirsyncer and khal are not here: that part is not counted")
        take_back()
    for name, url in (("the broker's feed", own), ("the outlet's feed", outlets)):
        status, text = fetch(url)
        report.check(f"{name} answers 200 to nobody in particular", status == 200)
        report.check(f"{name} is the same to the byte when read again", fetch(url)[1] == text)
        by_icalendar(report, text, shifts[:-1], shifts[-1:])
    secrets = [urllib.parse.urlsplit(url).path.rsplit("/", 1)[1].removesuffix(".ics") for url in (own, outlets)]
    report.check("no secret stands in the log", not any(secret in app.said() for secret in secrets))
    code, _ = app.stop()
    report.check("the server ends gracefully", code == 0)


drill("calendar feeds in programs that nobody here wrote", body)
