#!/usr/bin/python3
"""An SMTP server for tests that fails exactly where it is told to.

Prints its port on one line as soon as it accepts connections, then serves until it is killed.
Accepted messages are stored as 0001.eml, 0002.eml, ... with the bytes as they arrived (dots
undone), each beside a 0001.json: {"from", "to", "tls", "user"}. A file is complete when its name
is there.

  smtp_server.py --store DIR [--port N]
      [--tls-cert FILE --tls-key FILE]    offer STARTTLS and require it
      [--implicit-tls]                    speak TLS from the first byte instead (smtps)
      [--auth USER:PASSWORD]              require this login
      [--fail VERB=CODE[*TIMES]] ...      answer VERB (GREETING, EHLO, STARTTLS, AUTH, MAIL, RCPT,
                                          DATA, DOT) with CODE, the first TIMES times or always
      [--stall VERB]                      never answer VERB; ANSWER: keep the message first
      [--size-limit BYTES]                what EHLO announces as SIZE, and what is taken at most
      [--delay SECONDS]                   wait so long before each answer
      [--drop-after-dot [TIMES]]          store the message, then drop the connection without
                                          an answer
      [--drop VERB[*TIMES]]               drop the connection in place of an answer to VERB;
                                          DOT: without keeping the message
      [--reset-after-250]                 answer the final dot, then reset the connection
      [--drop-in-data [TIMES]]            drop the connection when the message begins to arrive
      [--ignore-quit]                     never answer QUIT
"""

import argparse
import asyncio
import json
import logging
import os
import socket
import ssl
import struct
import sys

from aiosmtpd.smtp import SMTP, AuthResult, syntax

ALWAYS = -1


class Plan:
    """How often each fault is still to happen."""

    def __init__(self, arguments):
        self.replies = {}
        for fault in arguments.fail:
            verb, _, rest = fault.partition("=")
            code, _, times = rest.partition("*")
            self.replies[verb.upper()] = {"code": int(code), "left": int(times or ALWAYS)}
        self.ignores_quit = arguments.ignore_quit
        self.stalled = arguments.stall.upper()
        self.delay_s = arguments.delay
        self.drops = {"dot": arguments.drop_after_dot, "data": arguments.drop_in_data}
        for drop in arguments.drop:
            verb, _, times = drop.partition("*")
            self.drops[verb.upper()] = int(times or ALWAYS)
        self.resets = arguments.reset_after_250

    def reply_to(self, verb):
        """The refusal that is due for the verb, or None."""
        fault = self.replies.get(verb)
        if not fault or fault["left"] == 0:
            return None
        if fault["left"] > 0:
            fault["left"] -= 1
        return f"{fault['code']} {verb} refused by the test"

    async def stall_at(self, verb):
        if verb == self.stalled:
            await asyncio.Event().wait()

    def drops_at(self, point):
        left = self.drops.get(point, 0)
        if left > 0:
            self.drops[point] -= 1
        return left != 0


class Handler:
    def __init__(self, store, plan):
        self.store = store
        self.plan = plan
        # A server that is started anew goes on after what is there.
        self.stored = sum(name.endswith(".eml") for name in os.listdir(store))

    async def handle_MAIL(self, server, session, envelope, address, options):
        await self.plan.stall_at("MAIL")
        refusal = self.plan.reply_to("MAIL")
        if refusal:
            return refusal
        if self.plan.drops_at("MAIL"):
            server.transport.abort()
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        await self.plan.stall_at("RCPT")
        refusal = self.plan.reply_to("RCPT")
        if refusal:
            return refusal
        if self.plan.drops_at("RCPT"):
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await self.plan.stall_at("DOT")
        refusal = self.plan.reply_to("DOT")
        if refusal:
            return refusal
        if self.plan.drops_at("DOT"):
            server.transport.abort()
            return "250 OK, which nobody hears"
        self.keep(session, envelope)
        await self.plan.stall_at("ANSWER")
        if self.plan.drops_at("dot"):
            server.transport.abort()
        return f"250 OK stored as {self.stored:04}"

    def keep(self, session, envelope):
        self.stored += 1
        name = os.path.join(self.store, f"{self.stored:04}")
        facts = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None,
            "user": session.auth_data,
        }
        write_whole(name + ".json", json.dumps(facts).encode())
        write_whole(name + ".eml", bytes(envelope.original_content))


