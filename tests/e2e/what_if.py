#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What other thresholds would have said of a recorded case. what_if.py LSRD"""
import json
import pathlib
import sys
import tempfile

from checks import check, finish, runner

SCENARIO = "course-04-irritation"


lsrd = runner(sys.argv[1])


def journal(case, *sets):
    return [json.loads(line) for line in lsrd("analyze", case, *sets).stdout.splitlines()]


def responses(findings):
    return sum(f["type"] == "sweep" and f["role"] == "lsr" and f["present"] is True for f in findings)


with tempfile.TemporaryDirectory() as name:
    case = pathlib.Path(name) / "case"
    lsrd("simulate", SCENARIO, "-o", case)
    sets = ("--set", "response.min_amplitude=100uV")
    before, after = journal(case), journal(case, *sets)

    out = lsrd("analyze", "--compare", "as-monitored", "--json", *sets, case, case)
    lines = [json.loads(line) for line in out.stdout.splitlines()]
    totals = [line for line in lines if line["type"] == "comparison"]
    check(out.returncode == 0 and len(totals) == 3, "each case has its totals, all of them have theirs")
    one, both = totals[0]["sweeps"], totals[2]["sweeps"]
    check(one["was"] == responses(before) and one["now"] == responses(after) < one["was"],
          f"the sides are what two analyses say: {one}")
    check(one["new"] == 0 and one["gone"] == one["was"] - one["now"], "a higher threshold only takes away")
    check(both["gone"] == 2 * one["gone"] and totals[2]["cases"] == 2, "totals add up")
    gone = {(d["was"]["sample"], d["channel"]) for d in lines
            if d["type"] == "difference" and d["what"] == "sweep" and d["change"] == "gone"}
    check(len(gone) == one["gone"], "every verdict that changed is named")

    quick = lsrd("analyze", "--compare", "as-monitored", "--json", "--set", "free_running.threshold=45uV", case)
    slow = json.loads(quick.stdout.splitlines()[-1])
    changed = journal(case, "--set", "free_running.threshold=45uV")
    events = sum(f["type"] == "emg_event" for f in changed)
    check(quick.returncode == 0 and slow["events"]["now"] == events,
          "a threshold that the samples are needed for is tried by another pass")

    text = lsrd("analyze", "--compare", "as-monitored", *sets, case).stdout.decode()
    check("as monitored" in text and "gone, " in text, "people read it side by side")

    for arguments, says in (
            (("--compare", "as-monitored"), b"wants a threshold to try"),
            (("--compare", "nonsense", *sets), b"as-monitored is what there is"),
            (("--compare", "as-monitored", "--set", "response.min_amplitude=1 kV"), b"min_amplitude"),
            (("--compare", "as-monitored", "--set", "web.name_of_nothing=1"), b"name_of_nothing"),
            (("--compare", "as-monitored", "--set", "device.site=or2"), b"changes no finding")):
        out = lsrd("analyze", *arguments, case)
        check(out.returncode == 1 and says in out.stderr and out.stderr.count(b"\n") == 1,
              f"{' '.join(arguments)}: {out.stderr.decode().strip()}")
finish()
