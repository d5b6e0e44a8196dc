"""A mail server that says what it is told to say, right or wrong, on a free port of this machine.

The argument is a JSON object: by command (GREETING, EHLO, AUTH, PASSWORD, MAIL, RCPT, DATA, DURING for the first line
of a message, DOT, QUIT) what follows it: a text that is sent as it is, "drop", "silence", or "flood". `certificate`
and `key` for TLS from the first byte. Prints the port, and each command as it comes.
"""

import json
import socket
import ssl
import sys
import threading
import time

options = json.loads(sys.argv[1])
usual = {"GREETING": "220 test\r\n", "EHLO": "250-test\r\n250 AUTH PLAIN LOGIN\r\n", "DATA": "354 go on\r\n", "QUIT": "221 bye\r\n", "AUTH": "334 \r\n", "PASSWORD": "235 ok\r\n"}


def say(connection, command):
    print(json.dumps({"command": command}), flush=True)
    words = options.get(command, usual.get(command, "250 ok\r\n"))
    if words == "silence":
        time.sleep(3600)
    if words == "flood":
        while True:
            connection.sendall(b"250-more and more\r\n" * 1000)
    if words == "drop":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
        raise ConnectionError
    connection.sendall(words.encode("utf-8", "surrogateescape"))


def serve(connection):
    try:
        if "certificate" in options:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(options["certificate"], options["key"])
            connection = context.wrap_socket(connection, server_side=True)
        lines = connection.makefile("rb")
        say(connection, "GREETING")
        while line := lines.readline():
            command = line.split()[0].decode().upper()
            say(connection, command)
            if command == "AUTH" and options.get("AUTH", "334").startswith("334"):
                lines.readline()
                say(connection, "PASSWORD")
            if command == "DATA" and options.get("DATA", "354").startswith("354"):
                if "DURING" in options:
                    lines.readline()
                    say(connection, "DURING")
                while (line := lines.readline()) not in (b".\r\n", b""):
                    pass
                if line:
                    say(connection, "DOT")
    except OSError:
        pass


listener = socket.create_server(("127.0.0.1", 0))
print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
