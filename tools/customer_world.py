"""A company with a hub, two devices and a mail server, for tools that show or measure how customers sign."""
import json
import pathlib
import queue
import re
import subprocess
import sys
import threading
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
ORDER, TERRITORY = "bf941b03-8b2c-84ca-b33f-d90b9025bb44", "a4ff5a59-075b-8c7c-a20b-30d48e76d620"
SYNCED = ["online", "sync 600 blobs"]


def release():
    """Builds the programs for release, and tells where they are."""
    subprocess.run([TOP / "tools/install-packages", "--tests"], check=True)
    for product in ("converge", "fieldsim"):
        subprocess.run(["swift", "build", "-c", "release", "--product", product], cwd=TOP, check=True, stdout=sys.stderr)
    return subprocess.run(["swift", "build", "-c", "release", "--show-bin-path"], cwd=TOP, check=True, capture_output=True, text=True).stdout.strip()


class World:
    """A hub, a technician and a mail server."""

    def __init__(self, folder, binaries):
        self.folder, self.bin = pathlib.Path(folder), pathlib.Path(binaries)
        servers = TOP / "Tests/MailTransportTests/Servers"
        python = subprocess.run(
            [TOP / "tools/python-environment", "mail-servers", "Tests/MailTransportTests/Servers/requirements.txt"], check=True, capture_output=True, text=True, cwd=TOP
        ).stdout.strip()
        (self.folder / "mail").mkdir()
        self.mail = subprocess.Popen(
            [python, "-B", servers / "smtp_server.py", json.dumps({"folder": str(self.folder / "mail"), "raw": True})], stdout=subprocess.PIPE, text=True)
        port = json.loads(self.mail.stdout.readline())["port"]
        self.hub = subprocess.Popen(
            [self.bin / "converge", "serve", "--data", self.folder / "hub", "--listen", "127.0.0.1:0", "--json", "--name", "Harbor Lift", "--pages", "127.0.0.1:0",
             "--behind-proxy", "--mail", f"smtp://127.0.0.1:{port}", "--mail-from", "office@harborlift.example"],
            stdout=subprocess.PIPE, text=True)
        said = json.loads(self.hub.stdout.readline())
        self.url, self.pages = said["url"], said["pages"]
        # A pipe that nobody reads stops the server, and with it the hub's messages.
        self.mails = queue.Queue()
        threading.Thread(target=lambda: [self.mails.put(line) for line in self.mail.stdout], daemon=True).start()
        self.converge("load", TOP / "Fixtures/sample-company/company.yaml")
        for name in ("nadia", "ines"):
            code = json.loads(self.converge("enrol", f"{name}@harborlift.example", "--json"))["code"]
            subprocess.run([self.bin / "fieldsim", "enrol", "--replica", self.folder / name, "--hub", self.url, "--code", code], check=True, capture_output=True)

    def converge(self, command, *words):
        return subprocess.run([self.bin / "converge", command, "--data", self.folder / "hub", *words], check=True, capture_output=True, text=True).stdout

    def shell(self, name, lines):
        done = subprocess.run(
            [self.bin / "fieldsim", "repl", "--replica", self.folder / name, "--json"], input="\n".join(lines) + "\n", capture_output=True, text=True)
        answers = [json.loads(line) for line in done.stdout.splitlines() if '"ok"' in line]
        wrong = [answer for answer in answers if not answer["ok"]]
        if done.returncode or wrong:
            sys.exit(f"{name}: {wrong[:1]} {done.stderr[-500:]}")
        return answers

    def book(self):
        """Gives the order to the technician, with a contact that has an address; returns who she is."""
        user = self.shell("ines", ["online", "sync 60", "query SELECT id FROM user WHERE name LIKE 'Nadia%'"])[-1]["rows"][0]["id"]
        contact = self.shell("ines", ["query SELECT id FROM contact"])[-1]["rows"][0]["id"]
        self.shell("ines", [
            f"create appointment work_order={ORDER} territory={TERRITORY} assignee={user} planned_start=now planned_end=now+2h",
            f'add contact {contact} emails "w.quist@example.com"', f"set work_order {ORDER} contact={contact}", *SYNCED])
        # A hub that has just begun takes note of the day first, and with it of what she receives.
        for _ in range(20):
            if self.shell("nadia", SYNCED + [f"query SELECT id FROM work_order WHERE id = x'{ORDER.replace('-', '')}'"])[-1]["rows"]:
                break
            time.sleep(0.5)
        return user

    def links(self, count):
        found = []
        while len(found) < count:
            parts = json.loads(self.mails.get(timeout=120))["parts"]
            text = next(part["text"] for part in parts if part["type"] == "text/plain")
            found += re.findall(re.escape(self.pages) + r"(/[a-z]/[0-9a-f]{64})", text)[:1]
        return found

    def end(self):
        for process in (self.hub, self.mail):
            process.terminate()
            process.wait(60)
