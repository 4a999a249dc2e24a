#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How old a sample is when a display has it: the shipped binary on the virtual amplifier, whose clock is known, by
period and displays, with and without two CPU hogs; beside a bare timer and a bare send() in the same minute.
latency.py BUILD SCENARIO [SECONDS]"""
import multiprocessing
import pathlib
import sys
import tempfile
import time

import daemon_rig
from daemon_rig import RATE

BUILD, SCENARIO = (pathlib.Path(a).absolute() for a in sys.argv[1:3])
SECONDS = float(sys.argv[3]) if len(sys.argv) > 3 else 10


def pulses(folder, channels, trigger):
    """Frames at which the signal's trigger rises."""
    raw = (folder / "patient.raw").read_bytes()
    high = [int.from_bytes(raw[at:at + 3], "little", signed=True) for at in
            range(3 * trigger, len(raw), 3 * channels)]
    middle = (max(high) + min(high)) / 2
    return {n for n in range(1, len(high)) if high[n] > middle >= high[n - 1]}


def spin():
    while True:
        pass


def cell(times):
    return " / ".join(f"{t:.2f}" for t in times[:3])


def row(folder, period_ms, displays, injected):
    bare = daemon_rig.bench(BUILD, "bare", period_ms * 1000, displays, SECONDS)
    daemon = daemon_rig.Daemon(BUILD, folder, period_ms)
    got = daemon.measure("live", displays, SECONDS, RATE * period_ms // 1000)
    daemon.stop()
    right = sum(s in injected for s in got["stimuli"])
    print(f"| {period_ms} ms | {displays} | {cell(bare['timer'])} | {cell(bare['newest'])} | {cell(got['newest'])} | "
          f"{cell(got['oldest'])} | {cell(got['verdict'])} | {right} of {len(got['stimuli'])} | {got['gaps']} | "
          f"{got['cpu']:.1f} % |", flush=True)
    return {"period": period_ms, "displays": displays,
            "over bare": got["newest"][1] - bare["newest"][1], "oldest": got["oldest"][1] - period_ms,
            "verdict": got["verdict"][1] - period_ms}


def table(folder, injected, hogs):
    print(f"\n{'With two CPU hogs' if hogs else 'Nothing else runs'}; p50 / p99 / p99.9 in ms.\n\n"
          "| period | displays | timer late | bare send() | period's end to display | oldest sample to display | "
          "sweep's last sample to verdict at display | pulses at their sample | frames lost | CPU |\n"
          "|---|---|---|---|---|---|---|---|---|---|")
    spinning = [multiprocessing.Process(target=spin, daemon=True) for _ in range(2 if hogs else 0)]
    for hog in spinning:
        hog.start()
    rows = [row(folder, period, displays, injected) for period in (1, 2, 5, 10) for displays in (1, 8, 32)]
    for hog in spinning:
        hog.kill()
        hog.join()
    return rows


def goals(rows):
    print("\nGoals, up to 8 displays and without hogs:\n")
    for what, name, limit in (("over bare", "p99 no more than the bare loop and", 0.2),
                              ("oldest", "p99 of the oldest sample within the period and", 1.0),
                              ("verdict", "p99 of a verdict within the period's wait and", 1.0)):
        worst = max((r for r in rows if r["displays"] <= 8), key=lambda r: r[what])
        print(f"- {name} {limit} ms: {'held' if worst[what] <= limit else 'missed'}, worst {worst[what]:.2f} ms "
              f"({worst['period']} ms, {worst['displays']} displays)")


def main():
    with tempfile.TemporaryDirectory(prefix="lsrd-latency-") as name:
        folder = pathlib.Path(name)
        labels = daemon_rig.make(BUILD, SCENARIO, folder)
        injected = pulses(folder, len(labels), labels.index("STIM"))
        print(time.strftime("%Y-%m-%d") + f", {len(labels)} inputs at 20 kHz, case recorded, {SECONDS:g} s a row")
        quiet = table(folder, injected, False)
        table(folder, injected, True)
        goals(quiet)


main()
