# SPDX-License-Identifier: Apache-2.0
"""Free-running EMG for generator.py: what a muscle does of itself, heard by its neighbours' electrodes,
under a heartbeat. Shapes and firing are of its own, as the rest of that generator."""
import numpy as np

# How long (s), how fast (Hz) and how large (uV) each kind is.
RANGES = {
    "a_train": dict(seconds=(0.25, 5.0), hz=(62, 205), uv=(80, 400)),
    "b_train": dict(seconds=(2.5, 8.0), hz=(3, 15), uv=(80, 400)),
    "c_train": dict(seconds=(1.6, 6.0), hz=(60, 130), uv=(80, 300)),
    "burst": dict(seconds=(0.08, 0.6), hz=(60, 130), uv=(80, 400)),
    "spike": dict(seconds=(0, 0), hz=(0, 0), uv=(80, 500)),
    "spasm": dict(seconds=(0.12, 0.7), hz=(240, 330), uv=(150, 500)),
    "after_activity": dict(seconds=(0.03, 0.08), hz=(250, 350), uv=(100, 300)),
}


def potential(r, fs):
    """One motor unit's potential, 1 peak to peak: an oscillation that rises in a few tenths of a
    millisecond and dies."""
    t = np.arange(int(0.012 * fs)) / fs * 1e3
    rise, fall, hz = r.uniform(0.15, 0.35), r.uniform(0.6, 1.3), r.uniform(0.25, 0.6)
    w = (1 - np.exp(-t / rise)) * np.exp(-t / fall) * np.sin(2 * np.pi * hz * t + r.uniform(0, 6))
    w *= np.minimum(1, (len(t) - np.arange(len(t))) / (0.3 * len(t)))
    return w / np.ptp(w)


class Activity:
    """Adds events to a generator case: every few seconds another kind, on a muscle that is at rest."""

    def __init__(self, case, **options):
        self.case, self.r, self.fs = case, case.r, case.fs
        self.o = dict(kinds=["a_train", "spike", "b_train", "burst", "c_train", "spasm"], every=(1.5, 4.0),
                      leak=(0.0, 0.03), ecg_uv=0.0, size=1.0, follow=False)
        self.o.update(options)
        self.x = {m: np.zeros(case.n) for m in case.x}
        self.busy = {m: 0.0 for m in case.x}

    def put(self, muscle, at, wave):
        a, b = max(0, at), min(self.case.n, at + len(wave))
        if b > a:
            self.x[muscle][a:b] += wave[a - at:b - at]

    def fire(self, muscle, times, uv, units=1, vary=0.05):
        shapes = [potential(self.r, self.fs) for _ in range(units)]
        sizes = self.r.uniform(0.6, 1, units) if units > 1 else [1.0]
        for t in times:
            k = int(self.r.integers(units))
            self.put(muscle, int(t * self.fs), shapes[k] * sizes[k] * uv * self.r.normal(1, vary))

    def times(self, kind, at, seconds, hz):
        r = self.r
        if kind == "a_train":  # regular: a few percent
            gaps = r.normal(1, r.uniform(0.005, 0.03), int(seconds * hz) + 1) / hz
        elif kind == "b_train":
            gaps = np.maximum(0.3, r.normal(1, 0.2, int(seconds * hz) + 2)) / hz
        else:  # several units at once: nearly Poisson, with refractory time
            gaps = r.gamma(2.5, 1 / (2.5 * hz), int(seconds * hz * 1.6) + 4)
        times = at + np.cumsum(gaps)
        return times[times < at + max(seconds, 3.2 / hz if hz else 0)]

    def add(self, kind, at, muscles):
        r, span = self.r, RANGES[kind]
        seconds, uv = r.uniform(*span["seconds"]), r.uniform(*span["uv"]) * self.o["size"]
        hz = r.uniform(*span["hz"])
        if kind == "spike":
            times = np.array([at])
            self.fire(muscles[0], times, uv)
        elif kind in ("spasm", "after_activity"):
            times = self.times("spasm", at, seconds, hz)
            for m in muscles:
                lag = r.uniform(0, 0.003)
                self.fire(m, times[r.random(len(times)) < 0.85] + lag, uv * r.uniform(0.5, 1), 2, 0.15)
        else:
            times = self.times(kind, at, seconds, hz)
            self.fire(muscles[0], times, uv, 1 if kind in ("a_train", "b_train") else 5,
                      0.05 if kind in ("a_train", "b_train") else 0.2)
        end = times[-1] + 0.005
        self.case.events.append(dict(kind=kind, channel=",".join(muscles), start=int(times[0] * self.fs),
                                     end=int(end * self.fs), uv=uv, hz=hz))
        for m in muscles:
            self.busy[m] = end + 1.0
        return end

    def schedule(self):
        r, case = self.r, self.case
        at, i = 4.0, 0
        while at < case.c["seconds"] - 12:
            kind = self.o["kinds"][i % len(self.o["kinds"])]
            free = [m for m in case.x if self.busy[m] < at]
            needed = 2 if kind == "spasm" else 1
            i += 1
            if len(free) >= needed:
                r.shuffle(free)
                self.add(kind, at, free[:int(r.integers(2, len(free) + 1))] if kind == "spasm" else free[:1])
            at += r.uniform(*self.o["every"])
        if self.o["follow"]:  # after-activity behind every third stimulus
            for s in case.stimuli[::3]:
                group = list(case.c["lateral"])
                if all(self.busy[m] < s["sample"] / self.fs for m in group):
                    self.add("after_activity", s["sample"] / self.fs + 0.028, group)
                    self.busy.update({m: self.busy[m] - 1.0 for m in group})

    def heartbeat(self):
        """QRS complexes on all channels, in shares of their own: no muscle of the face."""
        r, fs = self.r, self.fs
        t = np.arange(int(0.12 * fs)) / fs * 1e3 - 50
        wave = np.exp(-(t / 9) ** 2) - 0.25 * np.exp(-((t + 16) / 6) ** 2) - 0.35 * np.exp(-((t - 17) / 8) ** 2)
        share = {m: r.uniform(0.4, 1) * r.choice([-1, 1]) for m in self.x}
        at = 0.5
        while at < self.case.c["seconds"] - 1:
            for m in self.x:
                self.put(m, int(at * fs), wave * self.o["ecg_uv"] * share[m])
            at += r.normal(0.85, 0.03)

    def make(self):
        self.schedule()
        names = list(self.x)
        leak = {(a, b): self.r.uniform(*self.o["leak"]) for a in names for b in names if a != b}
        own = {m: v.copy() for m, v in self.x.items()}
        for (a, b), share in leak.items():
            self.x[a] += share * own[b]
        if self.o["ecg_uv"]:
            self.heartbeat()
        for m in names:
            self.case.x[m] += self.x[m]
