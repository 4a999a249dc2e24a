# SPDX-License-Identifier: Apache-2.0
"""Cost of `lsrd analyze` on a simulated operation of the usual length; and on a short one beside what else
one would use, on the same file in turn: CPU seconds, wall, times real time, peak memory.
analyze.py LSRD [ROUNDS]"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

SHORT_S = 290  # of the demo's scenario: others hold it in memory whole
LONG_S = 2400  # starting the program is no part of replaying a case
HERE = os.path.dirname(os.path.abspath(__file__))


def run_once(command, environment):
    """CPU seconds, wall seconds and peak KiB of one run."""
    began = time.monotonic()
    pid = os.posix_spawn(command[0], command, environment,
                         file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    _, status, usage = os.wait4(pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} failed with status {status}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss


def python_with(*modules):
    """An interpreter that has them: this one, or Debian's."""
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import " + ",".join(modules)], capture_output=True).returncode == 0:
            return python
    return None


def own(lsrd, case):
    analyze = [lsrd, "analyze", case, "--config", "config/demo.conf"]
    narrow = lambda sets: {**os.environ, "GLIBC_TUNABLES": f"glibc.cpu.hwcaps={sets}"}
    yield "lsrd analyze", analyze, dict(os.environ)
    yield "lsrd analyze, AVX2", analyze, narrow("-AVX512F")
    yield "lsrd analyze, plain amd64", analyze, narrow("-AVX512F,-AVX2")


def others(case):
    plain = dict(os.environ)
    scipy, mne = python_with("numpy", "scipy"), python_with("mne", "scipy")
    peer = f"{HERE}/peer_script.py"
    if scipy:
        yield "script (scipy), whole file", [scipy, peer, case, "whole"], plain
        yield "script (scipy), 10 s at a time", [scipy, peer, case, "chunks"], plain
    if mne:
        yield "MNE-Python", [mne, peer, case, "mne"], plain
    yield "cat", ["/bin/cat", case], plain


def table(programs, seconds, rounds):
    runs = {name: [] for name, _, _ in programs}
    for _ in range(rounds):  # in turn, so that others' work meets all of them
        for name, command, environment in programs:
            runs[name].append(run_once(command, environment))
    print(f"{seconds} s of 5 muscles and a trigger at 20 kHz; medians of {rounds} runs in turn.\n")
    print("| program | CPU | wall | times real time (CPU) | peak memory | CPU against lsrd |\n"
          "|---|---|---|---|---|---|")
    first = statistics.median(r[0] for r in runs["lsrd analyze"])
    for name, results in runs.items():
        cpu, wall = (statistics.median(r[i] for r in results) for i in (0, 1))
        print(f"| {name} | {cpu:.2f} s | {wall:.2f} s | {seconds / cpu:.0f} |"
              f" {max(r[2] for r in results) / 1024:.1f} MiB | {cpu / first:.1f} |")


def main(lsrd, rounds="3"):
    with tempfile.TemporaryDirectory() as folder:
        for seconds, among_others in ((LONG_S, False), (SHORT_S, True)):
            case = f"{folder}/case.bdf"
            subprocess.run([lsrd, "simulate", "demo", "-o", case, "--set", f"scenario.duration={seconds}s"], check=True)
            table([*own(lsrd, case), *(others(case) if among_others else ())], seconds, int(rounds))
            os.remove(case)
            print()


main(*sys.argv[1:])
