#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The shipped binary on the virtual amplifier, with an overrun, an unplug and a return as another device in
it: the journal of the live case, of its directory analysed and of its replay are the same bytes.
live_alsa.py LSRD ASOUND_CONF SCENARIO"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading

LSRD, ASOUND, SCENARIO = sys.argv[1:4]
PATIENCE_S = 90
CHANNELS = ["FRONT", "OOC", "OOR", "MENT"]
failures = 0


def check(is_good, what):
    global failures
    failures += not is_good
    print(("ok - " if is_good else "not ok - ") + what, flush=True)


def field(header, signals, at, size, i):
    start = 256 + signals * at + size * i
    return header[start:start + size].decode("ascii").strip()


def bdf_to_raw(path, raw):
    """Signals of a BDF file as interleaved S24_3LE; their labels."""
    data = path.read_bytes()
    signals = int(data[252:256])
    records, size = int(data[236:244]), int(data[184:192])
    samples = [int(field(data, signals, 216, 8, i)) for i in range(signals)]
    labels = [field(data, signals, 0, 16, i) for i in range(signals)]
    kept = [i for i in range(signals) if "Annotations" not in labels[i]]
    with open(raw, "wb") as out:
        for r in range(records):
            at = size + r * sum(samples) * 3
            frames = bytearray(samples[kept[0]] * 3 * len(kept))
            for i in range(signals):
                part = data[at:at + samples[i] * 3]
                at += samples[i] * 3
                if i in kept:
                    for byte in range(3):
                        frames[kept.index(i) * 3 + byte::3 * len(kept)] = part[byte::3]
            out.write(frames)
    return [labels[i] for i in kept]


def configuration(folder, labels):
    lines = ["[device]", "source = alsa", f"pcm = amplifier:{folder}/amp", "rate = 20 kHz", "autostart = yes",
             "[record]", f"directory = {folder}/cases"]
    for i, label in enumerate(labels):
        lines += [f"[channel {label}]", f"input = {i + 1}"]
    lines += ["[stimulus]", "trigger = STIM" if "STIM" in labels else "trigger = artifact",
              "[branch zygomatic]", "direct = OOC", "lateral = MENT, OOR"]
    (folder / "lsrd.conf").write_text("\n".join(lines) + "\n")


def run_until(folder, text, count):
    """The daemon's journal until text was seen so often and a sweep came after it; then it is stopped."""
    environment = dict(os.environ, ALSA_CONFIG_PATH=f"/usr/share/alsa/alsa.conf:{ASOUND}")
    daemon = subprocess.Popen([LSRD, "run", "--config", folder / "lsrd.conf", "--findings", "-",
                               "--set", "web.port=0"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    log = []
    reader = threading.Thread(target=lambda: log.extend(daemon.stderr))
    reader.start()
    alarm = threading.Timer(PATIENCE_S, daemon.kill)
    alarm.start()
    journal, seen = b"", 0
    for line in daemon.stdout:
        journal += line
        if text in line:
            seen += 1
        if seen >= count and b'"type":"sweep"' in line and daemon.poll() is None:
            daemon.send_signal(signal.SIGTERM)
            count = 1 << 30
    status = daemon.wait()
    alarm.cancel()
    reader.join()
    return status, journal, b"".join(log).decode()


def main():
    with tempfile.TemporaryDirectory(prefix="lsrd-live-") as name:
        folder = pathlib.Path(name)
        subprocess.run([LSRD, "simulate", SCENARIO, "-o", folder / "patient.bdf", "--set",
                        "scenario.duration=30s"], check=True)
        labels = bdf_to_raw(folder / "patient.bdf", folder / "patient.raw")
        description = f"signal patient.raw\nformat S24_3LE\nrate 20000\nchannels {len(labels)}\n"
        (folder / "other").write_text(description.replace("20000", "16000"))
        (folder / "amp").write_text(description + "packet 20\njitter 10\nat 60000 xrun\nat 100000 unplug 300ms\n"
                                    "at 160000 unplug 100ms as other\n")
        configuration(folder, labels)
        status, journal, log = run_until(folder, b'"device=back"', 2)
        check(status == 0, "the daemon ends well")
        if status:
            sys.exit(log)
        cases = sorted((folder / "cases").iterdir())
        check(len(cases) == 2, "another rate is another case")
        check(journal.count(b'"overrun=') == 1 and journal.count(b'"device=lost"') == 2,
              "every interruption is a mark")
        check(journal.count(b'"kind":"gap"') >= 2, "every loss is a gap")
        check("device=lost" in log and "overrun" in log, "the log says so")
        if failures:
            print(log, file=sys.stderr)
        analysed = b"".join(subprocess.run([LSRD, "analyze", c], capture_output=True, check=True).stdout
                            for c in cases)
        check(analysed == journal, "analyze gives the live journal's bytes")
        check(b"".join((c / "findings.ndjson").read_bytes() for c in cases) == journal,
              "the recorded journal is the live one")
        replayed = subprocess.run([LSRD, "replay", cases[0], "--speed", "0", "--findings", "-",
                                   "--set", "web.port=0"], capture_output=True).stdout
        check(journal.startswith(replayed) and replayed.count(b"\n") > 50,
              "the replay gives the live journal's bytes")
    sys.exit(failures > 0)


main()
