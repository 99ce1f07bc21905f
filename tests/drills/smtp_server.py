"""A scripted SMTP server, and the arrangement of people and prospects by which mails fall due."""
import collections
import datetime
import email
import email.policy
import socketserver
import threading
import time

from harness import SHANGHAI, prospect

Mail = collections.namedtuple("Mail", "to kind date message_id raw")


class Smtp(socketserver.ThreadingTCPServer):
    """Behaves as told: `behave(how, times)` for so many connections or mails, then well again.

    `ok`; `greet421`; `auth535`; `rcpt451`; `rcpt550`; `data451` (after the final dot); `slow` (half a second before the answer to the dot);
    `hang` (takes the mail, never answers the dot); `cut` (takes the mail and hangs up); `cut_in_data` (hangs up in the middle).
    """

    allow_reuse_address = daemon_threads = True

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), Conversation)
        self.port = self.server_address[1]
        self.lock = threading.Lock()
        self.taken = []  # every mail whose final dot was received and not refused
        self.ended = threading.Event()
        self.behave("ok")
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, login=""):
        return f"smtp://{login}127.0.0.1:{self.port}"

    def behave(self, how, times=10**9):
        self.how, self.times = how, times

    def now(self, *moments):
        """Whether to misbehave at this moment; uses up one of the times."""
        with self.lock:
            if self.how not in moments or self.times <= 0:
                return None
            self.times -= 1
            return self.how

    def stop(self):
        self.ended.set()
        self.shutdown()
        self.server_close()

    def dated(self, day):
        return [mail for mail in list(self.taken) if mail.date == str(day)]


class Conversation(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")
        self.wfile.flush()

    def handle(self):
        try:
            self.converse()
        except OSError:
            pass

    def converse(self):
        if self.server.now("greet421"):
            return self.say("421 4.3.2 too busy")
        self.say("220 drill")
        to = None
        while line := self.rfile.readline().decode(errors="replace").strip():
            verb = line[:4].upper()
            if verb == "EHLO":
                self.say("250-drill\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN")
            elif verb == "AUTH":
                if len(line.split()) < 3:
                    self.say("334 ")
                    self.rfile.readline()
                self.say("535 5.7.8 not now" if self.server.now("auth535") else "235 2.7.0 welcome")
            elif verb == "RCPT":
                to = line[line.index("<") + 1:line.index(">")]
                how = self.server.now("rcpt451", "rcpt550")
                self.say({"rcpt451": "451 4.7.1 greylisted", "rcpt550": "550 5.1.1 no such person"}.get(how, "250 2.1.5 ok"))
            elif verb == "DATA":
                if not self.data(to):
                    return
            elif verb == "QUIT":
                return self.say("221 2.0.0 bye")
            else:
                self.say("250 2.0.0 ok")

    def data(self, to):
        """False when the connection is to end here."""
        self.say("354 go on")
        if self.server.now("cut_in_data"):
            self.rfile.readline()
            return False
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        if self.server.now("data451"):
            self.say("451 4.3.0 try again")
            return True
        raw = b"".join(lines)
        message = email.message_from_bytes(raw, policy=email.policy.default)
        with self.server.lock:
            self.server.taken.append(Mail(to, message["X-Bankside-Mail"], message["X-Bankside-Date"], message["Message-ID"], raw))
        how = self.server.now("hang", "cut", "slow")
        if how == "cut":
            return False
        if how == "hang":
            self.server.ended.wait(300)
            return False
        if how == "slow":
            time.sleep(0.5)
        self.say("250 2.0.0 taken")
        return True


def arrange(app):
    """Gives broker1 a prospect due soon and one long overdue, so that on each coming workday broker1, the coordinator and the manager get a digest.
    The server must be running. Gives the prospects' ids."""
    ids = []
    for days in (0, -12):
        path, body = prospect(met_at=(datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days, minutes=-1)).isoformat(timespec="seconds"))
        status, answer, _ = app.client("broker1").call("POST", path, body)
        if status != 201:
            raise RuntimeError(f"a prospect: {status} {answer}")
        ids.append(answer["id"])
    return ids


RECEIVERS = ["broker1@example.com", "coordinator@example.com", "manager@example.com"]


def workdays(count):
    """The first so many workdays from the one on which the prospect of today is "due now" (see `Bankside.furnish` for the calendar)."""
    day = datetime.datetime.now(SHANGHAI).date() + datetime.timedelta(days=3)
    while not is_workday(day):
        day -= datetime.timedelta(days=1)
    found = []
    while len(found) < count:
        if is_workday(day):
            found.append(day)
        day += datetime.timedelta(days=1)
    return found


def is_workday(day):
    return day.weekday() < 5 and (day.month, day.day) != (1, 1)


def at(day, clock):
    return f"{day}T{clock}:00+08:00"
