# SPDX-License-Identifier: Apache-2.0
"""Every line of `lsrd analyze` keeps docs/findings.schema.json, in the documented order.
findings_schema.py LSRD SCHEMA SCENARIO"""
import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema


def main(lsrd, schema, scenario):
    versions = json.loads(pathlib.Path(schema).read_text())["oneOf"]
    forms = {v["properties"]["type"]["const"]: jsonschema.Draft202012Validator(v) for v in versions}
    seen = set()
    with tempfile.TemporaryDirectory() as folder:
        case = f"{folder}/case"
        subprocess.run([lsrd, "simulate", scenario, "-o", case], check=True)
        lines = subprocess.run([lsrd, "analyze", case], check=True, capture_output=True).stdout.splitlines()
    for line in lines:
        finding = json.loads(line)
        forms[finding["type"]].validate(finding)
        seen.add(finding["type"])
    order = list(forms)
    keys = [(f["decided_sample"], order.index(f["type"])) for f in map(json.loads, lines)]
    assert keys == sorted(keys), "findings are not in their order"
    missing = set(order) - seen - {"artifact", "emg_event"}  # those depend on the scenario
    assert not missing, f"never seen: {missing}"


main(*sys.argv[1:])
