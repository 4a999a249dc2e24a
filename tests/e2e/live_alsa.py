#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The shipped binary on the virtual amplifier, with an overrun, an unplug and a return as another device in
it: the journal of the live case, of its directory analysed and of its replay are the same bytes.
live_alsa.py LSRD ASOUND_CONF SCENARIO"""
import itertools
import subprocess
import sys

import amplifier_rig
import checks
from checks import check, finish

LSRD, ASOUND, SCENARIO = sys.argv[1:4]
FAULTS = "at 60000 xrun\nat 100000 unplug 300ms\nat 160000 unplug 100ms as other\n"


def main():
    with amplifier_rig.patient_folder(LSRD, SCENARIO, FAULTS) as folder:
        returns = itertools.count(1)
        status, journal, log = amplifier_rig.run_until(
            LSRD, ASOUND, folder, lambda line: b'"device=back"' in line and next(returns) == 2)
        check(status == 0, "the daemon ends well")
        if status:
            sys.exit(log)
        cases = sorted((folder / "cases").iterdir())
        check(len(cases) == 2, "another rate is another case")
        check(journal.count(b'"overrun=') == 1 and journal.count(b'"device=lost"') == 2,
              "every interruption is a mark")
        check(journal.count(b'"kind":"gap"') >= 2, "every loss is a gap")
        check("device=lost" in log and "overrun" in log, "the log says so")
        if checks.failures:
            print(log, file=sys.stderr)
        analysed = b"".join(subprocess.run([LSRD, "analyze", c], capture_output=True, check=True).stdout
                            for c in cases)
        check(analysed == journal, "analyze gives the live journal's bytes")
        check(b"".join((c / "findings.ndjson").read_bytes() for c in cases) == journal,
              "the recorded journal is the live one")
        replayed = subprocess.run([LSRD, "replay", cases[0], "--speed", "0", "--findings", "-",
                                   "--set", "web.port=0"], capture_output=True).stdout
        check(journal.startswith(replayed) and replayed.count(b"\n") > 50,
              "the replay gives the live journal's bytes")
    finish()


main()
