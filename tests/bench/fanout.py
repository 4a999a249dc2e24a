#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What displays cost: the shipped binary on one core, with capture, analysis and recording, envelopes and sweeps to
up to 32 displays; and what one that never reads costs. fanout.py BUILD SCENARIO"""
import pathlib
import sys
import tempfile

import daemon_rig

BUILD, SCENARIO = (pathlib.Path(a).absolute() for a in sys.argv[1:3])
SECONDS = 6


def row(daemon, displays, stalled):
    got = daemon.measure("displays", displays, SECONDS, stalled)
    times = " / ".join(f"{t:.2f}" for t in got["newest"][:3])
    print(f"| {displays} | {stalled} | {times} | {got['gaps']} | {got['cpu']:.1f} % | {got['rss'] / 1024:.1f} MiB |",
          flush=True)
    return got["rss"]


def main():
    with tempfile.TemporaryDirectory(prefix="lsrd-fanout-") as name:
        folder = pathlib.Path(name)
        labels = daemon_rig.make(BUILD, SCENARIO, folder)
        print(f"{len(labels)} inputs at 20 kHz, a case recorded; newest sample to display, p50 / p99 / p99.9 in ms.\n\n"
              "| displays | stalled | to the display | frames lost | CPU of one core, analysis included | memory |\n"
              "|---|---|---|---|---|---|")
        for displays in (0, 1, 8, 32):
            daemon = daemon_rig.Daemon(BUILD, folder, 5, before=("taskset", "-c", "0"))
            row(daemon, displays, 0)
            daemon.stop()
        daemon = daemon_rig.Daemon(BUILD, folder, 5, before=("taskset", "-c", "0"))
        row(daemon, 31, 0)
        # What a minute of looking back takes fills up meanwhile, with or without the stalled one.
        before, with_one, after = row(daemon, 31, 0), row(daemon, 31, 1), row(daemon, 31, 0)
        daemon.stop()
        print(f"\nA stalled display costs {with_one - (before + after) // 2} KiB.")


main()
