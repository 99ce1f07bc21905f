"""wapiti crawls and attacks the running demo as each role, sqlmap every way of searching in it: nothing found, no 5xx, no panic.
SCANNERS names the folder of the Python that has both."""
import json
import os
import re
import subprocess

from demo import Demo
from harness import CannotRun, Client, drill

SECONDS = int(os.environ.get("DRILL_SCAN_SECONDS", "150"))
# Without those that call a server far away (ssrf, log4shell, xxe) and what only https can have (cookie flags, HSTS).
MODULES = "backup,crlf,csp,exec,file,methods,permanentxss,redirect,sql,timesql,xss"
# These would end the session, or change what the scan signs in with.
LEFT_OUT = ["/sign-out", "/account/sessions/end", "/account/password", "/account/second-factor"]
QUERIES = [("broker", "/api/v1/outlets?q=abc&bank=abc&tier=branch&phase=launch&grade=A&limit=5"), ("coordinator", "/api/v1/checkins?from=2026-11-01&to=2026-11-30&limit=5"),
           ("coordinator", "/api/v1/prospects?stage=met&limit=5"), ("coordinator", "/api/v1/follow-ups?state=open&due_before=2026-12-01"),
           ("admin", "/api/v1/users?limit=5"), ("manager", "/api/v1/shifts?from=2026-11-01&to=2026-11-30")]
BODIES = [("broker", "/api/v1/prospects/search", {"q": "abc"}), (None, "/api/v1/sessions", {"login": "abc", "password": "abc"})]


def body(report):
    folder = os.environ.get("SCANNERS", "")
    if not os.path.exists(os.path.join(folder, "wapiti")):
        raise CannotRun("wapiti and sqlmap are not installed (SCANNERS)")
    with Demo() as demo:
        for role in ("broker", "coordinator", "admin"):
            crawl(report, folder, demo, role)
        well(report, demo)
    # Another one: wapiti guesses passwords until its address has to wait.
    with Demo() as demo:
        tokens = {role: token(demo, role) for role in demo.logins}
        for role, path in QUERIES:
            inject(report, folder, demo, tokens[role], path, None)
        for role, path, sent in BODIES:
            inject(report, folder, demo, tokens.get(role), path, sent)
        well(report, demo)


def well(report, demo):
    log = demo.said()
    report.check("no panic in the log", "panicked" not in log)
    odd = sorted(set(re.findall(r"route=(\S+?)\}.*status=5(?!03)\d\d", log)))
    report.check("no 5xx in the log", not odd, odd[:5])
    report.check("still alive", demo.app.client().call("GET", "/readyz")[0] == 200)


def token(demo, role):
    login, password = demo.logins[role]
    return Client(demo.app.port).call("POST", "/api/v1/sessions", {"login": login, "password": password})[1]["token"]


def crawl(report, folder, demo, role):
    found = os.path.join(demo.app.home, f"wapiti-{role}.json")
    command = [os.path.join(folder, "wapiti"), "-u", f"{demo.base}/", "-m", MODULES, "-H", f"Cookie: {demo.cookie(role)}", "--flush-session", "--no-bugreport", 
               "--store-session", demo.app.home, "--max-scan-time", str(SECONDS), "--max-attack-time", str(SECONDS // 4), "--max-files-per-dir", "12", "--max-links-per-page", "40", "-d", "4", "-t", "10",
               "--tasks", "4", "-f", "json", "-o", found]
    for path in LEFT_OUT:
        command += ["-x", f"{demo.base}{path}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS * 4 + 120)
    if not report.check(f"wapiti as {role}: ran", os.path.exists(found), "" if os.path.exists(found) else done.stdout[-600:] + done.stderr[-400:]):
        return
    with open(found) as file:
        told = json.load(file)
    flaws = [f"{kind}: {one['method']} {one['path']} {one['info'][:120]}" for group in ("vulnerabilities", "anomalies") for kind, several in told[group].items() for one in several]
    pages = told["infos"].get("crawled_pages_nbr")
    report.check(f"wapiti as {role}: nothing in {pages} pages", not flaws and (pages or 0) > 5, flaws[:4])


def inject(report, folder, demo, token, path, sent):
    command = [os.path.join(folder, "sqlmap"), "-u", demo.base + path, "--batch", "--flush-session", "--level", "2", "--risk", "2", "--technique", "BEUS", "--timeout", "10", "--retries", "1", "--disable-coloring",
               "--output-dir", os.path.join(demo.app.home, "sqlmap"), "--ignore-code", "*"]
    if token:
        command += ["-H", f"Authorization: Bearer {token}"]
    if sent:
        command += ["--data", json.dumps(sent), "-H", "Content-Type: application/json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired as late:
        said = (late.stdout or b"").decode(errors="replace")
        report.check(f"sqlmap, {path.split('?')[0]}: nothing found in {SECONDS} s", "injectable" not in said.replace("not injectable", "").replace("not appear to be injectable", "").replace("might not be injectable", ""), said[-300:])
        return
    tested = len(set(re.findall(r"testing for SQL injection on (.+)", done.stdout)))
    nothing = "do not appear to be injectable" in done.stdout
    report.check(f"sqlmap, {path.split('?')[0]}: nothing in {tested} parameters", nothing and tested > 0, "" if nothing else (done.stdout + done.stderr)[-500:])


drill("wapiti and sqlmap over the demo", body)
