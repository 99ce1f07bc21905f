"""Every page at size: follows the links of each role over made-up data (`DRILL_SCALE`, 0.1 unless told) and times what stands behind them.

Pages that differ only by an id, a date or a parameter's value are one page; each is asked five times and its median counts.
"""
import html
import http.client
import os
import re
import statistics
import time
import urllib.parse

from harness import drill_on_both

SCALE = os.environ.get("DRILL_SCALE", "0.1")
AT_MOST_MS = 100
# Of one page so many different addresses are tried.
EACH = 2
TIMES = 5
# Files to keep and what leads out are no pages; who fills what fell open is planned for 2.5 s each time it is asked.
SKIPPED = re.compile(r"^/(assets/|sign-out)|\.(csv|xlsx|ics|json)$|/(csv|xlsx|sheet|export)\b")
PLANNED = re.compile(r"^/rota/repair\?.*\bfrom=")


def skipped(target):
    return SKIPPED.search(urllib.parse.urlsplit(target).path) or PLANNED.search(target)


def sign_in(app, login, password):
    body = urllib.parse.urlencode({"login": login, "password": password})
    answer, _, _ = ask(app, "/sign-in", "", "POST", body)
    cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie" and value.startswith("bankside=")]
    if not cookies:
        raise RuntimeError(f"sign-in of {login}: {answer.status}")
    return cookies[0]


def ask(app, path, cookie, method="GET", body=None):
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=60)
    try:
        headers = {"Cookie": cookie, "Accept": "text/html", "Accept-Language": "zh-CN"}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.connect()
        began = time.monotonic()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        return answer, text, (time.monotonic() - began) * 1000
    finally:
        connection.close()


def kind(path):
    """What page it is: ids and dates do not count, of parameters only their names."""
    parts = urllib.parse.urlsplit(path)
    place = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "{id}", parts.path)
    place = re.sub(r"\d{4}-\d\d(-\d\d)?", "{date}", place)
    return place + "?" + "&".join(sorted(name for name, value in urllib.parse.parse_qsl(parts.query) if value))


def links(path, text):
    for found in re.findall(r'<a\b[^>]*\bhref="([^"]+)"', text):
        target = urllib.parse.urljoin(path, html.unescape(found))
        if target.startswith("/") and not target.startswith("//") and not skipped(target):
            yield target.split("#")[0]


def walk(app, cookie):
    """Every page that can be reached by links, with its milliseconds and its status."""
    waiting, tried, seen = ["/"], {}, []
    while waiting:
        path = waiting.pop(0)
        what = kind(path)
        if tried.setdefault(what, []).count(path) or len(tried[what]) >= EACH:
            continue
        tried[what].append(path)
        answer, text, first = ask(app, path, cookie)
        if answer.status != 200:
            seen.append((what, path, first, answer.status))
            # Where it leads is a page as well; the way there is none.
            onward = answer.getheader("Location", "")
            waiting += [onward] if onward.startswith("/") else []
            continue
        again = [first] + [ask(app, path, cookie)[2] for _ in range(TIMES - 1)]
        seen.append((what, path, statistics.median(again), 200))
        waiting += links(path, text)
    return seen


def body(report, new):
    app = new()
    began = time.monotonic()
    made = app.command("generate", "--national", "--scale", SCALE, timeout=3000)
    report.say(f"scale {SCALE} made in {time.monotonic() - began:.0f} s")
    password = re.search(r"(\S+)\s*$", made.stdout.strip().splitlines()[-1]).group(1)
    logins = re.findall(r"^(broker|coordinator|manager|admin) (\S+)", made.stdout, re.M)
    app.start()
    for role, login in logins:
        seen = walk(app, sign_in(app, login, password))
        wrong = [f"{path}: {status}" for _, path, _, status in seen if status >= 400]
        pages = sum(status == 200 for _, _, _, status in seen)
        report.check(f"{role} {login}: {pages} pages, none refused or failing", pages >= 10 and not wrong, "; ".join(wrong[:8]) or f"only {pages}")
        slowest = sorted(seen, key=lambda one: -one[2])
        slow = [one for one in slowest if one[2] > AT_MOST_MS]
        report.check(f"{role} {login}: no page over {AT_MOST_MS} ms, the slowest {slowest[0][2]:.0f} ms", not slow, "; ".join(f"{what} {ms:.0f} ms" for what, _, ms, _ in slow[:12]))
        report.say(", ".join(f"{what} {ms:.0f}" for what, _, ms, _ in slowest[:6]))
    code, _ = app.stop()
    report.check("it stops gracefully", code == 0, code)


drill_on_both("every page at size", body)
