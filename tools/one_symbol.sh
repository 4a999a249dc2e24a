#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Links an archive into one object of which a single symbol is seen from outside.
# one_symbol.sh SYMBOL ARCHIVE OBJECT OBJCOPY CC...
set -eu
symbol=$1 archive=$2 object=$3 objcopy=$4
shift 4
"$@" -r -nostdlib -Wl,--whole-archive "$archive" -Wl,--no-whole-archive -o "$object"
"$objcopy" --keep-global-symbol="$symbol" "$object"
