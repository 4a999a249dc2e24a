#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes cases with known truth by a second model, written apart from the simulated patient and from the
detectors: no shape, constant or line is shared with either, so that an assumption which both of them make
by accident shows here.

    generator.py --list
    generator.py CASE --seed N -o CASE.bdf --truth CASE.truth.json

Differences by intent: artifact tails are stretched exponentials behind the amplifier's own high-pass; the M
wave is a difference of gamma densities; the LSR is a volley of Gabor wavelets whose size follows a slow
random walk; A trains are true sinusoids; hum wanders in frequency; noise has a 1/f part. Needs numpy.
"""
import argparse
import json
import sys

import numpy as np

from activity import Activity

FULL_SCALE_UV = 10000.0
COUNTS = 8388607

# What every case is, unless it says otherwise. Times in seconds, amplitudes in microvolts.
BASE = dict(
    says="", seconds=150, rate=20000, mains=50.0, muscles=["FRONT", "OOC", "OOR", "MENT"], direct="OOC",
    lateral=["MENT", "OOR"], branch="zygomatic", trigger="STIM", stimulus_hz=3.0, stimulus_from=2.0,
    noise=(1.5, 4.0), hum=(1.0, 10.0), artifact=(300, 3000), tail=(0.02, 0.12), tail_ms=(0.3, 1.2), beta=0.65,
    highpass_hz=10.0, m=(800, 2500), m_ms=(2.5, 4.0), conducted=(0.0, 0.03), lsr=(80, 250),
    lsr_ms={"OOC": (9.0, 1.0), "MENT": (9.8, 1.0), "OOR": (9.8, 1.0), "FRONT": (11.5, 1.0)},
    tail_shape="stretched", pulse_ms=0.2, biphasic=False, alternates=False, lsr_by_polarity=(1.0, 1.0), smooth_ms=(0.15, 0.4), wander=0.0,
    lsr_walk=0.07, lsr_cv=0.08, lsr_jitter=(0.04, 0.3), lsr_fires=(0.7, 1.0), labels={},
    lsr_level=[(0, 1.0), (90, 1.0), (92, 0.0)], missing=[(0, 0.0)], delivered=[(0, 1.0)], answer=[(0, 1.0)],
    marks=[(45, "phase=dura_open"), (88, "phase=decompressed")], events=[], cautery=[], electrodes=[],
    activity=None, hum_steps=False,
    expect=dict(endpoint=True, lsr_gone_s=92))

CASES = {
    "clean": dict(says="the LSR goes with decompression"),
    "small": dict(says="an LSR of 25 to 35 uV", lsr=(25, 35), noise=(1.2, 2.5)),
    "large-artifact": dict(says="artifacts of 8 mV, tails of several milliseconds", artifact=(7000, 8500),
                           tail=(0.08, 0.18), tail_ms=(0.8, 2.0), beta=0.55),
    "power-tail": dict(says="tails that fall as a power of time, 6 mV", artifact=(5000, 7000), tail=(0.08, 0.15),
                       tail_ms=(0.2, 0.5), tail_shape="power", highpass_hz=5.0),
    "two-tails": dict(says="tails of a fast and a slow exponential, 5 mV, high-pass at 20 Hz", artifact=(4000, 6000),
                      tail=(0.1, 0.2), tail_ms=(0.8, 1.5), tail_shape="two", highpass_hz=20.0),
    "rails": dict(says="artifacts over the amplifier's rails, so that their size does not show", artifact=(9000, 16000),
                  tail=(0.05, 0.1), tail_ms=(0.5, 1.2), highpass_hz=3.0),
    "alternating": dict(says="the pulse's polarity alternates", alternates=True, tail=(0.05, 0.15)),
    "alternating-large": dict(says="alternating polarity, 7 mV, long tails", alternates=True, artifact=(6000, 8000),
                              tail=(0.08, 0.16), tail_ms=(0.8, 1.6), conducted=(0.02, 0.06)),
    "alternating-no-trigger": dict(says="alternating polarity, no trigger channel", alternates=True, trigger=None),
    "alternating-unequal": dict(says="alternating polarity, of which one gives half of the LSR", alternates=True,
                                tail=(0.05, 0.15), lsr_by_polarity=(1.0, 0.5)),
    "long-pulse": dict(says="pulses of 1 ms", pulse_ms=1.0),
    "long-biphasic": dict(says="pulses of 1 ms a phase: they end where the M wave begins", pulse_ms=1.0, biphasic=True,
                          m_ms=(2.6, 3.2)),
    "wandering": dict(says="the level wanders by 10 uV in 10 ms", wander=10.0),
    "early": dict(says="the LSR starts at 6.3 to 7 ms, on the M wave's heels",
                  lsr_ms={"MENT": (6.6, 0.2), "OOR": (6.6, 0.2)}, conducted=(0.03, 0.06)),
    "conducted-14": dict(says="14 % of the M wave across the face, smoothed by up to 0.6 ms", conducted=(0.10, 0.14),
                         smooth_ms=(0.2, 0.6)),
    "rigid": dict(says="an LSR that hardly varies in size, shape or time", lsr_walk=0.0, lsr_cv=0.03,
                  lsr_jitter=(0.0, 0.03), lsr_fires=(1.0, 1.0)),
    "rigid-stays": dict(says="an LSR that does not vary at all, and stays", lsr_walk=0.0, lsr_cv=0.01,
                        lsr_jitter=(0.0, 0.01), lsr_fires=(1.0, 1.0), lsr_level=[(0, 1.0)], conducted=(0.03, 0.08),
                        expect=dict(endpoint=False)),
    "one-lateral": dict(says="one lateral channel at 12 kHz, other labels, another branch", rate=12000, lateral=["MENT"],
                        branch="marginal", labels=dict(OOC="Depressor", MENT="Ch 4")),
    "four-laterals": dict(says="four lateral channels at 48 kHz", rate=48000, seconds=140,
                          muscles=["FRONT", "OOC", "OOR", "MENT", "PLAT"], lateral=["FRONT", "OOR", "MENT", "PLAT"]),
    "fast": dict(says="10 stimuli a second", stimulus_hz=10.0, seconds=140),
    "slow": dict(says="one stimulus a second", stimulus_hz=1.0, seconds=190, lsr_level=[(0, 1.0), (100, 1.0), (102, 0.0)],
                 marks=[(45, "phase=dura_open"), (98, "phase=decompressed")], expect=dict(endpoint=True, lsr_gone_s=102)),
    "shifted": dict(says="an electrode of the LSR shifts and hears a fifth", lsr_level=[(0, 1.0)],
                    electrodes=[dict(muscle="MENT", at=100, until=150, how="shifted")],
                    expect=dict(endpoint=False, electrode_off_s=100)),
    "wears-off": dict(says="a relaxant takes everything, wears off, and the LSR is back", lsr_level=[(0, 1.0)], seconds=190,
                      answer=[(0, 1.0), (70, 1.0), (80, 0.1), (110, 0.1), (150, 1.0)],
                      expect=dict(endpoint=False, withheld_s=76)),
    "conducted": dict(says="much of the M wave across the face", conducted=(0.05, 0.10)),
    "one-in-eight": dict(says="after decompression one sweep of eight has it", lsr_level=[(0, 1.0)],
                         missing=[(0, 0.0), (90, 0.0), (90.5, 0.875)], seconds=180,
                         expect=dict(endpoint=False)),
    "partial": dict(says="it falls to a third and stays", lsr_level=[(0, 1.0), (90, 1.0), (94, 0.35)],
                    expect=dict(endpoint=False)),
    "early-loss": dict(says="it goes at dural opening and does not come back",
                       lsr_level=[(0, 1.0), (46, 1.0), (47, 0.0)],
                       expect=dict(endpoint=False, early_loss_s=47)),
    "never": dict(says="there is none, and the M wave spreads", lsr_level=[(0, 0.0)], conducted=(0.04, 0.09),
                  expect=dict(endpoint=False, not_elicited=True)),
    "silent": dict(says="the stimulator falls silent, its trigger goes on", lsr_level=[(0, 1.0)],
                   delivered=[(0, 1.0), (100, 1.0), (100.1, 0.0)],
                   expect=dict(endpoint=False, stimulus_lost_s=100.1)),
    "bridged": dict(says="fluid bridges an electrode of the LSR", lsr_level=[(0, 1.0)],
                    electrodes=[dict(muscle="MENT", at=100, until=150, how="bridged")],
                    expect=dict(endpoint=False, electrode_off_s=100)),
    "open": dict(says="an electrode of the LSR comes off", lsr_level=[(0, 1.0)],
                 electrodes=[dict(muscle="OOR", at=100, until=150, how="open")],
                 expect=dict(endpoint=False, electrode_off_s=100)),
    "relaxant": dict(says="a relaxant takes everything and does not wear off", lsr_level=[(0, 1.0)],
                     answer=[(0, 1.0), (80, 1.0), (100, 0.05)],
                     expect=dict(endpoint=False, withheld_s=90.5)),
    "cautery": dict(says="cautery in the half minute that decides", seconds=190,
                    cautery=[(70, 3.0), (101, 2.0), (113, 1.0), (120, 4.0)]),
    "trains": dict(says="A trains, spasms and spikes in the half minute that decides", seconds=170,
                   events=[(60, "a_train"), (70, "spasm"), (97, "spike"), (101, "a_train"), (110, "spasm"),
                           (118, "a_train"), (127, "spasm"), (140, "a_train")]),
    "slow-60hz": dict(says="10 kHz and strong mains of 60 Hz", rate=10000, mains=60.0, hum=(10, 30)),
    "no-trigger": dict(says="no trigger channel", trigger=None),
}

# Free-running EMG alone: what Activity is told, and where it differs from a quiet 20 kHz case.
QUIET = dict(seconds=180, stimulus_hz=0.0, marks=[], expect=dict(endpoint=False))
CASES.update({
    "emg-10k": dict(QUIET, says="free-running EMG at 10 kHz, an amplifier of 1 to 2 uV", rate=10000, noise=(1, 2),
                    activity=dict(size=0.6)),
    "emg-12k-60hz": dict(QUIET, says="free-running EMG at 12 kHz, 60 Hz mains that steps", rate=12000, mains=60.0,
                         hum=(5, 40), hum_steps=True, activity=dict()),
    "emg-48k": dict(QUIET, says="free-running EMG at 48 kHz", rate=48000, seconds=120, activity=dict()),
    "emg-loud": dict(QUIET, says="noise of 10 to 15 uV, discharges to match", noise=(10, 15), activity=dict(size=3.0)),
    "emg-leak": dict(QUIET, says="neighbours hear 4 to 6 % of each other", activity=dict(leak=(0.04, 0.06), size=1.5)),
    "emg-heart": dict(QUIET, says="a heartbeat of 150 uV on every channel", activity=dict(ecg_uv=150.0)),
    "emg-trains": dict(QUIET, says="A trains, several at once", muscles=["FRONT", "OOC", "OOR", "MENT", "PLAT", "MASS"],
                       activity=dict(kinds=["a_train"], every=(0.4, 1.2))),
    "emg-stimulated": dict(says="free-running EMG under stimulation, after-activity behind it", lsr_level=[(0, 1.0)],
                           expect=dict(endpoint=False), activity=dict(follow=True, every=(2.0, 5.0))),
})


def level(points, t):
    return np.interp(t, [p[0] for p in points], [p[1] for p in points])


class Case:
    def __init__(self, name, seed):
        self.c = dict(BASE, **CASES[name])
        self.name, self.seed = name, seed
        self.r = np.random.default_rng([seed, len(name), *name.encode()])
        self.fs, self.n = self.c["rate"], int(self.c["seconds"] * self.c["rate"])
        self.t = np.arange(self.n) / self.fs
        self.x = {m: np.zeros(self.n) for m in self.c["muscles"]}
        self.answer = level(self.c["answer"], self.t)
        self.stimuli, self.events, self.artifacts = [], [], []

    def put(self, muscle, at, wave):
        a, b = max(0, at), min(self.n, at + len(wave))
        if b > a:
            self.x[muscle][a:b] += wave[a - at:b - at]

    # ------------------------------------------------------------ evoked
    def relaxation(self, t):
        """A tail's shape over time in units of its own."""
        if self.c["tail_shape"] == "power":
            return (1 + t) ** -1.3
        if self.c["tail_shape"] == "two":
            slow = self.r.uniform(0.1, 0.25)
            return (1 - slow) * np.exp(-t) + slow * np.exp(-t / 5)
        return np.exp(-t ** self.c["beta"])

    def pulse(self, muscle):
        """Artifact of unit height on this muscle: pulse, tail, the amplifier's high-pass."""
        r, c = self.r, self.c
        n = int(0.08 * self.fs)
        t = np.arange(n) / self.fs * 1e3
        wave = np.zeros(n)
        width = max(1, round(c["pulse_ms"] * 1e-3 * self.fs))
        wave[:width] = 1.0
        if c["biphasic"]:
            wave[width:2 * width] = -1.0
            width *= 2
        tail, tau = r.uniform(*c["tail"]) * r.choice([-1, 1]), r.uniform(*c["tail_ms"])
        wave[width:] += tail * self.relaxation((t[width:] - t[width]) / tau)
        keep, low, out = np.exp(-2 * np.pi * c["highpass_hz"] / self.fs), 0.0, np.empty(n)
        for i, v in enumerate(wave):
            low = keep * low + (1 - keep) * v
            out[i] = v - low
        return out * np.minimum(1, (n - np.arange(n)) / (0.2 * n))

    def m_wave(self):
        t = np.arange(int(0.02 * self.fs)) / self.fs * 1e3
        a, b = self.r.uniform(0.35, 0.5), self.r.uniform(0.42, 0.55)
        gamma = lambda k, tau: (t / tau) ** k * np.exp(-t / tau)
        w = gamma(3, a) / gamma(3, a).max() - 0.9 * gamma(6, b) / gamma(6, b).max()
        return w / np.ptp(w)

    def volley(self, muscle):
        """Motor units of one muscle's LSR: when, how wide, how fast, how large, how reliable."""
        r = self.r
        mean, sd = self.c["lsr_ms"].get(muscle, (9.8, 1.0))
        first = float(np.clip(r.normal(mean, sd), 7.2, 13.5))
        units = []
        for i in range(int(r.integers(6, 13))):
            units.append(dict(ms=first + (0 if i == 0 else 4.0 * r.weibull(1.5) / 2.2), jitter=r.uniform(*self.c["lsr_jitter"]),
                              width=r.uniform(0.35, 0.7), hz=r.uniform(350, 750), phase=r.uniform(0, 2 * np.pi),
                              size=r.lognormal(0, 0.4), fires=r.uniform(*self.c["lsr_fires"])))
        unit_sweeps = [np.ptp(self.response(units, 1.0)) for _ in range(40)]
        return units, 1 / np.mean(unit_sweeps)

    def response(self, units, uv):
        t = np.arange(int(0.04 * self.fs)) / self.fs * 1e3
        w = np.zeros(len(t))
        for u in units:
            if self.r.random() < u["fires"]:
                d = t - (u["ms"] + 1.8 * u["width"] + self.r.normal(0, u["jitter"]))
                w += u["size"] * np.exp(-0.5 * (d / u["width"]) ** 2 * 2) * np.cos(2 * np.pi * u["hz"] * d / 1e3 + u["phase"])
        return uv * w

    def stimulate(self):
        r, c, fs = self.r, self.c, self.fs
        artifact = {m: (r.uniform(*c["artifact"]) * r.choice([-1, 1]), self.pulse(m)) for m in c["muscles"]}
        m_uv, m_wave, m_at = r.uniform(*c["m"]), self.m_wave(), r.uniform(*c["m_ms"]) * 1e-3
        far = {}
        for m in c["muscles"]:
            smooth = r.uniform(*c["smooth_ms"]) * 1e-3 * fs
            kernel = np.exp(-np.arange(int(8 * smooth) + 1) / smooth)
            far[m] = (np.convolve(m_wave, kernel / kernel.sum()), r.uniform(*c["conducted"]) * r.choice([-1, 1]))
        volleys = {m: (*self.volley(m), r.uniform(*c["lsr"])) for m in c["lateral"]}
        walk = {m: 0.0 for m in c["lateral"]}
        self.trigger = np.zeros(self.n)
        t = c["stimulus_from"]
        while c["stimulus_hz"] and t < c["seconds"] - 0.3:
            i = int(t * fs)
            t += (1 + r.uniform(-0.012, 0.012)) / c["stimulus_hz"]
            at, drive, answer = i / fs, float(level(c["delivered"], i / fs)), self.answer[i]
            self.trigger[i:i + max(2, fs // 2000)] = 4000.0
            now = max(0.0, m_uv * min(1.0, drive) * answer * r.normal(1, 0.025))
            s = dict(sample=i, branch=c["branch"], delivered=drive > 0.05, drive=drive, m_uv=now, lsr={})
            for m in c["muscles"]:
                height, wave = artifact[m]
                sign = -1 if c["alternates"] and len(self.stimuli) % 2 else 1
                self.put(m, i, wave * height * sign * drive * r.normal(1, 0.015))
                self.put(m, i + int(m_at * fs), m_wave * now if m == c["direct"] else far[m][0] * far[m][1] * now)
            is_missing = r.random() < level(c["missing"], at)
            for m in c["lateral"]:
                units, scale, uv = volleys[m]
                walk[m] = 0.9 * walk[m] + r.normal(0, c["lsr_walk"])
                size = uv * max(0.2, 1 + walk[m] + r.normal(0, c["lsr_cv"]))
                size *= c["lsr_by_polarity"][(len(self.stimuli)) % 2]
                size *= level(c["lsr_level"], at) * answer * (drive > 0.6) * (not is_missing)
                w = self.response(units, scale * size)
                self.put(m, i, w)
                peak = np.abs(w).max()
                onset = float(np.argmax(np.abs(w) > 0.1 * peak)) / fs * 1e3 if peak > 0 else None
                s["lsr"][m] = dict(p2p_uv=float(np.ptp(w)), onset_ms=onset)
            self.stimuli.append(s)

    # ------------------------------------------------------------ free-running
    def discharge(self, at, kind):
        r, fs, c = self.r, self.fs, self.c
        muscle = str(r.choice(c["muscles"]))
        i = int(at * fs)
        if kind == "a_train":
            seconds, hz, uv = r.uniform(0.4, 2.5), r.uniform(70, 190), r.uniform(100, 250)
            n = int(seconds * fs)
            phase = 2 * np.pi * hz * np.arange(n) / fs + np.cumsum(r.normal(0, 0.002, n)) * np.sqrt(20000 / fs)
            self.put(muscle, i, uv / 2 * np.sin(phase) * self.answer[i])
            self.events.append(dict(kind=kind, channel=muscle, start=i, end=i + n, uv=uv, hz=hz))
        elif kind == "spike":
            t = (np.arange(int(0.008 * fs)) / fs - 0.003) * 1e3
            uv = r.uniform(120, 400)
            self.put(muscle, i, uv * np.exp(-t * t / 0.5) * np.cos(2 * np.pi * 0.45 * t) * self.answer[i])
            self.events.append(dict(kind=kind, channel=muscle, start=i, end=i + len(t), uv=uv))
        else:
            group = [m for m in c["muscles"] if m != "FRONT"][:3]
            times = at + np.cumsum(r.gamma(4, 1 / (4 * r.uniform(240, 330)), int(r.uniform(30, 100))))
            for m in group:
                width, hz, uv, lag = r.uniform(0.4, 0.7), r.uniform(400, 700), r.uniform(150, 450), r.uniform(0, 0.003)
                for x in times[r.random(len(times)) < 0.8]:
                    t = (np.arange(int(0.006 * fs)) / fs - 0.003) * 1e3
                    self.put(m, int((x + lag - 0.003) * fs), uv * r.uniform(0.6, 1) / 2 * self.answer[i]
                             * np.exp(-(t / width) ** 2) * np.cos(2 * np.pi * hz * t / 1e3))
            self.events.append(dict(kind="spasm", channel=",".join(group), start=int(times[0] * fs),
                                    end=int((times[-1] + 0.006) * fs)))

    # ------------------------------------------------------------ theatre
    def coloured(self, n, rms):
        spectrum = np.fft.rfft(self.r.standard_normal(n))
        f = np.maximum(np.fft.rfftfreq(n, 1 / self.fs), 0.5)
        spectrum *= np.sqrt(1 + 60 / f) / (1 + (4 / f) ** 2) / np.sqrt(1 + (f / (0.4 * self.fs)) ** 6)
        x = np.fft.irfft(spectrum, n)
        return x * rms / x.std()

    def wander(self):
        """The level's random walk, as it moves in 10 ms, drawn back within a second."""
        if not self.c["wander"]:
            return 0.0
        step, keep, v, n = self.c["wander"] / np.sqrt(10), np.exp(-1e-3), 0.0, self.n * 1000 // self.fs + 2
        out = np.empty(n)
        for i, d in enumerate(self.r.normal(0, step, n)):
            v = keep * v + d
            out[i] = v
        return np.interp(self.t, np.arange(n) / 1000, out)

    def theatre(self):
        r, c, fs = self.r, self.c, self.fs
        wander = np.cumsum(r.normal(0, 0.02, self.n // fs + 2)).clip(-0.15, 0.15)
        phase = 2 * np.pi * np.cumsum(c["mains"] + np.interp(self.t, np.arange(len(wander)), wander)) / fs
        for m in c["muscles"]:
            points = np.arange(0, c["seconds"] + 31, 30.0)
            swing = np.interp(self.t, points, r.uniform(0.6, 1.4, len(points)))
            uv = r.uniform(*c["hum"])
            if c["hum_steps"]:
                swing = swing * np.repeat(r.uniform(0.3, 2.0, self.n // (20 * fs) + 1), 20 * fs)[:self.n]
            hum = swing * uv * (np.sin(phase + r.uniform(0, 6)) + 0.15 * np.sin(3 * phase + r.uniform(0, 6))
                                + 0.06 * np.sin(5 * phase + r.uniform(0, 6)))
            base = self.coloured(self.n, r.uniform(*c["noise"]))
            y = self.x[m] + base + hum + self.wander()
            for e in [e for e in c["electrodes"] if e["muscle"] == m]:
                a, b = int(e["at"] * fs), int(e["until"] * fs)
                y[a:b] = {"open": lambda: self.coloured(b - a, 25) + 25 * hum[a:b],
                          "bridged": lambda: self.coloured(b - a, 0.4) + 0.04 * hum[a:b],
                          "shifted": lambda: 0.2 * self.x[m][a:b] + base[a:b] + hum[a:b]}[e["how"]]()
                self.artifacts.append(dict(kind="electrode_off", channel=m, start=a, end=b, how=e["how"]))
            self.x[m] = y
        for at, seconds in c["cautery"]:
            a, b = int(at * fs), int((at + seconds) * fs)
            for m in c["muscles"]:
                arcs = self.r.standard_normal(b - a) * self.r.uniform(3000, 9000) * (0.5 + np.abs(np.sin(phase[a:b])))
                self.x[m][a:b] += arcs
                self.put(m, b, self.r.uniform(-1200, 1200) * np.exp(-np.arange(int(0.5 * fs)) / (0.1 * fs)))
            self.artifacts.append(dict(kind="cautery", channel="*", start=a, end=b))

    def masks(self):
        for s in self.stimuli:
            end = s["sample"] + int(0.025 * self.fs)
            hits = [x for x in self.artifacts if x["start"] < end and x["end"] + 0.4 * self.fs > s["sample"]]
            late = {x["channel"] for x in hits if x["start"] >= end - int(0.003 * self.fs)}
            s["masked"], s["grazed"] = sorted({x["channel"] for x in hits} - late), sorted(late)

    def make(self):
        self.stimulate()
        for at, kind in self.c["events"]:
            self.discharge(at, kind)
        if self.c["activity"] is not None:
            Activity(self, **self.c["activity"]).make()
        self.theatre()
        self.masks()
        c = self.c
        truth = dict(name=self.name, seed=self.seed, fs=self.fs, samples=self.n // self.fs * self.fs,
                     m_channel=c["direct"], lsr_channels=c["lateral"], trigger_channel=c["trigger"],
                     muscles=c["muscles"], notes=[dict(at_s=t, text=x) for t, x in c["marks"]],
                     expect=c["expect"], events=self.events, artifacts=self.artifacts, stimuli=self.stimuli)
        name = lambda m: c["labels"].get(m, m)
        truth.update(m_channel=name(c["direct"]), lsr_channels=[name(m) for m in c["lateral"]],
                     branches=[dict(name=c["branch"], direct=name(c["direct"]), lateral=[name(m) for m in c["lateral"]])])
        for s in self.stimuli:
            s.update({k: [name(m) for m in s[k]] for k in ("masked", "grazed")}, lsr={name(m): v for m, v in s["lsr"].items()})
        for e in self.events + self.artifacts:
            e["channel"] = ",".join(name(m) for m in e["channel"].split(","))
        labels, data = [name(m) for m in c["muscles"]], [self.x[m] for m in c["muscles"]]
        if c["trigger"]:
            labels.append(c["trigger"])
            data.append(self.trigger)
        return labels, np.clip(np.array(data), -FULL_SCALE_UV, FULL_SCALE_UV), truth


def write_bdf(path, labels, data, rate, marks, full_scale_uv=FULL_SCALE_UV):
    """BDF+C with records of one second."""
    records, signals, room = data.shape[1] // rate, len(labels) + 1, 80
    text = lambda v, width: str(v).ljust(width)[:width].encode("ascii")
    every = lambda values, width: b"".join(text(v, width) for v in values)
    counts = np.rint(data / full_scale_uv * COUNTS).astype("<i4")
    with open(path, "wb") as f:
        f.write(b"\xffBIOSEMI" + text("X X X X", 80) + text("Startdate 02-FEB-2026 X X X", 80) + b"02.02.2609.00.00")
        f.write(text(256 * (signals + 1), 8) + text("BDF+C", 44) + text(records, 8) + text(1, 8) + text(signals, 4))
        f.write(every(labels + ["BDF Annotations"], 16) + b" " * 80 * signals + every(["uV"] * len(labels) + [""], 8))
        f.write(every([-int(full_scale_uv)] * len(labels) + [-1], 8) + every([int(full_scale_uv)] * len(labels) + [1], 8))
        f.write(every([-COUNTS] * len(labels) + [-8388608], 8) + every([COUNTS] * signals, 8))
        f.write(b" " * 80 * signals + every([rate] * len(labels) + [room], 8) + b" " * 32 * signals)
        for k in range(records):
            block = np.ascontiguousarray(counts[:, k * rate:(k + 1) * rate])
            f.write(block.reshape(-1, 1).view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
            notes = f"+{k}\x14\x14\0" + "".join(f"+{t:.9f}\x14{x}\x14\0" for t, x in marks if k <= t < k + 1)
            f.write(notes.encode().ljust(room * 3, b"\0"))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("case", nargs="?")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("-o", "--output")
    p.add_argument("--truth")
    p.add_argument("--list", action="store_true")
    a = p.parse_args()
    if a.list:
        for name, c in CASES.items():
            print(f"{name:16} {dict(BASE, **c)['seconds']:4} s  {c['says']}")
        return
    if a.case not in CASES or not a.output:
        sys.exit("generator: name a case (--list shows them) and -o FILE.bdf")
    case = Case(a.case, a.seed)
    labels, data, truth = case.make()
    write_bdf(a.output, labels, data, case.fs, case.c["marks"])
    if a.truth:
        with open(a.truth, "w", encoding="utf-8") as f:
            json.dump(truth, f)


if __name__ == "__main__":
    main()
