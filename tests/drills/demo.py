"""The running demo, as a newcomer starts it, and sessions of its people."""
import http.client
import re
import subprocess
import time
import urllib.parse

from harness import Bankside, binary


class Demo:
    """`with Demo() as demo:` starts `bankside demo` in a folder of its own; `demo.cookie(role)` signs in."""

    def __enter__(self):
        self.app = Bankside()
        self.base = self.app.env["BANKSIDE_BASE_URL"]
        # Its own database, where it would put it.
        self.app.env.pop("BANKSIDE_DATABASE_URL")
        with open(self.app.home + "/server.log", "ab") as log:
            self.app.process = subprocess.Popen([binary(), "demo"], cwd=self.app.home, env=self.app.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        for _ in range(600):
            try:
                if self.app.client().call("GET", "/readyz")[0] == 200:
                    break
            except OSError:
                pass
            time.sleep(0.1)
        self.logins = dict((role, (login, word)) for role, login, word in re.findall(r"^(broker|coordinator|manager|admin) (\S+) (\S+)$", self.app.said(), re.M))
        return self

    def __exit__(self, *_):
        self.app.kill()

    def said(self):
        return self.app.said()

    def cookie(self, role):
        login, password = self.logins[role]
        connection = http.client.HTTPConnection("127.0.0.1", self.app.port, timeout=20)
        connection.request("POST", "/sign-in", urllib.parse.urlencode({"login": login, "password": password}), {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        answer.read()
        cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie" and value.startswith("bankside=")]
        if not cookies:
            raise RuntimeError(f"sign-in of the {role} of the demo: {answer.status}")
        return cookies[0]