def write_whole(path, content):
    with open(path + ".part", "wb") as file:
        file.write(content)
    os.rename(path + ".part", path)


class FaultySmtp(SMTP):
    def __init__(self, handler, plan, **options):
        super().__init__(handler, **options)
        self.plan = plan
        self.has_greeted = False

    async def push(self, status):
        if self.plan.delay_s:
            await asyncio.sleep(self.plan.delay_s)
        if not self.has_greeted:
            self.has_greeted = True
            await self.plan.stall_at("GREETING")
            if self.plan.drops_at("GREETING"):
                self.transport.abort()
                return
            status = self.plan.reply_to("GREETING") or status
        await super().push(status)
        if self.plan.resets and str(status).startswith("250 OK stored"):
            self.reset()

    def reset(self):
        """Closes with RST in place of FIN."""
        connection = self.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    @syntax("EHLO hostname")
    async def smtp_EHLO(self, hostname):
        await self.plan.stall_at("EHLO")
        refusal = self.plan.reply_to("EHLO")
        if refusal:
            await self.push(refusal)
        elif self.plan.drops_at("EHLO"):
            self.transport.abort()
        else:
            await super().smtp_EHLO(hostname)

    @syntax("STARTTLS")
    async def smtp_STARTTLS(self, arg):
        refusal = self.plan.reply_to("STARTTLS")
        if refusal:
            await self.push(refusal)
        else:
            self.has_greeted = True
            await super().smtp_STARTTLS(arg)

    @syntax("DATA")
    async def smtp_DATA(self, arg):
        await self.plan.stall_at("DATA")
        refusal = self.plan.reply_to("DATA")
        if refusal:
            await self.push(refusal)
        elif self.plan.drops_at("DATA"):
            self.transport.abort()
        elif self.plan.drops_at("data"):
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._reader.read(1)
            self.transport.abort()
        else:
            await super().smtp_DATA(arg)

    @syntax("QUIT")
    async def smtp_QUIT(self, arg):
        if self.plan.ignores_quit:
            await asyncio.Event().wait()
        await super().smtp_QUIT(arg)


def make_authenticator(user, password, plan):
    def check(server, session, envelope, mechanism, login):
        # "Not handled" lets the server write the 535; a handled failure would leave the client
        # without any answer.
        refused = AuthResult(success=False, handled=False)
        refusal = plan.reply_to("AUTH")
        if refusal:
            return AuthResult(success=False, handled=False, message=refusal)
        if login.login.decode() != user or login.password.decode() != password:
            return refused
        return AuthResult(success=True, auth_data=user)

    return check


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--store", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls-cert")
    parser.add_argument("--tls-key")
    parser.add_argument("--implicit-tls", action="store_true")
    parser.add_argument("--auth")
    parser.add_argument("--fail", action="append", default=[])
    parser.add_argument("--stall", default="")
    parser.add_argument("--size-limit", type=int, default=64 * 1024 * 1024)
    parser.add_argument("--drop", action="append", default=[])
    parser.add_argument("--reset-after-250", action="store_true")
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--drop-after-dot", nargs="?", type=int, const=ALWAYS, default=0)
    parser.add_argument("--drop-in-data", nargs="?", type=int, const=ALWAYS, default=0)
    parser.add_argument("--ignore-quit", action="store_true")
    return parser.parse_args()


def smtp_options(arguments, plan, tls):
    options = {"data_size_limit": arguments.size_limit, "hostname": "localhost",
               "ident": "costd test"}
    if tls and not arguments.implicit_tls:
        options |= {"tls_context": tls, "require_starttls": True}
    if arguments.auth:
        user, _, password = arguments.auth.partition(":")
        options |= {
            "auth_required": True,
            "auth_require_tls": tls is not None and not arguments.implicit_tls,
            "authenticator": make_authenticator(user, password, plan),
        }
    return options


async def serve(arguments):
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    os.makedirs(arguments.store, exist_ok=True)
    plan = Plan(arguments)
    handler = Handler(arguments.store, plan)
    tls = None
    if arguments.tls_cert:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(arguments.tls_cert, arguments.tls_key)
    options = smtp_options(arguments, plan, tls)
    server = await asyncio.get_running_loop().create_server(
        lambda: FaultySmtp(handler, plan, **options),
        host="127.0.0.1",
        port=arguments.port,
        ssl=tls if arguments.implicit_tls else None,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(serve(parse_arguments()))
    except KeyboardInterrupt:
        sys.exit(0)
