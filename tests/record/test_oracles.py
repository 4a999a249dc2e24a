# SPDX-License-Identifier: Apache-2.0
"""MNE reads what we write: every sample and annotation. test_oracles.py WRITE_KNOWN.
Exit status 77, skipped, where MNE is not installed."""
import os
import subprocess
import sys
import tempfile

try:
    import mne
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing} (apt-get install python3-mne)")
    sys.exit(77)

RATE, CHANNELS, LENGTH = 2000, 3, 25130
LOST = [(10000, 10101), (20000, 21000)]


def known():
    index = np.arange(LENGTH, dtype=np.uint64)[:, None]
    channel = np.arange(CHANNELS, dtype=np.uint64)[None, :]
    hashed = (index * np.uint64(64) + channel + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    value = (hashed >> np.uint64(40)).astype(np.int64) - 8388608
    edge = np.where(channel % 2 == 1, 8388607, -8388608)
    value = np.where(index % 997 == 0, edge, value)
    for first, end in LOST:
        value[first:end] = 0
    return value


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "known.bdf")
    subprocess.run([sys.argv[1], path], check=True)
    raw = mne.io.read_raw_bdf(path, preload=True, verbose="error")
    assert raw.info["sfreq"] == RATE, raw.info
    assert raw.ch_names == ["CH1", "CH2", "CH3"], raw.ch_names
    want = known()
    got = raw.get_data()
    records = -(-LENGTH // 200)
    assert got.shape == (CHANNELS, records * 200), got.shape
    for c in range(CHANNELS):
        gain = (20000 + 2 * c) / 16777215 * 1e-6
        counts = (got[c] - (-(10000 + c) * 1e-6)) / gain - 8388608
        off = np.abs(counts[:LENGTH] - want[:, c]).max()
        assert off < 1e-3, (c, off)
    notes = [a for a in raw.annotations if not a["description"].startswith("lsrd:")]
    assert len(notes) == 50, len(notes)
    for i, note in enumerate(sorted(notes, key=lambda a: a["onset"])):
        assert note["description"] == f"note=标记 {i} by=Li", note
        assert abs(note["onset"] - (i * 200 + 7) / RATE) < 1e-9, note
    events = [a for a in raw.annotations if a["description"].startswith("lsrd:emg_event")]
    assert len(events) == 1 and abs(events[0]["duration"] - 0.2) < 1e-9, events
    lost = sum(round(a["duration"] * RATE) for a in raw.annotations
               if a["description"] == "lsrd:lost")
    assert lost == 101 + 1000 + records * 200 - LENGTH, lost
print(f"MNE {mne.__version__}: {LENGTH} frames of {CHANNELS} channels and {len(raw.annotations)} "
      "annotations as written")
