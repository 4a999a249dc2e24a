#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How many instructions the detectors take for one sample of one channel, counted by callgrind: the
same on every machine, loaded or not. Fails where it is over the limit. instructions.py DETECT_BENCH"""
import re
import shutil
import subprocess
import sys

BENCH = sys.argv[1]
# Measured with gcc 12.2, and 10 % of head-room: other compilers and small changes pass, a stage that
# is run twice does not. A change that needs more says why and moves the number.
LIMITS = {"base": 225, "avx2": 130}


def count(instruction_set):
    """(instructions, frames, channels) of ten seconds; None where the processor lacks the set."""
    done = subprocess.run(["valgrind", "--tool=callgrind", "--toggle-collect=bank_feed",
                           "--callgrind-out-file=/dev/null", BENCH, "count", instruction_set],
                          capture_output=True, text=True)
    if done.returncode == 77:
        return None
    if done.returncode:
        sys.exit(done.stderr)
    frames, channels = re.search(r"(\d+) frames of (\d+) channels", done.stdout).groups()
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1)), int(frames), int(channels)


def main():
    if not shutil.which("valgrind"):
        sys.exit(77)
    failed = False
    print("| instruction set | instructions a sample and channel | limit |\n|---|---|---|")
    for instruction_set, limit in LIMITS.items():
        counted = count(instruction_set)
        if not counted:
            continue
        instructions, frames, channels = counted
        each = instructions / frames / channels
        print(f"| {instruction_set} | {each:.1f} | {limit} |")
        failed |= each > limit
    sys.exit(failed)


main()
