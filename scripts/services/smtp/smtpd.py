"""An SMTP server for tests: keeps each mail as mails/N.eml. reject@ is refused with 550, later@ with 451, hang@ waits.

usage: smtpd.py PORT TLS_PORT MAILS TLS_FOLDER USER:PASSWORD

On PORT it wants STARTTLS and then AUTH; on TLS_PORT it speaks TLS from the start and wants no AUTH.
"""
import asyncio
import itertools
import os
import signal
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

port, tls_port, mails, tls, user = sys.argv[1:]
number = itertools.count(len(os.listdir(mails)) + 1)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        who = address.split("@")[0]
        if who == "reject":
            return "550 5.1.1 no such user"
        if who == "later" and not os.path.exists(os.path.join(mails, "later-is-now")):
            return "451 4.3.0 try again later"
        if who == "hang":
            await asyncio.sleep(3600)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        path = os.path.join(mails, "%03d.eml" % next(number))
        with open(path + ".new", "wb") as file:
            file.write(b"X-Envelope: %s %s\r\n" % (envelope.mail_from.encode(), ",".join(envelope.rcpt_tos).encode()))
            file.write(envelope.original_content)
        os.rename(path + ".new", path)
        return "250 OK"


def who_is_it(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login + b":" + data.password).decode() == user
    return AuthResult(success=good, handled=good)  # what is not handled is answered with 535


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(tls + "/server.crt", tls + "/server.key")
servers = [Controller(Handler(), hostname="127.0.0.1", port=int(port), tls_context=context, require_starttls=True,
                      authenticator=who_is_it, auth_required=True),
           Controller(Handler(), hostname="127.0.0.1", port=int(tls_port), ssl_context=context)]
for server in servers:
    server.start()
signal.sigwait([signal.SIGTERM, signal.SIGINT])
