#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scores what `lsrd analyze` found in a simulated case against what really happened.

    score.py TRUTH.json FINDINGS.ndjson [TRUTH FINDINGS ...]

What counts neither way: sweeps that an artifact only grazes, whose M wave is below half, or through
which a true event runs; responses between nothing and 20 uV; events under cautery; after-activity
that is called a spasm or a burst. docs/validation.md explains each figure.
"""
import bisect
import collections
import json
import statistics
import sys

PRESENT_UV = 20.0   # a true response of at least this much is present
LEARNING = 30       # valid sweeps a channel that may stay undecided while the baseline is learned
WINDOW_S = 0.025    # of a response, behind the stimulus
LEAST_SWEEPS = 30   # of a hold, however long it takes
RECOVERY_S = 0.4    # of the amplifier, behind cautery
MATCH_S = 0.3e-3    # a stimulus is found if it is found within this
KINDS = ("spike", "burst", "a_train", "b_train", "c_train", "spasm")


def overlap(a, b):
    return max(0, min(a[1], b[1]) - max(a[0], b[0]))


def closest(ordered, x):
    """The element of an ordered list nearest to x, or None."""
    i = bisect.bisect_left(ordered, x)
    return min(ordered[max(0, i - 1):i + 1], key=lambda v: abs(v - x), default=None)


def area_under_curve(positive, negative):
    """Chance that a sweep with a response scores above one without; ties count half."""
    if not positive or not negative:
        return None
    ordered = sorted(negative)
    wins = sum(bisect.bisect_left(ordered, v) + bisect.bisect_right(ordered, v) for v in positive)
    return wins / 2 / (len(positive) * len(negative))


class Truth:
    def __init__(self, t):
        self.t, self.fs = t, t["fs"]
        self.stimuli = t["stimuli"]
        self.at = [s["sample"] for s in self.stimuli]
        self.by_sample = {s["sample"]: s for s in self.stimuli}
        self.half_m = {}
        for branch in {s.get("branch") for s in self.stimuli}:
            m = [s["m_uv"] for s in self.stimuli if s.get("branch") == branch and s["delivered"]][:40]
            self.half_m[branch] = statistics.median(m) / 2 if m else 0.0
        self.decompressed = min((n["at_s"] * self.fs for n in t["notes"]
                                 if n["text"].startswith("phase=decompressed")), default=0)
        self.events = [(e["start"], e["end"], e["kind"], set(e["channel"].split(","))) for e in t["events"]]
        self.cautery = [(a["start"], a["end"]) for a in t["artifacts"] if a["kind"] == "cautery"]
        self.electrodes = [(a["start"], a["end"]) for a in t["artifacts"] if a["kind"] == "electrode_off"]

    def answers(self, s):
        """The stimulus arrived and the muscle followed, so the sweep can say something."""
        return s["delivered"] and s["m_uv"] >= self.half_m[s.get("branch")]

    @staticmethod
    def hits(s, key, channel):
        return "*" in s[key] or channel in s[key]

    def is_busy(self, s, channel):
        span = (s["sample"] - 0.045 * self.fs, s["sample"] + WINDOW_S * self.fs)
        return any(channel in e[3] and e[2] != "after_activity" and overlap(span, e) > 0 for e in self.events)

    def absences(self):
        """(start, end, returned) of stretches in which no branch showed a response, nor was any unable to."""
        out, start, silent = [], None, {b: False for b in self.half_m}
        for s in self.stimuli:
            seen = [v["p2p_uv"] for c, v in s["lsr"].items() if not self.hits(s, "masked", c)]
            returned = any(v >= PRESENT_UV for v in seen)
            if returned or not self.answers(s):
                if start is not None:
                    out.append((start, s["sample"], returned))
                start = None
                silent = {b: False for b in silent}
            elif seen and len(seen) == len(s["lsr"]) and max(seen) == 0:
                silent[s.get("branch")] = True
                if start is None and all(silent.values()):
                    start = s["sample"]
        if start is not None:
            out.append((start, self.t["samples"], False))
        return out

    def pauses(self):
        """Stretches without a stimulus, marked or not: over three intervals and a second, and the case's end."""
        if len(self.at) < 2:
            return []
        steps = [b - a for a, b in zip(self.at, self.at[1:])]
        long = max(3 * statistics.median(steps), self.fs)
        return [(a, b) for a, b in zip(self.at, self.at[1:] + [self.t["samples"]]) if b - a > long]

    def excuses(self):
        """Stretches in which nothing could be judged."""
        out, begin = list(self.cautery) + list(self.electrodes) + self.pauses(), None
        for s in self.stimuli + [None]:
            is_bad = s is not None and (not self.answers(s) or bool(s["masked"]))
            if is_bad and begin is None:
                begin = s["sample"]
            elif not is_bad and begin is not None:
                out.append((begin, s["sample"] if s else self.t["samples"]))
                begin = None
        return out


