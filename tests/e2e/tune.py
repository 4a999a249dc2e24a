#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Thresholds tried on cases of which the truth is known. tune.py LSRD TUNING.md"""
import csv
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import xml.etree.ElementTree

from checks import check, finish, runner

LSRD, DOCS = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])


lsrd = runner(LSRD)


def table(path):
    return {row["settings"]: row for row in csv.DictReader(open(path, newline="", encoding="utf-8"))}


def label(sample, kind, end=None, channel=None):
    return json.dumps({"sample": sample, "end_sample": end, "label": kind, "channel": channel, "by": "NP",
                       "utc": "2026-11-23T09:30:00Z"}) + "\n"


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    for scenario in ("course-03-transient", "course-04-irritation"):
        lsrd("simulate", scenario, "-o", folder / scenario, "--truth", folder / f"{scenario}.truth.json")
    cases = sorted(path for path in folder.iterdir() if path.is_dir())
    grid = ("--set", "response.min_amplitude=15uV..95uV/3", "--set", "endpoint.hold=10s,30s")
    out = lsrd("tune", *grid, *cases, "-o", folder / "all")
    check(out.returncode == 0 and b"tune: 2 of 2 cases, 0:00 left" in out.stderr, f"runs, and says how far it is {out.stderr}")
    roc = table(folder / "all" / "roc.csv")
    check(len(roc) == 6 and all(row["cases"] == "2" for row in roc.values()), "every combination has both cases")
    low, high = (roc[f"response.min_amplitude={uv}uV; endpoint.hold=30s"] for uv in (15, 95))
    check(float(low["sweep_sensitivity"]) > 0.95 > float(high["sweep_sensitivity"]), "a high threshold misses responses")
    check(float(low["train_sensitivity"]) == 1 and low["endpoints"] == low["endpoints_reached"] == "1",
          "trains and the endpoint are found")
    quick = roc["response.min_amplitude=15uV; endpoint.hold=10s"]
    check(float(quick["delay_median_s"]) + 15 < float(low["delay_median_s"]), "a shorter hold is sooner")
    svg = xml.etree.ElementTree.parse(folder / "all" / "roc.svg").getroot()
    check(len(svg.findall(".//{http://www.w3.org/2000/svg}circle")) >= 12, "the plot has its points")

    commands = lsrd("tune", "--jobs", *grid, *cases, "-o", folder / "farm").stdout
    check(commands.count(b"\n") == 2, "a job a case")
    path = {**os.environ, "PATH": f"{os.path.dirname(LSRD)}:{os.environ['PATH']}"}
    runner = ["parallel"] if shutil.which("parallel") else ["sh"]
    subprocess.run(runner, input=commands, env=path, check=True, capture_output=True)
    merged = lsrd("tune", "--merge", *sorted((folder / "farm" / "jobs").iterdir()), "-o", folder / "farm")
    check(merged.returncode == 0 and table(folder / "farm" / "roc.csv") == roc, f"{runner[0]} gives the same")

    # The array script as docs/tuning.md has it, with what Slurm gives a task.
    script = re.search(r"(?m)^    #!/bin/sh\n((?:    .*\n)+)", DOCS.read_text(encoding="utf-8")).group(0)
    (folder / "tune.sh").write_text(textwrap.dedent(script), encoding="utf-8")
    (folder / "jobs.txt").write_bytes(lsrd("tune", "--jobs", *grid, *cases, "-o", folder / "array").stdout)
    for task in range(1, len(cases) + 1):
        subprocess.run(["sh", "tune.sh"], cwd=folder, env={**path, "SLURM_ARRAY_TASK_ID": str(task)}, check=True,
                       capture_output=True)
    made = sorted((folder / "array" / "jobs").iterdir())
    merged = lsrd("tune", "--merge", *made, "-o", folder / "array")
    check(len(made) == len(cases) and table(folder / "array" / "roc.csv") == roc, f"a Slurm array gives the same {merged.stderr}")

    labelled = cases[0]
    for truth in folder.glob("*.truth.json"):
        truth.unlink()
    rate, truth = 20000, {}
    (labelled / "labels.ndjson").write_text(label(0, "lsr_returned") + label(100 * rate, "lsr_gone") +
                                            label(10 * rate, "artifact", 20 * rate), encoding="utf-8")
    out = lsrd("tune", "--job", *grid, labelled)
    rows = list(csv.DictReader(out.stdout.decode().splitlines()))
    check(out.returncode == 0 and len(rows) == 6 and int(rows[0]["present"]) > 100 and int(rows[0]["absent"]) > 20,
          f"a reviewer's labels are the truth {out.stderr}")

    for arguments, says in (
            ((*grid, cases[1], "-o", folder / "none"), b"no labels"),
            (("--set", "response.min_amplitude=15uV..9/3", labelled, "-o", folder / "none"), b"LOW..HIGH/COUNT"),
            ((labelled, "-o", folder / "none"), b"names what to try"),
            (("--set", "no.key=1,2", "--job", labelled), b"no.key"),
            ((*grid, labelled), b"-o DIRECTORY")):
        out = lsrd("tune", *arguments)
        check(out.returncode == 1 and says in out.stderr, f"{out.stderr.decode().strip()}")
finish()
