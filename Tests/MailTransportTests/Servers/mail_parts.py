"""Tells what Python's email package, an independent reader, finds in a message."""

from email import policy
from email.parser import BytesParser


def addresses(header):
    if header is None:
        return []
    return [{"name": a.display_name, "address": a.addr_spec} for a in header.addresses]


def defects(message):
    found = []
    for part in message.walk():
        found += [repr(defect) for defect in part.defects]
        for name, value in part.items():
            found += [f"{name}: {defect!r}" for defect in value.defects]
    return found


def describe(raw, folder, prefix):
    """As JSON. Files are written into the folder, one for each part that is no text."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
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
        "from": addresses(message["from"]),
        "to": addresses(message["to"]),
        "replyTo": addresses(message["reply-to"]),
        "seconds": int(message["date"].datetime.timestamp()),
        "parts": parts,
        "defects": defects(message),
        "longestLine": max(len(line) for line in lines),
        "endsProperly": raw.endswith(b"\r\n"),
        "looseEnds": sum(line.count(b"\r") + line.count(b"\n") for line in lines),
        "isASCII": raw.isascii(),
    }
