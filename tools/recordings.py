#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real recordings as cases, and what is known of them.

    recordings.py NAME -o FILE.bdf      writes one (needs numpy)
    recordings.py --list                those that are here

They are in tests/data/emg; the whole of the stimulated one is found through LSRD_DATA, a folder with
`emg-under-spinal-stimulation` as published. Nothing is fetched.
"""
import argparse
import gzip
import os
import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
HERE = TOP / "tests/data/emg"
DATA = pathlib.Path(os.environ.get("LSRD_DATA", "/nonexistent"))

CONTRACTIONS = [(26.92, 29.82), (39.50, 42.57), (50.48, 53.51), (63.58, 66.59), (73.45, 76.40)]
RECORDINGS = {
    "needle-healthy": dict(file=HERE / "needle_healthy.dat.gz", kind="int16", rate=4000, says="needle EMG, healthy", a_trains=0),
    "needle-myopathy": dict(file=HERE / "needle_myopathy.dat.gz", kind="int16", rate=4000, says="needle EMG, polymyositis", a_trains=0),
    "spinal-off": dict(file=HERE / "spinal_off.f32.gz", kind="float32", rate=4000, says="hand muscle, five contractions",
                       a_trains=0, contractions=CONTRACTIONS, within_s=0.5),
    "spinal-on": dict(file=HERE / "spinal_on.f32.gz", kind="float32", rate=4000, says="the same under stimulation at 30 Hz, 48 s",
                      a_trains=0, stimulated=(29.50, 48.0, 29.985)),
    "spinal-on-60s": dict(file=DATA / "emg-under-spinal-stimulation/stim_on_first60s.f32", kind="float32", rate=4000,
                          says="the same, 60 s: evoked responses of a hand muscle", a_trains=0, stimulated=(29.50, 60.0, 29.985)),
    "adc12": dict(file=HERE / "adc12_contractions.dat.gz", kind="int16", rate=1000, says="surface EMG, 12 bit, three contractions",
                  a_trains=0, contractions=[(0.8, 2.0), (15.0, 17.0), (25.0, 27.0)], within_s=1.0),
    "adc12-ecg": dict(file=HERE / "adc12_ecg.dat.gz", kind="int16", rate=1000, says="a heart, 12 bit", a_trains=0, heart=True),
    "ecg-mains": dict(file=HERE / "ecg_mains.dat.gz", kind="int16", rate=1000, says="a heart under strong mains", a_trains=0, heart=True,
                      hum=1),
    "leg-walking": dict(file=HERE / "leg_walking.dat.gz", kind="int16", rate=1000, columns=5, says="surface EMG of four leg muscles, walking",
                        a_trains=0),
    "leg-standing": dict(file=HERE / "leg_standing.dat.gz", kind="int16", rate=1000, columns=5, says="the same, knee flexion", a_trains=0),
    "leg-sitting": dict(file=HERE / "leg_sitting.dat.gz", kind="int16", rate=1000, columns=5, says="the same, knee extension", a_trains=0),
    "tibialis-250hz": dict(file=HERE / "tibialis_250hz.dat.gz", kind="int16", rate=250,
                           says="surface EMG at 250 Hz: too slow to be judged, and says so", a_trains=0, unjudged=True),
}


def available():
    return {name: r for name, r in RECORDINGS.items() if r["file"].exists()}


def read(r):
    """Microvolts, channels x samples."""
    import numpy as np
    data = r["file"].read_bytes()
    if r["file"].suffix == ".gz":
        data = gzip.decompress(data)
    if r["kind"] == "int16":
        # a fifth column is an angle, no signal
        return np.frombuffer(data, "<i2").reshape(-1, r.get("columns", 1))[:, :4].T * 0.1
    return np.frombuffer(data, "<f4")[None].astype(float)


def write(name, path):
    sys.path.insert(0, str(TOP / "tests/golden"))
    import generator
    r = RECORDINGS[name]
    data = read(r)
    labels = [f"EMG{i + 1}" for i in range(len(data))]
    generator.write_bdf(path, labels, data, r["rate"], [], 100000.0)


# ---------------------------------------------------------------- what is known against what is found
def joined(spans, gap_s):
    out = []
    for a, b in sorted(spans):
        if out and a - out[-1][1] < gap_s:
            out[-1][1] = max(out[-1][1], b)
        else:
            out.append([a, b])
    return out


def montage(r):
    """A branch only where there is a stimulus: its artifact is the trigger."""
    return ["--set", "stimulus.trigger=artifact", "--set", "branch.hand.lateral=EMG1"] if "stimulated" in r else []


def compare(r, found):
    """(what, expected, measured, right) of one recording."""
    rate = r["rate"]
    events = [f for f in found if f["type"] == "emg_event"]
    rows = [("A trains", str(r["a_trains"]), str(n := sum(e["kind"] == "a_train" for e in events)), n == r["a_trains"])]
    if r.get("unjudged"):
        rows.append(("events under 1 kHz", "0", str(len(events)), not events))
    if "heart" in r:
        many = sum(e["kind"] != "spike" for e in events)
        rows.append(("bursts and trains of a heart", "0", str(many), many == 0))
    if "hum" in r:
        hum = sum(f["type"] == "artifact" and f["kind"] == "hum" for f in found)
        rows.append(("hum", str(r["hum"]), str(hum), hum == r["hum"]))
    if "contractions" in r:
        # a contraction is many units: single ones fire on between them
        many = [e for e in events if e["kind"] in ("c_train", "burst", "spasm")]
        seen = joined([(e["start_sample"] / rate, e["end_sample"] / rate) for e in many], 0.5)
        hits = sum(any(abs(a - x) < r["within_s"] + 0.5 and min(b, y) > max(a, x) for x, y in seen) for a, b in r["contractions"])
        rows.append(("contractions found", str(len(r["contractions"])), str(hits), hits == len(r["contractions"])))
    if "stimulated" in r:
        begin, end, hz = r["stimulated"]
        at = [f["sample"] / rate for f in found if f["type"] == "stimulus"]
        inside = [t for t in at if begin - 0.05 <= t <= end]
        due = round((end - begin) * hz)
        rows.append(("stimuli from 29.5 s on", str(due), str(len(inside)), abs(len(inside) - due) <= 0.02 * due))
        steps = sorted(b - a for a, b in zip(inside, inside[1:]))
        rate_hz = 1 / steps[len(steps) // 2] if steps else 0.0
        rows.append(("stimuli a second", f"{hz:.2f}", f"{rate_hz:.2f}", abs(rate_hz - hz) < 0.2))
        endpoints = sum(f["type"] == "alarm" and f["id"] == "endpoint_reached" for f in found)
        rows.append(("endpoints", "0", str(endpoints), endpoints == 0))
    kinds = ", ".join(f"{sum(e['kind'] == k for e in events)} {k}" for k in ("spike", "burst", "b_train", "c_train", "spasm")
                      if any(e["kind"] == k for e in events))
    rows.append(("other events", "not stated", kinds or "none", True))
    return rows


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("name", nargs="?")
    p.add_argument("-o", "--output")
    p.add_argument("--list", action="store_true")
    a = p.parse_args()
    if a.list:
        for name, r in available().items():
            print(f"{name:20} {r['says']}")
    elif a.name not in available() or not a.output:
        sys.exit("recordings: name one that --list shows, and -o FILE.bdf")
    else:
        write(a.name, a.output)


if __name__ == "__main__":
    main()
