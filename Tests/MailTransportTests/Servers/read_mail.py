"""Reads messages: for each path on a line of standard input one line of JSON. The first argument is a folder for what they carry."""

import json
import sys

from mail_parts import describe

for number, line in enumerate(sys.stdin):
    with open(line.rstrip("\n"), "rb") as file:
        print(json.dumps(describe(file.read(), sys.argv[1], f"read{number}")), flush=True)
