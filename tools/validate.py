#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes simulated cases one by one, analyses them with the shipped binary, scores them, deletes them.

    validate.py [NAME ...] [--seeds 1,2,3] [--bench-seeds 1,2,3,4,5] [--write docs/validation.md]
                [--set section.key=value ...]

NAME is a case of any of these sets, `set/case`, or a set: `patient` (tests/golden/scenarios, made by `lsrd
simulate`), `quiet` (three hours and ten minutes in which nothing happens; 2 GB for a minute), `course` (the ten lessons, each with its own seed), `generator` (tests/golden/generator.py, written apart from the detectors), `bench` (cases made
by another generator, found through LSRD_BENCH: a directory with casegen.py and scenarios.json, or with
finished *.bdf and *.truth.json). Without a NAME: all sets that are there. Exit 1 where a case failed to run,
2 where an endpoint was false, 3 where --strict finds anything wrong.
"""
import argparse
import collections
import datetime
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tools"))
import recordings  # noqa: E402
import score as scoring  # noqa: E402

GENERATOR = TOP / "tests/golden/generator.py"
SCENARIOS = TOP / "tests/golden/scenarios"
QUIET = TOP / "tests/golden/quiet"
COURSE = TOP / "docs/course/course.json"


# ---------------------------------------------------------------- cases
class Case:
    """make(stem) writes STEM.bdf and returns the truth and the arguments that tell its montage."""
    def __init__(self, set_name, name, seed, make):
        self.set, self.name, self.seed, self.make = set_name, name, seed, make


def run(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(str(c) for c in command[:3])}: {done.stderr.strip() or done.returncode}")


def montage(truth):
    """As a person would configure this montage: the trigger, each branch with its muscles."""
    args = ["--set", f"stimulus.trigger={truth['trigger_channel'] or 'artifact'}"]
    branches = truth.get("branches") or ([dict(name="zygomatic", direct=truth["m_channel"],
                                               lateral=truth["lsr_channels"])] if truth["stimuli"] else [])
    for b in branches:
        args += ["--set", f"branch.{b['name']}.lateral={','.join(b['lateral'])}"]
        if b.get("direct"):
            args += ["--set", f"branch.{b['name']}.direct={b['direct']}"]
        if b.get("trigger"):
            args += ["--set", f"branch.{b['name']}.trigger={b['trigger']}"]
    return args


def from_patient(lsrd, path, seed):
    def make(stem):
        run(lsrd, "simulate", path, "-o", f"{stem}.bdf", "--truth", f"{stem}.truth.json", "--seed", seed)
    return make


def python_with_numpy():
    """Debian's own interpreter has the packages, even where another python3 comes first."""
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import numpy"], capture_output=True).returncode == 0:
            return python
    sys.exit("validate: numpy is missing: apt install python3-numpy")


def from_generator(name, seed):
    def make(stem):
        run(python_with_numpy(), GENERATOR, name, "--seed", seed, "-o", f"{stem}.bdf", "--truth", f"{stem}.truth.json")
    return make


def from_bench(bench, name, seed):
    finished = bench / f"{name}-{seed}.bdf"

    def make(stem):
        if finished.exists():
            os.symlink(finished.resolve(), f"{stem}.bdf")
            os.symlink((bench / f"{name}-{seed}.truth.json").resolve(), f"{stem}.truth.json")
            return
        out = pathlib.Path(stem).parent / "bench"
        run(python_with_numpy(), bench / "casegen.py", name, "--seed", seed, "--out", out)
        for end in ("bdf", "truth.json"):
            os.rename(out / f"{name}-{seed}.{end}", f"{stem}.{end}")
    return make


