#!/usr/bin/python3
"""An SMTP server that fails at random, by a seed, wherever a mail server can.

Prints its port, then serves until it is killed. Each connection draws its fault: a 4xx or a 5xx at
one of the verbs, silence, slow answers, or an end of the connection before the message, in it, or
after its dot, when the message has been kept but nobody was told. Kept messages are NUMBER.eml in
the store, complete when their name is there; what was answered "250" stands in answered.log, one
NUMBER a line.

  smtp_chaos.py --store DIR [--port N] [--seed N] [--faults PERCENT]
"""

import argparse
import asyncio
import os
import random

VERBS = ("GREETING", "EHLO", "MAIL", "RCPT", "DATA", "DOT")
# How often which fault, of a hundred faults.
FAULTS = {"4xx": 35, "5xx": 5, "stall": 10, "slow": 15, "drop before": 10, "drop in data": 10,
          "drop after dot": 10, "reset after 250": 5}
SLOW_S = 0.05
FOREVER_S = 10**6


class Hangup(Exception):
    pass


class Store:
    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.kept = sum(name.endswith(".eml") for name in os.listdir(folder))

    def keep(self, content):
        self.kept += 1
        name = os.path.join(self.folder, f"{self.kept:06}")
        with open(name + ".part", "wb") as file:
            file.write(content)
        os.rename(name + ".part", name + ".eml")
        return self.kept

    def note_answer(self, number):
        with open(os.path.join(self.folder, "answered.log"), "a", encoding="ascii") as file:
            file.write(f"{number}\n")


class Session:
    """One connection and its fault, which strikes at one verb."""

    def __init__(self, store, fault, verb, reader, writer):
        self.store = store
        self.fault = fault
        self.verb = verb
        self.reader = reader
        self.writer = writer

    async def run(self):
        try:
            await self.answer("GREETING", "220 chaos")
            while line := await self.reader.readline():
                await self.obey(line.decode("latin-1").strip())
        except (Hangup, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.writer.transport.abort()

    async def obey(self, line):
        verb = line.split(" ", 1)[0].split(":", 1)[0].upper()
        if verb == "EHLO":
            await self.answer("EHLO", "250-chaos\r\n250-8BITMIME\r\n250 SIZE 67108864")
        elif verb in ("MAIL", "RCPT"):
            await self.answer(verb, "250 OK")
        elif verb == "DATA":
            if await self.answer("DATA", "354 go on"):
                await self.take_message()
        elif verb == "QUIT":
            await self.say("221 bye")
            raise Hangup
        else:
            await self.say("250 OK" if verb in ("RSET", "NOOP") else "502 not here")

    async def take_message(self):
        if self.fault == "drop in data":
            await self.reader.read(1)
            raise Hangup
        content = []
        while (line := await self.reader.readline()) != b".\r\n":
            if not line.endswith(b"\n"):
                raise Hangup
            content.append(line[1:] if line.startswith(b".") else line)
        if self.verb == "DOT" and self.fault in ("4xx", "5xx"):
            await self.answer("DOT", "")
            return
        number = self.store.keep(b"".join(content))
        if self.fault == "drop after dot":
            raise Hangup
        if await self.answer("DOT", "250 kept"):
            self.store.note_answer(number)
        if self.fault == "reset after 250":
            raise Hangup

    async def answer(self, verb, text):
        """False when the fault was the answer."""
        if verb == self.verb:
            if self.fault == "stall":
                await asyncio.sleep(FOREVER_S)
            if self.fault == "drop before" and verb != "DOT":
                raise Hangup
            if self.fault in ("4xx", "5xx"):
                await self.say("451 not now" if self.fault == "4xx" else "554 never")
                return False
        await self.say(text)
        return True

    async def say(self, text):
        if self.fault == "slow":
            await asyncio.sleep(SLOW_S)
        self.writer.write(text.encode() + b"\r\n")
        await self.writer.drain()


async def serve(options):
    rng = random.Random(options.seed)
    store = Store(options.store)

    async def take(reader, writer):
        fault = ""
        if rng.randrange(100) < options.faults:
            fault = rng.choices(list(FAULTS), list(FAULTS.values()))[0]
        await Session(store, fault, rng.choice(VERBS), reader, writer).run()

    server = await asyncio.start_server(take, "127.0.0.1", options.port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--store", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--faults", type=int, default=0, help="of a hundred connections")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
