"""Workbooks and CSV files read by programs that nobody here wrote: Python's openpyxl and csv, and LibreOffice where it is installed.

The Python that runs this must have openpyxl; without LibreOffice that part says so and does not count.
"""
import csv
import datetime
import http.client
import io
import os
import shutil
import subprocess
import warnings

from harness import Bankside, CannotRun, drill, prospect

KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA = "=HYPERLINK(\"http://x\")"


def fetch(app, login, method, path, body=None):
    """A file as a browser or a client of the API gets it."""
    client = app.client(login)
    headers = {"Accept-Language": "en", "Connection": "close"}
    headers |= {"Authorization": f"Bearer {client.token}", "Content-Type": "application/json"} if path.startswith("/api/") else {"Cookie": f"bankside={client.token}"}
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=60)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read()
    finally:
        connection.close()


def read(report, name, content):
    """A workbook as openpyxl has it, without a word of complaint."""
    import openpyxl

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        book = openpyxl.load_workbook(io.BytesIO(content))
    report.check(f"{name}: openpyxl opens it without complaint", not said, [str(one.message) for one in said])
    cells = [cell for sheet in book for row in sheet for cell in row]
    report.check(f"{name}: no cell is a formula", cells and all(cell.data_type != "f" for cell in cells), len(cells))
    return book


def office(report, app, name, content):
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if not program:
        return False
    path = os.path.join(app.home, f"{name}.xlsx")
    with open(path, "wb") as file:
        file.write(content)
    home = f"-env:UserInstallation=file://{app.home}/office"
    done = subprocess.run([program, home, "--headless", "--convert-to", "csv", "--outdir", app.home, path], capture_output=True, text=True, timeout=180)
    there = os.path.exists(path.removesuffix(".xlsx") + ".csv")
    report.check(f"{name}: LibreOffice opens it", done.returncode == 0 and there, (done.stdout + done.stderr)[-200:] if not there else "")
    return True


def body(report):
    try:
        import openpyxl  # noqa: F401
    except ImportError as missing:
        raise CannotRun("openpyxl is not installed") from missing
    app = Bankside().furnish()
    app.start("--no-jobs")
    for name in (FORMULA, "王小明", "+86"):
        status, answer, _ = app.client("broker1").call("POST", *prospect(name=name))
        report.check(f"{name!r} is taken in", status == 201, f"{status} {answer}" if status != 201 else "")
    status, kind, content = fetch(app, "manager", "GET", "/reports.xlsx?period=month")
    report.check("a report as a workbook", status == 200 and kind == KIND, f"{status} {kind}")
    book = read(report, "report", content)
    total = {row[0].value: row[1] for row in book.worksheets[0].iter_rows(min_row=2)}
    report.check("its days are days", isinstance(total["From"].value, datetime.datetime) and total["From"].is_date, total["From"].value)
    report.check("its numbers are numbers", total["New prospects"].value == 3, total["New prospects"].value)
    seen = office(report, app, "report", content)
    status, kind, content = fetch(app, "admin", "POST", "/api/v1/prospect-exports", '{"format": "xlsx"}')
    report.check("an export as a workbook, written as it is read", status == 200 and kind == KIND, f"{status} {kind}")
    sheet = read(report, "export", content).worksheets[0]
    heading = [cell.value for cell in sheet[1]]
    rows = [dict(zip(heading, row)) for row in sheet.iter_rows(min_row=2)]
    report.check("a row a prospect, names as they are", {row["Name"].value for row in rows} == {FORMULA, "王小明", "+86"})
    report.check("its moments are moments", all(row["Met on"].is_date and isinstance(row["Met on"].value, datetime.datetime) for row in rows))
    office(report, app, "export", content)
    status, _, content = fetch(app, "admin", "POST", "/api/v1/prospect-exports", "{}")
    names = [row["Name"] for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))]
    report.check("as CSV no cell begins a formula", status == 200 and sorted(names) == sorted(["'" + FORMULA, "王小明", "'+86"]), names)
    if not seen:
        report.say("LibreOffice is not here: that part is not counted")
    code, _ = app.stop()
    report.check("the server ends gracefully", code == 0)


drill("workbooks in programs that nobody here wrote", body)
