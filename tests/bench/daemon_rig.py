# SPDX-License-Identifier: Apache-2.0
"""The shipped binary on a virtual amplifier whose clock is known, and displays that measure it."""
import json
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))
import amplifier_rig  # noqa: E402

RATE = 20000


def bench(build, *arguments):
    return json.loads(subprocess.run([build / "tests/bench/web_bench", *map(str, arguments)], capture_output=True,
                                     check=True).stdout)


def make(build, scenario, folder):
    """A minute of a simulated patient, round and round; the inputs' labels."""
    labels, description = amplifier_rig.make_patient(build / "lsrd", scenario, folder, 60)
    (folder / "amp").write_text(description + "started clock\n")
    amplifier_rig.configuration(folder, labels)
    return labels


class Daemon:
    """A case that runs."""

    def __init__(self, build, folder, period_ms, before=()):
        self.build = build
        (folder / "clock").unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [*before, build / "lsrd", "run", "--config", folder / "lsrd.conf", "--set", "web.port=0", "--set",
             f"device.period={period_ms}ms"], stderr=subprocess.PIPE, text=True, cwd=folder,
            env=amplifier_rig.environment(build / "tests/amplifier/asound.conf"))
        self.port, is_case = None, False
        while self.port is None or not is_case:
            line = self.process.stderr.readline()
            if not line:
                raise SystemExit("bench: lsrd ended")
            found = re.search(r" web: .*port=(\d+)", line)
            self.port = int(found.group(1)) if found else self.port
            is_case = is_case or "recording=yes" in line
        self.origin = int((folder / "clock").read_text())

    def measure(self, what, displays, seconds, *more):
        return bench(self.build, what, self.port, self.origin, RATE, displays, seconds, self.process.pid, *more)

    def stop(self):
        self.process.terminate()
        self.process.communicate()