def all_cases(lsrd, seeds, bench_seeds):
    for path in sorted(SCENARIOS.glob("*.scenario")):
        for seed in seeds:
            yield Case("patient", path.stem, seed, from_patient(lsrd, path, seed))
    for lesson in json.loads(COURSE.read_text(encoding="utf-8")):
        yield Case("course", lesson["scenario"], lesson["seed"],
                   from_patient(lsrd, lesson["scenario"], lesson["seed"]))
    listing = subprocess.run([python_with_numpy(), GENERATOR, "--list"], capture_output=True, text=True, check=True)
    for line in listing.stdout.splitlines():
        for seed in seeds:
            yield Case("generator", line.split()[0], seed, from_generator(line.split()[0], seed))
    bench = os.environ.get("LSRD_BENCH")
    if bench:
        bench = pathlib.Path(bench)
        listed = bench / "scenarios.json"
        names = ([s["name"] for s in json.loads(listed.read_text())] if listed.exists()
                 else sorted({p.name[:-len(".truth.json")].rpartition("-")[0] for p in bench.glob("*.truth.json")}))
        for name in names:
            for seed in bench_seeds:
                if listed.exists() or (bench / f"{name}-{seed}.bdf").exists():
                    yield Case("bench", name, seed, from_bench(bench, name, seed))
    for path in sorted(QUIET.glob("*.scenario")):  # long: one seed is enough
        yield Case("quiet", path.stem, seeds[0], from_patient(lsrd, path, seeds[0]))


def judge(case, lsrd, overrides, directory):
    stem = f"{directory}/{case.name}-{case.seed}"
    try:
        case.make(stem)
        truth = json.loads(pathlib.Path(f"{stem}.truth.json").read_text())
        args = montage(truth)
        for o in overrides:
            args += ["--set", o]
        begin = time.monotonic()
        with open(f"{stem}.ndjson", "w") as out:
            done = subprocess.run([str(lsrd), "analyze", f"{stem}.bdf", *args], stdout=out, stderr=subprocess.PIPE, text=True)
        took = time.monotonic() - begin
        if done.returncode:
            raise RuntimeError(f"analyze: {done.stderr.strip()}")
        r = scoring.score(truth, scoring.load_findings(f"{stem}.ndjson"))
        r["took_s"] = took
        return r
    finally:
        for end in ("bdf", "truth.json", "ndjson"):
            pathlib.Path(f"{stem}.{end}").unlink(missing_ok=True)


# ---------------------------------------------------------------- figures
def share(hits, of):
    return hits / of if of else None


def interval(hits, of):
    """95 % interval of a share, Wilson's: it stays sensible at 0 and 1."""
    if not of:
        return None
    z, p = 1.96, hits / of
    middle, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return max(0.0, (middle - half) / (1 + z * z / of)), min(1.0, (middle + half) / (1 + z * z / of))


def percentile(values, p):
    v = sorted(values)
    return v[min(len(v) - 1, int(p / 100 * len(v)))] if v else None


def text(value, digits=3):
    return "–" if value is None else f"{value:.{digits}f}"


def with_interval(hits, of):
    if not of:
        return "–"
    low, high = interval(hits, of)
    return f"{hits / of:.4f} ({low:.4f} to {high:.4f}), {hits} of {of}"


