#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`lsrd calibrate` on the virtual amplifier: the scale that the amplifier was made with comes out to 0.1 %, is kept,
and is named with the case. calibrate.py LSRD ASOUND_CONF"""
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

import numpy

import amplifier_rig
from checks import check, finish

LSRD, ASOUND = (str(pathlib.Path(a).absolute()) for a in sys.argv[1:3])
RATE, SECONDS, HZ, AMPLITUDE_UV = 20000, 10, 100, 1000.0
# Full scale in uV, sign, noise in uV RMS, delay in s; the last input is not connected.
INPUTS = [(10000.0, 1, 2.0, 0), (187500.0, -1, 9.0, 0), (4321.0, 1, 1.0, 25e-6), (10000.0, 0, 1.5, 0)]


def make(folder):
    noise = numpy.random.default_rng(3)
    t = numpy.arange(RATE * SECONDS) / RATE
    columns = []
    for full_scale, sign, noise_uv, delay in INPUTS:
        uv = sign * AMPLITUDE_UV * numpy.sin(2 * numpy.pi * HZ * (t - delay)) + noise.normal(0, noise_uv, len(t))
        columns.append(numpy.rint(uv / full_scale * 8388608).astype("<i4"))
    frames = numpy.stack(columns, axis=1)
    (folder / "sine.raw").write_bytes(frames.view(numpy.uint8).reshape(-1, 4)[:, :3].tobytes())
    (folder / "amp").write_text(f"signal sine.raw\nformat S24_3LE\nrate {RATE}\nchannels {len(INPUTS)}\n"
                                "ppm 120\npacket 20\njitter 10\n")


def lsrd(folder, *arguments):
    return subprocess.run([LSRD, *arguments], cwd=folder, env=amplifier_rig.environment(ASOUND), capture_output=True,
                          text=True, timeout=60)


def judge(text):
    found = re.findall(r"^ +(\d+)  scale (\S+) mV  noise (\S+) uV RMS  polarity (\w+)(, opposite)?.*delay (\S+) us", text,
                       re.M)
    check(len(found) == 3, f"three inputs have the signal:\n{text}")
    for number, scale, noise, _, opposite, delay in found:
        full_scale, sign, noise_uv, delay_s = INPUTS[int(number) - 1]
        check(abs(float(scale) * 1000 / full_scale - 1) < 0.001, f"input {number}: {scale} mV to 0.1 %")
        check(abs(float(noise) / noise_uv - 1) < 0.02, f"input {number}: noise {noise} uV")
        check(bool(opposite) == (sign < 0), f"input {number}: polarity against the first")
        check(abs(float(delay) - delay_s * 1e6) < 0.5, f"input {number}: delay {delay} us")


def main():
    with tempfile.TemporaryDirectory(prefix="lsrd-calibrate-") as name:
        folder = pathlib.Path(name)
        make(folder)
        pcm = f"amplifier:{folder}/amp"
        signal_is = ("--signal", "sine", "--frequency", f"{HZ}Hz", "--amplitude", "1mV", "--seconds", "5")
        done = lsrd(folder, "calibrate", pcm, *signal_is)
        check(done.returncode == 0, f"it ends well {done.stderr}")
        judge(done.stdout)
        refused = lsrd(folder, "calibrate", pcm, "--signal", "sine", "--amplitude", "1mV")
        check(refused.returncode == 1 and "--frequency" in refused.stderr, "an unknown signal is refused")
        (folder / "lsrd.conf").write_text(
            f"[device]\npcm = {pcm}\nrate = 20 kHz\nautostart = yes\n[web]\nport = 0\n"
            "[channel A]\ninput = 1\nscale = 10 mV\n[channel B]\ninput = 2\nscale = 100 mV\n")
        daemon = subprocess.Popen([LSRD, "run", "--config", "lsrd.conf"], cwd=folder, stderr=subprocess.PIPE, text=True,
                                  env=amplifier_rig.environment(ASOUND))
        log = ""
        for line in daemon.stderr:
            log += line
            if "recording=yes" in line:
                daemon.send_signal(signal.SIGTERM)
        check(daemon.wait(30) == 0, "a case is recorded")
        check("channel=B scale=100 mV measured=187" in log and "channel=A" not in log, "a scale that is not the "
              "measured one is said")
        case = json.loads(next((folder / "cases").iterdir()).joinpath("case.json").read_text())
        check(pcm in case.get("calibration", "") and "input 1 10 mV" in case["calibration"],
              f"the case names its calibration: {case.get('calibration')}")
        report = lsrd(folder, "report", str(next((folder / "cases").iterdir())))
        check("Calibration" in report.stdout, "and so does its report")
    finish()


main()
