"""schemathesis against the API by its own OpenAPI document, as each role. The Python that runs this must have schemathesis."""
import os
import subprocess
import sys

from harness import Bankside, CannotRun, drill, prospect

# Signing out would end the run, and made-up logins would only meet the throttle.
NOT_FUZZED = "/sessions"


def body(report):
    tool = os.path.join(os.path.dirname(sys.executable), "schemathesis")
    if not os.path.exists(tool):
        raise CannotRun("schemathesis is not installed beside this Python")
    examples = os.environ.get("DRILL_EXAMPLES", "25")
    app = Bankside().furnish()
    app.start()
    app.open_outlet()
    app.client("broker1").call("POST", *prospect())
    for login in ("broker1", "coordinator", "manager", "admin"):
        token = app.client(login).token
        done = subprocess.run(
            [tool, "--no-color", "run", f"http://127.0.0.1:{app.port}/api/v1/openapi.json", "--header", f"Authorization: Bearer {token}",
             "--exclude-path-regex", NOT_FUZZED, "--max-examples", examples, "--seed", os.environ.get("DRILL_SEED", "20261121"),
             # What depends on several fields, on records or on the moment (a reason for `lost`, an id used before) no schema can say.
             "--exclude-checks", "positive_data_acceptance", "--continue-on-failure", "--request-timeout", "20", "--output-sanitize", "true"],
            cwd=app.home, capture_output=True, text=True, timeout=1800)
        if not report.check(f"schemathesis as {login}", done.returncode == 0, f"exit {done.returncode}"):
            print(done.stdout[-6000:] + done.stderr[-500:])
        report.check(f"still alive after {login}", app.client(login).call("GET", "/api/v1/me")[0] == 200)
    report.check("no panic in the log", "panicked" not in app.said())
    app.stop()
    app.sound(report)


drill("schemathesis", body)