def figures(t):
    """Name, measured, target."""
    answered = t["true_positive"] + t["false_negative"]
    silent = t["true_negative"] + t["false_positive"]
    auc = scoring.area_under_curve(t["score_present"], t["score_absent"])
    late, recur = t["endpoint_late_s"], t["recurrence_late_s"]
    rows = [
        ("cases", str(t["cases"]), ""),
        ("endpoint right", with_interval(t["endpoint_right"], t["cases"]), "all"),
        ("false endpoints", str(t["endpoint_false"]), "0"),
        ("missed endpoints, of those owed", f"{t['endpoint_missed']} of {t['endpoint_owed']}", "0"),
        ("endpoint later than the rules allow, largest", f"{text(max(late, default=None), 1)} s", "under 3 s"),
        ("guards held", f"{t['guards_held']} of {t['guards']}", "all"),
        ("alarms without a cause", str(t["alarms_false"]), "0"),
        ("alarms of sound, an hour", f"{text(share(t['audible'], t['seconds'] / 3600), 1)} ({t['audible']} in {t['seconds'] / 3600:.1f} h)", ""),
        ("withheld without a cause, a case", f"{text(share(t['idle_s'], t['cases']), 1)} s", "under 5 s"),
        ("recurrence alarm, latest", f"{text(max(recur, default=None), 1)} s", "3 s"),
        ("sweep sensitivity", with_interval(t["true_positive"], answered), "0.995"),
        ("sweep specificity", with_interval(t["true_negative"], silent), "0.999"),
        ("area under the curve", text(auc, 5), "0.9995"),
        ("masked sweeps taken as valid", f"{t['masked_accepted']} of {t['masked']}", "0"),
        ("clean sweeps thrown away", with_interval(t["clean_lost"], t["clean"]), "under 0.005"),
        ("onset error, median / 95 %", f"{text(percentile(t['onset_error_ms'], 50))} / {text(percentile(t['onset_error_ms'], 95))} ms", "0.1 / 0.5 ms"),
        ("amplitude error, median", text(percentile(t["amplitude_error"], 50)), "0.04"),
        ("verdict behind the stimulus, 99 %", f"{text(percentile(t['delay_ms'], 99), 2)} ms", "the window's end"),
        ("stimuli found", with_interval(t["stimuli_found"], t["stimuli"]), "0.999"),
        ("stimuli found that were none", str(t["stimuli_false"]), "0"),
        ("A-train time, recall / precision", f"{text(share(t['train']['hit'], t['train']['wanted']))} / {text(share(t['train']['hit'], t['train']['found']))}", "0.97 / 0.97"),
    ]
    for kind, target in (("a_train", 0.95), ("spasm", 0.95), ("spike", 0.9), ("burst", 0.9), ("b_train", 0.9), ("c_train", 0.9)):
        k = t[kind]
        rows.append((f"{kind}, recall / precision",
                     f"{text(share(k['hit'], k['wanted']))} / {text(share(k['hit'], k['found']))} of {k['wanted']}",
                     f"{target:.2f} / {target:.2f}"))
    rows.append(("events where there was none", str(t["events_from_nothing"]), ""))
    rows.append(("cautery found", f"{t['cautery_found']} of {t['cautery']}", "all"))
    rows.append(("speed, times real time", text(share(t["seconds"], t["took_s"]), 0), ""))
    return rows


def markdown_table(head, rows):
    return "\n".join("| " + " | ".join(r) + " |" for r in [head, ["---"] * len(head), *rows]) + "\n"


def case_row(name, t):
    answered, silent = t["true_positive"] + t["false_negative"], t["true_negative"] + t["false_positive"]
    trains = t["train"]
    return [name, f"{t['endpoint_right']}/{t['cases']}", str(t["endpoint_false"]), str(t["endpoint_missed"]),
            f"{t['guards_held']}/{t['guards']}", str(t["alarms_false"]), text(share(t["idle_s"], t["cases"]), 1),
            text(share(t["true_positive"], answered), 4), text(share(t["true_negative"], silent), 4),
            str(t["masked_accepted"]), text(share(t["clean_lost"], t["clean"]), 4),
            f"{text(percentile(t['onset_error_ms'], 50), 2)}/{text(percentile(t['onset_error_ms'], 95), 2)}",
            f"{text(share(trains['hit'], trains['wanted']), 2)}/{text(share(trains['hit'], trains['found']), 2)}"]


HEAD = ["case", "right", "false", "missed", "guards", "alarms", "idle s", "sens", "spec", "masked", "lost", "onset ms", "train r/p"]
SAYS = {
    "patient": "The simulated patient's own cases, `tests/golden/scenarios`.",
    "quiet": "Hours without news, `tests/golden/quiet`: ten minutes of hum, drill and cautery, and three hours with pauses of "
             "stimulation, marked and not. Nothing may be found there, and at most three alarms may sound in the three hours.",
    "course": "The ten lessons of `docs/course`, each with the seed it is taught with.",
    "generator": "Cases of a second generator, `tests/golden/generator.py`, written apart from the detectors.",
    "bench": "Cases of a third generator, found through `LSRD_BENCH`; not part of this repository.",
}


def seeds_of(results):
    """Which seeds each set was run with."""
    told = []
    for name in SAYS:
        mine = sorted({k[2] for k in results if k[0] == name})
        if mine and name != "course":
            told.append(f"{name}: seed{'s' if len(mine) > 1 else ''} {', '.join(map(str, mine))}")
    return "; ".join(told)


