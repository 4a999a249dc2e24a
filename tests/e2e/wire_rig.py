# SPDX-License-Identifier: Apache-2.0
"""The shipped binary running, and a person with control at its wire."""
import asyncio
import json
import re

import websockets

WAIT_S = 60


async def start(lsrd, *arguments, **options):
    """`lsrd run` and its port; its whole log is what process.draining returns."""
    process = await asyncio.create_subprocess_exec(lsrd, "run", *arguments, "--set", "web.port=0",
                                                   stderr=asyncio.subprocess.PIPE, **options)
    heard = b""
    while True:
        line = (await asyncio.wait_for(process.stderr.readline(), WAIT_S)).decode()
        heard += line.encode()
        if not line:
            raise SystemExit(f"lsrd ended with {await process.wait()}")
        found = re.search(r" web: .*\bport=(\d+)", line)
        if found:
            break

    async def drain():  # so that it never blocks
        return heard + await process.stderr.read()

    process.draining = asyncio.create_task(drain())
    return process, int(found.group(1))


class Person:
    """Takes control, commands, and keeps what is told meanwhile."""

    @classmethod
    async def connect(cls, port, name):
        person = cls()
        person.ws = await websockets.connect(f"ws://127.0.0.1:{port}/ws", subprotocols=["lsrd.v1"], max_size=None,
                                             ping_interval=None)
        person.findings, person.alarms, person.asked = [], [], 0
        await person.ws.send(json.dumps({"t": "hi", "name": name, "client": "wire-rig"}))
        await person.ws.send(json.dumps({"t": "sub"}))
        person.acking = asyncio.create_task(person.acknowledge())
        await person.ask("control_take")
        return person

    async def acknowledge(self):
        while True:
            await self.ws.send(json.dumps({"t": "ack", "seq": None, "visible": True, "audio": "off"}))
            await asyncio.sleep(0.25)

    async def hear(self):
        """The next message that is text."""
        while True:
            data = await asyncio.wait_for(self.ws.recv(), WAIT_S)
            if isinstance(data, str):
                message = json.loads(data)
                if message["t"] == "finding":
                    self.findings.append(message["f"])
                elif message["t"] == "alarms":
                    self.alarms = message["list"]
                return message

    async def send(self, op, **fields):
        self.asked += 1
        await self.ws.send(json.dumps({"t": "cmd", "id": self.asked, "op": op, **fields}))
        return self.asked

    async def ask(self, op, **fields):
        """The answer to a command."""
        number = await self.send(op, **fields)
        async with asyncio.timeout(WAIT_S):  # other messages go on where an answer is lost
            while True:
                message = await self.hear()
                if message["t"] == "reply" and message["id"] == number:
                    return message

    async def until(self, is_so):
        """Hears on until is_so()."""
        while not is_so():
            await self.hear()

    async def leave(self):
        self.acking.cancel()
        await self.ws.close()