def score_stimuli(truth, findings, r):
    tolerance = MATCH_S * truth.fs
    found = sorted(f["sample"] for f in findings if f["type"] == "stimulus")
    for s in truth.stimuli:
        if (truth.t["trigger_channel"] or s["delivered"]) and "*" not in s["masked"]:
            r["stimuli"] += 1
            near = closest(found, s["sample"])
            r["stimuli_found"] += near is not None and abs(near - s["sample"]) <= tolerance
    for f in found:
        near = closest(truth.at, f)
        r["stimuli_false"] += near is None or abs(near - f) > tolerance


def score_sweeps(truth, findings, r):
    tolerance = MATCH_S * truth.fs
    found = {}
    for f in findings:
        if f["type"] == "sweep" and f["role"] == "lsr":
            at = closest(truth.at, f["stimulus_sample"])
            if at is not None and abs(at - f["stimulus_sample"]) <= tolerance:
                found[f["channel"], at] = f
    valid = collections.Counter()
    for s in truth.stimuli:
        for channel, true in s["lsr"].items():
            f = found.get((channel, s["sample"]))
            if truth.hits(s, "masked", channel) or not s["delivered"]:
                r["masked"] += 1
                r["masked_accepted"] += bool(f and f["valid"])
                continue
            if (not truth.answers(s) or truth.hits(s, "grazed", channel) or truth.is_busy(s, channel)
                    or 0 < true["p2p_uv"] < PRESENT_UV):
                continue
            r["clean"] += 1
            if f is None or not f["valid"]:
                r["clean_lost"] += 1
                continue
            valid[channel] += 1
            if f["present"] is None and valid[channel] <= LEARNING:
                r["undecided"] += 1
                continue
            r["delay_ms"].append((f["decided_sample"] - s["sample"]) / truth.fs * 1e3)
            if true["p2p_uv"] < PRESENT_UV:
                r["score_absent"].append(f["score"] or 0.0)
                r["true_negative" if f["present"] is False else "false_positive"] += 1
                continue
            r["score_present"].append(f["score"] or 0.0)
            r["true_positive" if f["present"] else "false_negative"] += 1
            if f["present"] and true["p2p_uv"] >= 2 * PRESENT_UV and f["amplitude_uv"] is not None:
                r["amplitude_error"].append(abs(f["amplitude_uv"] / true["p2p_uv"] - 1))
                if f["onset_ms"] is not None and true["onset_ms"] is not None:
                    r["onset_error_ms"].append(abs(f["onset_ms"] - true["onset_ms"]))


def allowed_at(truth, findings, last, hold):
    """Sample at which the rules allow the endpoint: sweeps without a response over the hold, of which the first lies
    behind the last reset. Sweeps under a true event aside: they do not count, but one that was called a response
    restarts the hold, since no one can tell a discharge in the window from it."""
    answered = {f["stimulus_sample"] for f in findings if f["type"] == "sweep" and f["role"] == "lsr" and f["present"]}
    since, sweeps = None, 0
    for s in truth.stimuli[bisect.bisect_left(truth.at, last):]:
        end = s["sample"] + WINDOW_S * truth.fs
        if any(truth.is_busy(s, c) for c in s["lsr"]):
            if s["sample"] in answered:
                since, sweeps = None, 0
        elif not s["masked"]:
            since, sweeps = s["sample"] if since is None else since, sweeps + 1
            if end - since >= hold and sweeps >= LEAST_SWEEPS:
                return end
    return last + hold


