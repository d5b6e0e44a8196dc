"""Every byte format of the protocol that is not plain Protocol Buffers. Section numbers are README.md's."""

import hashlib
import os
import struct
import time
import uuid
from dataclasses import dataclass, field

from messages import changeset as pb

ZERO = (0, 0)
"""The sequence before everything. Sequences are tuples (epoch, number), so that they compare rightly."""


class FormatError(Exception):
    """Bytes from the hub that break the format."""


# ---- Section 6: identities ----------------------------------------------------------------------

_last_uuid = 0


def new_identity() -> bytes:
    """A UUID of version 7 that is higher than every one made before in this process."""
    global _last_uuid
    value = int(time.time() * 1000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    while value <= _last_uuid:
        value += 1 << 80
    _last_uuid = value
    return value.to_bytes(16, "big")


def text_of(identity: bytes) -> str:
    return str(uuid.UUID(bytes=identity))


# ---- Section 15: the states of cells, and the packed clock ---------------------------------------

@dataclass(frozen=True)
class Write:
    identity: bytes
    author: bytes
    role: int
    site: int
    counter: int
    rank: int
    effective: int
    sequence: tuple
    former: tuple = ()
    """Former places, by rising epoch: sequences that a restored hub has lost."""

    def is_in(self, sequence, pending):
        """Whether a context contains the write (section 9)."""
        return (self.sequence <= sequence or self.identity in pending
                or any(place[0] == sequence[0] and place <= sequence for place in self.former))


@dataclass
class Sibling:
    write: Write
    kind: int
    """1 values, 2 present, 3 alive, 4 deleted."""
    values: list = field(default_factory=list)
    covering: list = field(default_factory=list)
    """Of a deletion: (part, sequence, [identity])."""
    shown: bool = False


@dataclass
class Cell:
    part: tuple
    """(group, element as bytes or None). Use part_key() to compare two of them."""
    sequence: tuple
    siblings: list
    tally: tuple | None = None
    """(sum, [(site, counter)])"""


def part_key(part):
    group, element = part
    return (group, element is not None, element or b"")


class Reader:
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def raw(self, count):
        if self.at + count > len(self.data):
            raise FormatError("packed bytes end early")
        self.at += count
        return self.data[self.at - count:self.at]

    def byte(self):
        return self.raw(1)[0]

    def varint(self):
        value, shift = 0, 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
        if value >= 1 << 64:
            raise FormatError("a packed number is longer than 64 bits")
        return value

    def zigzag(self):
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def u64(self):
        return int.from_bytes(self.raw(8), "big")

    def sequence(self):
        return (self.varint(), self.varint())

    def part(self):
        head = self.varint()
        return (head >> 1, self.raw(self.varint()) if head & 1 else None)

    def value(self):
        kind = self.byte()
        if kind == 0:
            return pb.Value()
        if kind in (1, 2):
            return pb.Value(boolean=kind == 2)
        if kind == 3:
            return pb.Value(integer=self.zigzag())
        if kind == 4:
            return pb.Value(real=struct.unpack(">d", self.raw(8))[0])
        if kind == 5:
            return pb.Value(text=self.raw(self.varint()).decode("utf-8"))
        if kind == 6:
            return pb.Value(bytes=self.raw(self.varint()))
        raise FormatError(f"unknown kind of value {kind}")


def shown_of_key(cell, policy):
    """The sibling of a value by key that is shown: no mark says it (section 16)."""
    later = lambda each: (each.write.effective, each.write.site, each.write.counter)
    if policy == "write-once":
        return min(cell.siblings, key=lambda each: (min((*each.write.former, each.write.sequence)), later(each)))
    return next((each for each in cell.siblings if each.shown), None) or max(cell.siblings, key=later)


def decode_clock(data: bytes, take_shown) -> list:
    """The cells of a packed clock. `take_shown(group)` gives the values that stand in RowChange.values."""
    reader = Reader(data)
    if reader.byte() != 1:
        raise FormatError("packed clock of an unknown version")
    writes = []
    for _ in range(reader.varint()):
        identity, author = reader.raw(16), reader.raw(16)
        role, site, counter, rank = (reader.varint() for _ in range(4))
        effective, (epoch, number) = reader.u64(), reader.sequence()
        former = tuple(reader.sequence() for _ in range(epoch >> 16))
        if any(place[0] >= after[0] for place, after in zip(former, former[1:] + ((epoch & 0xFFFF, 0),))):
            raise FormatError("former places out of order")
        writes.append(Write(identity, author, role, site, counter, rank, effective, (epoch & 0xFFFF, number), former))
    cells = []
    for _ in range(reader.varint()):
        part, flags = reader.part(), reader.byte()
        if flags > 3:
            raise FormatError("unknown flags")
        sequence = None if flags & 2 else reader.sequence()
        siblings = []
        for _ in range(reader.varint()):
            index = reader.varint()
            if index >= len(writes):
                raise FormatError("a write that the clock does not hold")
            siblings.append(_decode_content(reader, writes[index], part, take_shown))
        if flags & 2:
            if not siblings:
                raise FormatError("a cell without siblings has no sequence")
            sequence = max(sibling.write.sequence for sibling in siblings)
        tally = None
        if flags & 1:
            total = reader.zigzag()
            tally = (total, [(reader.varint(), reader.varint()) for _ in range(reader.varint())])
        if cells and part_key(cells[-1].part) >= part_key(part):
            raise FormatError("cells out of order")
        cells.append(Cell(part, sequence, siblings, tally))
    if reader.at != len(data):
        raise FormatError("bytes follow a packed clock")
    return cells


def _decode_content(reader, write, part, take_shown):
    kind = reader.byte()
    if kind == 0:
        if part[1] is not None:
            raise FormatError("a value by key stands outside the clock")
        return Sibling(write, 1, take_shown(part[0]), shown=True)
    if kind == 1:
        return Sibling(write, 1, [reader.value() for _ in range(reader.varint())])
    if kind in (2, 3):
        return Sibling(write, kind)
    if kind == 4:
        covering = []
        for _ in range(reader.varint()):
            part, sequence = reader.part(), reader.sequence()
            covering.append((part, sequence, [reader.raw(16) for _ in range(reader.varint())]))
        return Sibling(write, 4, covering=covering)
    raise FormatError(f"unknown kind of content {kind}")


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value: int) -> bytes:
    return varint(((value << 1) ^ (value >> 63)) & 0xFFFF_FFFF_FFFF_FFFF)


