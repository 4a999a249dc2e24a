#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signals for the virtual machine's devices, and the judgement of what was recorded there.
check.py make OUT LSRD SCENARIO | check.py judge OUT LSRD | check.py power OUT LSRD"""
import json
import pathlib
import re
import subprocess
import sys

failures = 0
# An emulated processor that shares its host: times are printed, and only a hang fails.
SLOW = 5


def check(is_good, what):
    global failures
    failures += not is_good
    print(("ok - " if is_good else "not ok - ") + what, flush=True)
    return is_good


# ---- BDF, as far as the checks need it

class Bdf:
    """Signals as bytes, three a sample; annotations left out."""

    def __init__(self, path):
        data = pathlib.Path(path).read_bytes()
        signals, self.records = int(data[252:256]), int(data[236:244])
        head, duration = int(data[184:192]), float(data[244:252])

        def fields(at, size):
            return [data[256 + signals * at + size * i:][:size].decode("ascii").strip() for i in range(signals)]
        labels, samples = fields(0, 16), [int(s) for s in fields(216, 8)]
        kept = [i for i in range(signals) if "Annotations" not in labels[i]]
        self.labels = [labels[i] for i in kept]
        self.rate = round(samples[kept[0]] / duration)
        self.frames = self.records * samples[kept[0]]
        self.signals = [bytearray() for _ in kept]
        for r in range(self.records):
            at = head + r * sum(samples) * 3
            for i in range(signals):
                if i in kept:
                    self.signals[kept.index(i)] += data[at:at + samples[i] * 3]
                at += samples[i] * 3


def interleave(signals):
    out = bytearray(len(signals[0]) * len(signals))
    for c, signal in enumerate(signals):
        for byte in range(3):
            out[3 * c + byte::3 * len(signals)] = signal[byte::3]
    return out


def counter(frames):
    """A signal that is its own frame number."""
    out = bytearray(3 * frames)
    out[0::3] = bytes(n & 255 for n in range(frames))
    out[1::3] = bytes(n >> 8 & 255 for n in range(frames))
    out[2::3] = bytes(n >> 16 & 255 for n in range(frames))
    return out


def scrambled(frames, seed):
    """Bytes that do not repeat within reach, the same in every run."""
    table = bytes((i * 197 + seed * 89 + (i * i >> 3)) & 255 for i in range(65537))
    return bytearray((table * (3 * frames // len(table) + 1))[:3 * frames])


# ---- before

CONFIG = """[device]
source = alsa
pcm = {pcm}
rate = {rate} Hz
autostart = yes
[record]
directory = /mnt/{name}
[web]
port = 0
"""


def describe(out, name, form, rate, channels, more=""):
    (out / f"{name}.amp").write_text(f"signal {name}.raw\nformat {form}\nrate {rate}\nchannels {channels}\n{more}")


def make(out, lsrd, scenario):
    subprocess.run([lsrd, "simulate", scenario, "-o", out / "patient.bdf", "--set", "scenario.duration=40s"],
                   check=True)
    patient = Bdf(out / "patient.bdf")
    (out / "patient.bdf").unlink()
    signals = patient.signals + [scrambled(patient.frames, k) for k in range(7 - len(patient.signals))]
    signals.append(counter(patient.frames))
    (out / "emg.raw").write_bytes(interleave(signals))
    describe(out, "emg", "S24_3LE", 20000, 8, "ppm 120\n")
    text = CONFIG.format(pcm="hw:CARD=EMG8,DEV=0", rate=20000, name="usb8")
    for i, label in enumerate(patient.labels + ["A", "B", "C", "D"][:7 - len(patient.labels)] + ["COUNT"]):
        text += f"[channel {label}]\ninput = {i + 1}\n"
    text += "[stimulus]\ntrigger = STIM\n[branch zygomatic]\ndirect = OOC\nlateral = MENT, OOR\n"
    (out / "usb8.conf").write_text(text)

    frames = 96000
    (out / "between.raw").write_bytes(interleave([counter(frames), counter(frames)]))
    describe(out, "between", "S24_3LE", 48000, 2)
    (out / "wide.raw").write_bytes(interleave([scrambled(frames, k) for k in range(15)] + [counter(frames)]))
    describe(out, "wide", "S24_3LE", 48000, 16)
    # All inputs are recorded; two are watched, because the emulated processor is a twentieth of a real one.
    (out / "usb16.conf").write_text(CONFIG.format(pcm="hw:CARD=EMG16,DEV=0", rate=48000, name="usb16") +
                                    "[channel FIRST]\ninput = 1\n[channel COUNT]\ninput = 16\n")

    loop = [scrambled(60000, k) for k in range(7)] + [counter(60000)]
    for signal in loop:
        signal[0::3] = bytes(60000)  # only 16 bits travel
    loop[7][1::3], loop[7][2::3] = counter(60000)[0::3], counter(60000)[1::3]
    (out / "loop.bdfbytes").write_bytes(interleave(loop))
    whole = interleave(loop)
    (out / "loop.raw").write_bytes(bytes(b for i, b in enumerate(whole) if i % 3) * 3)
    (out / "loop.conf").write_text(CONFIG.format(pcm="hw:CARD=Loopback,DEV=1", rate=20000, name="loop"))


# ---- after

def gaps(lsrd, case):
    found = subprocess.run([lsrd, "analyze", case], capture_output=True, check=True).stdout.splitlines()
    events = [json.loads(line) for line in found]
    return [(e["start_sample"], e["end_sample"]) for e in events if e.get("kind") == "gap"], found


def segments(total, holes):
    at = 0
    for start, end in holes:
        yield at, start
        at = end
    yield at, total


def frame_number(signal, index):
    return int.from_bytes(signal[3 * index:3 * index + 3], "little")


def judge_exact(out, lsrd, name, raw, channels, modulo, number):
    """Every stretch between gaps is a stretch of the device's own frames, bit for bit."""
    cases = sorted((out / name).iterdir())
    if not check(len(cases) == 1, f"{name}: one case"):
        return None
    bdf = Bdf(cases[0] / "signals.bdf")
    whole = (out / raw).read_bytes()
    own = []
    for c in range(channels):
        signal = bytearray(len(whole) // channels)
        for byte in range(3):
            signal[byte::3] = whole[3 * c + byte::3 * channels]
        own.append(bytes(signal) * 2)  # a stretch may wrap once
    frames = len(whole) // 3 // channels
    holes, _ = gaps(lsrd, cases[0])
    recorded = int(re.search(r"samples=(\d+)", (out / f"{name}.log").read_text()).group(1))
    check(recorded <= bdf.frames < recorded + 2 * bdf.rate, f"{name}: all {recorded} frames are in the file")
    exact = 0
    for first, end in segments(recorded, holes):
        at = first
        while at < end:  # in pieces of the signal's length
            length = min(end - at, frames)
            start = number(bdf.signals[-1], at) % modulo
            for c in range(channels):
                here, there = bytes(bdf.signals[c][3 * at:3 * (at + length)]), own[c][3 * start:3 * (start + length)]
                if here != there:
                    wrong = next(i for i in range(length) if here[3 * i:3 * i + 3] != there[3 * i:3 * i + 3])
                    check(False, f"{name}: input {c + 1}, index {at + wrong} is the device's frame {start + wrong} (the "
                          f"counter says {number(bdf.signals[-1], at + wrong)})")
                    return cases[0]
            exact += length
            at += length
    check(exact > bdf.rate, f"{name}: {exact} frames of {channels} channels at {bdf.rate} Hz are bit-exact, "
          f"{len(holes)} gaps")
    return cases[0]


def judge_earned_again(found):
    """What is said after the outage rests on ten valid sweeps after it, and is no endpoint yet."""
    events = [json.loads(line) for line in found]
    back = max(i for i, e in enumerate(events) if e.get("text") == "device=back")
    until = next((i for i in range(back, len(events)) if events[i]["type"] == "endpoint"), len(events))
    valid = {e["stimulus_sample"] for e in events[back:until] if e["type"] == "sweep" and e["valid"]}
    states = [e["state"] for e in events[back:] if e["type"] == "endpoint"]
    check(len(valid) >= 10 and states[:1] not in ([], ["reached"]),
          f"{len(valid)} valid sweeps after the outage before anything is said again: {states}")


def judge(out, lsrd):
    times = dict(line.split() for line in (out / "times").read_text().splitlines() if " " in line)
    print("times:", times)
    check("hw:CARD=EMG8,DEV=0" in (out / "devices.txt").read_text(), "devices lists a stable name")
    test = (out / "test.txt").read_text()
    check("S24_3LE, 20 kHz, 8 channels" in test, "devices test opens it")
    check(re.search(r"trigger: \d+ pulses", test) is not None, "devices test sees the trigger")
    check(times.get("status") == "0", "the daemon ends well")
    alarm_ms, own_ms = int(times["alarm_ms"]), int(times["back_ms"]) - int(times["card_ms"])
    check(alarm_ms <= SLOW * 500, f"alarm {alarm_ms} ms after the plug was pulled; a real machine's limit is 500")
    check(own_ms <= SLOW * 2000, f"capture goes on {times['back_ms']} ms after plugging in: {times['card_ms']} until "
          f"the emulated kernel had the card, {own_ms} of lsrd's; a real machine's limit is 2000")
    case = judge_exact(out, lsrd, "usb8", "emg.raw", 8, 1 << 24, frame_number)
    if case:
        holes, found = gaps(lsrd, case)
        check(len(holes) >= 1 and b"\n".join(found) + b"\n" == (out / "usb8.ndjson").read_bytes(),
              "analyze gives the live journal's bytes")
        states = [json.loads(line) for line in found if b'"type":"endpoint"' in line]
        after = [s["state"] for s in states if s["decided_sample"] >= holes[0][0]]
        check(bool(after) and after[0] == "withheld", "the endpoint is withheld while the device is away")
        judge_earned_again(found)
    judge_exact(out, lsrd, "usb16", "wide.raw", 16, 1 << 24, frame_number)
    judge_exact(out, lsrd, "loop", "loop.bdfbytes", 8, 1 << 16, lambda s, i: frame_number(s, i) >> 8)


def power(out, lsrd):
    lines = (out / "power.ndjson").read_bytes().split(b"\n")[:-1]
    shown = max(json.loads(line)["decided_sample"] for line in lines if b"decided_sample" in line)
    cases = sorted((out / "after").iterdir())
    if not check(len(cases) == 1, "one case on the disk"):
        return
    done = subprocess.run([lsrd, "analyze", cases[0]], capture_output=True)
    check(done.returncode == 0 and b'"summary"' in done.stdout, "the cut case opens " + done.stderr.decode().strip())
    bdf = Bdf(cases[0] / "signals.bdf")
    lost_s = (shown - bdf.frames) / bdf.rate
    # The promise is 1 s where a disk syncs in 100 ms; the emulated one takes several times that.
    check(lost_s <= 1, f"of {shown / bdf.rate:.2f} s that were judged {max(lost_s, 0):.2f} s are gone, at most 1")
    check(done.stdout.split(b"\n")[1:30] == lines[1:30], "what is there is judged as it was")


verb, out = sys.argv[1], pathlib.Path(sys.argv[2])
{"make": make, "judge": judge, "power": power}[verb](out, *sys.argv[3:])
sys.exit(failures > 0)
