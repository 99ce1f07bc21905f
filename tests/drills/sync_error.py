"""The disk reports an I/O error at a sync: writes stop, and nothing is acknowledged that a restart does not find."""
import os
import shutil
import subprocess

from harness import PASSPHRASE, Bankside, CannotRun, check_in, drill

# Fails every sync while the file named by SYNC_FAILS exists; otherwise passes it on.
SHIM = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
static int failing(void) { const char *name = getenv("SYNC_FAILS"); return name && access(name, F_OK) == 0; }
int fsync(int fd) { if (failing()) { errno = EIO; return -1; } return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd); }
int fdatasync(int fd) { if (failing()) { errno = EIO; return -1; } return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd); }
"""


def body(report):
    if not shutil.which("cc"):
        raise CannotRun("there is no C compiler")
    app = Bankside().furnish()
    source, shim, fails = (os.path.join(app.home, name) for name in ("shim.c", "shim.so", "fails"))
    with open(source, "w") as file:
        file.write(SHIM)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, source, "-ldl"], check=True)
    app.env |= {"LD_PRELOAD": shim, "SYNC_FAILS": fails}
    app.start()
    outlet = app.open_outlet()
    broker = app.client("broker1")
    acknowledged = [entry for entry in (check_in(outlet, n) for n in range(10)) if broker.call("POST", *entry)[0] == 201]
    report.check("writes before", len(acknowledged) == 10)
    open(fails, "w").close()
    during = []
    for n in range(20):
        entry = check_in(outlet, n)
        try:
            status = broker.call("POST", *entry, timeout=15)[0]
        except OSError:
            status = None
        during.append(status)
        if status in (200, 201):
            acknowledged.append(entry)
    report.check("no write is acknowledged while syncs fail", not {200, 201} & set(during), sorted(map(str, set(during))))
    report.check("reads go on", broker.call("GET", "/api/v1/outlets")[0] == 200)
    signed_in = app.client().call("POST", "/api/v1/sessions", {"login": "manager", "password": PASSPHRASE})[0]
    report.check("signing in goes on", signed_in == 201, signed_in)
    os.remove(fails)
    after = check_in(outlet)
    status = broker.call("POST", *after, timeout=15)[0]
    report.say(f"a write after the disk is well again, before a restart: {status}")
    if status in (200, 201):
        acknowledged.append(after)
    app.kill()
    app.start()
    replayed = [broker.call("POST", *entry)[0] for entry in acknowledged]
    report.check("after a restart all that was acknowledged is there", all(status == 200 for status in replayed), f"{replayed.count(200)} of {len(replayed)}")
    report.check("after a restart writes go on", broker.call("POST", *check_in(outlet))[0] == 201)
    app.stop()
    app.sound(report)


drill("an I/O error at the sync", body)
