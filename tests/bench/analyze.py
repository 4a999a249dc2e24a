# SPDX-License-Identifier: Apache-2.0
"""Cost of `lsrd analyze` on a simulated operation: CPU seconds, times real time, peak memory.
analyze.py LSRD [ROUNDS]"""
import os
import statistics
import subprocess
import sys
import tempfile


def run_once(lsrd, case):
    """CPU seconds and peak KiB of one analysis."""
    pid = os.posix_spawn(lsrd, [lsrd, "analyze", case, "--config", "config/demo.conf"], os.environ,
                         file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    _, status, usage = os.wait4(pid, 0)
    if status:
        sys.exit(f"analyze failed with status {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def main(lsrd, rounds="5"):
    with tempfile.TemporaryDirectory() as folder:
        case = f"{folder}/case.bdf"
        subprocess.run([lsrd, "simulate", "demo", "-o", case], check=True)
        seconds = 290.0  # of the demo's scenario
        runs = [run_once(lsrd, case) for _ in range(int(rounds))]
    cpu = statistics.median(r[0] for r in runs)
    print("| signal | CPU, median | times real time | peak memory |\n|---|---|---|---|")
    print(f"| {seconds:.0f} s, 5 muscles (8 lanes) at 20 kHz | {cpu:.2f} s | {seconds / cpu:.0f} |"
          f" {max(r[1] for r in runs) / 1024:.1f} MiB |")


main(*sys.argv[1:])
