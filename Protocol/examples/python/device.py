"""A device's copy and its outbox, kept in one JSON file.

A real client keeps rows in a database. What matters here is the rules: contexts (section 9), the stream
(11), receipts (13), applying changes (14), own writes in the view (17), digests (18).
"""

import hashlib
import json
import os
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import formats
from formats import ZERO, Cell
from messages import changeset as pb
from messages import sync
from schema import Schema

ACCEPTED, CONFLICT, REVIEW, REFUSED = 0, 1, 2, 3


class Refused(Exception):
    """The write cannot be made here, and the hub would refuse it."""


class Waits(Exception):
    """Changes hold a sum that may contain an own write without receipt: they wait for the receipt (section 17)."""


class AnotherStream(Exception):
    """The hub knows more of the device's stream than the device has written: connect again (section 17)."""


class Device:
    def __init__(self, path: str):
        self.path = path
        self.state = {"key": None, "outbox": [], "rows": {}, "cursor": "", "basis": [0, 0], "last_stamp": 0,
                      "last_counter": 0, "last_root": "", "restarting": False, "covered": [], "safe": [0, 0], "sealed": {}}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                self.state.update(json.load(file))
        else:
            self.state["key"] = Ed25519PrivateKey.generate().private_bytes_raw().hex()
        self.rows = {}
        self.schema = Schema(self.state["schema"]) if "schema" in self.state else None
        for name, data in self.state["rows"].items():
            collection, row = name.split("/")
            key = (int(collection), bytes.fromhex(row))
            change = sync.RowChange.FromString(bytes.fromhex(data))
            self._merge_row(key, self._decode(self.schema.by_number[key[0]], change), change.whole)
        self.hub_time = None
        """(hub milliseconds, monotonic seconds then, uncertainty): what is known of the hub's clock."""

    # ---- Durability

    def save(self):
        """Makes everything durable at once: rows, cursor and outbox must never be apart."""
        self.state["rows"] = {}
        for (collection, row), cells in self.rows.items():
            packed = _pack(row, cells).SerializeToString()
            self.state["rows"][f"{collection}/{row.hex()}"] = packed.hex()
        temporary = self.path + ".new"
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(self.state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, self.path)

    # ---- Identity (sections 4 and 5)

    @property
    def key(self):
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.state["key"]))

    def bytes_of(self, name) -> bytes:
        return bytes.fromhex(self.state[name])

    def enrolled(self, message):
        self.state.update(
            replica=message.replica.hex(), site=message.site, hub=message.hub.hex(), epoch=message.epoch,
            user=message.user.hex(), role=message.role, schema=message.schema)
        self.schema = Schema(message.schema)
        self.save()

    # ---- Own writes that are in the view (section 17), oldest first

    def own(self, key, part=None):
        for entry in self.state["outbox"]:
            for op in entry["operations"]:
                if op["in_view"] and _key(op) == key and (part is None or _part(op) == part):
                    yield entry, op

    def view(self, collection: str, row: bytes):
        """The row as the app sees it: column name to Value, sets as lists; None if it does not exist."""
        made = self.schema.collections[collection]
        key = (made.number, row)
        cells = dict(self.rows.get(key, {}))
        extra = {}
        for _, op in self.own(key):
            operation, part = pb.Operation.FromString(bytes.fromhex(op["bytes"])), _part(op)
            if operation.kind == pb.INCREMENT:
                extra[part] = extra.get(part, 0) + operation.values[0].integer
                continue
            write = formats.Write(bytes(16), bytes(16), 0, self.state["site"], 0, 0, 0, ZERO)
            kind = {pb.SET: 1, pb.PUT: 1, pb.ADD: 2, pb.CREATE: 3, pb.RESTORE: 3}.get(operation.kind)
            if operation.kind == pb.DELETE:
                return None
            # The first value of a PUT is its key.
            given = list(operation.values)[1 if operation.kind == pb.PUT else 0:]
            siblings = [formats.Sibling(write, kind, given, shown=True)] if kind else []
            cells[part] = Cell(part, ZERO, siblings)
        if not formats.is_alive(cells):
            return None
        values = {}
        for group in made.groups.values():
            if group.policy == "add-wins-set":
                values[group.columns[0][0]] = [
                    part[1].decode() for part, cell in sorted(cells.items(), key=lambda each: formats.part_key(each[0]))
                    if part[0] == group.number and cell.siblings]
                continue
            if group.columns[0][1] == "custom":
                values[group.columns[0][0]] = {
                    part[1].decode(): formats.shown_of_key(cell, group.policy).values[0]
                    for part, cell in cells.items() if part[0] == group.number and cell.siblings}
                continue
            cell = cells.get((group.number, None))
            if (group.number, None) in extra or (cell and cell.tally):
                total = cell.tally[0] if cell and cell.tally else 0
                values[group.columns[0][0]] = pb.Value(integer=total + extra.get((group.number, None), 0))
                continue
            shown = next((s for s in cell.siblings if s.shown), None) if cell else None
            for index, (name, _) in enumerate(group.columns):
                values[name] = shown.values[index] if shown else pb.Value()
        return values

    # ---- Writing (sections 9 to 11)

    def context(self, key, part):
        """(sequence, [identity]) for a new write of a cell."""
        own = list(self.own(key, part))
        if not own:
            cell = self.rows.get(key, {}).get(part)
            return (cell.sequence if cell else ZERO), []
        first = own[0][1]
        pending = list(first["pending"])
        for entry, _ in own:
            if entry["identity"] not in pending:
                pending.append(entry["identity"])
        return tuple(first["seen"]), pending[-1000:]

    def write(self, operations, atomic=False, mends=b"", resolves=()):
        """One local transaction. `operations`: (collection name, row, group or column name, kind, payload).

        A value by key is written by PUT: its field is `<group>.<key>`, its payload a Value.
        The payload of SET is {column: Value} or, for a lone field, a Value; of ADD and REMOVE a text; of
        INCREMENT an integer; of CREATE, DELETE and RESTORE None, with no group.
        """
        basis = tuple(self.state["basis"])
        made, cells, seen_cells = [], [], set()
        for collection_name, row, field, kind, payload in operations:
            collection = self.schema.collections[collection_name]
            key, operation = (collection.number, row), pb.Operation(kind=kind)
            part = self._fill(operation, collection, row, field, kind, payload)
            if (key, part) in seen_cells:
                raise Refused("one operation for each cell: fold them")
            seen_cells.add((key, part))
            operation.group = part[0]
            sequence, pending = self.context(key, part)
            operation.seen, operation.seen_epoch = sequence[1], _seen_epoch(sequence, basis)
            operation.pending.extend(bytes.fromhex(each) for each in pending)
            operation.resolves.extend(resolves)
            if kind == pb.DELETE:
                self._cover(operation, key, basis)
            made.append((collection.number, row, operation))
            cells.append({"collection": key[0], "row": row.hex(), "group": part[0],
                          "element": None if part[1] is None else part[1].hex(),
                          "seen": list(sequence), "pending": pending, "in_view": True,
                          "bytes": operation.SerializeToString().hex()})
        header = pb.ChangesetHeader(
            identity=formats.new_identity(), author=self.bytes_of("user"), role=self.state["role"],
            stamp=self._stamp(), schema_version=self.schema.version, atomic=atomic, mends=mends)
        header.basis.epoch, header.basis.number = basis
        data = formats.make_changeset(header, made, os.urandom(16))
        return self._append(header.identity, data, cells)

    def _append(self, identity, data, cells, root=None):
        root = root or formats.merkle_root(data)
        self.state["last_counter"] += 1
        entry = {"identity": identity.hex(), "counter": self.state["last_counter"],
                 "predecessor": self.state["last_root"], "root": root.hex(), "changeset": data.hex(),
                 "operations": cells, "receipt": None, "clock": self.evidence()}
        self.state["last_root"] = root.hex()
        self.state["outbox"].append(entry)
        self.save()
        return entry

    def _fill(self, operation, collection, row, field, kind, payload):
        if kind in (pb.CREATE, pb.DELETE, pb.RESTORE):
            return (0, None)
        if kind == pb.PUT:
            name, key = field.split(".")
            operation.values.add(text=key)
            operation.values.add().CopyFrom(payload)
            return (collection.by_field[name][0].number, key.encode("utf-8"))
        group, _ = collection.by_field[field]
        if kind in (pb.ADD, pb.REMOVE):
            operation.values.add(text=payload)
            return (group.number, payload.encode("utf-8"))
        if kind == pb.INCREMENT:
            operation.values.add(integer=payload)
            return (group.number, None)
        given = payload if isinstance(payload, dict) else {field: payload}
        shown = self.view(collection.name, row) or {}
        for name, _ in group.columns:
            operation.values.add().CopyFrom(given.get(name) or shown.get(name) or pb.Value())
        return (group.number, None)

    def _cover(self, operation, key, basis):
        parts = set(self.rows.get(key, {})) | {_part(op) for _, op in self.own(key)}
        for part in sorted(parts - {(0, None)}, key=formats.part_key):
            sequence, pending = self.context(key, part)
            seen = operation.covering.add(group=part[0], seen=sequence[1], seen_epoch=_seen_epoch(sequence, basis))
            if part[1] is not None:
                seen.element = part[1].decode("utf-8")
            seen.pending.extend(bytes.fromhex(each) for each in pending)

    def _stamp(self):
        self.state["last_stamp"] = max(int(time.time() * 1000) << 16, self.state["last_stamp"] + 1)
        return self.state["last_stamp"]

    # ---- Time (section 19)

    def note_time(self, t1, t2, t3, t4):
        """t1 and t4 are seconds of the monotonic clock, t2 and t3 the hub's milliseconds."""
        travel = max(0, (t4 - t1) * 1000 - (t3 - t2))
        measured = (t3 + travel / 2, t4, travel / 2 + 1)
        if self.hub_time is None or self._uncertainty(measured, t4) <= self._uncertainty(self.hub_time, t4):
            self.hub_time = measured

    @staticmethod
    def _uncertainty(measured, now):
        return measured[2] + (now - measured[1]) * 1000 * 50e-6

    def evidence(self):
        if self.hub_time is None:
            return None
        now = time.monotonic()
        return [int(self.hub_time[0] + (now - self.hub_time[1]) * 1000), int(self._uncertainty(self.hub_time, now)) + 1]

    # ---- The outbox (sections 11 and 12)

    def envelopes(self, last_counter_of_hub):
        """What has to be uploaded when a session opens, by rising counter."""
        for entry in self.state["outbox"]:
            if entry["counter"] > 0 and (entry["receipt"] is None or entry["counter"] > last_counter_of_hub):
                yield entry

    @staticmethod
    def envelope(entry):
        message = pb.Envelope(
            counter=entry["counter"], predecessor=bytes.fromhex(entry["predecessor"]),
            changeset=bytes.fromhex(entry["changeset"]))
        if entry["clock"]:
            message.clock.hub_milliseconds, message.clock.uncertainty_milliseconds = entry["clock"]
        for receipt in entry.get("former_receipts", []):
            message.former_receipts.add().ParseFromString(bytes.fromhex(receipt))
        return message

    # ---- After a restore of the hub (section 25)

    def is_lost(self, sequence):
        ended = self.state.get("ended")
        if not ended or sequence == ZERO or sequence[0] >= ended["epoch"]:
            return False
        return sequence[1] > dict(ended["kept"]).get(sequence[0], 0)

    def recall(self, epoch, kept):
        """Counts as unanswered again what the hub has lost; it gets places at the end of the stream."""
        if epoch <= self.state["epoch"]:
            return
        self.state["ended"] = {"epoch": epoch, "kept": [[each.epoch, each.number] for each in kept]}
        for entry in self.state["outbox"]:
            if entry["receipt"] is None:
                continue
            body = pb.ReceiptBody.FromString(pb.Receipt.FromString(bytes.fromhex(entry["receipt"])).body)
            if not self.is_lost(_place(body.sequence)):
                continue
            entry.setdefault("former_receipts", []).append(entry["receipt"])
            entry["receipt"] = None
            self.state["last_counter"] += 1
            entry["counter"], entry["predecessor"] = self.state["last_counter"], self.state["last_root"]
            self.state["last_root"] = entry["root"]
            for op in entry["operations"]:
                op.pop("accepted_at", None)
        self.save()

    def drop_refused(self, salvage):
        """The hub does not know these again: a disk may have changed a byte. They are not sent a second time."""
        refused = {(each.collection, change.row) for each in salvage.sealed for change in each.rows}
        for collection, row in refused:
            self.state["sealed"].pop(f"{collection}/{row.hex()}", None)
        self.save()

    # What the hub has sealed, and may lose (section 14). By row: [[schema version, row change as it came], ...]

    def _keep_sealed(self, key, cells, change):
        """Keeps a sealed row change, and drops those of which no cell is the latest any more."""
        name, held = f"{key[0]}/{key[1].hex()}", self.rows[key]
        spoken_for = {cell.part for cell in cells if held[cell.part].sequence == cell.sequence}
        kept = []
        for version, data in reversed(self.state["sealed"].get(name, [])):
            if version != self.schema.version:
                if not change.whole:
                    kept.insert(0, [version, data])
                continue
            former = self._decode(self.schema.by_number[key[0]], sync.RowChange.FromString(bytes.fromhex(data)))
            needed = {cell.part for cell in former if self._may_be_lost(cell, held)} - spoken_for
            if needed:
                kept.insert(0, [version, data])
                spoken_for |= needed
        if change.seal and any(self._may_be_lost(cell, held) for cell in cells):
            kept.append([self.schema.version, change.SerializeToString().hex()])
        self.state["sealed"].pop(name, None)
        if kept:
            self.state["sealed"][name] = kept

    def _may_be_lost(self, cell, held):
        return not cell.tally and cell.part in held and held[cell.part].sequence == cell.sequence \
            and (cell.sequence > tuple(self.state["safe"]) or self.is_lost(cell.sequence))

    def note_safe(self, sequence):
        """What every backup holds is not handed in. A lost state is in none of them, whatever its number."""
        self.state["safe"] = list(_place(sequence))
        for name, forms in list(self.state["sealed"].items()):
            collection, row = name.split("/")
            held = self.rows.get((int(collection), bytes.fromhex(row)), {})
            if not any(self._may_be_lost(cell, held) for cell in held.values()):
                del self.state["sealed"][name]
        self.save()

    def _drop_sealed(self):
        """Of rows that are not held, none is kept."""
        names = {f"{collection}/{row.hex()}" for collection, row in self.rows}
        self.state["sealed"] = {name: forms for name, forms in self.state["sealed"].items() if name in names}

    def lost_cells(self):
        """The sealed row changes that hold what the hub has lost, as messages; the last one says so."""
        salvage, size = sync.Salvage(), 0
        for name, forms in sorted(self.state["sealed"].items()):
            collection = int(name.split("/")[0])
            for version, data in forms:
                change = sync.RowChange.FromString(bytes.fromhex(data))
                if version == self.schema.version and not any(
                        self.is_lost(cell.sequence) for cell in self._decode(self.schema.by_number[collection], change)):
                    continue
                if size and size + len(data) // 2 > 128 << 10:
                    yield salvage
                    salvage, size = sync.Salvage(), 0
                salvage.sealed.add(collection=collection, schema_version=version, rows=[change])
                size += len(data) // 2
        salvage.last = True
        yield salvage

    def enter(self):
        """Everything is handed in."""
        self.state.update(epoch=self.state["ended"]["epoch"], cursor="")
        self.save()

    def fork(self, site):
        """Goes on under another site: what has no receipt is numbered anew; its bytes stay."""
        self.state.update(site=site, last_counter=0, last_root="")
        for entry in self.state["outbox"]:
            if entry["receipt"] is not None:
                # It has its place in the old stream; in the new one it has none.
                entry["counter"] = 0
                continue
            self.state["last_counter"] += 1
            # The hub may have taken it at an earlier place, or from a copy of this device: only the receipt tells.
            entry["moved"] = True
            entry["counter"], entry["predecessor"] = self.state["last_counter"], self.state["last_root"]
            self.state["last_root"] = entry["root"]
        self.save()

    # ---- Receipts (section 13)

    def receive_receipt(self, receipt):
        """Checks and keeps a receipt. Returns [(position, outcome, OperationVerdict or None)]."""
        body = pb.ReceiptBody.FromString(receipt.body)
        outbox = self.state["outbox"]
        entry = next((e for e in outbox if e["identity"] == body.identity.hex()), None)
        if entry is None:
            # The hub could not read the bytes, so it could not know the identity either.
            entry = next((e for e in outbox if (self.state["site"], e["counter"]) == (body.site, body.counter)), None)
            if entry is None or hashlib.sha256(bytes.fromhex(entry["changeset"])).digest() != body.root:
                raise formats.FormatError("a receipt for a changeset that was never written here")
        elif body.root.hex() != entry["root"] or body.operations != len(entry["operations"]):
            raise formats.FormatError("a receipt for other content")
        known = entry["receipt"] and pb.ReceiptBody.FromString(pb.Receipt.FromString(bytes.fromhex(entry["receipt"])).body)
        # A later receipt is the release of operations that had waited.
        is_new = not known or _place(body.sequence) > _place(known.sequence)
        listed = {verdict.position: verdict for verdict in body.verdicts}
        verdicts = []
        for position, op in enumerate(entry["operations"]):
            verdict = listed.get(position if body.identity.hex() == entry["identity"] else 0)
            outcome = verdict.outcome if verdict else ACCEPTED
            verdicts.append((position, outcome, verdict))
            if not is_new:
                continue
            if outcome == REFUSED:
                op["in_view"], op["refused"] = False, [verdict.rule, verdict.detail, verdict.remedy]
            else:
                sequence = verdict.sequence if verdict and verdict.HasField("sequence") else body.sequence
                op["refused"] = None
                op["accepted_at"] = [sequence.epoch, sequence.number]
                effective = (verdict.effective if verdict else 0) or body.effective
                self.state["last_stamp"] = max(self.state["last_stamp"], effective)
        if is_new:
            entry["receipt"] = receipt.SerializeToString().hex()
            entry["dot"] = [body.site, body.counter]
        self.settle()
        self.save()
        return entry["identity"], verdicts

    # ---- Changes (section 14)

    def apply(self, changes):
        state = self.state
        rows = []
        for batch in changes.collections:
            collection = self.schema.by_number[batch.collection]
            rows += [((batch.collection, change.row), self._decode(collection, change), change) for change in batch.rows]
        for key, cells, _ in rows:
            for cell in cells:
                self._check_sum(key, cell)
        if changes.restart:
            state["restarting"], state["covered"] = True, []
        for key, cells, change in rows:
            self._merge_row(key, cells, change.whole)
            self._keep_sealed(key, cells, change)
            if state["restarting"]:
                state["covered"].append(f"{key[0]}/{key[1].hex()}")
        for batch in changes.collections:
            for row in batch.evicted:
                self.rows.pop((batch.collection, row), None)
        if changes.HasField("complete"):
            if state["restarting"]:
                covered = set(state["covered"])
                self.rows = {key: cells for key, cells in self.rows.items() if f"{key[0]}/{key[1].hex()}" in covered}
                state["restarting"], state["covered"] = False, []
            state["basis"] = [changes.complete.epoch, changes.complete.number]
        self._drop_sealed()
        state["cursor"] = changes.cursor.hex()
        self.settle()
        self.save()

    def _check_sum(self, key, cell):
        """Whether a sum that came contains which own writes must be known, before it takes the place of the one held."""
        held = self.rows.get(key, {}).get(cell.part)
        if not cell.tally or (held and cell.sequence <= held.sequence):
            return
        contained = dict(cell.tally[1]).get(self.state["site"], 0)
        if contained > self.state["last_counter"]:
            raise AnotherStream()
        for entry, _ in self.own(key, cell.part):
            if entry["receipt"] is None and (entry.get("moved") or entry["counter"] <= contained):
                raise Waits()

    @staticmethod
    def _decode(collection, change):
        rest = list(change.values)

        def take(group):
            count = len(collection.groups[group].columns)
            if len(rest) < count:
                raise formats.FormatError("a row lacks values")
            taken = rest[:count]
            del rest[:count]
            return taken
        cells = formats.decode_clock(change.clock, take)
        if rest:
            raise formats.FormatError("values that belong to no cell")
        return cells

    def _merge_row(self, key, cells, whole):
        held = self.rows.setdefault(key, {})
        for cell in cells:
            # A later write is later than everything that was shown (section 19).
            for sibling in cell.siblings:
                self.state["last_stamp"] = max(self.state["last_stamp"], sibling.write.effective)
            if cell.part not in held or cell.sequence > held[cell.part].sequence \
                    or self.is_lost(held[cell.part].sequence):
                held[cell.part] = cell
        if whole:
            for part in set(held) - {cell.part for cell in cells}:
                del held[part]

    def settle(self):
        """Takes own writes out of the view that the confirmed state speaks for (section 17)."""
        for entry in self.state["outbox"]:
            dot = entry.get("dot") or [self.state["site"], entry["counter"]]
            for op in entry["operations"]:
                if not op["in_view"]:
                    continue
                row = self.rows.get(_key(op))
                cell = row.get(_part(op)) if row else None
                if cell and any(s.write.identity.hex() == entry["identity"] for s in cell.siblings):
                    op["in_view"] = False
                elif cell and cell.tally and any(s == dot[0] and c >= dot[1] for s, c in cell.tally[1]):
                    op["in_view"] = False
                elif "accepted_at" in op:
                    reached = tuple(op["accepted_at"])
                    if (cell.sequence if cell else ZERO) >= reached:
                        op["in_view"] = False
                    elif row is None and tuple(self.state["basis"]) >= reached:
                        op["in_view"] = False

    # ---- Digest (section 18)

    def digest(self):
        """(rows, cells, sum as 32 bytes) of the confirmed copy."""
        total, count = 0, 0
        for (collection, row), cells in self.rows.items():
            for cell in cells.values():
                total += formats.cell_digest(collection, row, cell)
                count += 1
        return len(self.rows), count, (total % (1 << 256)).to_bytes(32, "big")


