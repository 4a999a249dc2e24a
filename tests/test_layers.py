#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the tree to its shape: which folder may include which, which library headers stay at home,
what detect/ may call and compute with, and that no two folders define the same symbol (of two static libraries the
linker would silently take the first). test_layers.py SOURCE_ROOT DETECT.a [LIBRARY.a ...]"""
import pathlib
import re
import subprocess
import sys

EVERYTHING = None
# folder -> the folders whose headers it may include beside its own; a full path allows one header.
LAYERS = {
    "base": set(),
    "config": {"base"},
    "acquisition": {"base", "config", "record/case_reader.h", "record/reader.h"},
    "detect": {"base", "config/option.h"},
    "record": {"base", "config/option.h"},
    "protocol": {"base"},
    "web": {"base", "config", "protocol"},
    "sound": {"base", "config/option.h"},
    "daemon": EVERYTHING,
    "tests": EVERYTHING,
}
# third-party header -> the folders in which it may appear
HOMES = {
    r"alsa/": {"acquisition", "sound", "tests"},
    r"event2?/|event\.h": {"daemon", "tests"},
    r"libwebsockets": {"web", "tests"},
    r"jansson": {"protocol", "tests"},
    r"sndfile": {"acquisition", "record", "tests"},
    r"ini\.h": {"config", "tests"},
}
# What pure code may ask of the outside: bytes moved, functions that are exact by definition and so
# alike on every processor, the compiler's own helpers. No memory, clock, file, log or thread.
DETECT_CALLS = {
    "memcpy", "memset", "memmove", "memcmp", "strcmp", "strncmp", "strlen", "strnlen", "strchr",
    "sqrt", "fabs", "floor", "rint", "fmax", "fmin", "__assert_fail", "__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_",
    "__tls_get_addr",
    "__x86_get_cpuid_feature_leaf",  # which vectors the processor has: the same bits with each
}
BASE_CALLS = re.compile(r"(stream_input_scale|mark_\w+)$")
SANITIZER = re.compile(r"__(asan|ubsan|tsan|sanitizer|gcov|llvm)\w*$")
FUSED = re.compile(r"\t(vfn?m(add|sub)|fn?m(add|sub|la|ls)\b)")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def include_mistakes(root):
    for folder, allowed in LAYERS.items():
        for path in sorted((root / folder).rglob("*.[ch]")):
            if "node_modules" in path.parts:
                continue
            where = path.relative_to(root)
            for number, line in enumerate(path.read_text().splitlines(), 1):
                found = INCLUDE.match(line)
                if not found:
                    continue
                quote, name = found.groups()
                for pattern, homes in HOMES.items():
                    if quote == "<" and re.match(pattern, name) and folder not in homes:
                        yield f"{where}:{number}: <{name}> belongs to {', '.join(sorted(homes))}"
                if quote == "<" or allowed is EVERYTHING:
                    continue
                top = name.split("/")[0]
                if (root / top).is_dir() and "/" in name:
                    if top != folder and top not in allowed and name not in allowed:
                        yield f"{where}:{number}: {folder}/ may not include \"{name}\""
                elif not (path.parent / name).is_file() and not name.startswith("config_"):
                    yield f"{where}:{number}: \"{name}\": includes are written from the root"


def call_mistakes(library):
    listing = subprocess.run(["nm", "-A", library], capture_output=True, text=True, check=True).stdout
    defined, wanted = set(), {}
    for line in listing.splitlines():
        *_, kind, name = line.split()
        if kind == "U":
            wanted.setdefault(name, line.split(":")[1])
        else:
            defined.add(name)
    for name, member in sorted(wanted.items()):
        if name in defined or name in DETECT_CALLS or BASE_CALLS.match(name) or SANITIZER.match(name):
            continue
        yield f"{library}: {member} calls {name}, which pure code may not"


def fused_mistakes(library):
    """A fused multiply-add rounds once where others round twice: other bits on other processors."""
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", library], capture_output=True, text=True,
                          check=True).stdout
    function = ""
    for line in code.splitlines():
        if line.endswith(">:"):
            function = line.split("<")[1][:-2]
        elif FUSED.search(line):
            yield f"{library}: {function}: {line.split(':', 1)[1].strip()}"


def twice_defined(libraries):
    home = {}
    for library in libraries:
        listing = subprocess.run(["nm", "--defined-only", "-g", library], capture_output=True, text=True,
                                 check=True).stdout
        for line in listing.splitlines():
            name = line.split()[-1] if line else ""
            if not name or name.endswith(":") or SANITIZER.match(name):
                continue
            if home.setdefault(name, library) != library:
                yield f"{name} is defined in {home[name]} and again in {library}"


def main(argv):
    root = pathlib.Path(argv[1])
    mistakes = list(include_mistakes(root))
    if len(argv) > 2:
        mistakes += call_mistakes(argv[2])
        mistakes += fused_mistakes(argv[2])
    mistakes += twice_defined(argv[2:])
    for line in mistakes:
        print(line)
    sys.exit(1 if mistakes else 0)


if __name__ == "__main__":
    main(sys.argv)
