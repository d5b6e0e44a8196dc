"""Makes section 24 of README.md: a handshake and a changeset as bytes, from fixed identities and a fixed key.

    python worked_example.py           writes the section into README.md
    python worked_example.py --check   fails if README.md says anything else
"""

import hashlib
import hmac
import os
import sys

import formats
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf.internal import decoder
from messages import changeset as pb
from messages import sync

README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "README.md")
BEGIN = "<!-- begin: made by Protocol/examples/python/worked_example.py -->"
END = "<!-- end -->"

HUB = bytes.fromhex("01980000000070008000000000000001")
REPLICA = bytes.fromhex("01980000000070008000000000000002")
USER = bytes.fromhex("01980000000070008000000000000003")
ORDER = bytes.fromhex("01980000000070008000000000000004")
FIRST = bytes.fromhex("01980000000070008000000000000005")
CHANGESET = bytes.fromhex("01980000000070008000000000000006")
KEY = bytes(range(32))
NONCE = bytes(range(64, 96))
SEED = bytes(range(160, 176))
SEAL_KEY = bytes([7]) * 32
T1 = 1_767_600_000_000

# Bytes fields that hold a serialized message themselves.
NESTED = {
    "Envelope.changeset": pb.Changeset, "Changeset.header": pb.ChangesetHeader,
    "RowBlock.operations": pb.RowOperations, "Receipt.body": pb.ReceiptBody,
}


def dissect(kind, data, depth=0):
    """Lines of (hex, meaning) for a serialized message, field by field."""
    fields, at = {field.number: field for field in kind.DESCRIPTOR.fields}, 0
    while at < len(data):
        start = at
        tag, at = decoder._DecodeVarint(data, at)
        field = fields[tag >> 3]
        name = f"{'  ' * depth}{field.name}"
        if tag & 7 == 0:
            value, at = decoder._DecodeVarint(data, at)
            yield data[start:at].hex(" "), f"{name} = {meaning(field, value)}"
        elif tag & 7 == 1:
            at += 8
            yield data[start:at].hex(" "), f"{name} (8 bytes)"
        else:
            length, at = decoder._DecodeVarint(data, at)
            body = data[at:at + length]
            nested = NESTED.get(f"{kind.DESCRIPTOR.name}.{field.name}")
            if nested is None and field.message_type is not None:
                nested = getattr(pb, field.message_type.name, None) or getattr(sync, field.message_type.name)
            yield data[start:at].hex(" "), f"{name}: {nested.DESCRIPTOR.name + ', ' if nested else ''}{length} bytes"
            if nested:
                yield from dissect(nested, body, depth + 1)
            else:
                text = "" if not field.type == field.TYPE_STRING else f'  "{body.decode()}"'
                for piece in range(0, length, 16):
                    yield body[piece:piece + 16].hex(" "), text if piece == 0 else ""
            at += length


def meaning(field, value):
    if field.enum_type is not None:
        return f"{value}, {field.enum_type.values_by_number[value].name}"
    if field.type == field.TYPE_SINT64:
        return (value >> 1) ^ -(value & 1)
    return value


def table(kind, data):
    out = ["```"]
    for left, right in dissect(kind, data):
        out.append(f"{left:<48} {right}".rstrip())
    return "\n".join(out + ["```"])


def frame(**body):
    return sync.Frame(messages=[sync.Message(**body)]).SerializeToString(deterministic=True)