def left_out(results, there):
    """What this run did not hold of the cases that are there."""
    missing = collections.Counter(c.set for c in there if (c.set, c.name, c.seed) not in results)
    of = collections.Counter(c.set for c in there)
    told = ", ".join(f"{n} of {of[name]} of {name}" for name, n in missing.items())
    return [f"Not in this run: {told} cases.", ""] if told else []


def document(results, version, overrides, people, there):
    out = ["# Validation", "",
           "Written by `./run validate`; do not edit. Every case but the recordings at the end is simulated: these figures say "
           "how the detectors do where the truth is known, and nothing about patients. Intervals are Wilson's, 95 %.", "",
           f"{version}, {datetime.date.today().isoformat()}, {seeds_of(results)}, "
           + (f"with {', '.join(overrides)}." if overrides else "default configuration."), "",
           "These cases were at hand while the detectors were written, so the figures are no held-out test; "
           "`./run validate --seeds 11,12,13` runs patients that nobody has seen.", ""]
    out += left_out(results, there)
    for set_name in ("patient", "quiet", "course", "generator", "bench"):
        mine = {k: v for k, v in results.items() if k[0] == set_name}
        if not mine:
            continue
        total = scoring.pool(mine.values())
        out += [f"## {set_name}", "", SAYS[set_name], "", markdown_table(["figure", "measured", "target"], figures(total))]
        names = sorted({k[1] for k in mine})
        rows = [case_row(n, scoring.pool(v for k, v in mine.items() if k[1] == n)) for n in names]
        out += [markdown_table(HEAD, rows)]
        wrong = [f"`{k[1]}` seed {k[2]} ({v['endpoint_false']} false, {v['endpoint_missed']} missed, "
                 f"guards {v['guards_held']} of {v['guards']}, {v['alarms_false']} alarms)"
                 for k, v in sorted(mine.items())
                 if not v["endpoint_right"] or v["guards_held"] < v["guards"] or v["alarms_false"]]
        out += ["Where it fails: " + ("; ".join(wrong) if wrong else "nowhere in this set") + ".", ""]
    out += ["## recordings", "", "Real recordings of people, none of an operation: `tests/data/emg`, and those of LSRD_DATA. What is known of "
            "them comes with them; what else is found in them is listed without a judgement.", "", people]
    out += ["## How to read it", "",
            "*Right*: no false endpoint and none missed. An endpoint is owed where the LSR stayed away for the hold and 15 s "
            "after its last reset; it is false where the LSR was not away. *Later than the rules allow* counts from "
            "the first moment at which the hold is full of sweeps without a response, the first of them behind the loss or the last cautery. "
            "Sweeps under a true event are aside: they fill no hold, and one of them that is called a response restarts it, since a discharge "
            "in the window cannot be told from one. *Guards*: stimulus lost, electrode off, withheld, "
            "early loss, not elicited, each within seconds of its cause. *Idle*: seconds withheld for no reason; a pause of stimulation, marked or not, is one. *Lost*: "
            "clean sweeps called invalid. *Masked*: sweeps under an artifact called valid. *Onset*: median and 95 % of the errors. Alarms of "
            "sound are all that were raised, high, medium and low; most of these cases exist to raise one. Speed is of this run, beside "
            "whatever else the machine did; [performance.md](performance.md) has it measured.", "",
            "Counted neither way: sweeps that an artifact only grazes, whose M wave is below half, or through which a true "
            "event runs; responses between nothing and 20 uV; events under cautery; after-activity called a spasm or a burst.", ""]
    return "\n".join(out)


def of_people(lsrd):
    """Markdown about the real recordings, and whether all of it is as known."""
    rows, all_right = [], True
    with tempfile.TemporaryDirectory(prefix="lsrd-recordings-") as directory:
        for name, r in recordings.available().items():
            path = f"{directory}/{name}.bdf"
            run(python_with_numpy(), TOP / "tools/recordings.py", name, "-o", path)
            done = subprocess.run([str(lsrd), "analyze", path, *recordings.montage(r)], capture_output=True, text=True, check=True)
            found = [json.loads(line) for line in done.stdout.splitlines()]
            for what, expected, measured, right in recordings.compare(r, found):
                rows.append([name, r["says"], what, expected, measured + ("" if right else " (wrong)")])
                all_right = all_right and right
            pathlib.Path(path).unlink()
    return markdown_table(["recording", "what it is", "figure", "known", "found"], rows), all_right


