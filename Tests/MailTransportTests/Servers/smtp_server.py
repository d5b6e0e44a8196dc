"""A real mail server (aiosmtpd) on a free port of this machine, which refuses what it is told to refuse.

The argument is a JSON object: `folder`; `certificate` and `key` with `tls` ("starttls" or "implicit"); `user` and `password`; `answers`, by
command (MAIL, RCPT, DATA, and DOT for the message itself): a reply, or "drop" or "silence"; `raw`: keep each message as it came. Prints one JSON object on a line: first the
port, then every message that it has taken.
"""

import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

from mail_parts import describe

options = json.loads(sys.argv[1])
answers = options.get("answers", {})


async def answer(command, server):
    wanted = answers.get(command)
    if wanted == "drop":
        server.transport.abort()
    if wanted in ("drop", "silence"):
        await asyncio.sleep(3600)
    return wanted


class Handler:
    count = 0

    async def handle_MAIL(self, server, session, envelope, address, options):
        refusal = await answer("MAIL", server)
        if refusal is None:
            envelope.mail_from = address
        return refusal or "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = await answer("RCPT", server)
        if refusal is None or address.startswith("good"):
            envelope.rcpt_tos.append(address)
            return "250 OK"
        return refusal

    async def handle_DATA(self, server, session, envelope):
        if answers.get("DOT") not in ("drop", "silence"):
            refusal = await answer("DOT", server)
            if refusal:
                return refusal
        Handler.count += 1
        if options.get("raw"):
            with open(f"{options['folder']}/mail{Handler.count}.eml", "wb") as file:
                file.write(envelope.original_content)
        told = describe(envelope.original_content, options["folder"], f"mail{Handler.count}")
        told["mailFrom"] = envelope.mail_from
        told["rcptTo"] = envelope.rcpt_tos
        told["isEncrypted"] = session.ssl is not None or options.get("tls") == "implicit"
        told["isAuthenticated"] = bool(session.authenticated)
        told["hello"] = session.host_name
        print(json.dumps(told), flush=True)
        await answer("DOT", server)
        return "250 2.0.0 taken"


class Server(SMTP):
    async def smtp_DATA(self, arg):
        refusal = await answer("DATA", self)
        if refusal:
            await self.push(refusal)
        else:
            await super().smtp_DATA(arg)


def authenticate(server, session, envelope, mechanism, data):
    known = (options["user"].encode(), options["password"].encode())
    return AuthResult(success=(data.login, data.password) == known, handled=False)


async def main():
    context = None
    if "certificate" in options:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options["certificate"], options["key"])
    is_starttls = options.get("tls") == "starttls"

    def make():
        return Server(
            Handler(), hostname="mail.test", ident="test", data_size_limit=options.get("size", 0) or 100 << 20,
            tls_context=context if is_starttls else None, require_starttls=is_starttls,
            authenticator=authenticate if "user" in options else None, auth_required="user" in options,
            auth_require_tls=is_starttls)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(make, "127.0.0.1", 0, ssl=None if is_starttls else context)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()


asyncio.run(main())
