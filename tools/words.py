#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The page's words of codes as a table in C, so that page and report say the same: words.py OUT EN.ts ZH.ts"""
import re
import sys

PREFIXES = ("state.", "because.", "check.", "artifact.", "event.", "alarm.", "priority.", "phase.", "reason.")
PAIR = re.compile(r"^\s*'([a-z_.]+)':\s*'((?:[^'\\]|\\.)*)',", re.M)


def words(path):
    with open(path, encoding="utf-8") as file:
        return {k: v.replace("\\'", "'") for k, v in PAIR.findall(file.read()) if k.startswith(PREFIXES)}


def literal(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


out, english, chinese = sys.argv[1:4]
en, zh = words(english), words(chinese)
assert en.keys() == zh.keys() and en, "the two dictionaries differ"
with open(out, "w", encoding="utf-8") as file:
    file.write('/* Made by tools/words.py. */\n#include "daemon/words.h"\n\n'
               "const struct word word_table[] = {\n")
    for key in sorted(en):
        file.write(f"    {{ {literal(key)}, {{ {literal(en[key])}, {literal(zh[key])} }} }},\n")
    file.write("    { 0 },\n};\n")
