"""Mail against an SMTP server that nobody here wrote (aiosmtpd): it arrives, once, as CONTRACT says. The Python that runs this must have aiosmtpd."""
import email
import email.policy

from harness import Bankside, CannotRun, drill, free_port
from smtp_server import RECEIVERS, arrange, at, workdays


class Box:
    """Keeps what arrives; turns away the first mail once, for now."""

    def __init__(self):
        self.mails, self.turned_away = [], None

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        if not self.turned_away:
            self.turned_away = mail["Message-ID"]
            return "451 4.7.1 greylisted"
        self.mails.append((envelope, mail))
        return "250 2.0.0 taken"


def body(report):
    try:
        from aiosmtpd.controller import Controller
    except ImportError as missing:
        raise CannotRun("aiosmtpd is not installed") from missing
    box = Box()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        check(report, box, f"smtp://127.0.0.1:{controller.port}")
    finally:
        controller.stop()


def check(report, box, url):
    app = Bankside(BANKSIDE_SMTP_URL=url).furnish()
    app.start("--no-jobs")
    arrange(app)
    app.stop()
    day = workdays(1)[0]
    first = app.remind(at(day, "09:00"))
    report.check("first pass", first == {"queued": 3, "sent": 2, "waiting": 1, "failed": 0}, first)
    second = app.remind(at(day, "09:10"))
    report.check("second pass sends the one turned away", second["queued"] == 0 and second["sent"] == 1 and second["waiting"] == 0, second)
    third = app.remind(at(day, "09:20"))
    report.check("third pass sends nothing", third["queued"] == 0 and third["sent"] == 0, third)
    nudge = app.remind(at(day, "16:30"))
    report.check("the nudge goes to the broker alone", nudge["queued"] == 1 and nudge["sent"] == 1, nudge)

    digests = [(envelope, mail) for envelope, mail in box.mails if mail["X-Bankside-Mail"] == "digest"]
    nudges = [(envelope, mail) for envelope, mail in box.mails if mail["X-Bankside-Mail"] == "nudge"]
    report.check("one digest each", sorted(envelope.rcpt_tos[0] for envelope, _ in digests) == sorted(RECEIVERS), [envelope.rcpt_tos for envelope, _ in digests])
    report.check("one nudge", [envelope.rcpt_tos for envelope, _ in nudges] == [["broker1@example.com"]])
    report.check("one recipient a mail", all(len(envelope.rcpt_tos) == 1 for envelope, _ in box.mails))
    report.check("X-Bankside-Date is the day", {mail["X-Bankside-Date"] for _, mail in box.mails} == {str(day)}, {mail["X-Bankside-Date"] for _, mail in box.mails})
    ids = [mail["Message-ID"] for _, mail in box.mails]
    report.check("each Message-ID once, the one turned away among them", len(set(ids)) == len(ids) and box.turned_away in ids)
    report.check("from the address set", all("bankside@example.com" in mail["From"] for _, mail in box.mails))
    kinds = [{part.get_content_type() for part in mail.walk()} for _, mail in box.mails]
    report.check("text and HTML", all({"text/plain", "text/html"} <= kind for kind in kinds), kinds[:1])
    report.check("nobody's name in a subject", not any("赵钱孙" in mail["Subject"] for _, mail in box.mails))
    texts = {envelope.rcpt_tos[0]: mail.get_body(("plain",)).get_content() for envelope, mail in digests}
    base = app.env["BANKSIDE_BASE_URL"]
    report.check("the broker reads the name and a link", "赵钱孙" in texts.get(RECEIVERS[0], "") and f"{base}/prospects/" in texts.get(RECEIVERS[0], ""))
    report.check("the coordinator reads a shortened name and a link", "赵**" in texts.get(RECEIVERS[1], "") and "赵钱孙" not in texts.get(RECEIVERS[1], "") and f"{base}/prospects/" in texts.get(RECEIVERS[1], ""))


drill("SMTP against a server nobody here wrote", body)
