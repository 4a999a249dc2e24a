# SPDX-License-Identifier: Apache-2.0
"""The shipped binary on the virtual amplifier: a simulated patient's signal, played by a device that fails
as its description says."""
import contextlib
import os
import pathlib
import signal
import subprocess
import tempfile
import threading


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


def make_patient(lsrd, scenario, folder, seconds):
    """folder/patient.raw; its labels, and the lines that describe the amplifier that plays it."""
    subprocess.run([lsrd, "simulate", scenario, "-o", folder / "patient.bdf", "--set",
                    f"scenario.duration={seconds}s"], check=True)
    labels = bdf_to_raw(folder / "patient.bdf", folder / "patient.raw")
    return labels, f"signal patient.raw\nformat S24_3LE\nrate 20000\nchannels {len(labels)}\n"


def configuration(folder, labels):
    lines = ["[device]", "source = alsa", f"pcm = amplifier:{folder}/amp", "rate = 20 kHz", "autostart = yes",
             "[record]", f"directory = {folder}/cases"]
    for i, label in enumerate(labels):
        lines += [f"[channel {label}]", f"input = {i + 1}"]
    lines += ["[stimulus]", "trigger = STIM" if "STIM" in labels else "trigger = artifact",
              "[branch zygomatic]", "direct = OOC", "lateral = MENT, OOR"]
    (folder / "lsrd.conf").write_text("\n".join(lines) + "\n")


@contextlib.contextmanager
def patient_folder(lsrd, scenario, faults):
    """A folder with thirty seconds of a patient, the amplifier that plays it and fails so, another one of another
    rate, and the daemon's configuration."""
    with tempfile.TemporaryDirectory(prefix="lsrd-amplifier-") as name:
        folder = pathlib.Path(name)
        labels, description = make_patient(lsrd, scenario, folder, 30)
        (folder / "other").write_text(description.replace("20000", "16000"))
        (folder / "amp").write_text(description + "packet 20\njitter 10\n" + faults)
        configuration(folder, labels)
        yield folder


def environment(asound):
    return dict(os.environ, ALSA_CONFIG_PATH=f"/usr/share/alsa/alsa.conf:{asound}")


def run_until(lsrd, asound, folder, is_over, port=0, patience_s=90):
    """The daemon until is_over(line) of its journal and a sweep after it. Its status, journal and log."""
    daemon = subprocess.Popen([lsrd, "run", "--config", folder / "lsrd.conf", "--findings", "-",
                               "--set", f"web.port={port}"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(asound))
    log = []
    reader = threading.Thread(target=lambda: log.extend(daemon.stderr))
    reader.start()
    alarm = threading.Timer(patience_s, daemon.kill)
    alarm.start()
    journal, is_ending, is_told = b"", False, False
    for line in daemon.stdout:
        journal += line
        is_ending = is_ending or is_over(line)
        if is_ending and not is_told and b'"type":"sweep"' in line:
            daemon.send_signal(signal.SIGTERM)
            is_told = True
    status = daemon.wait()
    alarm.cancel()
    reader.join()
    return status, journal, b"".join(log).decode()
