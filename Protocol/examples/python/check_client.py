"""Plays a small day against a running hub with devices that know nothing but the protocol's text.

    python check_client.py ws://127.0.0.1:8440/ FOLDER ines=CODE ruth=CODE nadia=CODE

The hub holds the sample company; the codes are for its dispatcher, its manager and a technician. Ends
with status 0 only if everything came out as README.md says.
"""

import hashlib
import os
import sys
import time

import formats
import session
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from device import ACCEPTED, CONFLICT, REFUSED, REVIEW, Device
from messages import changeset as pb
from messages import sync
from session import Failed, Forked, Session

T, I = (lambda text: pb.Value(text=text)), (lambda integer: pb.Value(integer=integer))
checks = 0


def check(condition, what):
    global checks
    if not condition:
        sys.exit(f"FAILED: {what}")
    checks += 1
    print(f"  ok  {what}")


def fails(code, work, what):
    try:
        work()
    except Failed as failed:
        return check(failed.code == code, f"{what}: {failed}")
    check(False, f"{what}: no Failure came")


class Day:
    def __init__(self, url, folder, codes):
        self.url, self.folder, self.codes = url, folder, codes
        self.devices = {}

    def path(self, name):
        return os.path.join(self.folder, f"{name}.json")

    def open(self, name, **more):
        return Session(self.url, self.devices[name], **more)

    def sync(self, name):
        """A whole exchange: down, up, and down again. Returns the verdicts by changeset."""
        for _ in range(3):
            try:
                return self.sync_once(name)
            except Forked:
                # The site that was offered may be a twin's by now; then another one follows.
                print(f"      {name} goes on at site {self.devices[name].state['site']}")
        sys.exit(f"FAILED: {name} is forked again and again")

    def sync_once(self, name):
        with self.open(name) as s:
            s.catch_up()
            s.upload_outbox()
            # The digest comes behind everything that the uploads caused.
            equal, (rows, cells, _) = s.compare_digests()
            check(equal, f"{name}: equal digests over {rows} rows and {cells} cells")
            return s.verdicts

    def row(self, name, collection, column, text):
        """The id of the first row in a device's copy that shows a text in a column."""
        number = self.devices[name].schema.collections[collection].number
        for (collection_number, row) in list(self.devices[name].rows):
            if collection_number == number:
                view = self.devices[name].view(collection, row)
                if view and view[column].text == text:
                    return row
        sys.exit(f"FAILED: {name} holds no {collection} with {column} '{text}'")

    def shows(self, name, collection, row, column):
        view = self.devices[name].view(collection, row)
        return None if view is None else view[column]

    def outcomes(self, name, entry, verdicts):
        return [outcome for _, outcome, _ in verdicts[entry["identity"]]]

    # ---- The parts of the day

    def enrolment(self):
        print("Enrolment and proof")
        stranger = Device(self.path("stranger"))
        fails(sync.INVALID_CODE, lambda: session.enrol(self.url, stranger, "AAAAA-BBBBB-CCCCC", "x"), "a wrong code")
        for name, code in self.codes.items():
            self.devices[name] = Device(self.path(name))
            typed = code.lower().replace("-", " ")
            session.enrol(self.url, self.devices[name], typed, f"python {name}")
            check(self.devices[name].state["site"] > 0, f"{name} is enrolled at site {self.devices[name].state['site']}")
        name, code = next(iter(self.codes.items()))
        fails(sync.INVALID_CODE, lambda: session.enrol(self.url, stranger, code, "x"), "a code used twice")
        wrong = Ed25519PrivateKey.generate()
        fails(sync.PROOF_FAILED, lambda: self.open(name, private_key=wrong).__enter__(), "a wrong key")
        for name in self.devices:
            self.sync(name)
            check(self.devices[name].evidence() is not None, f"{name}: hub time is known")

    def replaced(self):
        print("One session for each replica")
        with self.open("ines") as older:
            with self.open("ines") as newer:
                newer.catch_up()
                fails(sync.REPLACED, lambda: older.pump(lambda: False), "the older session")

    def offline(self):
        print("Written offline, uploaded later, sent twice")
        ines = self.devices["ines"]
        account = next(k[1] for k in ines.rows if k[0] == ines.schema.collections["account"].number)
        territory = self.row("ines", "territory", "name", "Harborside")
        self.order = order = formats.new_identity()
        new = ines.write([
            ("work_order", order, None, pb.CREATE, None),
            ("work_order", order, "account", pb.SET, pb.Value(bytes=account)),
            ("work_order", order, "territory", pb.SET, pb.Value(bytes=territory)),
            ("work_order", order, "title", pb.SET, T("Pump hums")),
            ("work_order", order, "tags", pb.ADD, "noise"),
            ("work_order", order, "travel_metres", pb.INCREMENT, 5),
        ])
        edit = ines.write([
            ("work_order", order, "title", pb.SET, T("Pump hums at night")),
            ("work_order", order, "travel_metres", pb.INCREMENT, 3),
            ("work_order", order, "tags", pb.ADD, "night"),
            ("work_order", order, "tags", pb.REMOVE, "noise"),
        ])
        check(edit["operations"][0]["pending"] == [new["identity"]], "a second write names the first one as seen")
        self.devices["ines"] = ines = Device(self.path("ines"))
        check(self.shows("ines", "work_order", order, "title").text == "Pump hums at night", "own writes outlive a restart")
        with self.open("ines") as s:
            s.upload_outbox()
            check(self.outcomes("ines", new, s.verdicts) == [ACCEPTED] * 6, "the new order is accepted")
            check(self.outcomes("ines", edit, s.verdicts) == [ACCEPTED] * 4, "the edit is accepted without conflict")
            check(self.shows("ines", "work_order", order, "title").text == "Pump hums at night", "own writes stay in view")
            first = dict(s.receipts)
            s.catch_up()
            s.upload(ines.state["outbox"])
            check(s.receipts == first, "sent again, the same receipts come, byte for byte")
            check(s.compare_digests()[0], "equal digests after the upload")
        check(not list(ines.own((ines.schema.collections["work_order"].number, order))), "the hub has echoed everything")
        check(self.shows("ines", "work_order", order, "travel_metres").integer == 8, "5 and 3 metres make 8")
        check(self.shows("ines", "work_order", order, "tags") == ["night"], "the removed tag is gone, the other is there")
        self.sync("ruth")
        check(self.shows("ruth", "work_order", order, "title").text == "Pump hums at night", "the manager sees it")

    def conflict(self):
        print("Two people change one field")
        order = self.order
        base = self.devices["ruth"].write([("work_order", order, "description", pb.SET, T("Since Monday"))])
        self.sync("ruth"), self.sync("ines")
        a = self.devices["ines"].write([("work_order", order, "description", pb.SET, T("Since Sunday"))])
        b = self.devices["ruth"].write([("work_order", order, "description", pb.SET, T("Since Tuesday"))])
        # The second write before the echo keeps the context of the first: it has not seen what came between.
        check(self.outcomes("ines", a, self.sync("ines")) == [ACCEPTED], "the first to arrive is accepted")
        with self.open("ruth") as s:
            s.catch_up()
            check(self.shows("ruth", "work_order", order, "description").text == "Since Tuesday", "her own write hides his")
            c = self.devices["ruth"].write([("work_order", order, "description", pb.SET, T("Since Tuesday night"))])
            check(c["operations"][0]["seen"] == b["operations"][0]["seen"], "and keeps what she had seen")
            s.upload_outbox()
            got = self.outcomes("ruth", b, s.verdicts) + self.outcomes("ruth", c, s.verdicts)
            check(got == [CONFLICT, CONFLICT], "both of her writes are in conflict with his")
        self.sync("ruth"), self.sync("ines")
        shown = [self.shows(name, "work_order", order, "description").text for name in ("ruth", "ines")]
        check(shown[0] == shown[1], f"both show the same: {shown[0]}")
        number = self.devices["ines"].schema.collections["conflict"].number
        conflicts = [row for collection, row in self.devices["ines"].rows if collection == number]
        check(len(conflicts) >= 1, f"{len(conflicts)} conflict rows name both sides")
        d = self.devices["ines"].write(
            [("work_order", order, "description", pb.SET, T("Since Sunday, worse since Tuesday"))], resolves=conflicts)
        check(self.outcomes("ines", d, self.sync("ines")) == [ACCEPTED], "who has seen both settles it")
        states = {self.shows("ines", "conflict", row, "state").text for row in conflicts}
        check(states == {"closed"}, "and the conflicts are closed")

    def refusals(self):
        print("Refusals")
        order, ines = self.order, self.devices["ines"]
        mixed = ines.write([
            ("work_order", order, "number", pb.SET, T("MINE-1")),
            ("work_order", order, "kind", pb.SET, T("Repair")),
        ])
        atomic = ines.write([
            ("work_order", order, "asset", pb.SET, pb.Value(bytes=formats.new_identity())),
            ("work_order", order, "kind", pb.SET, T("Lost")),
        ], atomic=True)
        after = ines.write([("work_order", order, "customer_name", pb.SET, T("Amira Fennell"))])
        orphan = ines.write([("work_order", formats.new_identity(), "title", pb.SET, T("Nothing"))])
        broken = ines._append(formats.new_identity(), b"\xff\xff no changeset", [{
            "collection": 12, "row": order.hex(), "group": 10, "element": None, "seen": [0, 0], "pending": [],
            "in_view": True, "bytes": pb.Operation(values=[T("Broken")]).SerializeToString().hex()}],
            root=hashlib.sha256(b"\xff\xff no changeset").digest())
        verdicts = self.sync("ines")

        def rules(entry):
            return [verdict.rule if verdict else 0 for _, _, verdict in verdicts[entry["identity"]]]
        check(rules(mixed) == [6, 0], "a hub-only field is refused, its neighbour is not")
        check(rules(atomic) == [8, 15], "all or nothing: both are refused")
        check(rules(after) == [0], "what comes behind a refusal is accepted")
        check(rules(orphan) == [10], "a row that nobody made is refused")
        check(rules(broken) == [20], "bytes that are no changeset are refused and kept")
        check(self.shows("ines", "work_order", order, "kind").text == "Repair", "a refused write has left the view")
        check("Ask the office" in mixed["operations"][0]["refused"][2], "a refusal says what to do")

    def gap(self):
        print("A gap in the stream")
        ines = self.devices["ines"]
        with self.open("ines") as s:
            s.catch_up()
            first = ines.write([("work_order", self.order, "resolution", pb.SET, T("Oiled"))])
            second = ines.write([("work_order", self.order, "resolution", pb.SET, T("Oiled and tightened"))])
            s.upload([second])
            check(s.resend == first["counter"], "the hub asks for what is missing")
            s.pump(lambda: first["identity"] in s.verdicts)
            got = self.outcomes("ines", first, s.verdicts) + self.outcomes("ines", second, s.verdicts)
            check(got == [ACCEPTED, ACCEPTED], "and takes both")

    def fork(self):
        print("A restored phone and its twin")
        ines = self.devices["ines"]
        travelled = self.shows("ines", "work_order", self.order, "travel_metres").integer + 7
        ines.write([("work_order", self.order, "travel_metres", pb.INCREMENT, 7)])
        twin = Device(self.path("ines"))
        twin.path = self.path("twin")
        mine = ines.write([("work_order", self.order, "customer_name", pb.SET, T("Mine"))])
        self.sync("ines")
        self.devices["twin"] = twin
        theirs = twin.write([("work_order", self.order, "tags", pb.ADD, "twin")])
        try:
            with self.open("twin") as s:
                s.catch_up()
                s.upload_outbox()
            check(False, "a stream that has split is noticed")
        except Forked:
            check(twin.state["site"] != ines.state["site"], f"the twin goes on at site {twin.state['site']}")
        check(theirs["counter"] == 2, "its changesets are numbered anew")
        with self.open("twin") as s:
            s.pump(lambda: s.is_complete or s.deferred)
            check(bool(s.deferred), "a sum that may hold what both have written waits for the answer")
            check(self.shows("twin", "work_order", self.order, "travel_metres").integer == travelled, "and is shown once")
        verdicts = self.sync("twin")
        check(self.outcomes("twin", theirs, verdicts) == [ACCEPTED], "and is accepted")
        late = ines.write([("work_order", self.order, "tags", pb.ADD, "original")])
        check(self.outcomes("ines", late, self.sync("ines")) == [ACCEPTED], "the original's later work is taken, too")
        check(self.shows("twin", "work_order", self.order, "travel_metres").integer == travelled, "no increment counts twice")
        tags = self.shows("ines", "work_order", self.order, "tags")
        check("twin" in tags and "original" in tags, f"nothing is lost: {tags}")
        check(self.devices["ines"].state["outbox"] and mine["receipt"] is not None, "and what it had handed in before is as it was")

    def deletion(self):
        print("Deletion")
        ines, ruth = self.devices["ines"], self.devices["ruth"]
        row = formats.new_identity()
        item = ines.write([
            ("checklist_item", row, None, pb.CREATE, None),
            ("checklist_item", row, "work_order", pb.SET, pb.Value(bytes=self.order)),
            ("checklist_item", row, "question", pb.SET,
             {"position": I(1), "question": T("Is it quiet?"), "answer_kind": T("check")}),
        ])
        ines.write([("checklist_item", row, None, pb.DELETE, None)])
        verdicts = self.sync("ines")
        check(self.outcomes("ines", item, verdicts) == [ACCEPTED] * 3, "a checklist item is made")
        check(ines.view("checklist_item", row) is None, "and deleted, with what was pending covered")
        undo = ines.write([("checklist_item", row, None, pb.RESTORE, None)])
        check(self.outcomes("ines", undo, self.sync("ines")) == [ACCEPTED], "restored")
        check(self.shows("ines", "checklist_item", row, "question").text == "Is it quiet?", "with its values")
        # Somebody edits what another one deletes: the edit keeps the row alive.
        contact = self.row("ruth", "contact", "name", "Amira Fennell")
        self.sync("ruth")
        ruth.write([("contact", contact, None, pb.DELETE, None)])
        edit = ines.write([("contact", contact, "phones", pb.ADD, "new: +1 555 0999")])
        check(self.outcomes("ines", edit, self.sync("ines"))[0] in (ACCEPTED, REVIEW), "the edit comes first")
        self.sync("ruth")
        check(ruth.view("contact", contact) is not None, "the deletion did not cover it, so the contact lives")
        self.sync("ines")
        check(ines.view("contact", contact) is not None, "on every device")

    def eviction(self):
        print("A job changes hands")
        ines, nadia = self.devices["ines"], self.devices["nadia"]
        self.sync("ines"), self.sync("nadia")
        who = self.row("ines", "user", "name", "Nadia Okafor")
        other = self.row("ines", "user", "name", "Tomás Brandt")
        territory = self.row("ines", "territory", "name", "Harborside")
        visit = formats.new_identity()
        check(nadia.view("work_order", self.order) is None, "the technician does not hold the order")
        ines.write([
            ("appointment", visit, None, pb.CREATE, None),
            ("appointment", visit, "work_order", pb.SET, pb.Value(bytes=self.order)),
            ("appointment", visit, "territory", pb.SET, pb.Value(bytes=territory)),
            ("appointment", visit, "assignee", pb.SET, pb.Value(bytes=who)),
        ])
        with self.open("nadia") as s:
            s.catch_up()
            seen = s.live
            self.sync("ines")
            s.pump(lambda: s.live > seen and nadia.view("work_order", self.order) is not None)
            check(True, "the order comes live with its appointment")
            check(s.compare_digests()[0], "equal digests while connected")
        event = formats.new_identity()
        done = nadia.write([
            ("status_event", event, None, pb.CREATE, None),
            ("status_event", event, "appointment", pb.SET, {
                "appointment": pb.Value(bytes=visit), "state": T("completed"), "happened_at": I(int(time.time() * 1000))}),
        ])
        check(nadia.state["last_stamp"] > 0 and done["clock"] is not None, "clock evidence goes with offline work")
        ines.write([("appointment", visit, "assignee", pb.SET, pb.Value(bytes=other))])
        self.sync("ines")
        verdicts = self.sync("nadia")
        check(all(outcome != REFUSED for outcome in self.outcomes("nadia", done, verdicts)), "late work is accepted")
        late = [verdict for _, _, verdict in verdicts[done["identity"]] if verdict and verdict.late]
        check(len(late) > 0, "and marked late")
        check(nadia.view("appointment", visit) is None, "the appointment has left her device")
        self.sync("ines")
        check(self.shows("ines", "appointment", visit, "status").text == "completed", "the office sees it completed")

    def erased_form(self):
        print("The erased form")
        entry = next(e for e in self.devices["ines"].state["outbox"] if len(e["operations"]) > 1)
        data = bytes.fromhex(entry["changeset"])
        check(formats.merkle_root(formats.erase(data, 1)).hex() == entry["root"], "an erased row leaves the root as it was")

    def play(self):
        self.enrolment()
        self.replaced()
        self.offline()
        self.conflict()
        self.refusals()
        self.gap()
        self.fork()
        self.deletion()
        self.eviction()
        self.erased_form()
        for name in ("ines", "ruth", "nadia", "twin"):
            # The twins share one identity, so each of their sessions splits the other's stream.
            self.sync(name)
        print(f"{checks} checks passed.")


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    Day(sys.argv[1], sys.argv[2], dict(argument.split("=", 1) for argument in sys.argv[3:])).play()
