"""Compares many messages with what they were made of, and prints what differs as one line of JSON.

The first argument names a file of pairs: a line with the length of a JSON object and of a message, then both.
"""

import json
import sys
from email import policy
from email.parser import BytesParser

from mail_parts import addresses, defects

wrong, count = [], 0
with open(sys.argv[1], "rb") as file:
    while head := file.readline():
        sizes = [int(word) for word in head.split()]
        expected = json.loads(file.read(sizes[0]))
        raw = file.read(sizes[1])
        message = BytesParser(policy=policy.default).parsebytes(raw)
        count += 1
        found = {
            "names": message.keys(),
            "subject": str(message["subject"]),
            "from": addresses(message["from"])[0]["name"],
            "to": addresses(message["to"])[0]["name"],
            "address": addresses(message["to"])[0]["address"],
            "recipients": len(addresses(message["to"])),
            "fileName": [part.get_filename() for part in message.walk()][-1],
            "defects": defects(message),
        }
        for key, value in expected.items():
            if found[key] != value:
                wrong.append([key, repr(value), repr(found[key]), raw[:600].decode("latin-1")])
print(json.dumps({"count": count, "wrong": len(wrong), "first": [str(w) for w in wrong[:3]]}))