def score_endpoint(truth, findings, r):
    fs, expect = truth.fs, truth.t["expect"]
    hold = next((f["endpoint_hold_s"] for f in findings if f["type"] == "case"), 30.0) * fs
    raised = lambda name: sorted(f["decided_sample"] for f in findings if f["type"] == "alarm"
                                 and f["id"] == name and f["state"] == "raised")
    states = sorted((f["decided_sample"], f["state"]) for f in findings if f["type"] == "endpoint")
    # With several branches the endpoint is the case's, with one it is that branch's state as well.
    reached = set(raised("endpoint_reached"))
    if len(truth.half_m) == 1:
        reached |= {t for t, state in states if state == "reached"}
    absences = [a for a in truth.absences() if a[0] >= truth.decompressed]
    inside = lambda t, a: a[0] + hold - 2 * fs <= t <= a[1] + 2 * fs
    r["endpoint_false"] = sum(not any(inside(t, a) for a in absences) for t in reached)
    for a in absences:
        resets = ([e + RECOVERY_S * fs for _, e in truth.cautery] + [e for _, e in truth.electrodes])
        last = max([a[0]] + [e for e in resets if a[0] < e < a[1]])
        mine = sorted(t for t in reached if inside(t, a))
        if a[1] - last >= hold + 15 * fs:
            r["endpoint_owed"] += 1
            r["endpoint_missed"] += not mine
            if mine:
                r["endpoint_late_s"].append((mine[0] - allowed_at(truth, findings, last, hold)) / fs)
    interval = (truth.at[-1] - truth.at[0]) / max(1, len(truth.at) - 1) if truth.at else fs
    guards = {
        "stimulus_lost_s": lambda c: any(c - fs <= t <= c + 5 * fs for t in raised("stimulus_lost")),
        "electrode_off_s": lambda c: any(c - fs <= t <= c + 5 * fs for t in raised("electrode_off")),
        "withheld_s": lambda c: any(s == "withheld" and c - 12 * fs <= t <= c + 5 * fs for t, s in states),
        "early_loss_s": lambda c: any(s == "early_loss" and c <= t <= c + 10 * interval + 4 * fs for t, s in states),
    }
    for key, holds in guards.items():
        if key in expect:
            r["guards"] += 1
            r["guards_held"] += holds(expect[key] * fs)
    if expect.get("not_elicited"):
        r["guards"] += 1
        r["guards_held"] += any(s == "not_elicited" for _, s in states)
    r["audible"] += sum(f["type"] == "alarm" and f["state"] == "raised" and f["priority"] != "information"
                        for f in findings)
    # Alarms that nothing explains.
    weak = [s["sample"] for s in truth.stimuli if s["drive"] < 0.6]
    returns = [a[1] for a in absences if a[2]]
    r["alarms_false"] += sum((n := closest(weak, t)) is None or abs(n - t) > 6 * fs for t in raised("stimulus_lost"))
    r["alarms_false"] += sum(not any(a - fs <= t <= b + 6 * fs for a, b in truth.electrodes)
                             for t in raised("electrode_off"))
    r["alarms_false"] += sum(not any(b - fs <= t <= b + 10 * fs for b in returns) for t in raised("lsr_recurred"))
    for a in absences:
        if a[2] and any(a[0] + hold <= t < a[1] for t in reached):
            late = [t for t in raised("lsr_recurred") if t >= a[1] - fs]
            r["recurrence_late_s"].append((late[0] - a[1]) / fs if late else float("inf"))
    excused = [(a - 3 * fs, b + 12 * fs) for a, b in truth.excuses()]
    since = None
    for t, state in states + [(truth.t["samples"], "end")]:
        if since is not None:
            r["idle_s"] += max(0, t - since - sum(overlap((since, t), e) for e in excused)) / fs
        since = t if state == "withheld" else None


