"""A mail server that does what a test wants, on Debian's aiosmtpd.

As a program, mailserver.py PORT FILE, one that can be killed: it writes each recipient into the file before it accepts.
"""

import asyncio
import dataclasses
import ssl
import sys
import threading

from aiosmtpd.smtp import SMTP, AuthResult

LOGIN = (b"jerry", b"pass word-4711")


@dataclasses.dataclass
class Mail:
    """A mail that was accepted."""

    sender: str
    recipients: list
    content: bytes
    encrypted: bool
    login: bytes  # who has sent it; None: nobody has logged in


class MailServer:
    """Listens on a port of 127.0.0.1 from start() to stop(), and again on the same one.

    mail, rcpt and data are called with the address that is named, of the sender or the recipient, and return the
    answer; None is "250 OK". One that is a coroutine may take its time. BREAK ends the connection without an answer.
    quit is a coroutine that takes its time before the connection ends. utf8 is the answer to MAIL with SMTPUTF8, if it
    is another one.
    """

    BREAK = object()

    def __init__(self, port, certificate=None, security="starttls", login=None, offers_starttls=True):
        self.port = port
        self.mails = []
        self.commands = []
        self.connections = 0
        self.mail = self.rcpt = self.data = lambda address: None
        self.quit = lambda: asyncio.sleep(0)
        self.utf8 = None
        self.login = login
        self.options = {}
        self.ssl = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.cert_file, certificate.key_file)
            if security == "tls":
                self.ssl = context
            elif offers_starttls:
                self.options = {"tls_context": context, "require_starttls": True}
        if login:
            self.options.update(authenticator=self._authenticate, auth_required=True, auth_require_tls=not self.ssl)

    def start(self):
        self.loop = asyncio.new_event_loop()
        self.sessions = set()
        ready = threading.Event()

        async def serve():
            self.server = await self.loop.create_server(self._session, "127.0.0.1", self.port, ssl=self.ssl)
            ready.set()

        def run():
            asyncio.set_event_loop(self.loop)
            self.loop.create_task(serve())
            self.loop.run_forever()
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.loop.run_until_complete(asyncio.sleep(0))
            self.loop.close()

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()
        assert ready.wait(10), "the mail server does not start"
        return self

    def stop(self):
        """At once: connections end in the middle of a word."""

        def end():
            self.server.close()
            for session in self.sessions:
                if session.transport:
                    session.transport.abort()
            self.loop.stop()

        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(end)
            self.thread.join(10)

    def contents(self):
        return [mail.content for mail in self.mails]

    def recipients(self):
        return [recipient for mail in self.mails for recipient in mail.recipients]

    def _session(self):
        self.connections += 1
        session = SMTP(self, hostname="mail.example.com", enable_SMTPUTF8=True, loop=self.loop, **self.options)
        self.sessions.add(session)
        return session

    def _authenticate(self, server, session, envelope, mechanism, login):
        right = (login.login, login.password) == self.login
        # handled: the answer was sent
        return AuthResult(success=right, handled=False, auth_data=login)

    async def _ask(self, server, decide, address):
        answer = decide(address)
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer is self.BREAK:
            server.transport.abort()
            await asyncio.sleep(3600)
        return answer or "250 OK"

    async def handle_MAIL(self, server, session, envelope, address, options):
        answer = "SMTPUTF8" in options and self.utf8 or await self._ask(server, self.mail, address)
        if answer.startswith("2"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.commands.append(address)
        answer = await self._ask(server, self.rcpt, address)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        answer = await self._ask(server, self.data, envelope.rcpt_tos[0])
        if answer.startswith("2"):
            self.mails.append(
                Mail(
                    envelope.mail_from, envelope.rcpt_tos, envelope.original_content,
                    session.ssl is not None or self.ssl is not None,
                    session.auth_data.login if session.auth_data else None
                )
            )
        return answer


    async def handle_QUIT(self, server, session, envelope):
        await self.quit()
        return "221 Bye"


class Recorder:
    """The program's handler."""

    def __init__(self, path):
        self.file = open(path, "a", buffering=1)

    async def handle_DATA(self, server, session, envelope):
        self.file.write(f"{envelope.rcpt_tos[0]}\n")
        return "250 OK"


async def record(port, path):
    loop = asyncio.get_running_loop()
    handler = Recorder(path)
    server = await loop.create_server(lambda: SMTP(handler, hostname="mail.example.com", loop=loop), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(record(int(sys.argv[1]), sys.argv[2]))
