# SPDX-License-Identifier: Apache-2.0
"""Reads one result file, meson's testlog.json or vitest's JSON: prints `passed failed skipped` and
appends to a second file what failed, each with the end of what it said."""
import json
import os
import sys

LAST_LINES = 30


def ending(text):
    return "\n".join("    " + line for line in text.strip().splitlines()[-LAST_LINES:])


def of_vitest(results):
    failures = []
    for suite in results["testResults"]:
        for test in suite["assertionResults"]:
            if test["status"] == "failed":
                failures.append((test["fullName"], "failed", "\n".join(test["failureMessages"])))
        if suite["status"] == "failed" and suite.get("message"):
            failures.append((suite["name"], "failed", suite["message"]))
    failed = results["numFailedTests"] + results.get("numFailedTestSuites", 0)
    return results["numPassedTests"], failed, results.get("numPendingTests", 0), failures


def of_meson(lines):
    counts, failures = {"OK": 0, "SKIP": 0, "other": 0}, []
    for line in lines:
        test = json.loads(line)
        result = test["result"] if test["result"] in ("OK", "SKIP") else "other"
        counts[result] += 1
        if result == "other":
            said = test.get("stdout", "") + test.get("stderr", "")
            failures.append((test["name"], f"{test['result']} after {test['duration']:.0f} s", said))
    return counts["OK"], counts["other"], counts["SKIP"], failures


def read(path):
    try:
        with open(path) as f:
            text = f.read()
        results = of_vitest(json.loads(text)) if path.endswith("vitest.json") else of_meson(text.splitlines())
    except (OSError, ValueError, KeyError) as e:
        return 0, 1, 0, [(path, "not readable", str(e))]
    if sum(results[:3]) == 0:
        return 0, 1, 0, [(path, "holds no test", "")]
    return results


def main(path, failures_path):
    passed, failed, skipped, failures = read(path)
    with open(failures_path, "a") as f:
        for name, result, said in failures:
            f.write(f"{os.path.dirname(path)}: {name}: {result}\n{ending(said)}\n")
    print(passed, failed, skipped)


main(*sys.argv[1:])
