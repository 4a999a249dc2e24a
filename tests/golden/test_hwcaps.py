#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same findings to the byte, whatever the processor has: a case analysed as it comes, and with
instruction sets hidden from the detectors and from the C library."""
import os
import pathlib
import subprocess
import sys
import tempfile

LSRD, SCENARIOS = sys.argv[1], pathlib.Path(sys.argv[2])
HIDDEN = ["-AVX512F", "-AVX2,-FMA", "-AVX512F,-AVX2,-FMA,-AVX,-SSE4_1"]


def analyze(case, hidden):
    environment = dict(os.environ)
    environment.pop("GLIBC_TUNABLES", None)
    if hidden:
        environment["GLIBC_TUNABLES"] = "glibc.cpu.hwcaps=" + hidden
    return subprocess.run([LSRD, "analyze", case], env=environment, capture_output=True, check=True).stdout


def main():
    with tempfile.TemporaryDirectory(prefix="lsrd-hwcaps-") as folder:
        for scenario in ("busy-face", "one-in-eight"):
            case = f"{folder}/{scenario}"
            subprocess.run([LSRD, "simulate", SCENARIOS / f"{scenario}.scenario", "-o", case,
                            "--set", "scenario.duration=60 s"], check=True)
            usual = analyze(case, None)
            assert usual.count(b"\n") > 10, usual
            for hidden in HIDDEN:
                assert analyze(case, hidden) == usual, f"{scenario}: other findings with {hidden}"


main()
