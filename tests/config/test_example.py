#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""config/lsrd.conf.example is what `lsrd config example` prints, and reads as the defaults."""
import subprocess
import sys

lsrd, path = sys.argv[1:]
run = lambda *args: subprocess.run([lsrd, "config", *args], capture_output=True, text=True)
with open(path, encoding="utf-8") as f:
    if f.read() != run("example").stdout:
        sys.exit(f"an option changed; renew it: build/lsrd config example > {path}")
assert run("check", path).returncode == 0, run("check", path).stderr
assert run("print", "--config", path).stdout == run("print").stdout, "the example's values are not the defaults"
