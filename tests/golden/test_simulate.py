#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`lsrd simulate` through the shipped binary: same seed, same bytes; a case that analyses with its own
configuration; truth that parses; refusals in one line."""
import filecmp
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

LSRD = sys.argv.pop(1)


def lsrd(*args):
    return subprocess.run([LSRD, *map(str, args)], capture_output=True, text=True)


class Simulate(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="lsrd-simulate-")
        self.addCleanup(self.directory.cleanup)
        self.top = pathlib.Path(self.directory.name)

    def make(self, name, *args):
        done = lsrd("simulate", "demo", "-o", self.top / name, "--set", "scenario.duration=20 s",
                    "--set", "scenario.rate=10 kHz", *args)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.top / name

    def test_same_seed_same_bytes(self):
        one, two, other = (self.make(n, "--seed", s, "--truth", self.top / f"{n}.json")
                           for n, s in (("one.bdf", 5), ("two.bdf", 5), ("other.bdf", 6)))
        self.assertTrue(filecmp.cmp(one, two, shallow=False))
        self.assertFalse(filecmp.cmp(one, other, shallow=False))
        self.assertEqual((self.top / "one.bdf.json").read_text(), (self.top / "two.bdf.json").read_text())

    def test_truth_has_what_a_scorer_needs(self):
        self.make("a.bdf", "--truth", self.top / "a.json", "--seed", 3)
        truth = json.loads((self.top / "a.json").read_text())
        self.assertEqual((truth["name"], truth["seed"], truth["fs"]), ("demo", 3, 10000))
        self.assertEqual(truth["samples"], 200000)
        self.assertEqual((truth["m_channel"], truth["lsr_channels"], truth["trigger_channel"]),
                         ("OOC", ["OOR", "MENT"], "STIM"))
        self.assertGreater(len(truth["stimuli"]), 50)
        for s in truth["stimuli"]:
            self.assertEqual(set(s["lsr"]), {"MENT", "OOR"})
            self.assertGreater(s["m_uv"], 100)
        self.assertIn({"at_s": 41, "text": "phase=dura_open"}, truth["notes"])

    def test_a_case_directory_brings_its_configuration_and_marks(self):
        case = self.make("case")
        done = lsrd("analyze", case)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(found[0]["rate_hz"], 10000)
        marks = [f["text"] for f in found if f["type"] == "mark"]
        self.assertEqual(marks, ["intensity=16mA", "tof=4"])
        stimuli = [f for f in found if f["type"] == "stimulus"]
        self.assertGreater(len(stimuli), 50)
        self.assertEqual({f["branch"] for f in stimuli}, {"zygomatic"})
        self.assertEqual([p.name for p in self.top.iterdir()], ["case"])  # nothing left beside it

    def test_nothing_is_overwritten_and_mistakes_take_one_line(self):
        self.make("a.bdf")
        for name in ("a.bdf", "."):
            done = lsrd("simulate", "demo", "-o", self.top / name)
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for args, says in ((["simulate"], "name one scenario"), (["simulate", "demoo", "-o", "x"], "did you mean demo?"),
                           (["simulate", "demo", "-o", "x", "--seed", "-1"], "whole number"),
                           (["simulate", "demo", "-o", "/nonexistent/x.bdf"], "/nonexistent/x.bdf")):
            done = lsrd(*args)
            self.assertIn(done.returncode, (1, 2))
            self.assertIn(says, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        bad = self.top / "bad.scenario"
        bad.write_text("[scenario]\nduraton = 3 s\n[muscle A]\nnoise = 3\n")
        done = lsrd("simulate", bad, "-o", self.top / "b.bdf")
        self.assertEqual(done.returncode, 1)
        self.assertIn("bad.scenario:2: [scenario] duraton = 3 s: no such key; did you mean duration?", done.stderr)
        self.assertIn("bad.scenario:4: [muscle A] noise = 3: a range is LOW .. HIGH", done.stderr)


if __name__ == "__main__":
    unittest.main()
