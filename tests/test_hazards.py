#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every test that docs/hazards.md names exists. test_hazards.py SOURCE_ROOT"""
import pathlib
import re
import sys

NAMED = re.compile(r"`([a-z0-9_]+/[a-z_.]+): ([^`]+)`")


def source_of(root, where):
    folder, name = where.split("/")
    if folder == "ui":
        return root / "web/ui/test" / name
    return root / "tests" / folder / (name if "." in name else f"test_{name}.c")


def main():
    root = pathlib.Path(sys.argv[1])
    named = NAMED.findall((root / "docs/hazards.md").read_text())
    missing = [f"{where}: {name}" for where, name in named
               if not source_of(root, where).exists() or name not in source_of(root, where).read_text()]
    if len(named) < 40:
        missing.append(f"only {len(named)} tests are named: has the table changed its form?")
    for m in missing:
        print("docs/hazards.md names what does not exist:", m)
    return 1 if missing else 0


sys.exit(main())
