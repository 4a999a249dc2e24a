# SPDX-License-Identifier: Apache-2.0
"""What the scripts share that look at the shipped binary from outside: a line a check, the exit status at the end."""
import subprocess
import sys

failures = 0


def check(is_good, what):
    global failures
    failures += not is_good
    print(("ok - " if is_good else "not ok - ") + what, flush=True)


def finish():
    sys.exit(failures > 0)


def runner(binary):
    """lsrd(argument, ...): the binary run to its end, its output as bytes."""
    def lsrd(*arguments, **more):
        return subprocess.run([binary, *map(str, arguments)], capture_output=True, timeout=200, **more)
    return lsrd
