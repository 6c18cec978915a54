"""A mail server for one test: takes letters on a free port of this machine, and prints what happens as lines of JSON.

The first line has the port. Recipients named `refused` are refused for good, `busy` once.
"""

import asyncio
import json
import sys

from aiosmtpd.smtp import SMTP, AuthResult


def tell(**what):
    print(json.dumps(what), flush=True)


class Handler:
    def __init__(self):
        self.was_busy = False

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused@"):
            return "550 No such person"
        if address.startswith("busy@") and not self.was_busy:
            self.was_busy = True
            tell(busy=address)
            return "451 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        text = envelope.content.decode()
        tell(sender=envelope.mail_from, to=envelope.rcpt_tos, text=text, user=getattr(session, "user", None))
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    session.user = data.login.decode()
    is_right = (data.login, data.password) == (b"quoin", b"p@ss:word")
    return AuthResult(success=is_right, handled=False)


async def main():
    handler = Handler()
    loop = asyncio.get_running_loop()

    def session():
        return SMTP(handler, authenticator=authenticate, auth_require_tls=False, enable_SMTPUTF8=False)

    server = await loop.create_server(session, "127.0.0.1", 0)
    tell(port=server.sockets[0].getsockname()[1])
    # Ends with the test, which holds the other end of standard input.
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
