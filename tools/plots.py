#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the figures of docs/detection.md from what the shipped binary says of simulated cases.

    plots.py [sweep|timeline|calibration ...] [--lsrd build/lsrd] [--out docs/plots]

Needs nothing but Python; takes two minutes and 300 MB of room for one case at a time.
"""
import argparse
import csv
import json
import math
import pathlib
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tools"))
from validate import montage  # noqa: E402

SCENARIOS = TOP / "tests/golden/scenarios"
INK, GREY, RED, BLUE, GREEN, AMBER = "#1c2733", "#8a97a5", "#b3261e", "#1f5fa8", "#2c7a4b", "#b26a00"


# ---------------------------------------------------------------- drawing
class Chart:
    """One panel with linear axes; several of them stand in one picture."""
    def __init__(self, left, top, width, height, x, y, title, x_label, y_label):
        self.left, self.top, self.width, self.height, self.x_range, self.y_range = left, top, width, height, x, y
        self.parts = [f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="none" stroke="{GREY}"/>',
                      text(left, top - 8, title, INK, 13, weight="600"),
                      text(left + width / 2, top + height + 34, x_label, INK, 11, "middle"),
                      f'<g transform="translate({left - 44} {top + height / 2}) rotate(-90)">{text(0, 0, y_label, INK, 11, "middle")}</g>']

    def x(self, v):
        return self.left + (v - self.x_range[0]) / (self.x_range[1] - self.x_range[0]) * self.width

    def y(self, v):
        v = min(max(v, self.y_range[0]), self.y_range[1])
        return self.top + self.height - (v - self.y_range[0]) / (self.y_range[1] - self.y_range[0]) * self.height

    def ticks(self, xs, ys):
        for v in xs:
            self.parts.append(f'<path d="M{self.x(v):.1f} {self.top + self.height}v4" stroke="{GREY}"/>')
            self.parts.append(text(self.x(v), self.top + self.height + 17, f"{v:g}", INK, 10, "middle"))
        for v in ys:
            self.parts.append(f'<path d="M{self.left} {self.y(v):.1f}h-4" stroke="{GREY}"/>')
            self.parts.append(text(self.left - 7, self.y(v) + 3.5, f"{v:g}", INK, 10, "end"))
        return self

    def line(self, points, colour, width=1.4, dash=""):
        path = "M" + "L".join(f"{self.x(a):.1f} {self.y(b):.1f}" for a, b in points)
        self.parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"'
                          + (f' stroke-dasharray="{dash}"' if dash else "") + "/>")

    def dots(self, points, colour, radius=1.6):
        self.parts.append(f'<g fill="{colour}">' + "".join(
            f'<circle cx="{self.x(a):.1f}" cy="{self.y(b):.1f}" r="{radius}"/>' for a, b in points) + "</g>")

    def box(self, x0, x1, y0, y1, colour, opacity=0.15):
        self.parts.append(f'<rect x="{self.x(x0):.1f}" y="{self.y(y1):.1f}" width="{self.x(x1) - self.x(x0):.1f}" '
                          f'height="{self.y(y0) - self.y(y1):.1f}" fill="{colour}" opacity="{opacity}"/>')

    def note(self, x, y, words, colour=INK, anchor="start"):
        self.parts.append(text(self.x(x), self.y(y), words, colour, 11, anchor))


def text(x, y, words, colour, size, anchor="start", weight="400"):
    words = words.replace("&", "&amp;").replace("<", "&lt;")
    return (f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{words}</text>')


def picture(path, width, height, charts):
    body = "\n".join(p for c in charts for p in c.parts)
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
                    f'font-family="Inter, Helvetica, Arial, sans-serif"><rect width="{width}" height="{height}" '
                    f'fill="#ffffff"/>\n{body}\n</svg>\n', encoding="utf-8")
    print(path)


# ---------------------------------------------------------------- cases
class Case:
    """A simulated case, analysed; gone when the block is left."""
    def __init__(self, lsrd, scenario, seed, *assignments):
        self.lsrd, self.scenario, self.seed, self.assignments = lsrd, scenario, seed, assignments

    def __enter__(self):
        self.room = tempfile.TemporaryDirectory(prefix="lsrd-plots-")
        top = pathlib.Path(self.room.name)
        self.file = top / "case.bdf"
        sets = [a for s in self.assignments for a in ("--set", s)]
        self.run("simulate", self.scenario, "-o", self.file, "--truth", top / "truth.json", "--seed", self.seed, *sets)
        self.truth = json.loads((top / "truth.json").read_text())
        self.found = [json.loads(line) for line in self.run("analyze", self.file, *montage(self.truth)).splitlines()]
        self.rate = self.truth["fs"]
        return self

    def __exit__(self, *_):
        self.room.cleanup()

    def run(self, *args):
        return subprocess.run([str(a) for a in (self.lsrd, *args)], capture_output=True, text=True, check=True).stdout

    def sweeps(self):
        """(finding, true size) of every judged lateral sweep."""
        truth = {s["sample"]: s["lsr"] for s in self.truth["stimuli"]}
        return [(f, truth[f["stimulus_sample"]][f["channel"]]["p2p_uv"]) for f in self.found
                if f["type"] == "sweep" and f["role"] == "lsr" and f["valid"] and f["present"] is not None
                and f["stimulus_sample"] in truth]

    def waveforms(self):
        """Rows of every sweep as judged: (stimulus sample, channel, role) -> [(ms, uV)]."""
        out = self.file.with_suffix(".csv")
        self.run("export", self.file, *montage(self.truth), "--sweeps", out)
        rows = {}
        with open(out, newline="", encoding="utf-8") as f:
            for r in list(csv.reader(f))[1:]:
                first, step = float(r[11] or 0), float(r[12] or 0)
                rows[int(r[0]), r[3], r[4]] = [(first + i * step, float(v)) for i, v in enumerate(r[13:]) if v]
        return rows

    def raw(self, channel, first, count):
        """Microvolts of a BDF channel, from frame first on."""
        with open(self.file, "rb") as f:
            head = f.read(256)
            signals = int(head[252:256])
            head += f.read(256 * signals)
            field = lambda at, width: [head[256 + at * signals + i * width:256 + at * signals + (i + 1) * width].decode().strip()
                                       for i in range(signals)]
            labels, per = field(0, 16), [int(v) for v in field(216, 8)]
            low, high = float(field(104, 8)[0]), float(field(112, 8)[0])
            digital_low, digital_high = int(field(120, 8)[0]), int(field(128, 8)[0])
            k, record = labels.index(channel), 3 * sum(per)
            gain = (high - low) / (digital_high - digital_low)
            out = []
            for i in range(first, first + count):
                f.seek(256 * (signals + 1) + i // per[k] * record + 3 * (sum(per[:k]) + i % per[k]))
                out.append(low + gain * (int.from_bytes(f.read(3), "little", signed=True) - digital_low))
            return out


# ---------------------------------------------------------------- figures
def sweep_figure(lsrd, out):
    """What is recorded, what of it is conducted or tail, and what is judged."""
    with Case(lsrd, SCENARIOS / "four-laterals.scenario", 2, "m_wave.amplitude=1.8 mV .. 2.2 mV", "muscle.MENT.spread=8 % .. 10 %",
              "muscle.MENT.lsr=110 uV .. 130 uV", "stimulator.tail=10 % .. 15 %") as case:
        rows = case.waveforms()
        with_lsr = next(f for f, uv in case.sweeps() if f["channel"] == "MENT" and uv > 80 and f["stimulus_sample"] > 60 * case.rate)
        without = next(f for f, uv in case.sweeps() if f["channel"] == "MENT" and uv == 0)
        charts = []
        for i, (f, title) in enumerate(((with_lsr, "While the response is there"), (without, "After it has gone"))):
            at = f["stimulus_sample"]
            judged = [(ms, v) for ms, v in rows[at, "MENT", "lsr"] if ms >= 0]
            before = case.raw("MENT", at - case.rate // 50, case.rate // 50)
            level = sum(before) / len(before)
            recorded = [(ms, v - level) for (ms, _), v in zip(judged, case.raw("MENT", at, len(judged)))]
            model = [(ms, a - b) for (ms, a), (_, b) in zip(recorded, judged)]
            c = Chart(70 + i * 430, 40, 360, 260, (0, 25), (-150, 150), title, "ms after the stimulus", "µV, mentalis")
            c.ticks((0, 5, 10, 15, 20, 25), (-150, -100, -50, 0, 50, 100, 150))
            c.box(6, 25, -150, 150, GREY, 0.10)
            c.line(recorded, GREY, 1.0)
            c.line(model, AMBER, 1.4, "5 3")
            c.line([p for p in judged if p[0] > 2.0], BLUE, 1.6)
            c.note(6.4, -116, "recorded", GREY)
            c.note(6.4, -130, "taken away: tail, conducted M wave, hum", AMBER)
            c.note(6.4, -144, f"judged: score {f['score']:.1f}, {'present' if f['present'] else 'absent'}", BLUE)
            charts.append(c)
        picture(out / "sweep.svg", 880, 360, charts)


CALIBRATION = [(name, seed) for name in ("rate-10k", "artifact-8mv", "alternating", "lsr-20uv") for seed in (1, 2, 3)]
ABSENT = ("scenario.duration=400 s", "scenario.rate=10 kHz", "lsr.level=0 s 100 %, 40 s 100 %, 41 s 0 %",
          "branch.zygomatic.rate=5 Hz")


def calibration_figure(lsrd, out):
    """Scores of sweeps without a response: how often a score is reached, against what it states."""
    absent, present, small = {}, [], []
    for name, seed in CALIBRATION:
        with Case(lsrd, SCENARIOS / f"{name}.scenario", seed, *ABSENT) as case:
            for f, uv in case.sweeps():
                if uv == 0:
                    absent.setdefault(name, []).append(f["score"])
                elif uv >= 20:
                    (small if name == "lsr-20uv" else present).append(f["score"])
    everything = sorted(s for v in absent.values() for s in v)
    c = Chart(70, 40, 380, 360, (0, 10), (0, 10), f"{len(everything)} sweeps without a response", "score: stated false rate, -ln p",
              "observed, -ln of the share that reaches it")
    c.ticks(range(0, 11, 2), range(0, 11, 2))
    c.line([(0, 0), (10, 10)], GREY, 1.2, "4 3")
    c.note(9.8, 9.15, "as stated", GREY, "end")
    steps = [k * 0.25 for k in range(1, 41)]
    for colour, (name, scores) in zip((GREEN, AMBER, RED, BLUE), sorted(absent.items())):
        c.line(observed(scores, steps), colour, 1.0)
        c.note(0.3, 9.4 - 0.5 * sorted(absent).index(name), name, colour)
    c.line(observed(everything, steps), INK, 2.2)
    c.note(5.2, 1.2, "above the line: rarer than stated", INK)
    c.line([(9.21, 0), (9.21, 10)], RED, 1.0, "2 3")
    c.note(9.1, 0.4, "present from 9.21", RED, "end")
    d = Chart(540, 40, 380, 360, (0, 10), (0, 0.35), "Scores with and without a response", "score (logarithmic: ln(1 + score))", "share of sweeps")
    d.ticks(range(0, 11, 2), (0, 0.1, 0.2, 0.3))
    for scores, colour in ((everything, GREY), (small, BLUE), (present, GREEN)):
        d.line(histogram([math.log1p(s) for s in scores], 0, 10, 60), colour, 1.8)
    d.line([(math.log1p(9.21), 0), (math.log1p(9.21), 0.35)], RED, 1.0, "2 3")
    d.note(0.9, 0.33, "without a response", GREY)
    d.note(4.9, 0.33, "20 to 40 µV", BLUE)
    d.note(7.6, 0.33, "usual sizes", GREEN)
    picture(out / "calibration.svg", 960, 460, [c, d])


def observed(scores, steps):
    ordered, points = sorted(scores), []
    for s in steps:
        n = sum(1 for v in ordered if v > s)
        if n >= 3:
            points.append((s, -math.log(n / len(ordered))))
    return points


def histogram(values, low, high, bins):
    counts = [0] * bins
    for v in values:
        counts[min(bins - 1, max(0, int((v - low) / (high - low) * bins)))] += 1
    width = (high - low) / bins
    return [(low + (i + 0.5) * width, n / max(1, len(values))) for i, n in enumerate(counts)]


STATE_COLOURS = {"setup": GREY, "baseline": GREY, "present": RED, "attenuated": AMBER, "absent": BLUE, "early_loss": AMBER,
                 "withheld": GREY, "reached": GREEN, "recurred": RED, "not_elicited": GREY}


def timeline_figure(lsrd, out):
    """An operation: sizes, scores, states, and what restarts the hold."""
    with Case(lsrd, SCENARIOS / "cautery-decisive.scenario", 1) as case:
        seconds = case.truth["samples"] / case.rate
        s = lambda sample: sample / case.rate
        size = Chart(70, 40, 800, 150, (0, seconds), (0, 300), "Lateral sweeps, each judged alone", "", "µV peak to peak")
        size.ticks((), (0, 100, 200, 300))
        score = Chart(70, 230, 800, 130, (0, seconds), (0, 10), "", "", "ln(1 + score)")
        score.ticks((), (0, 2, 4, 6, 8, 10))
        for f, _ in case.sweeps():
            (size.dots([(s(f["stimulus_sample"]), f["amplitude_uv"] or 0)], RED if f["present"] else GREY))
            (score.dots([(s(f["stimulus_sample"]), math.log1p(f["score"]))], RED if f["present"] else GREY))
        score.line([(0, math.log1p(9.21)), (seconds, math.log1p(9.21))], RED, 1.0, "2 3")
        state = Chart(70, 400, 800, 60, (0, seconds), (0, 1), "The endpoint's state, and cautery", "seconds", "")
        state.ticks(range(0, int(seconds) + 1, 20), ())
        changes = [f for f in case.found if f["type"] == "endpoint"] + [None]
        for a, b in zip(changes, changes[1:]):
            end = s(b["decided_sample"]) if b else seconds
            state.box(s(a["decided_sample"]), end, 0.35, 1, STATE_COLOURS.get(a["state"], GREY), 0.45)
            if end - s(a["decided_sample"]) > 9:
                state.note(s(a["decided_sample"]) + 0.6, 0.6, a["state"])
        for f in case.found:
            if f["type"] == "artifact" and f["kind"] == "cautery":
                for c in (size, score, state):
                    c.box(s(f["start_sample"]), s(f["end_sample"]), c.y_range[0], c.y_range[1] if c is not state else 0.3, AMBER, 0.35)
        picture(out / "timeline.svg", 900, 510, [size, score, state])


FIGURES = dict(sweep=sweep_figure, timeline=timeline_figure, calibration=calibration_figure)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("names", nargs="*", metavar="FIGURE", help=", ".join(FIGURES))
    p.add_argument("--lsrd", default=TOP / "build/lsrd")
    p.add_argument("--out", type=pathlib.Path, default=TOP / "docs/plots")
    a = p.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    for name in a.names or FIGURES:
        FIGURES[name](a.lsrd, a.out)


if __name__ == "__main__":
    main()
