#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes scenario files into one C file: embed_scenarios.py OUT.c FILE.scenario ..."""
import pathlib
import sys


def literal(text):
    lines = text.splitlines(keepends=True)
    quoted = (x.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for x in lines)
    return "\n".join(f'        "{x}"' for x in quoted) or '        ""'


def main(out, *files):
    body = "".join(
        f'    {{\n        "{pathlib.Path(f).stem}",\n{literal(pathlib.Path(f).read_text(encoding="utf-8"))},\n    }},\n'
        for f in sorted(files, key=lambda f: pathlib.Path(f).stem))
    pathlib.Path(out).write_text(
        "/* Written by tools/embed_scenarios.py from scenarios/: do not edit. */\n"
        '#include "acquisition/patient_scenario.h"\n\n'
        "const struct scenario_builtin scenario_builtins[] = {\n" + body + "    { NULL, NULL },\n};\n",
        encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
