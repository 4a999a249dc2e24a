#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The page's words of codes as a table in C, so that page and report say the same: words.py OUT EN.ts ZH.ts
WORDS.c. WORDS.c holds the report's own words; one that lacks a language stops the build as it does in the page."""
import re
import sys

PREFIXES = ("state.", "because.", "check.", "artifact.", "event.", "alarm.", "priority.", "phase.", "reason.")
PAIR = re.compile(r"^\s*'([a-z_.]+)':\s*'((?:[^'\\]|\\.)*)',", re.M)


def words(path):
    with open(path, encoding="utf-8") as file:
        return {k: v.replace("\\'", "'") for k, v in PAIR.findall(file.read()) if k.startswith(PREFIXES)}


def literal(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def check_own(path):
    """Every row of the C table has English and Chinese: the compiler would take a missing one for NULL."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    string = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
    keys = re.findall(r'\{\s*"([a-z_.]+)"\s*,\s*\{', text)
    rows = {m[0]: m[1:] for m in re.findall(r'\{\s*"([a-z_.]+)"\s*,\s*\{\s*' + string + r'\s*,\s*' + string + r'\s*,?\s*\}', text)}
    wrong = [k for k in keys if k not in rows or len(rows[k][0]) <= 2 or not re.search("[\u4e00-\u9fff]", rows[k][1])]
    if wrong or not keys:
        sys.exit(f"{path}: no English or no Chinese for {', '.join(wrong) or 'anything'}")


out, english, chinese, own = sys.argv[1:5]
check_own(own)
en, zh = words(english), words(chinese)
if en.keys() != zh.keys() or not en:
    sys.exit(f"{chinese}: not the same words as {english}: {', '.join(sorted(en.keys() ^ zh.keys())) or 'none at all'}")
with open(out, "w", encoding="utf-8") as file:
    file.write('/* Made by tools/words.py. */\n#include "daemon/words.h"\n\n'
               "const struct word word_table[] = {\n")
    for key in sorted(en):
        file.write(f"    {{ {literal(key)}, {{ {literal(en[key])}, {literal(zh[key])} }} }},\n")
    file.write("    { 0 },\n};\n")