def _place(sequence):
    return sequence.epoch, sequence.number


def _seen_epoch(sequence, basis):
    return 0 if sequence[1] == 0 or sequence[0] == basis[0] else sequence[0]


def _key(op):
    return (op["collection"], bytes.fromhex(op["row"]))


def _part(op):
    return (op["group"], None if op["element"] is None else bytes.fromhex(op["element"]))


def _pack(row, cells):
    """A row as a RowChange, so that it is read back by the code that reads the hub's. With one write for
    each sibling the clock is valid, if not the smallest."""
    change = sync.RowChange(row=row, whole=True)
    writes, out = [], b""
    ordered = sorted(cells.values(), key=lambda each: formats.part_key(each.part))
    for cell in ordered:
        out += formats.encode_part(cell.part) + bytes([1 if cell.tally else 0])
        out += formats.varint(cell.sequence[0]) + formats.varint(cell.sequence[1])
        out += formats.varint(len(cell.siblings))
        for sibling in cell.siblings:
            out += formats.varint(len(writes))
            out += b"\x00" if sibling.shown else formats.encode_content(sibling)
            if sibling.shown:
                change.values.extend(sibling.values)
            writes.append(sibling.write)
        if cell.tally:
            out += formats.encode_tally(cell.tally)
    packed = b"".join(formats.encode_write(write) for write in writes)
    change.clock = b"\x01" + formats.varint(len(writes)) + packed + formats.varint(len(ordered)) + out
    return change
