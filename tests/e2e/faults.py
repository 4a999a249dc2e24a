#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Everything a source can do wrong, one after the other, to the shipped binary on the virtual amplifier: each is
a finding, the log is rate-limited, displays are told the truth, nothing is lost that is not marked.
faults.py LSRD ASOUND_CONF SCENARIO"""
import asyncio
import json
import re
import socket
import subprocess
import sys
import threading

import websockets

import amplifier_rig
import checks
from checks import check, finish

LSRD, ASOUND, SCENARIO = sys.argv[1:4]
RATE = 20000
# Frames of the amplifier's own count, in the order in which they strike.
FAULTS = """ppm 1000
at 80000 xrun 20 every 100
at 120000 dead 1 1000ms
at 160000 zero 1500ms
at 220000 duplicate 100
at 270000 suspend 200ms
at 300000 stuck 1500ms
at 350000 unplug 300ms as other
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


async def watch(port, statuses):
    """What a display is told, until the daemon ends."""
    while True:
        try:
            async with websockets.connect(f"ws://127.0.0.1:{port}/ws", subprotocols=["lsrd.v1"], max_size=None) as ws:
                await ws.send(json.dumps({"t": "hi", "name": "faults", "client": "faults-test"}))
                async for message in ws:
                    if isinstance(message, str) and json.loads(message)["t"] == "status":
                        statuses.append(json.loads(message))
                        await ws.send(json.dumps({"t": "ack", "seq": None, "visible": True, "audio": "off"}))
        except (OSError, websockets.InvalidMessage):
            if statuses:
                return
            await asyncio.sleep(0.1)  # the daemon is not up yet
        except websockets.ConnectionClosed:
            return


def between(events, first, last, **fields):
    return [e for e in events if first * RATE <= e["decided_sample"] <= last * RATE
            and all(e.get(k) == v for k, v in fields.items())]


def judge(events, log, statuses):
    marks = [e["text"] for e in events if e["type"] == "mark"]
    holes = [(e["start_sample"], e["end_sample"]) for e in events if e.get("kind") == "gap"]
    overruns = sum(m.startswith("overrun=") for m in marks)
    check(2 <= overruns <= 21, f"a storm of overruns and a suspend are {overruns} marks")
    check(log.count("overrun:") <= 3, f"and {log.count('overrun:')} lines of the log, at most one in ten seconds")
    dead = [e for e in events if e.get("kind") == "electrode"]
    check(len(dead) == 1 and dead[0]["channel"] == "FRONT" and
          abs(dead[0]["end_sample"] - dead[0]["start_sample"] - RATE) < 200, f"a dead channel is its electrode: {dead}")
    zeros = [h for h in holes if abs(h[1] - h[0] - 1.5 * RATE) < 200]
    check(len(zeros) >= 1, f"1.5 s of zeros are a gap: {holes}")
    copies = [h for h in holes if h[1] - h[0] == 100]
    check(len(copies) >= 1, "a period that came twice is a gap of its length")
    calls = [e for e in events if e["type"] == "alarm" and e["id"] == "acquisition_lost"]
    check([c["state"] for c in calls[:4]] == ["raised", "cleared", "raised", "cleared"],
          "zeros and a stuck device call, and stop calling when they are over")
    if zeros:
        at = [c["decided_sample"] for c in calls][:2]
        check(zeros[0][0] + 0.499 * RATE <= at[0] < zeros[0][0] + 0.56 * RATE, f"zeros call after half a second: {zeros[0]}, {at}")
        during = [e["state"] for e in events if e["type"] == "endpoint" and at[0] <= e["decided_sample"] <= at[1]]
        check(during[:1] == ["withheld"], f"the endpoint is withheld meanwhile: {during}")
    spoiled = [e for e in events if e["type"] == "sweep" and e["valid"] and any(
        e["stimulus_sample"] < to and from_ < e["stimulus_sample"] + 0.02 * RATE for from_, to in zeros + copies)]
    check(not spoiled, "no sweep in zeros or copies is valid")
    check(marks.count("device=lost") == 2, f"a stuck device is lost, and so is one that was unplugged: {marks}")
    lies = [m for m in marks if m.startswith("note=the device samples at")]
    ppm = [int(re.search(r"([+-]\d+) ppm", m).group(1)) for m in lies]
    check(len(ppm) >= 1 and abs(ppm[0] - 1000) < 200, f"a clock that lies by 1000 ppm is said: {lies}")
    check("clock: note=the device samples at" in log, "and stands in the log")
    check("device=lost" in log and "format changed" in log, "the log has losses and another format")
    check(any(s["acquisition"] == "lost" for s in statuses) and statuses[0]["acquisition"] == "ok",
          f"displays are told when nothing comes, in {len(statuses)} messages")
    told = [s["rate_ppm"] for s in statuses if s["rate_ppm"] is not None]
    check(any(abs(p - 1000) < 200 for p in told), "displays are told the clock's error")


def main():
    with amplifier_rig.patient_folder(LSRD, SCENARIO, FAULTS) as folder:
        port, statuses, cases = free_port(), [], []
        display = threading.Thread(target=lambda: asyncio.run(watch(port, statuses)), daemon=True)
        display.start()

        def is_another_case(line):
            cases.extend([1] if line.startswith(b'{"type":"case"') else [])
            return len(cases) == 2
        status, journal, log = amplifier_rig.run_until(LSRD, ASOUND, folder, is_another_case, port=port)
        display.join(5)
        check(status == 0, "the daemon ends well")
        first = sorted((folder / "cases").iterdir())[0]
        recorded = (first / "findings.ndjson").read_bytes()
        check(journal.startswith(recorded), "the recorded journal is the live one")
        analysed = subprocess.run([LSRD, "analyze", first], capture_output=True, check=True).stdout
        check(analysed == recorded, "analyze gives its bytes")
        judge([json.loads(line) for line in recorded.splitlines()], log, statuses)
        if checks.failures:
            print(log, file=sys.stderr)
    finish()


main()