def text():
    key = Ed25519PrivateKey.from_private_bytes(KEY)
    public = key.public_key().public_bytes_raw()
    signed = formats.proof_message(HUB, REPLICA, NONCE)

    hello = frame(hello=sync.Hello(
        protocol_minimum=1, protocol_maximum=1, replica=REPLICA, site=7, epoch=1, schema_version=1, app="example 1",
        sent_milliseconds=T1))
    challenge = frame(challenge=sync.Challenge(
        nonce=NONCE, hub=HUB, received_milliseconds=T1 + 120, sent_milliseconds=T1 + 121))
    proof = frame(proof=sync.Proof(signature=key.sign(signed)))
    welcome = sync.Welcome(
        protocol=1, epoch=1, schema_version=1, user=USER, role=1, scopes=["everyone:all"], upload_window=2 << 20)
    welcome.safe.epoch, welcome.safe.number = 1, 60
    welcome.head.epoch, welcome.head.number = 1, 60
    welcome = frame(welcome=welcome)

    stamp = (T1 + 5000) << 16
    header = pb.ChangesetHeader(identity=CHANGESET, author=USER, role=1, stamp=stamp, schema_version=1)
    header.basis.epoch, header.basis.number = 1, 60
    resolution = pb.Operation(group=13, kind=pb.SET, values=[pb.Value(text="Valve replaced")], seen=50, pending=[FIRST])
    metres = pb.Operation(group=14, kind=pb.INCREMENT, values=[pb.Value(integer=1200)], seen=57)
    data = formats.make_changeset(header, [(12, ORDER, resolution), (12, ORDER, metres)], SEED)
    message = pb.Changeset.FromString(data)
    leaves = [hashlib.sha256(b"\x00" + formats.salt(SEED, i) + body).digest()
              for i, body in enumerate([message.header, message.rows[0].operations])]
    root = formats.merkle_root(data)
    predecessor = hashlib.sha256(b"the root of the changeset at counter 1").digest()
    envelope = pb.Envelope(counter=2, predecessor=predecessor, changeset=data)
    envelope.clock.hub_milliseconds, envelope.clock.uncertainty_milliseconds = T1 + 5120, 8
    upload = frame(upload=sync.Upload(envelopes=[envelope]))
    body = pb.ReceiptBody(
        identity=CHANGESET, root=root, site=7, counter=2, operations=2, effective=(T1 + 5120) << 16)
    body.sequence.epoch, body.sequence.number = 1, 62
    body.verdicts.add(position=0, outcome=pb.ACCEPTED_WITH_CONFLICT, rank=3)
    serialized = body.SerializeToString(deterministic=True)
    receipt = pb.Receipt(body=serialized, seal=hmac.new(SEAL_KEY, serialized, hashlib.sha256).digest())
    verdicts = frame(verdicts=sync.Verdicts(receipts=[receipt]))

    write = formats.Write(CHANGESET, USER, 1, 7, 2, 3, (T1 + 5120) << 16, (1, 62))
    shown = (b"\x01\x01" + formats.encode_write(write) + b"\x01" + formats.encode_part((13, None)) + b"\x02\x01\x00\x00")
    cell = formats.Cell((13, None), (1, 62), [formats.Sibling(write, 1, [pb.Value(text="Valve replaced")], shown=True)])
    decoded = formats.decode_clock(shown, lambda group: [pb.Value(text="Valve replaced")])
    assert decoded == [cell]
    digest = formats.cell_digest(12, ORDER, cell).to_bytes(32, "big")

    parts = [f"""{BEGIN}

All bytes below are made by [`worked_example.py`](examples/python/worked_example.py); a test keeps this section
what the program says. The identities and times are invented, the private key is `00 01 … 1f`. On the left stand the bytes, on
the right their field: the tag (and the length, or the number), then the content.

### A handshake

The device, at site 7, has written nothing yet and has no cursor. Its public key is
`{public.hex()}`. It sends a frame with `Hello` ({len(hello)} bytes):

{table(sync.Frame, hello)}

The hub answers with `Challenge` ({len(challenge)} bytes):

{table(sync.Frame, challenge)}

The device signs these {len(signed)} bytes, which are `"converge.v1 proof"`, the hub, the replica and the nonce:

```
{chr(10).join(signed[i:i + 16].hex(" ") for i in range(0, len(signed), 16))}
```

and sends `Proof` ({len(proof)} bytes):

{table(sync.Frame, proof)}

The hub answers with `Welcome` ({len(welcome)} bytes): the session is open.

{table(sync.Frame, welcome)}

### A changeset

In a later session the device, complete up to `1:60`, uploads its second changeset. It sets the resolution of a work order
(collection 12, group 13) that it was shown at `1:50` and that its own changeset before had written since, and
adds 1,200 metres to a counter (group 14) shown at `1:57`. The salt seed is `a0 a1 … af`. The frame with the `Upload` has {len(upload)} bytes:

{table(sync.Frame, upload)}

The changeset is the {len(data)} bytes of `changeset`. Its root:

| | |
|---|---|
| salt commitment | `{formats.salt_commitment(SEED).hex()}` |
| salt(0), of the header | `{formats.salt(SEED, 0).hex()}` |
| salt(1), of the row | `{formats.salt(SEED, 1).hex()}` |
| leaf(0) | `{leaves[0].hex()}` |
| leaf(1) | `{leaves[1].hex()}` |
| root = node(leaf(0), leaf(1)) | `{root.hex()}` |

### Its receipt

The hub has committed it at `1:62`. Somebody else had written the resolution at `1:57`, which the device had not seen, so there is a
conflict. The `Verdicts` frame has {len(verdicts)} bytes; the seal is made with the key `07 07 … 07`:

{table(sync.Frame, verdicts)}

Position 1 is not listed: accepted, at `1:62`, rank 0.

### A cell as it comes back

Had there been no conflict, the resolution's cell alone would come in a packed clock of {len(shown)} bytes:

```
01                                               version
01                                               one write
{CHANGESET.hex(" ")}  identity
{USER.hex(" ")}  author
01 07 02 03                                      role 1, site 7, counter 2, rank 3
{((T1 + 5120) << 16).to_bytes(8, "big").hex(" ")}                          effective time
01 3e                                            sequence 1:62
01                                               one cell
1a                                               part: group 13, no element
02                                               flags: the sequence is that of the newest sibling
01                                               one sibling
00 00                                            write 0; its values are in RowChange.values
```

and one value, the text, in `RowChange.values`. The cell's digest is
`{digest.hex()}`.

"""]
    return "".join(parts) + END


def main():
    with open(README, encoding="utf-8") as file:
        readme = file.read()
    before, rest = readme.split(BEGIN)
    after = rest.split(END, 1)[1]
    wanted = before + text() + after
    if "--check" in sys.argv:
        if wanted != readme:
            sys.exit("Protocol/README.md, section 24, is not what worked_example.py makes. Run: python worked_example.py")
        print("The README's example bytes are what they say.")
        return
    with open(README, "w", encoding="utf-8") as file:
        file.write(wanted)


if __name__ == "__main__":
    main()