def earlier(paths):
    """Results of --json."""
    results = {}
    for path in paths:
        for key, counts in json.loads(pathlib.Path(path).read_text()).items():
            set_name, name, seed = key.split("/")
            results[set_name, name, int(seed)] = {k: collections.Counter(v) if isinstance(v, dict) else v
                                                  for k, v in counts.items()}
    return results


def keep(results, path):
    """After every case: hours of work are not lost to the last minute."""
    if path:
        pathlib.Path(path).write_text(json.dumps({"/".join(map(str, k)): v for k, v in results.items()}))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("names", nargs="*")
    p.add_argument("--seeds", default="1")
    p.add_argument("--bench-seeds", help="of that set alone; 1 to 5 where everything is run")
    p.add_argument("--lsrd", default=TOP / "build/lsrd")
    p.add_argument("--set", action="append", default=[], dest="overrides")
    p.add_argument("--write", help="the report; without a NAME it is docs/validation.md")
    p.add_argument("--tmp", help="where cases are made, one at a time (about 100 MB)")
    p.add_argument("--strict", action="store_true", help="exit 3 unless every endpoint, guard and alarm is right")
    p.add_argument("--json", help="the counts, for other tools and for --with")
    p.add_argument("--with", nargs="*", default=[], dest="earlier", metavar="JSON",
                   help="counts of other runs, pooled into the report; with --only-those nothing else is run")
    p.add_argument("--only-those", action="store_true")
    a = p.parse_args()
    a.write = a.write or (None if a.names else TOP / "docs/validation.md")
    seeds = [int(s) for s in a.seeds.split(",")]
    bench_seeds = [int(s) for s in (a.bench_seeds or (a.seeds if a.names else "1,2,3,4,5")).split(",")]
    chosen = [c for c in all_cases(a.lsrd, seeds, bench_seeds) if not a.names or {c.name, c.set, f"{c.set}/{c.name}"} & set(a.names)]
    if not chosen:
        sys.exit(f"validate: no case {' '.join(a.names)}; sets are patient, course, generator and bench (LSRD_BENCH)")
    results, failed = earlier(a.earlier), 0
    chosen = [] if a.only_those else [c for c in chosen if (c.set, c.name, c.seed) not in results]
    print(" ".join(f"{h:>8}" if i else f"{h:24}" for i, h in enumerate(HEAD)), flush=True)
    with tempfile.TemporaryDirectory(prefix="lsrd-validate-", dir=a.tmp) as directory:
        for c in chosen:
            try:
                r = results[c.set, c.name, c.seed] = judge(c, a.lsrd, a.overrides, directory)
            except RuntimeError as e:
                failed += 1
                print(f"{c.name}-{c.seed}: {e}", flush=True)
                continue
            row = case_row(f"{c.name}-{c.seed}", r)
            print(" ".join(f"{v:>8}" if i else f"{v:24}" for i, v in enumerate(row)), flush=True)
            keep(results, a.json)
    if results:
        total = scoring.pool(results.values())
        for name, value, target in figures(total):
            print(f"{name:46} {value:44} {target}")
        keep(results, a.json)
        if a.write and not failed:
            version = subprocess.run([str(a.lsrd), "--version"], capture_output=True, text=True, check=True).stdout.strip()
            pathlib.Path(a.write).write_text(document(results, version, a.overrides, of_people(a.lsrd)[0],
                                                      list(all_cases(a.lsrd, seeds, bench_seeds))), encoding="utf-8")
        if total["endpoint_false"]:
            sys.exit(2)
        if a.strict and (total["endpoint_right"] < total["cases"] or total["guards_held"] < total["guards"]
                         or total["alarms_false"]):
            sys.exit(3)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