def encode_part(part) -> bytes:
    group, element = part
    if element is None:
        return varint(group * 2)
    return varint(group * 2 + 1) + varint(len(element)) + element


def encode_write(w: Write) -> bytes:
    return (w.identity + w.author + varint(w.role) + varint(w.site) + varint(w.counter) + varint(w.rank)
            + w.effective.to_bytes(8, "big") + varint(w.sequence[0] | len(w.former) << 16) + varint(w.sequence[1])
            + b"".join(varint(epoch) + varint(number) for epoch, number in w.former))


def encode_value(value) -> bytes:
    kind = value.WhichOneof("kind")
    if kind is None:
        return b"\x00"
    if kind == "boolean":
        return b"\x02" if value.boolean else b"\x01"
    if kind == "integer":
        return b"\x03" + zigzag(value.integer)
    if kind == "real":
        return b"\x04" + struct.pack(">d", value.real)
    data = value.text.encode("utf-8") if kind == "text" else value.bytes
    return (b"\x05" if kind == "text" else b"\x06") + varint(len(data)) + data


def encode_content(sibling: Sibling) -> bytes:
    """With values always spelled out, as digests want it."""
    if sibling.kind == 1:
        return b"\x01" + varint(len(sibling.values)) + b"".join(encode_value(v) for v in sibling.values)
    if sibling.kind in (2, 3):
        return bytes([sibling.kind])
    out = b"\x04" + varint(len(sibling.covering))
    for part, sequence, pending in sibling.covering:
        out += encode_part(part) + varint(sequence[0]) + varint(sequence[1])
        out += varint(len(pending)) + b"".join(pending)
    return out


