#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What somebody without lsrd would write: reads a BDF file, filters, finds bursts and trains by
thresholds, measures every sweep, makes an envelope for the screen. peer_script.py CASE.bdf whole|chunks|mne
`whole` keeps the case in memory as most scripts do, `chunks` reads ten seconds at a time and carries
the filters' state, `mne` is MNE-Python's usual path: read, filter, epochs, peak to peak."""
import sys

import numpy as np
from scipy import ndimage, signal

LABELS = ["FRONT", "OOC", "OOR", "MENT", "MASS"]


class Bdf:
    def __init__(self, path):
        self.file = open(path, "rb")
        self.file.seek(0)
        head = self.file.read(256)
        self.size, self.records, self.seconds = int(head[184:192]), int(head[236:244]), float(head[244:252])
        count = int(head[252:256])
        rest = self.file.read(self.size - 256)
        column = lambda at, width: [rest[count * at + i * width:count * at + (i + 1) * width].decode().strip()
                                    for i in range(count)]
        self.labels, low, high = column(0, 16), column(104, 8), column(112, 8)
        dig_low, dig_high = column(120, 8), column(128, 8)
        self.samples = [int(v) for v in column(216, 8)]
        self.gain = [(float(h) - float(l)) / (float(dh) - float(dl))
                     for l, h, dl, dh in zip(low, high, dig_low, dig_high)]
        self.picks = [i for i, label in enumerate(self.labels) if label in LABELS]
        self.trigger = self.labels.index("STIM")
        self.rate = int(self.samples[self.picks[0]] / self.seconds)

    def read(self, first, records):
        """Microvolts (frames x channels) and the trigger."""
        offsets = 3 * np.r_[0, np.cumsum(self.samples)]
        self.file.seek(self.size + first * int(offsets[-1]))
        raw = np.fromfile(self.file, np.uint8, records * int(offsets[-1])).reshape(-1, int(offsets[-1]))

        def column(i):
            b = raw[:, offsets[i]:offsets[i + 1]].reshape(-1, 3).astype(np.int32)
            v = b[:, 0] | b[:, 1] << 8 | b[:, 2] << 16
            return (v - ((v & 0x800000) << 1)) * self.gain[i]
        return np.stack([column(i) for i in self.picks], 1), column(self.trigger)


def design(rate):
    band = signal.butter(4, [30, 3000], "bandpass", fs=rate, output="sos")
    return np.vstack([band, np.r_[signal.iirnotch(50, 30, fs=rate)][None]])


def onsets(trigger):
    high = trigger > 0.5 * np.max(trigger)
    return np.flatnonzero(np.diff(high.astype(np.int8)) == 1) + 1 if np.ptp(trigger) > 0 else np.zeros(0, int)


def events(y, stimuli, noise, rate):
    """Stretches of 10 ms RMS over four times the noise, and rows of eight regular spikes."""
    blank = np.zeros(len(y), bool)
    for s in stimuli:
        blank[max(0, s - 20):s + int(0.03 * rate)] = True
    found = 0
    for c in range(y.shape[1]):
        rms = np.sqrt(ndimage.uniform_filter1d(y[:, c] ** 2, int(0.01 * rate)))
        edges = np.diff(np.r_[0, ((rms > 4 * noise[c]) & ~blank).astype(np.int8), 0])
        found += np.sum(np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1) > 0.01 * rate)
        peaks, _ = signal.find_peaks(np.where(blank, 0, np.abs(y[:, c])), height=4 * noise[c],
                                     distance=int(0.003 * rate))
        if len(peaks) < 9:
            continue
        apart = np.diff(peaks) / rate
        regular = (apart[1:] < 0.035) & (np.abs(np.diff(apart)) < 0.25 * apart[:-1])
        found += np.sum(np.convolve(regular, np.ones(7)) == 7)
    return int(found)


def sweeps(y, stimuli, rate):
    """Peak to peak and signal to noise of every response."""
    pre, post = int(0.02 * rate), int(0.05 * rate)
    at = stimuli[(stimuli >= pre) & (stimuli + post < len(y))]
    cut = y[at[:, None] + np.arange(-pre, post)[None]]
    cut = cut - cut[:, :pre].mean(1, keepdims=True)
    response = cut[:, pre + int(0.008 * rate):pre + int(0.025 * rate)]
    return np.ptp(response, axis=1), response.std(1) / cut[:, :pre].std(1)


def envelope(y, frames=400):
    blocks = y[:len(y) // frames * frames].reshape(-1, frames, y.shape[1])
    return blocks.min(1), blocks.max(1)


def whole(bdf):
    x, trigger = bdf.read(0, bdf.records)
    y = signal.sosfilt(design(bdf.rate), x, axis=0)
    stimuli = onsets(trigger)
    found = events(y, stimuli, np.median(np.abs(y), axis=0) / 0.6745, bdf.rate)
    size, _ = sweeps(y, stimuli, bdf.rate)
    envelope(y)
    return found, len(size)


def chunks(bdf):
    sos = design(bdf.rate)
    state, noise, found, count = np.zeros((len(sos), 2, len(bdf.picks))), None, 0, 0
    step = int(10 / bdf.seconds)
    for first in range(0, bdf.records, step):
        x, trigger = bdf.read(first, min(step, bdf.records - first))
        y, state = signal.sosfilt(sos, x, axis=0, zi=state)
        if noise is None:
            noise = np.median(np.abs(y), axis=0) / 0.6745
        stimuli = onsets(trigger)
        found += events(y, stimuli, noise, bdf.rate)
        count += len(sweeps(y, stimuli, bdf.rate)[0])
        envelope(y)
    return found, count


def with_mne(path):
    import mne
    mne.set_log_level("ERROR")
    raw = mne.io.read_raw_bdf(path, preload=True, stim_channel=None)
    trigger = raw.get_data(picks=["STIM"])[0]
    raw.pick([label for label in raw.ch_names if label in LABELS])
    raw.filter(30, 3000, picks="all", method="iir", phase="zero",
               iir_params={"order": 4, "ftype": "butter", "output": "sos"})
    raw.notch_filter(50, picks="all", method="iir", phase="zero",
                     iir_params={"order": 1, "ftype": "butter", "output": "sos"})
    at = onsets(trigger)
    marks = np.stack([at, np.zeros_like(at), np.ones_like(at)], 1)
    epochs = mne.Epochs(raw, marks, 1, -0.02, 0.05, baseline=(-0.02, 0), picks="all", preload=True)
    data, t = epochs.get_data(), epochs.times
    np.ptp(data[:, :, (t >= 0.008) & (t < 0.025)], axis=2)
    return 0, len(data)


def main(path, how):
    bdf = Bdf(path)
    found, count = {"whole": whole, "chunks": chunks}[how](bdf) if how != "mne" else with_mne(path)
    print(f"{how}: {found} events, {count} sweeps")


main(*sys.argv[1:])
