# SPDX-License-Identifier: Apache-2.0
"""Opens a recorded case as a reader does and goes to places in it, a display looking on.
seek.py LSRD CASE [PLACES]"""
import asyncio
import json
import os
import pathlib
import random
import re
import statistics
import sys
import tempfile
import time

import websockets

WAVE_ENV = 2


def memory_mib(pid):
    fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return {name: int(fields[name].split()[0]) / 1024 for name in ("RssAnon", "VmRSS")}


class Display:
    async def connect(self, port):
        self.ws = await websockets.connect(f"ws://127.0.0.1:{port}/ws", subprotocols=["lsrd.v1"], max_size=None,
                                           ping_interval=None)
        self.asked, self.seq = 0, None
        await self.say(t="hi", name="bench", client="seek-bench")
        self.alive = asyncio.create_task(self.acknowledge())
        hello = await self.until(lambda m: m["t"] == "hello")
        await self.say(t="sub", wave={"level": hello["levels"][-1]}, sweeps=True, live=False, audio=False)

    async def say(self, **message):
        await self.ws.send(json.dumps(message))

    async def acknowledge(self):
        while True:
            await self.say(t="ack", seq=self.seq, visible=True, audio="off")
            await asyncio.sleep(0.25)

    async def command(self, **what):
        self.asked += 1
        await self.say(t="cmd", id=self.asked, **what)

    async def until(self, is_it):
        while True:
            message = await self.ws.recv()
            if isinstance(message, bytes):
                self.seq = int.from_bytes(message[4:8], "little") if message[0] == WAVE_ENV else self.seq
            elif is_it(m := json.loads(message)):
                return m


async def begin(lsrd, case, cache):
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(lsrd, "replay", case, "--set", "web.port=0", stderr=asyncio.subprocess.PIPE,
                                                   env={**os.environ, "CACHE_DIRECTORY": cache})
    port = None
    while port is None:
        line = (await process.stderr.readline()).decode()
        if not line:
            raise SystemExit("seek: lsrd ended")
        found = re.search(r" web: .*\bport=(\d+)", line)
        port = int(found.group(1)) if found else None
    process.draining = asyncio.create_task(process.stderr.read())  # so that it never blocks
    return process, port, time.monotonic() - started


async def read_once(lsrd, case, cache):
    process, port, opened_s = await begin(lsrd, case, cache)
    started, most = time.monotonic(), 0
    d = Display()
    await d.connect(port)
    while not (await d.until(lambda m: m["t"] == "status" and m.get("replay")))["replay"]["complete"]:
        most = max(most, memory_mib(process.pid)["RssAnon"])
    print(f"first time: can be opened after {opened_s:.1f} s, known to its end after {time.monotonic() - started:.0f} s more, "
          f"{most:.0f} MiB anonymous at most")
    d.alive.cancel()
    process.terminate()
    await process.wait()


async def visit(lsrd, case, cache, places):
    process, port, opened_s = await begin(lsrd, case, cache)
    d = Display()
    await d.connect(port)
    status = await d.until(lambda m: m["t"] == "status" and m.get("replay"))
    before = memory_mib(process.pid)
    length, taken = status["replay"]["length"], []
    chance = random.Random(1)
    await d.command(op="control_take")
    await d.command(op="replay_pause")
    for _ in range(places):
        await d.command(op="replay_seek", sample=chance.randrange(length))
        started = time.monotonic()
        await d.until(lambda m: m["t"] == "hello")
        taken.append(1e3 * (time.monotonic() - started))
        await d.until(lambda m: m["t"] == "status" and m["replay"]["seeks_to"] is None)
    after = memory_mib(process.pid)
    taken.sort()
    print(f"from the cache: can be opened after {opened_s:.1f} s; {before['RssAnon']:.0f} MiB anonymous ({before['VmRSS']:.0f} resident), "
          f"behind {places} places {after['RssAnon']:.0f} ({after['VmRSS']:.0f})")
    print(f"until a place is there: median {statistics.median(taken):.0f} ms, 90 % {taken[int(0.9 * places)]:.0f} ms, "
          f"worst {taken[-1]:.0f} ms")
    d.alive.cancel()
    process.terminate()
    await process.wait()


async def main(lsrd, case, places="40"):
    with tempfile.TemporaryDirectory() as cache:
        await read_once(lsrd, case, cache)
        await visit(lsrd, case, cache, int(places))


asyncio.run(main(*sys.argv[1:]))