def encode_tally(tally) -> bytes:
    total, contained = tally
    return zigzag(total) + varint(len(contained)) + b"".join(varint(s) + varint(c) for s, c in contained)


# ---- Section 16: liveness ------------------------------------------------------------------------

def is_alive(cells: dict) -> bool:
    """`cells`: by part."""
    liveness = cells.get((0, None))
    if liveness is None or not liveness.siblings:
        return False
    if any(sibling.kind == 3 for sibling in liveness.siblings):
        return True
    covered = [seen for sibling in liveness.siblings for seen in sibling.covering]
    for part, cell in cells.items():
        if part == (0, None):
            continue
        for sibling in cell.siblings:
            write = sibling.write
            if write.site != 0 and not any(
                    seen == part and write.is_in(sequence, pending)
                    for seen, sequence, pending in covered):
                return True
    return False


# ---- Section 18: digests -------------------------------------------------------------------------

def cell_digest(collection: int, row: bytes, cell: Cell) -> int:
    data = b"converge.v1 cell" + varint(collection) + row + encode_part(cell.part)
    data += varint(cell.sequence[0]) + varint(cell.sequence[1]) + varint(len(cell.siblings))
    for sibling in cell.siblings:
        data += encode_write(sibling.write) + encode_content(sibling)
    data += b"\x00" if cell.tally is None else b"\x01" + encode_tally(cell.tally)
    return int.from_bytes(hashlib.sha256(data).digest(), "big")


# ---- Section 10: changesets ----------------------------------------------------------------------

def _sha(*parts) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def salt_commitment(seed: bytes) -> bytes:
    return _sha(b"converge.v1 salt", seed)[:16]


def salt(seed: bytes, leaf: int) -> bytes:
    return _sha(b"converge.v1 leaf", seed, leaf.to_bytes(4, "big"))[:16]


def _tree(leaves) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    return _sha(b"\x01", _tree(leaves[:left]), _tree(leaves[left:]))


def merkle_root(data: bytes) -> bytes:
    """The root of a serialized Changeset, whole or erased."""
    message = pb.Changeset.FromString(data)
    seed = message.salt_seed
    leaves = [_sha(b"\x00", salt(seed, 0) if seed else message.header_salt, message.header)]
    for index, block in enumerate(message.rows, 1):
        if block.operations:
            leaves.append(_sha(b"\x00", salt(seed, index) if seed else block.salt, block.operations))
        else:
            leaves.append(block.erased_leaf)
    return _tree(leaves)


def make_changeset(header, operations, seed: bytes) -> bytes:
    """Fixes a changeset. `operations`: (collection, row, Operation) by position."""
    header.salt_commitment = salt_commitment(seed)
    blocks, expected = {}, {}
    for position, (collection, row, operation) in enumerate(operations):
        key = (collection, row)
        if key not in blocks:
            blocks[key] = pb.RowOperations(collection=collection, row=row, first_position=position)
        elif expected[key] != position:
            operation.position = position + 1
        blocks[key].operations.append(operation)
        expected[key] = position + 1
    message = pb.Changeset(header=header.SerializeToString(deterministic=True), salt_seed=seed)
    for block in blocks.values():
        message.rows.add(operations=block.SerializeToString(deterministic=True))
    return message.SerializeToString(deterministic=True)


def erase(data: bytes, block: int) -> bytes:
    """The erased form of a changeset without its block number `block`, from 1. For tests."""
    message = pb.Changeset.FromString(data)
    seed = message.salt_seed
    message.header_salt = salt(seed, 0)
    for index, rows in enumerate(message.rows, 1):
        if index == block:
            rows.erased_leaf = _sha(b"\x00", salt(seed, index), rows.operations)
            rows.operations = b""
        else:
            rows.salt = salt(seed, index)
    message.salt_seed = b""
    return message.SerializeToString(deterministic=True)


# ---- Section 5: proof ----------------------------------------------------------------------------

def proof_message(hub: bytes, replica: bytes, nonce: bytes) -> bytes:
    return b"converge.v1 proof" + hub + replica + nonce
