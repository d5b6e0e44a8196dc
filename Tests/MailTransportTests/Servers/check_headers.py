"""Compares many messages with what they were made of, and prints what differs as one line of JSON.

The first argument names a file of pairs: a line with the length of a JSON object and of a message, then both.
"""

import json
import sys

from mail_parts import addresses, defects, read

wrong, count = [], 0
with open(sys.argv[1], "rb") as file:
    while head := file.readline():
        sizes = [int(word) for word in head.split()]
        expected = json.loads(file.read(sizes[0]))
        raw = file.read(sizes[1])
        readers = read(raw)
        to = addresses(readers, "to")
        found = {
            "names": readers[0].keys(),
            "subject": str(readers[0]["subject"]),
            "from": addresses(readers, "from")[0]["name"],
            "to": to[0]["name"],
            "address": to[0]["address"],
            "recipients": len(to),
            "fileName": readers[0].get_payload()[-1]["content-disposition"].params["filename"],
            "defects": defects(readers[0]),
        }
        count += 1
        for key, value in expected.items():
            if found[key] != value:
                wrong.append([key, repr(value), repr(found[key]), raw[:600].decode("latin-1")])
print(json.dumps({"count": count, "wrong": len(wrong), "first": [str(w) for w in wrong[:3]]}))
