#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The detectors on another processor: built for ARM and run in an emulator, they find the same in the
# same samples, to the last bit. arm.sh SOURCE_ROOT FINDINGS_PRINT; 77 where compiler or emulator is missing.
set -eu
root=$1 native=$(realpath "$2")
command -v aarch64-linux-gnu-gcc >/dev/null && command -v qemu-aarch64 >/dev/null || exit 77
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$root"
aarch64-linux-gnu-gcc -std=gnu17 -O2 -ffp-contract=off -fno-math-errno -fno-trapping-math \
    -fno-tree-slp-vectorize -D_GNU_SOURCE -DBANK_CODE=bank_code_base -I. -static \
    tests/detect/findings_print.c tests/detect/patient.c detect/*.c base/*.c -lm -lpthread -o "$folder/arm"
"$native" make "$folder/counts"
"$native" print "$folder/counts" >"$folder/native.txt"
qemu-aarch64 "$folder/arm" print "$folder/counts" >"$folder/arm.txt"
[ "$(wc -l <"$folder/native.txt")" -gt 200 ]
cmp "$folder/native.txt" "$folder/arm.txt"
