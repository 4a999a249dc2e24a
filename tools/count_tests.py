# SPDX-License-Identifier: Apache-2.0
"""Prints `passed failed skipped` of one result file: meson's testlog.json or vitest's JSON."""
import json
import sys


def main(path):
    try:
        with open(path) as f:
            text = f.read()
    except OSError:
        return 0, 1, 0  # a runner that left no results has failed
    counts = {"OK": 0, "SKIP": 0, "other": 0}
    try:
        whole = json.loads(text)
        return whole["numPassedTests"], whole["numFailedTests"] + whole.get("numFailedTestSuites", 0), \
            whole.get("numPendingTests", 0)
    except (ValueError, KeyError):
        pass
    for line in text.splitlines():
        result = json.loads(line)["result"]
        counts[result if result in ("OK", "SKIP") else "other"] += 1
    if sum(counts.values()) == 0:
        return 0, 1, 0
    return counts["OK"], counts["other"], counts["SKIP"]


print(*main(sys.argv[1]))
