#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What becomes of a recorded case: listed, verified, damaged, exported, reported. cases.py LSRD SCENARIO"""
import csv
import html.parser
import json
import pathlib
import re
import sys
import tempfile

from checks import check, finish, runner

SCENARIO = sys.argv[2]


lsrd = runner(sys.argv[1])


class Page(html.parser.HTMLParser):
    """Counts what a report must have, and anything that would reach for the network."""

    def __init__(self):
        super().__init__()
        self.tags = {}
        self.outside = []

    def handle_starttag(self, tag, attributes):
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.outside += [v for k, v in attributes if k in ("src", "href")]


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    case = folder / "cases" / "one"
    case.parent.mkdir()
    made = lsrd("simulate", SCENARIO, "-o", case)
    check(made.returncode == 0, f"a scenario becomes a case {made.stderr.decode()}")
    journal = lsrd("analyze", case).stdout

    listed = lsrd("cases", case.parent)
    check(listed.returncode == 0 and b"one" in listed.stdout and b"closed" in listed.stdout,
          "the case is listed as closed")
    verified = lsrd("cases", "verify", case)
    check(verified.returncode == 0 and b"as it was closed" in verified.stdout, "it is as it was closed")

    whole = folder / "whole.bdf"
    lsrd("export", case, "--identified", "--signals", whole)
    again = lsrd("analyze", "--config", case / "lsrd.conf", whole).stdout
    check(again == journal and journal.count(b"\n") > 100, "an export of all of it gives the same findings")

    before = whole.read_bytes()
    mapping = ("--set", "stimulus.trigger=STIM", "--set", "branch.zygomatic.direct=OOC",
               "--set", "branch.zygomatic.lateral=MENT,OOR")
    mapped = lsrd("analyze", *mapping, "--remember", whole)
    remembered = folder / "whole.bdf.lsrd.conf"
    check(mapped.returncode == 0 and remembered.exists() and whole.read_bytes() == before,
          f"what the channels are is remembered beside the file, never in it {mapped.stderr.decode()}")
    check(lsrd("analyze", whole).stdout == mapped.stdout, "and holds the next time")
    check("[response]" not in remembered.read_text(encoding="utf-8"), "thresholds are not part of it")
    refused = lsrd("analyze", *mapping, "--remember", case)
    check(refused.returncode == 1 and b"keeps its own lsrd.conf" in refused.stderr, "a case directory has its own")
    remembered.unlink()

    part, sweeps, findings = folder / "part.bdf", folder / "sweeps.csv", folder / "findings.csv"
    out = lsrd("export", case, "--signals", part, "--sweeps", sweeps, "--findings", findings, "--from", "0:05")
    check(out.returncode == 0, f"a stretch is exported {out.stderr.decode()}")
    header = part.read_bytes()[:256]
    check(b"01-JAN-1985" in header and b"X X X X" in header, "it says neither when nor who")
    rows = list(csv.DictReader(open(findings, newline="", encoding="utf-8")))
    people = {row["by"] for row in rows if row["type"] == "mark"}
    check(people and all(by in ("", "system") or by.startswith("person ") for by in people),
          f"people are numbers: {people}")
    check(all(float(row["decided_s"]) >= 5 for row in rows), "findings begin where the stretch does")
    with open(sweeps, newline="", encoding="utf-8") as file:
        judged = list(csv.reader(file))[1:]
    check(len(judged) > 20 and all(len(row) > 100 for row in judged), "sweeps come with their waveforms")
    refused = lsrd("export", case, "--signals", part)
    check(refused.returncode != 0 and b"File exists" in refused.stderr, "nothing is overwritten")

    # Taken back: a sample that a mark names moves with the cut, and what no longer stands is not drawn.
    scenario = pathlib.Path(SCENARIO).read_text(encoding="utf-8").replace("duration = 600 s", "duration = 20 s")
    marked = [json.loads(line) for line in journal.splitlines() if b'"phase=decompressed' in line][0]["sample"]
    undone = folder / "undone.scenario"
    undone.write_text(scenario + "\n[mark dura]\nat = 3 s\ntext = phase=dura_open\n"
                      "[mark few]\nat = 4 s\ntext = tof=1\n"
                      f"[mark oops]\nat = 14 s\ntext = undo={marked}\n"
                      f"[mark twice]\nat = 16 s\ntext = undo={marked}\n", encoding="utf-8")
    other = folder / "cases" / "other"
    lsrd("simulate", undone, "-o", other)
    for name, start in (("before", 5), ("between", 12), ("behind", 15)):
        cut = folder / f"{name}.bdf"
        lsrd("export", other, "--identified", "--signals", cut, "--from", f"0:{start:02}")
        found = [json.loads(line) for line in lsrd("analyze", "--config", other / "lsrd.conf", cut).stdout.splitlines()]
        phase = [f["sample"] for f in found if f.get("text") == "phase=decompressed"]
        words = [f["text"] for f in found if f["type"] == "mark" and f["text"].startswith("undo=")]
        if name == "behind":
            check(not phase, f"cut {name} the mark, it is not there: {phase}")
        else:
            check(words == 2 * [f"undo={phase[0]}"], f"cut {name} the mark, it is still taken back: {phase} {words}")
        kept = [f["sample"] for f in found if f.get("text") in ("phase=dura_open", "tof=1")]
        check(len(kept) == 2 and not any(f"undo={at}" in words for at in kept),
              f"cut {name} the mark, what stood before it stands: {kept} {words}")
    drawn = []
    for name in (case, other):
        lsrd("report", name, "-o", folder / "phases.html", "--language", "en")
        drawn.append(re.findall(r'class="phase"/><text[^>]*>([^<]*)', (folder / "phases.html").read_text(encoding="utf-8")))
        (folder / "phases.html").unlink()
    check(drawn == [["Decompressed"], ["Dura open"]], f"a phase that was taken back is not drawn in the report: {drawn}")

    for language, title in (("en", "Report of an intraoperative EMG case"), ("zh", "术中肌电监测报告")):
        file = folder / f"{language}.html"
        made = lsrd("report", case, "-o", file, "--language", language)
        text = file.read_text(encoding="utf-8") if made.returncode == 0 else ""
        page = Page()
        page.feed(text)
        check(title in text and page.tags.get("svg", 0) >= 5 and page.tags.get("table", 0) >= 4 and not page.outside,
              f"the report in {language} is whole and needs no network")

    with open(case / "signals.bdf", "r+b") as file:
        file.seek(100000)
        byte = file.read(1)
        file.seek(100000)
        file.write(bytes([byte[0] ^ 1]))
    verified = lsrd("cases", "verify", case)
    check(verified.returncode == 1 and b"are not what was recorded" in verified.stdout, "one changed bit is found")
finish()
