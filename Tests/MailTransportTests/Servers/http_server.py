"""An HTTP server on a free port of this machine; paths say what it does. The argument is a JSON object, with `certificate` and `key` for TLS.
Prints the port, and each request as it comes."""

import json
import socket
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

options = json.loads(sys.argv[1])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        url = urlsplit(self.path)
        told = {
            "method": self.command, "path": url.path, "query": dict(parse_qsl(url.query)), "headers": dict(self.headers.items()),
        }
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            told["form"] = dict(parse_qsl(body.decode(), keep_blank_values=True))
        if self.headers.get("content-type", "").startswith("application/json"):
            told["json"] = json.loads(body)
        print(json.dumps(told), flush=True)
        kind, _, rest = url.path[1:].partition("/")
        if kind == "silence":
            time.sleep(3600)
        elif kind == "drop":
            self.connection.shutdown(socket.SHUT_RDWR)
        elif kind == "drip":
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(b".")
                time.sleep(0.05)
        elif kind == "big":
            self.say(200, b"x" * int(rest))
        elif kind == "heads":
            self.send_response(200)
            for number in range(100):
                self.send_header(f"X-{number}", "y" * 4000)
            self.end_headers()
        elif kind == "status":
            self.say(int(rest), b"the words of the server")
        elif kind == "redirect":
            self.say(302, b"elsewhere", {"Location": options["elsewhere"]})
        else:
            self.say(200, body, {"Content-Type": "application/timestamp-reply; a=b"})

    do_GET = do_POST

    def say(self, status, body, headers={}):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
# Clients that go are what is tested here.
server.handle_error = lambda *arguments: None
if "certificate" in options:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options["certificate"], options["key"])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(json.dumps({"port": server.server_address[1]}), flush=True)
server.serve_forever()