def score_events(truth, findings, r):
    fs = truth.fs
    hidden = [(a - 0.2 * fs, b + 0.6 * fs) for a, b in truth.cautery]
    is_hidden = lambda e: any(overlap(e, h) > 0 for h in hidden)
    for kind in KINDS:
        wanted = [e for e in truth.events if e[2] == kind and not is_hidden(e)]
        spare = [e for e in truth.events if is_hidden(e) or (e[2] == "after_activity" and kind in ("spasm", "burst"))]
        found = [(f["start_sample"], f["end_sample"], kind, set(f["channel"].split(",")))
                 for f in findings if f["type"] == "emg_event" and f["kind"] == kind]
        used = set()
        for w in wanted:
            for i, g in enumerate(found):
                shared = overlap((w[0] - 0.01 * fs, w[1] + 0.01 * fs), g)
                whole = max(w[1], g[1]) - min(w[0], g[0])
                if i not in used and w[3] & g[3] and shared > 0 and (kind == "spike" or shared >= whole / 2):
                    used.add(i)
                    break
        owned = [g for i, g in enumerate(found) if i in used or not (is_hidden(g) or any(
            g[3] & e[3] and overlap(g, e) > 0 for e in spare))]
        r["events_from_nothing"] += sum(not any(g[3] & e[3] and overlap(g, e) > 0 for e in truth.events) for g in owned)
        r[kind] += collections.Counter(wanted=len(wanted), hit=len(used), found=len(owned))
        if kind == "a_train":
            r["train"] += collections.Counter(
                wanted=sum(w[1] - w[0] for w in wanted) / fs, found=sum(g[1] - g[0] for g in owned) / fs,
                hit=sum(overlap(w, g) for w in wanted for g in owned if w[3] & g[3]) / fs)
    seen = [(f["start_sample"], f["end_sample"]) for f in findings
            if f["type"] == "artifact" and f["kind"] in ("cautery", "saturation")]
    r["cautery"] += len(truth.cautery)
    r["cautery_found"] += sum(sum(overlap(c, s) for s in seen) > (c[1] - c[0]) / 2 for c in truth.cautery)


LISTS = ("delay_ms", "score_absent", "score_present", "amplitude_error", "onset_error_ms", "endpoint_late_s",
         "recurrence_late_s")


def empty():
    r = collections.defaultdict(int)
    r.update({k: [] for k in LISTS})
    r.update({k: collections.Counter() for k in KINDS + ("train",)})
    return r


def score(truth, findings):
    """truth: the truth's object; findings: list of objects. Counts and lists, to be summed and pooled."""
    t, r = Truth(truth), empty()
    r["cases"] = 1
    r["seconds"] = truth["samples"] / truth["fs"]
    score_stimuli(t, findings, r)
    score_sweeps(t, findings, r)
    score_endpoint(t, findings, r)
    score_events(t, findings, r)
    r["endpoint_right"] = int(r["endpoint_false"] == 0 and r["endpoint_missed"] == 0)
    return r


def pool(rows):
    total = empty()
    for r in rows:
        for k, v in r.items():
            total[k] = total[k] + v
    return total


def load_findings(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


def main(argv):
    if not argv or len(argv) % 2:
        sys.exit(__doc__)
    rows = []
    for truth, findings in zip(argv[::2], argv[1::2]):
        with open(truth, encoding="utf-8") as f:
            rows.append(score(json.load(f), load_findings(findings)))
    total = pool(rows)
    for k, v in sorted(total.items()):
        if isinstance(v, list):
            v = f"{len(v)} values, median {statistics.median(v):.3f}, largest {max(v):.3f}" if v else "none"
        elif isinstance(v, collections.Counter):
            v = dict(v)
        print(f"{k:20} {v}")
    auc = area_under_curve(total["score_present"], total["score_absent"])
    print(f"{'auc':20} {auc if auc is None else round(auc, 5)}")


if __name__ == "__main__":
    main(sys.argv[1:])
