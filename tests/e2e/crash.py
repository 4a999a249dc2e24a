#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the whole daemon at random moments of a case, under load: at most a second of samples is gone, no
finding older than a second, no command that was answered ok; the next start repairs, and `lsrd cases` says what was
lost. crash.py LSRD SCENARIO [ROUNDS]"""
import asyncio
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from bdf import annotations
from wire_rig import WAIT_S, Person, start

LSRD, SCENARIO = (os.path.abspath(a) for a in sys.argv[1:3])
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 10
MARKS_A_SECOND = 20
failures = 0


def check(is_good, what):
    global failures
    failures += not is_good
    if not is_good:
        print("not ok - " + what, flush=True)


def lsrd(*arguments):
    return subprocess.run([LSRD, *map(str, arguments)], capture_output=True, timeout=200)


class Listener(asyncio.Protocol):
    """The daemon's journal as it comes out of its console: (when, line)."""

    def __init__(self):
        self.lines, self.rest = [], b""

    def data_received(self, data):
        *whole, self.rest = (self.rest + data).split(b"\n")
        self.lines += [(time.monotonic(), line) for line in whole]


async def live(folder, seconds):
    """A case that is killed. The journal's lines with the time at which they came, marks that were answered ok, the
    newest sample that a display was told of, and the time of the kill."""
    here, there = os.pipe()
    daemon, port = await start(
        LSRD, "--set", "device.source=patient", "--set", f"device.scenario={SCENARIO}", "--set", "device.autostart=yes",
        "--set", "stimulus.trigger=STIM", "--set", "branch.zygomatic.direct=OOC", "--set",
        "branch.zygomatic.lateral=MENT,OOR", "--set", f"record.directory={folder}/cases", "--findings", "-",
        cwd=folder, stdout=there)
    os.close(there)
    _, journal = await asyncio.get_running_loop().connect_read_pipe(Listener, os.fdopen(here, "rb"))
    person = await Person.connect(port, "Li")
    asked, answered, newest = {}, [], 0

    async def mark():
        while True:
            asked[await person.send("mark", text=f"note=number {len(asked)}")] = len(asked)
            await asyncio.sleep(1 / MARKS_A_SECOND)

    marking = asyncio.create_task(mark())
    end = time.monotonic() + seconds
    refused = None
    while time.monotonic() < end or (not answered and time.monotonic() < end + WAIT_S):
        message = await person.hear()
        if message["t"] == "reply" and message["id"] in asked and message["ok"]:
            answered.append(asked[message["id"]])
        elif message["t"] == "reply":
            refused = message
        elif message["t"] == "status":
            newest = message["newest_sample"]
    check(answered, f"marks are answered ok: {refused}; {'' if not marking.done() else marking.exception()}")
    daemon.kill()
    killed = time.monotonic()
    marking.cancel()
    person.acking.cancel()
    await daemon.wait()
    log = (await daemon.draining).decode()
    await person.ws.close()
    return journal.lines, answered, newest, killed, log


def judge(folder, lines, answered, newest, killed):
    """What is left of the case, in seconds that are missing."""
    case, = (folder / "cases").iterdir()
    listed = lsrd("cases", folder / "cases").stdout.decode()
    check("interrupted" in listed and "lost" in listed, f"the list says so: {listed}")
    kept = (case / "findings.ndjson").read_bytes().split(b"\n")[:-1]
    old = [line for when, line in lines if when <= killed - 1]
    check(len(kept) >= len(old) and kept[:len(old)] == old, f"findings over a second old: {len(old)} of {len(kept)}")

    repaired = lsrd("cases", "repair", case)
    check(repaired.returncode == 0 and b"repaired: " in repaired.stdout, f"repair: {repaired}")
    check(b"as it was repaired" in lsrd("cases", "verify", case).stdout, "it verifies")
    notes = {text for _, text in annotations(case / "signals.bdf")}
    missing = [n for n in answered if f"note=number {n} by=Li" not in notes]
    check(not missing, f"of {len(answered)} marks answered ok these are missing: {missing}")

    analysed = lsrd("analyze", case).stdout.split(b"\n")[:-1]
    summary = json.loads(analysed[-1])
    rate = json.loads(kept[0])["rate_hz"]
    decided = max(json.loads(line)["decided_sample"] for _, line in lines)
    lost_s = (max(newest, decided) - summary["samples"]) / rate
    check(lost_s <= 1, f"{lost_s:.3f} s are missing of {newest / rate:.3f}")
    whole = [line for line in kept if json.loads(line)["decided_sample"] < summary["samples"]]
    check(analysed[:len(whole)] == whole, "what is there is judged as it was")
    return max(lost_s, 0), len(answered)


async def next_start(folder, case):
    """The next start brings an interrupted case in order, whatever else it does."""
    daemon, _ = await start(LSRD, "--set", "device.source=patient", "--set", f"device.scenario={SCENARIO}", "--set",
                            f"record.directory={folder}/cases", cwd=folder)
    while b"repaired" not in lsrd("cases", case).stdout:
        await asyncio.sleep(0.05)
    daemon.terminate()
    check(await daemon.wait() == 0, "the daemon ends well")
    log = (await daemon.draining).decode()
    check(f"repaired={case}" in log, f"the log says what was repaired: {log}")
    listed = lsrd("cases", case).stdout.decode()
    check("repaired" in listed and "lost" in listed, f"the list still says what was lost: {listed}")


seed = int(time.time())
dice = random.Random(seed)
worst, marks = 0, 0
for number in range(ROUNDS + 1):
    with tempfile.TemporaryDirectory(prefix="lsrd-crash-") as name:
        folder = pathlib.Path(name)
        lines, answered, newest, killed, log = asyncio.run(live(folder, dice.uniform(0.5, 3)))
        if number == 0:
            case, = (folder / "cases").iterdir()
            asyncio.run(next_start(folder, case))
            continue
        lost_s, count = judge(folder, lines, answered, newest, killed)
        worst, marks = max(worst, lost_s), marks + count
print(f"{'ok' if not failures else 'not ok'} - {ROUNDS} kills (seed {seed}), {marks} marks answered ok, at most "
      f"{worst:.3f} s of samples lost")
sys.exit(failures > 0)
