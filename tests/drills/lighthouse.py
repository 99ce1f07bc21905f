"""Lighthouse as on a phone, the median of three: Today, New prospect, Outlets and Now in both languages.
LIGHTHOUSE names the folder where npm put the package."""
import json
import os
import shutil
import subprocess

from demo import Demo
from harness import CannotRun, drill

PAGES = [("Today", "broker", "/"), ("New prospect", "broker", "/prospects/new"), ("Outlets", "broker", "/outlets"), ("Now", "coordinator", "/now")]
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 100}


def body(report):
    folder = os.environ.get("LIGHTHOUSE", "")
    if not os.path.isdir(os.path.join(folder, "node_modules", "lighthouse")):
        raise CannotRun("Lighthouse is not installed (LIGHTHOUSE)")
    if not (shutil.which("node") and shutil.which("chromium")):
        raise CannotRun("node or chromium is not installed")
    script = os.path.join(os.path.dirname(__file__), "..", "browser", "lighthouse.mjs")
    with Demo() as demo:
        pages = [{"name": f"{name}, {lang}", "path": path, "cookie": f"{demo.cookie(role)}; lang={lang}", "lang": lang} for lang in ("zh-CN", "en") for name, role, path in PAGES]
        for page in pages:
            done = subprocess.run(["node", script, demo.base, json.dumps([page])], capture_output=True, text=True, timeout=400)
            lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
            if not report.check(f"{page['name']}: measured", done.returncode == 0 and lines, (done.stdout + done.stderr)[-600:] if done.returncode else ""):
                continue
            found = json.loads(lines[-1])
            figures = ", ".join(f"{name} {found[name]}" for name in LEAST)
            right = found["final"].split("?")[0] == demo.base + page["path"]
            ok = right and all(found[name] >= least for name, least in LEAST.items())
            report.check(f"{page['name']}: {figures}", ok, "" if ok else json.dumps([found["final"], found["metrics"], found["wrong"]], ensure_ascii=False)[:900])


drill("Lighthouse", body)
