#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a person did during a live case stands in it, with who, when and the setting before: in the journal, in the
signal file's annotations, in the report; and a replay as monitored says what was said. monitored.py LSRD SCENARIO"""
import asyncio
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from bdf import annotations
from wire_rig import WAIT_S, Person, start

LSRD, SCENARIO = (os.path.abspath(a) for a in sys.argv[1:3])
WHO = "Dr. Wang"
failures = 0


def check(is_good, what):
    global failures
    failures += not is_good
    print(("ok - " if is_good else "not ok - ") + what, flush=True)


async def operate(folder):
    """A person at work, until the endpoint is confirmed. The marks that the answers must have left, in order."""
    daemon, port = await start(
        LSRD, "--set", "device.source=patient", "--set", f"device.scenario={SCENARIO}", "--set", "device.autostart=yes",
        "--set", "stimulus.trigger=STIM", "--set", "branch.zygomatic.direct=OOC", "--set",
        "branch.zygomatic.lateral=MENT,OOR", "--set", f"record.directory={folder}/cases", cwd=folder)
    person = await Person.connect(port, WHO)

    async def done(op, **fields):
        answer = await person.ask(op, **fields)
        check(answer["ok"], f"{op} {fields} is answered ok: {answer.get('error')}")

    def state():
        changes = [f["state"] for f in person.findings if f["type"] == "endpoint"]
        return changes[-1] if changes else None

    await done("mark", text="note=患者 with by=nobody in it")
    await done("set", key="endpoint.hold", value="6 s")
    await done("set", key="endpoint.min_sweeps", value="12")
    refused = await person.ask("set", key="stimulus.trigger", value="artifact")
    check(not refused["ok"], "what is not live is refused")
    await person.until(lambda: state() == "reached" and any(a["id"] == "endpoint_reached" for a in person.alarms))
    await done("ack", key=next(a["key"] for a in person.alarms if a["id"] == "endpoint_reached"))
    await done("mark", text="confirm")
    await person.until(lambda: state() == "confirmed")
    await done("set", key="response.min_amplitude", value="12 uV")
    await done("case_end")
    await person.leave()
    daemon.terminate()
    check(await asyncio.wait_for(daemon.wait(), WAIT_S) == 0, "the daemon ends well")
    await daemon.draining
    return ["note=患者 with by=nobody in it", "set=endpoint.hold=6 s was=30 s", "set=endpoint.min_sweeps=12 was=30",
            "ack=endpoint_reached", "confirm", "set=response.min_amplitude=12 uV was=15 uV", "case=end"]


def lsrd(*arguments):
    return subprocess.run([LSRD, *map(str, arguments)], capture_output=True, timeout=200, check=True).stdout


with tempfile.TemporaryDirectory(prefix="lsrd-monitored-") as name:
    folder = pathlib.Path(name)
    done = asyncio.run(operate(folder))
    case = next((folder / "cases").iterdir())
    journal = (case / "findings.ndjson").read_bytes()
    marks = [f for f in map(json.loads, journal.splitlines()) if f["type"] == "mark" and f["by"] == WHO]
    check([m["text"] for m in marks] == done, f"the journal has each, in order: {[m['text'] for m in marks]}")
    check(all(m["sample"] == m["decided_sample"] for m in marks) and
          [m["sample"] for m in marks] == sorted(m["sample"] for m in marks), "each at its sample")
    rate = json.loads(journal.split(b"\n", 1)[0])["rate_hz"]
    noted = [(round(onset * rate), text) for onset, text in annotations(case / "signals.bdf")
             if text.endswith(f" by={WHO}")]
    check(noted == [(m["sample"], f"{m['text']} by={WHO}") for m in marks],
          f"the signal file has the same, at the same samples: {noted}")
    check(lsrd("analyze", case) == journal, "analyze gives the journal's bytes")
    check(lsrd("replay", case, "--speed", "0", "--findings", "-", "--set", "web.port=0") == journal,
          "a replay as monitored gives the journal's bytes")
    check(b"endpoint.hold: 30 s -> 6 s by " + WHO.encode() in lsrd("analyze", "--summary", case),
          "the summary shows a setting before and after")
    lsrd("report", case, "-o", folder / "report.html")
    check("endpoint.hold: 30 s → 6 s" in (folder / "report.html").read_text(encoding="utf-8"), "and so does the report")
sys.exit(failures > 0)
