"""Many clients that send a byte now and then do not stop the rest, nor the stop."""
import os
import resource
import socket
import threading
import time

from harness import Bankside, check_in, drill


def body(report):
    # Each costs a file on both sides; the server is started with our own limit.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    many = min(int(os.environ.get("DRILL_SLOW_CLIENTS", "10000")), most - 1000)
    app = Bankside().furnish()
    app.start()
    outlet = app.open_outlet()
    broker = app.client("broker1")
    slow = []
    for _ in range(many):
        try:
            connection = socket.create_connection(("127.0.0.1", app.port), timeout=5)
            connection.sendall(b"POST /api/v1/checkins HTTP/1.1\r\nHost: drill\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n")
            slow.append(connection)
        except OSError:
            break
    stopped = threading.Event()

    def drip():
        while not stopped.wait(1):
            for connection in slow:
                try:
                    connection.send(b"X-A: b\r\n")
                except OSError:
                    pass

    threading.Thread(target=drip, daemon=True).start()
    answers = []
    until = time.monotonic() + 15
    while time.monotonic() < until:
        began = time.monotonic()
        status = broker.call("POST", *check_in(outlet))[0]
        answers.append((status, time.monotonic() - began))
    slowest = max(seconds for _, seconds in answers)
    report.say(f"{len(slow)} slow clients, {len(answers)} quick requests beside them")
    report.check("each quick request is answered 201", all(status == 201 for status, _ in answers))
    report.check("within 2 s", slowest <= 2, f"slowest {slowest:.2f} s")
    code, seconds = app.stop()
    report.check("stops within 10 s all the same", code == 0 and seconds <= 10, f"exit {code} after {seconds:.1f} s")
    stopped.set()
    for connection in slow:
        connection.close()


drill("slow clients", body)
