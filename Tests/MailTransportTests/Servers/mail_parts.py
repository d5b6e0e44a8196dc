"""Tells what Python's email package, an independent reader, finds in a message."""

import email.header
import email.utils
from email import policy
from email.parser import BytesParser


def read(raw):
    """The message as both of Python's readers see it: the newer one for its structure, the older one for names.

    The newer one of Python 3.11 keeps the space between two encoded words of a name, which RFC 2047, section 6.2, wants ignored."""
    newer = BytesParser(policy=policy.default).parsebytes(raw)
    older = BytesParser(policy=policy.compat32).parsebytes(raw, headersonly=True)
    return newer, older


def addresses(readers, header):
    """The mailboxes in a header; both readers have to find the same addresses."""
    newer, older = readers
    pairs = email.utils.getaddresses(older.get_all(header, []))
    assert [address for _, address in pairs] == [a.addr_spec for a in (newer[header].addresses if header in newer else [])]
    return [{"name": str(email.header.make_header(email.header.decode_header(name))), "address": address} for name, address in pairs]


def defects(message):
    found = []
    for part in message.walk():
        found += [repr(defect) for defect in part.defects]
        for name, value in part.items():
            found += [f"{name}: {defect!r}" for defect in value.defects]
    return found


def describe(raw, folder, prefix):
    """As JSON. Files are written into the folder, one for each part that is no text."""
    readers = read(raw)
    message = readers[0]
    parts = []
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            parts.append({"type": part.get_content_type()})
            continue
        entry = {
            "type": part.get_content_type(),
            "disposition": part.get_content_disposition(),
            "fileName": part.get_filename(),
            "contentID": part["content-id"],
        }
        if part.get_content_maintype() == "text":
            entry["text"] = part.get_content().replace("\r\n", "\n")
        else:
            entry["path"] = f"{folder}/{prefix}-{number}.bin"
            with open(entry["path"], "wb") as file:
                file.write(part.get_content())
        parts.append(entry)
    lines = raw.split(b"\r\n")
    return {
        "names": message.keys(),
        "values": [str(value) for value in message.values()],
        "subject": str(message["subject"]),
        "from": addresses(readers, "from"),
        "to": addresses(readers, "to"),
        "replyTo": addresses(readers, "reply-to"),
        "seconds": int(message["date"].datetime.timestamp()),
        "parts": parts,
        "defects": defects(message),
        "longestLine": max(len(line) for line in lines),
        "endsProperly": raw.endswith(b"\r\n"),
        "looseEnds": sum(line.count(b"\r") + line.count(b"\n") for line in lines),
        "isASCII": raw.isascii(),
    }
