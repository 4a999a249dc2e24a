# SPDX-License-Identifier: Apache-2.0
"""Each thread's share of a core, and memory, while a case of a simulated patient is recorded.
recorder.py LSRD [SECONDS]"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

TICKS = os.sysconf("SC_CLK_TCK")


def threads(pid):
    """Name -> CPU seconds."""
    out = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        name = (task / "comm").read_text().strip()
        fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
        out[name] = out.get(name, 0) + (int(fields[11]) + int(fields[12])) / TICKS
    return out


def memory_mib(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def main(lsrd, seconds="60"):
    with tempfile.TemporaryDirectory() as folder:
        child = subprocess.Popen(
            [lsrd, "run", "--config", os.path.abspath("config/demo.conf"), "--set", "device.autostart=yes",
             "--set", f"record.directory={folder}", "--set", "web.port=0"],
            stderr=subprocess.DEVNULL, cwd=os.getcwd())
        try:
            time.sleep(5)
            before = threads(child.pid)
            time.sleep(float(seconds))
            after, used = threads(child.pid), memory_mib(child.pid)
        finally:
            child.terminate()
            child.wait()
        size = sum(path.stat().st_size for path in pathlib.Path(folder).rglob("*.bdf")) / 1e6
    print("| thread | share of a core |\n|---|---|")
    for name in sorted(after, key=lambda n: before.get(n, 0) - after[n]):
        print(f"| {name} | {100 * (after[name] - before.get(name, 0)) / float(seconds):.2f} % |")
    print(f"\n{float(seconds):.0f} s, {size:.0f} MB recorded, {used:.1f} MiB resident")


main(*sys.argv[1:])
